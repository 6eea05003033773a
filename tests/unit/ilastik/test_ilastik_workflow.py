"""A project's settings in the words of a workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import pytest
from written_ilp import STANDARD, put, write_ilp

from objclass.ilastik.contents import ThresholdSettings
from objclass.ilastik.project import read_ilp
from objclass.ilastik.workflow import TrainingShape, WorkflowInputs, workflow_text
from objclass.ilastik.yaml_text import line, per_axis
from objclass.nodes.registry import KINDS
from objclass.schema.fields import Measurement
from objclass.schema.workflow import Workflow, load

FLAT = TrainingShape(2, 1)


def text(path: Path, shape: TrainingShape | None = FLAT) -> str:
    return workflow_text(read_ilp(path), WorkflowInputs("raw.h5/data", "second.h5/data"), shape)


def workflow(path: Path, shape: TrainingShape | None = FLAT) -> Workflow:
    return load(text(path, shape), KINDS)


def threshold(tmp_path: Path, **settings: Any) -> Any:
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        for name, value in settings.items():
            place = f"SmootherSigma/{name}" if name in "xyz" else name
            put(file, f"ThresholdTwoLevels/{place}", value)
    return workflow(path).nodes["nuclei"]


def test_nodes_are_called_as_people_will_look_for_them(tmp_path: Path) -> None:
    found = workflow(write_ilp(tmp_path / "p.ilp"))
    assert list(found.nodes) == [
        "raw", "probabilities", "nuclei", "features", "classes", "predicted", "save"
    ]  # fmt: skip
    assert found.compatibility == "ilastik"
    assert found.title == "p"


def test_a_simple_threshold_uses_the_low_level_only(tmp_path: Path) -> None:
    node = threshold(tmp_path, x=1.0, y=1.0, z=1.0)
    assert (node.method, node.threshold, node.channel) == ("simple", 0.5, ("1",))
    assert (node.min_size, node.max_size, node.sigma) == (5, 1000, 1.0)
    assert node.core_channel is None


def test_hysteresis_and_dont_merge_keep_cores(tmp_path: Path) -> None:
    node = threshold(tmp_path, CurOperator=3, CoreChannel=0, LowThreshold=0.4, z=0.5)
    assert (node.method, node.merge_objects) == ("hysteresis", False)
    assert (node.core_channel, node.threshold, node.core_threshold) == (("0",), 0.4, 0.8)
    assert node.sigma.written() == {"z": 0.5, "y": 0.0, "x": 0.0}
    assert threshold(tmp_path, CurOperator=1).merge_objects


@pytest.mark.parametrize(
    ("variant", "node", "kind", "ids"),
    [
        ("segmentation", "segmentation", "components", None),
        ("label_image", "label_image", "components", "relabel"),
    ],
)
def test_masks_and_label_images_become_components(
    tmp_path: Path, variant: str, node: str, kind: str, ids: str | None
) -> None:
    nodes: Mapping[str, Any] = workflow(write_ilp(tmp_path / "p.ilp", variant)).nodes
    assert nodes[node].role == variant
    assert (nodes["nuclei"].kind, nodes["nuclei"].ids) == (kind, ids)


def measured(path: Path, shape: TrainingShape | None = FLAT) -> Measurement:
    (entry,) = workflow(path, shape).nodes["features"].measure  # type: ignore[attr-defined]
    assert isinstance(entry, Measurement)
    return entry


def test_features_are_those_used_or_exported_and_four_for_every_table(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp", features={STANDARD: ["Count", "Mean", "Sum"]})
    with h5py.File(path, "r+") as file:
        del file[f"ObjectClassification/SelectedFeatures/{STANDARD}/Mean"]
        del file[f"ObjectClassification/SelectedFeatures/{STANDARD}/Sum"]
    assert measured(path).features == (
        "Coord<Maximum>", "Coord<Minimum>", "Count", "Mean", "RegionCenter"
    )  # fmt: skip
    assert "# measured in ilastik but not used: Sum" in text(path)
    uses = workflow(path).nodes["classes"].use  # type: ignore[attr-defined]
    assert [choice.text for choice in uses] == ["ilastik_Count"]


def test_all_features_are_used_by_their_family(tmp_path: Path) -> None:
    features = {STANDARD: ["Coord<Maximum>", "Coord<Minimum>", "Count", "RegionCenter"]}
    path = write_ilp(tmp_path / "p.ilp", features=features)
    uses = workflow(path).nodes["classes"].use  # type: ignore[attr-defined]
    assert [choice.text for choice in uses] == ["ilastik"]


def test_a_table_may_name_features_by_the_text_stored_or_shown(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp", features={STANDARD: ["Mean", "Sum", "Variance"]})
    with h5py.File(path, "r+") as file:
        put(file, f"ObjectExtraction/Features/{STANDARD}/Sum/displaytext", b"Mean")
        put(file, f"ObjectExtraction/Features/{STANDARD}/Mean/displaytext", b"old")
    columns = workflow(path).nodes["save"].columns  # type: ignore[attr-defined]
    names = [choice.text for choice in columns]
    assert "ilastik_Mean" in names
    assert "ilastik_Sum" in names
    assert "ilastik_Variance" not in names


@pytest.mark.parametrize(
    ("margin", "written"),
    [((30, 30), "{y: 30, x: 30}"), ((30, 30, 1), "{z: 1, y: 30, x: 30}"), ((3, 3, 3), "3")],
)
def test_the_margin_is_written_per_axis(
    tmp_path: Path, margin: Sequence[int], written: str
) -> None:
    near = {STANDARD: ["Mean in neighborhood"]}
    path = write_ilp(tmp_path / "p.ilp", features=near, margin=margin)
    assert f"margin: {written} " in text(path)
    assert measured(path).margin is not None


def test_without_a_margin_the_neighbourhood_is_not_measured(tmp_path: Path) -> None:
    near = {STANDARD: ["Count", "Mean in neighborhood"]}
    path = write_ilp(tmp_path / "p.ilp", features=near, margin=(0, 0))
    assert "Mean in neighborhood" not in measured(path).features
    assert measured(path).margin is None


def test_features_that_the_images_do_not_have_are_left_out(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp", features={STANDARD: ["Histogram", "Covariance"]})
    assert "Covariance" not in measured(path, TrainingShape(2, 1)).features
    assert "Histogram" not in measured(path, TrainingShape(2, 2)).features
    assert {"Histogram", "Covariance"} <= set(measured(path, None).features)


def test_classes_keep_order_and_colours(tmp_path: Path) -> None:
    classes = workflow(write_ilp(tmp_path / "p.ilp")).nodes["classes"].classes  # type: ignore[attr-defined]
    assert [(c.name, c.color) for c in classes] == [("small", "#ff0000"), ("large", "#0080ff")]


def test_block_and_halo_are_noted(tmp_path: Path) -> None:
    found = text(write_ilp(tmp_path / "p.ilp"))
    assert "# kind: blockwise, block: 256" in found
    assert "# ilastik's halo was 32" in found


def test_texts_of_a_file_stay_in_their_comment(tmp_path: Path) -> None:
    path = write_ilp(tmp_path / "p.ilp")
    with h5py.File(path, "r+") as file:
        put(file, "ilastikVersion", b"1.4\nnodes: {evil: {kind: input}}")
        put(file, "ObjectClassification/LabelNames", [b'a"b: # c', b"null"])
    found = workflow(path)
    assert "evil" not in found.nodes
    classes = found.nodes["classes"].classes  # type: ignore[attr-defined]
    assert [c.name for c in classes] == ['a"b: # c', "null"]


def test_numbers_per_axis_are_one_where_they_agree() -> None:
    assert (per_axis(1.0, 1.0, 1.0), per_axis(1, 2, 0.5)) == ("1", "{z: 0.5, y: 2, x: 1}")


def test_a_remark_stands_in_a_column_or_behind_a_space() -> None:
    assert line("a: 1", "why") == "    a: 1".ljust(40) + "# why"
    assert line("a: " + "x" * 60, "why").endswith("x # why")


def test_default_settings_are_those_of_ilastik() -> None:
    assert ThresholdSettings().sigma == (1.0, 1.0, 1.0)
