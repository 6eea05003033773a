"""One contract for every image: in `run`, `plan`, `validate` and `batch` alike.

Sixteen bright and dim squares in each image, of 9 and of 25 voxels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
from terminal import Screen, typed

from objclass.io.project import read
from objclass.measure.families import family

EDGE = 40
PLACES = [(y, x) for y in range(2, EDGE, 10) for x in range(2, EDGE, 10)]
LARGE = range(0, 16, 3)

TEXT = """\
version: 1
nodes:
  raw: {{kind: input, path: "{raw}"{said}}}
  cells: {{kind: input, path: "{lab}", role: label_image}}
  feats: {{kind: features, image: raw, objects: cells, measure: [{measure}]}}
"""
LEARNS = """\
  cls: {{kind: classifier, features: feats, annotations: ann.csv, use: [{use}]}}
  res: {{kind: predict, features: feats, classifier: cls}}
  save: {{kind: export, from: res, write: {{table: out/t.csv}}}}
"""
MEASURES = "  save: {kind: export, from: feats, write: {table: out/t.csv}}\n"


def labels(planes: int = 0) -> np.ndarray:
    """The squares with the ids 1 to 16, in a plane or in a stack."""
    flat = np.zeros((EDGE, EDGE), np.uint16)
    for k, (y, x) in enumerate(PLACES):
        side = 5 if k in LARGE else 3
        flat[y : y + side, x : x + side] = k + 1
    return np.stack([flat] * planes) if planes else flat


def grey(planes: int = 0) -> np.ndarray:
    """Values from 3 to 180; objects with odd ids are bright."""
    ids = labels(planes)
    noise = np.random.default_rng(7).integers(3, 60, ids.shape)
    return (noise + 120 * (ids % 2)).astype(np.uint8)


@dataclass
class Images:
    """A folder of images, `a` first, and one workflow over all of them."""

    folder: Path
    measure: str = "size, intensity_mean"
    use: str = "all"
    said: str = ""
    sheet: bool = False
    rows: list[str] = field(default_factory=list)

    def put(
        self, name: str, raw: np.ndarray, *, size: float = 0, unit: str = "", axes: str = "YX"
    ) -> Images:
        """Write an image and its label image; a pixel size where there is one."""
        raw_axes = axes if raw.ndim == len(axes) else f"C{axes}"
        metadata: dict[str, Any] = {"axes": raw_axes}
        if size:
            for letter in axes:
                metadata[f"PhysicalSize{letter}"] = size
                metadata[f"PhysicalSize{letter}Unit"] = unit
        tifffile.imwrite(self.folder / f"{name}_raw.ome.tif", raw, metadata=metadata)
        ids = labels(raw.shape[raw_axes.index("Z")] if "Z" in axes else 0)
        tifffile.imwrite(self.folder / f"{name}_lab.ome.tif", ids, metadata={"axes": axes})
        self.rows.append(name)
        return self

    def write(self, learns: bool = False) -> Images:
        """Write the workflow, annotations of the first image, and the sheet where wanted."""
        raw, lab = "{name}_raw.ome.tif", "{name}_lab.ome.tif"
        if self.sheet:
            (self.folder / "sheet.csv").write_text("\n".join(["name", *self.rows]) + "\n")
        text = TEXT.format(raw=raw, lab=lab, measure=self.measure, said=self.said)
        text += LEARNS.format(use=self.use) if learns else MEASURES
        text = text.replace("nodes:", "images: sheet.csv\nnodes:", 1) if self.sheet else text
        (self.folder / "w.yaml").write_text(text)
        first = self.rows[0]
        said = [f"{first},{k + 1},{'large' if k in LARGE else 'small'}" for k in range(16)]
        (self.folder / "ann.csv").write_text("\n".join(["image,object,class", *said]) + "\n")
        return self

    def table(self) -> pd.DataFrame:
        """The table that the workflow writes."""
        return pd.read_csv(self.folder / "out/t.csv")

    def all_say(self, *words: str) -> None:
        """Every command refuses before work, in the same words."""
        said = [typed(f"{command} w.yaml", self.folder) for command in ("validate", "plan", "run")]
        assert {screen.code for screen in said} == {2}
        assert said[0].err == said[1].err == said[2].err
        for word in words:
            assert word in said[0].err
        assert not (self.folder / "out").exists()


def batch(folder: Path, more: str = "") -> Screen:
    """Classify the image `new` with what was trained in `folder`."""
    return typed(
        "batch w.objclass.h5 --raw 'new/{name}_raw.ome.tif' "
        f"--label-image 'new/{{name}}_lab.ome.tif' --out done --overwrite {more}",
        folder,
    )


def new(folder: Path) -> Images:
    """Images for a batch."""
    (folder / "new").mkdir(exist_ok=True)
    return Images(folder / "new")


# --- units ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sheet", [False, True], ids=["pattern", "sheet"])
@pytest.mark.parametrize("planes", [0, 3], ids=["2D", "3D"])
def test_nanometres_and_micrometres_are_measured_in_the_unit_of_the_first_image(
    tmp_path: Path, planes: int, sheet: bool
) -> None:
    axes = "ZYX" if planes else "YX"
    images = Images(tmp_path, "size, axes_radius_0, neighbors", sheet=sheet)
    images.put("a", grey(planes), size=0.65, unit="µm", axes=axes)
    images.put("b", grey(planes), size=650, unit="nm", axes=axes)
    images.put("c", grey(planes), size=0.00065, unit="mm", axes=axes).write()
    assert typed("run w.yaml", tmp_path).code == 0
    table = images.table()
    size = "size_volume" if planes else "size_area"
    assert table[size][0] == pytest.approx(25 * 0.65**2 * (planes * 0.65 if planes else 1))
    values = [part.drop(columns=["image", "name"]) for _, part in table.groupby("image")]
    for other in values[1:]:
        pd.testing.assert_frame_equal(values[0], other.reset_index(drop=True), check_exact=True)


def test_the_unit_is_that_of_the_first_image_whatever_comes_after(tmp_path: Path) -> None:
    images = Images(tmp_path).put("a", grey(), size=650, unit="nm")
    images.put("b", grey(), size=0.65, unit="µm").write()
    assert typed("run w.yaml", tmp_path).code == 0
    area = images.table()["size_area"]
    assert area[0] == area[16] == pytest.approx(25 * 650**2)


@pytest.mark.parametrize("first", ["sized", "plain"])
@pytest.mark.parametrize("count", [2, 20])
def test_images_with_and_without_a_pixel_size_are_refused_once(
    tmp_path: Path, first: str, count: int
) -> None:
    images = Images(tmp_path)
    for k in range(count):
        sized = (k == 0) == (first == "sized")
        images.put(f"i{k:02}", grey(), size=0.65 if sized else 0, unit="µm")
    images.write()
    which = "it has no pixel_size; expected one, as 'i00' (um)"
    if first == "plain":
        which = "it has a pixel_size; got um; expected none, as 'i00'"
    others = "image 'i01'" if count == 2 else "images 'i01', 'i02', 'i03' and 16 more"
    images.all_say(f"node 'feats', {others}: {which}; give 'raw' a pixel_size")


def test_without_lengths_a_missing_pixel_size_is_no_matter(tmp_path: Path) -> None:
    images = Images(tmp_path, "intensity_mean").put("a", grey(), size=0.65, unit="µm")
    images.put("b", grey()).write()
    assert typed("run w.yaml", tmp_path).code == 0


def test_batch_measures_in_the_unit_of_the_training(tmp_path: Path) -> None:
    images = Images(tmp_path).put("a", grey(), size=0.65, unit="µm").write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    new(tmp_path).put("n", grey(), size=650, unit="nm").put("m", grey(), size=0.65, unit="µm")
    assert batch(tmp_path).code == 0
    tables = [pd.read_csv(tmp_path / f"done/{name}_objects.csv") for name in "mn"]
    drop = ["image", "name"]
    pd.testing.assert_frame_equal(*(table.drop(columns=drop) for table in tables))
    assert tables[0]["size_area"][0] == images.table()["size_area"][0]


# --- channels and dimensions ------------------------------------------------------------------


def colour() -> np.ndarray:
    """Three channels."""
    return np.stack([grey()] * 3)


@pytest.mark.parametrize("sheet", [False, True], ids=["pattern", "sheet"])
@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (colour, grey, "it has 1 channel; expected 3, as in 'a': channel 0, channel 1, channel 2"),
        (grey, colour, "it has 3 channels; expected 1, as in 'a': channel 0"),
    ],
    ids=["colour first", "grey first"],
)
def test_another_number_of_channels_is_refused_with_both_images(
    tmp_path: Path, first: Callable[[], Any], second: Callable[[], Any], words: str, sheet: bool
) -> None:
    images = Images(tmp_path, sheet=sheet).put("a", first()).put("b", second()).write()
    images.all_say(f"node 'raw', image 'b': {words}; give images of another kind a workflow")


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [(0, 3, "got zyx; expected 2D, as in 'a'"), (3, 0, "got yx; expected 3D, as in 'a'")],
    ids=["plane first", "stack first"],
)
def test_a_stack_beside_planes_is_refused_with_both_images(
    tmp_path: Path, first: int, second: int, words: str
) -> None:
    images = Images(tmp_path)
    for name, planes in (("a", first), ("b", second)):
        images.put(name, grey(planes), axes="ZYX" if planes else "YX")
    images.write().all_say(f"node 'raw', image 'b': it has other dimensions; {words}")


def test_channels_in_another_order_are_refused(tmp_path: Path) -> None:
    images = Images(tmp_path).put("a", colour()[:2]).put("b", colour()[:2]).write()
    for name, channels in (("a", ["dna", "gfp"]), ("b", ["gfp", "dna"])):
        metadata = {"axes": "CYX", "Channel": {"Name": channels}}
        tifffile.imwrite(tmp_path / f"{name}_raw.ome.tif", colour()[:2], metadata=metadata)
    images.all_say(
        "node 'raw', image 'b': its channels stand in another order; "
        "got gfp, dna; expected dna, gfp, as in 'a'"
    )


def test_an_image_without_time_joins_a_series_as_time_point_0(tmp_path: Path) -> None:
    images = Images(tmp_path).put("a", np.stack([grey()] * 2), axes="YX").put("b", grey()).write()
    for kind, stack in (("raw", grey()), ("lab", labels())):
        path = tmp_path / f"a_{kind}.ome.tif"
        tifffile.imwrite(path, np.stack([stack] * 2), metadata={"axes": "TYX"})
    assert typed("run w.yaml", tmp_path).code == 0
    table = images.table()
    assert table.groupby("image")["t"].unique().map(list).to_dict() == {"a": [0, 1], "b": [0]}


# --- voxel types ------------------------------------------------------------------------------

TYPES = [(np.uint8, np.uint16), (np.uint16, np.uint8), (np.uint8, np.float32)]


@pytest.mark.parametrize(("first", "second"), TYPES)
def test_another_voxel_type_is_refused_where_intensities_are_learned_from(
    tmp_path: Path, first: Any, second: Any
) -> None:
    images = Images(tmp_path).put("a", grey().astype(first)).put("b", grey().astype(second))
    one, other = np.dtype(first).name, np.dtype(second).name
    images.write(learns=True).all_say(
        "node 'cls', image 'b': voxels of raw have another type, and intensities are learned "
        f"from; got {other}; expected {one}, as in 'a'; where the numbers mean the same, "
        "add 'value_range: [0, 255]' to raw"
    )


@pytest.mark.parametrize(("first", "second"), TYPES)
def test_the_same_numbers_in_another_type_have_the_same_classes_under_one_value_range(
    tmp_path: Path, first: Any, second: Any
) -> None:
    images = Images(tmp_path, "size, intensity_mean, texture", said=", value_range: [0, 255]")
    images.put("a", grey().astype(first)).put("b", grey().astype(second)).write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    kept = images.table().drop(columns=["name", "user_class"])
    kept = kept[[name for name in kept if not name.startswith("unseen_")]]
    pair = [part.drop(columns="image") for _, part in kept.groupby("image")]
    pd.testing.assert_frame_equal(pair[0], pair[1].reset_index(drop=True), check_exact=True)


def test_another_voxel_type_is_fine_where_only_shape_is_learned_from(tmp_path: Path) -> None:
    images = Images(tmp_path, use="size").put("a", grey()).put("b", grey().astype(np.uint16))
    images.write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    new(tmp_path).put("n", grey().astype(np.uint16))
    assert batch(tmp_path).code == 0


def test_batch_refuses_another_voxel_type_and_its_way_on_works(tmp_path: Path) -> None:
    images = Images(tmp_path).put("a", grey()).write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    new(tmp_path).put("n", grey().astype(np.uint16))
    screen = batch(tmp_path)
    assert screen.code == 1
    assert (
        "voxels of raw have another type, and intensities are learned from; got uint16; expected "
        "uint8, as in training; where the numbers mean the same, --set raw.value_range='[0, 255]'"
    ) in screen.out
    assert batch(tmp_path, "--set raw.value_range='[0, 255]'").code == 0
    done = pd.read_csv(tmp_path / "done/n_objects.csv")
    assert list(done["predicted_class"]) == list(images.table()["predicted_class"])


# --- ranges and definitions -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32])
@pytest.mark.parametrize("measure", ["texture", "texture_contrast", "intensity_histogram"])
def test_what_needs_a_range_is_refused_with_the_values_and_the_line_to_write(
    tmp_path: Path, measure: str, dtype: Any
) -> None:
    raw = grey().astype(dtype)
    raw[0, 0] = 3210
    line = "[0, 4000]" if dtype is np.float32 else "[0, 4095]"
    images = Images(tmp_path, measure).put("a", raw).put("b", raw).write()
    images.all_say(
        f"needs the range of the values, and {np.dtype(dtype).name} voxels have none; "
        f"got values from {raw.min():g} to 3210 in 'a'; add 'value_range: {line}' to raw"
    )
    images.said = f", value_range: {line}"
    images.write()
    assert typed("validate w.yaml", tmp_path).code == 0


def test_the_families_that_work_without_a_range_do_and_say_what_is_left_out(tmp_path: Path) -> None:
    images = Images(tmp_path, "intensity, own_range_texture").put("a", grey().astype(np.uint16))
    images.write()
    screen = typed("run w.yaml", tmp_path)
    assert screen.code == 0
    assert (
        "note: feats: intensity_histogram is left out: uint16 voxels have no range of their own; "
        "add 'value_range: [low, high]' to raw"
    ) in screen.out
    assert "own_range_texture_contrast-0" in images.table()


def test_the_project_keeps_what_its_columns_stand_for(tmp_path: Path) -> None:
    said = ", value_range: [0, 255]"
    images = Images(tmp_path, "intensity_mean, texture_contrast", said=said)
    images.put("a", grey().astype(np.uint16)).write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    model = read(tmp_path / "w.objclass.h5").classifiers["cls"].model
    scale = {"options": {}, "voxels": {"0": "uint16"}, "ranges": {"0": [0.0, 255.0]}}
    assert model.facts["definitions"] == {
        name: {"version": family(name).version, **scale} for name in ("intensity", "texture")
    }


def test_a_project_says_which_columns_told_nothing(tmp_path: Path) -> None:
    images = Images(tmp_path, "size, intensity_mean, intensity_variance")
    images.put("a", np.full((EDGE, EDGE), 9, np.uint8)).write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    shown = typed("project show w.objclass.h5", tmp_path)
    assert "equal for all 16 annotated objects: intensity_mean-0, intensity_variance-0" in (
        shown.out
    )


def test_batch_reads_a_project_that_keeps_no_definitions_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from objclass.nodes.classifier import trained

    images = Images(tmp_path, "intensity_mean, texture_contrast", said=", value_range: [0, 255]")
    images.put("a", grey().astype(np.uint16)).write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    new(tmp_path).put("n", grey().astype(np.uint16))
    check = trained.check_trained

    def without(look: Any, table: Any, columns: Any, facts: Any) -> None:
        check(look, table, columns, {n: f for n, f in facts.items() if n != "definitions"})

    monkeypatch.setattr(trained, "check_trained", without)
    screen = batch(tmp_path)
    assert screen.code == 0
    assert "the project was written before definitions of columns were kept" in screen.out
    screen = batch(tmp_path, "--set raw.value_range='[0, 4095]'")
    assert screen.code == 1
    assert "texture of channel 0 goes over another range" in screen.out


def test_batch_refuses_a_range_that_is_not_that_of_the_training(tmp_path: Path) -> None:
    images = Images(tmp_path, "texture_contrast", said=", value_range: [0, 255]")
    images.put("a", grey().astype(np.uint16)).write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    new(tmp_path).put("n", grey().astype(np.uint16))
    screen = batch(tmp_path, "--set raw.value_range='[0, 4095]'")
    assert screen.code == 1
    assert (
        "texture of channel 0 goes over another range; got [0, 4095]; expected [0, 255], as in "
        "training"
    ) in screen.out


def test_batch_refuses_another_option_and_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = Images(tmp_path, "{neighbors: [count], within: 9 px}, size").put("a", grey())
    images.write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    new(tmp_path).put("n", grey())
    screen = batch(tmp_path, """--set feats.measure='[{neighbors: [count], within: 3 px}, size]'""")
    assert screen.code == 1
    assert (
        "neighbors is measured with another 'within'; got 3 px; expected 9 px, as in training"
    ) in screen.out
    from dataclasses import replace

    from objclass.measure import size

    monkeypatch.setattr(size, "FAMILY", replace(size.FAMILY, version=99))
    screen = batch(tmp_path)
    assert screen.code == 1
    assert "size is defined otherwise; got version 99; expected version 1, as in training" in (
        screen.out
    )


def test_batch_offers_no_range_that_the_values_exceed(tmp_path: Path) -> None:
    Images(tmp_path).put("a", grey()).write(learns=True)
    assert typed("run w.yaml", tmp_path).code == 0
    bright = grey().astype(np.uint16)
    bright[0, 0] = 3210
    new(tmp_path).put("n", bright)
    screen = batch(tmp_path)
    assert screen.code == 1
    assert "--set raw.value_range" not in screen.out
    assert "to 3210, beyond [0, 255]: train with 'value_range: [0, 4095]' in raw" in screen.out
