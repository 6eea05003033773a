"""``objclass napari``: layers of a workflow, and points that come back as annotations."""

from __future__ import annotations

import json
import pickle
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from commands import objclass

from objclass.cli import napari as command
from objclass.preview.hand_over import HandedOver, ViewerRequest, bring_back, hand_over
from objclass.preview.layers import MINE, LayerData
from objclass.run import Request
from workflows import CENTERS, CLASSES, Bench, deep, flat, series

PYTHON = Path(__file__).parents[2] / ".napari/bin/python"
UNSAID = 6
"""A disc that nobody has annotated."""


@dataclass
class Viewed:
    """A layer as a person leaves it: what the command reads of napari's."""

    data: np.ndarray
    metadata: dict[str, object] = field(default_factory=dict)


def shown(bench: Bench, *sets: str, **wanted: int) -> HandedOver:
    return hand_over(bench.file, Request(sets), ViewerRequest(**wanted))


def named(over: HandedOver) -> dict[str, LayerData]:
    return {str(layer.attributes["name"]): layer for layer in over.layers}


def left(over: HandedOver, **more: Sequence[Sequence[float]]) -> list[Viewed]:
    """The layers of points, with more points of a class."""
    points = [layer for layer in over.layers if layer.kind == "points"]
    found = []
    for layer in points:
        said = layer.attributes["metadata"]
        assert isinstance(said, dict)
        new = more.get(said[MINE], [])
        data = np.vstack(
            [layer.data, *(np.array(new, float).reshape(len(new), -1),)] if new else [layer.data]
        )
        found.append(Viewed(data, said))
    return found


def test_a_frame_is_an_image_its_ids_its_classes_and_points_of_each_class(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    over = shown(bench)
    kinds = [(layer.attributes["name"], layer.kind) for layer in over.layers]
    assert kinds == [
        ("0", "image"), ("nuclei", "labels"), ("classes", "labels"),
        ("large", "points"), ("small", "points"),
    ]  # fmt: skip
    layers = named(over)
    ids = layers["nuclei"].data
    assert np.array_equal(ids, bench.run().labels("nuclei").read())
    classes = layers["classes"].data
    assert [int(classes[y, x]) for y, x in CENTERS] == [1 + (c == "small") for c in CLASSES]
    assert (classes[ids == 0] == 0).all()
    features = layers["nuclei"].attributes["features"]
    assert isinstance(features, dict)
    said = dict(zip(map(int, features["index"]), map(str, features["class"]), strict=True))
    assert [said[int(ids[center])] for center in CENTERS] == CLASSES
    assert not layers["nuclei"].attributes["visible"]
    assert (len(layers["large"].data), len(layers["small"].data)) == (4, 4)


def test_objects_below_the_least_probability_are_called_as_tables_call_them(tmp_path: Path) -> None:
    layers = named(shown(flat(tmp_path), "predicted.min_probability=1.0"))
    features = layers["nuclei"].attributes["features"]
    assert isinstance(features, dict)
    assert set(features["class"]) == {"large", "small", "unclassified"}


def test_a_crop_lies_where_it_was_cut_and_points_where_they_are_in_the_file(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    layers = named(shown(bench, "raw.crop={y: [16, 48]}", "prob.crop={y: [16, 48]}"))
    assert layers["nuclei"].data.shape == (32, 64)
    assert layers["nuclei"].attributes["translate"] == (16, 0)
    for point in layers["large"].data:
        assert tuple(point) in [tuple(map(float, c)) for c in CENTERS]


def test_a_voxel_has_its_size_in_every_layer(tmp_path: Path) -> None:
    layers = shown(flat(tmp_path), "raw.pixel_size=0.5 um", "prob.pixel_size=0.5 um").layers
    assert {layer.attributes["scale"] for layer in layers} == {(0.5, 0.5)}


def test_a_volume_has_points_of_three_coordinates(tmp_path: Path) -> None:
    layers = shown(deep(tmp_path)).layers
    assert {layer.data.ndim for layer in layers if layer.kind != "points"} == {3}
    assert {layer.data.shape[1] for layer in layers if layer.kind == "points"} == {3}


def test_a_new_point_comes_back_in_its_nearest_voxel(tmp_path: Path) -> None:
    over = shown(flat(tmp_path))
    y, x = CENTERS[UNSAID]
    found = bring_back(over, left(over, large=[(y - 0.4, x + 0.4)]))
    assert found is not None
    assert found.counts == {"new": 1, "known": 8}
    [new] = found.of("new")
    assert (new.class_, new.match and new.match.voxel) == ("large", (0, y, x))


def test_points_on_background_and_of_other_layers_are_no_annotations(tmp_path: Path) -> None:
    over = shown(flat(tmp_path))
    layers = [Viewed(np.array([(0.0, 0.0)]), {MINE: "large"}), Viewed(np.array([CENTERS[0]]))]
    found = bring_back(over, layers)
    assert found is not None
    assert found.counts == {"background": 1}


def test_points_of_a_frame_say_which(tmp_path: Path) -> None:
    over = shown(series(tmp_path), frame=2)
    y, x = CENTERS[UNSAID]
    found = bring_back(over, [Viewed(np.array([(y, x)], float), {MINE: "small"})])
    assert found is not None
    assert [row.match and row.match.row.t for row in found.rows] == [2]


def test_layers_without_a_point_bring_nothing(tmp_path: Path) -> None:
    assert bring_back(shown(flat(tmp_path)), []) is None


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a person place points in a window that is closed at once."""

    def place(**more: Sequence[Sequence[float]]) -> None:
        monkeypatch.setattr(command, "require_napari", lambda: None)
        monkeypatch.setattr(command, "view", lambda over: left(over, **more))

    return place


def test_new_points_are_written_and_the_file_as_it_was_is_kept(
    tmp_path: Path, viewer: Callable[..., None]
) -> None:
    bench = flat(tmp_path)
    before = bench.annotations.read_text(encoding="utf-8")
    viewer(large=[CENTERS[UNSAID]])
    answer = objclass("napari", bench.file)
    assert answer.lines == [
        "9 points: 1 new, 8 annotated so already",
        "wrote   annotations.csv",
        f"next    objclass run {bench.file}",
    ]
    assert (tmp_path / "annotations.csv.bak").read_text(encoding="utf-8") == before
    assert len(bench.annotations.read_text(encoding="utf-8").splitlines()) == 10
    viewer()
    assert objclass("napari", bench.file).lines[-1] == "nothing to write"


def test_json_says_what_became_of_the_points(tmp_path: Path, viewer: Callable[..., None]) -> None:
    bench = flat(tmp_path)
    viewer(small=[(0, 0)])
    said = json.loads(objclass("napari", bench.file, "--json").out)
    assert said["counts"] == {"known": 8, "background": 1}
    assert said["written"] == []


def test_without_napari_the_command_says_what_to_install(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    answer = objclass("napari", bench.file)
    assert answer.code == 2
    assert "pip install 'objclass[napari]'" in answer.err


SCRIPT = """
import json, pickle, sys
import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
viewer = ViewerModel()
for layer in pickle.load(open(sys.argv[1], "rb")):
    viewer.add_layer(Layer.create(*layer))
points = viewer.layers["large"]
points.add(np.array([[40.3, 39.8]]))
classes = viewer.layers["classes"]
print(json.dumps({
    "layers": [[layer.name, layer._type_string] for layer in viewer.layers],
    "points": points.data.tolist(), "metadata": dict(points.metadata),
    "extent": [layer.extent.world.tolist() for layer in viewer.layers][:3],
    "colors": [[round(float(c), 2) for c in classes.get_color(k)] for k in (1, 2)],
    "features": list(viewer.layers["nuclei"].features),
}))
"""


def test_napari_itself_takes_the_layers_and_gives_the_point_back(tmp_path: Path) -> None:
    if not PYTHON.is_file():
        pytest.skip("no .napari: python3 -m venv .napari && .napari/bin/pip install napari")
    bench = flat(tmp_path)
    over = shown(bench)
    layers = tmp_path / "layers.pickle"
    layers.write_bytes(pickle.dumps([layer.as_tuple for layer in over.layers]))
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", SCRIPT, layers], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["layers"] == [[layer.attributes["name"], layer.kind] for layer in over.layers]
    assert said["extent"][0] == said["extent"][1] == said["extent"][2]
    assert said["features"] == ["index", "size", "class", "uncertainty", "annotated"]
    assert said["colors"][0] != said["colors"][1]
    found = bring_back(over, [Viewed(np.array(said["points"]), said["metadata"])])
    assert found is not None
    assert found.counts == {"new": 1, "known": 4}
