"""scikit-image's properties as a family: what is declared, refused, and of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from finding import Finding

from objclass.data.versions import installed
from objclass.errors import InputError
from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.plugin import FeatureWarning
from objclass.measure.regionprops import FAMILY, columns, extra_properties
from objclass.testing import check_family, index_of
from workflows import Bench, flat

BAR = np.zeros((6, 9), np.uint8)
BAR[2:4, 3:7] = 5
"""One object of 2 by 4 voxels."""


def finding(folder: Path, measure: list[object], image: bool = True, **raw: object) -> Finding:
    fields = {"kind": "features", "objects": "nuclei", "measure": measure}
    made = Finding(folder, fields | ({} if image else {"image": None}))
    made.file("raw", BAR, "yx", "raw", channels=["dna"], **raw)
    return made.file("nuclei", BAR, "yx", "label_image")


def values(made: Finding) -> dict[str, float]:
    found = made.run()
    (outcome,) = found.of("found")
    assert outcome.known is not None
    table = found.job.store.load(outcome.known.artifact, outcome.step.part.header)
    return {name: float(column[0]) for name, column in table.columns.items()}


def refusal(made: Finding) -> str:
    with pytest.raises(InputError) as caught:
        made.job()
    return str(caught.value)


def test_properties_are_chosen_by_scikit_images_own_names(tmp_path: Path) -> None:
    chosen = {"regionprops": ["solidity", "bbox", "centroid", "intensity_mean"]}
    assert values(finding(tmp_path, [chosen])) == {
        "regionprops_bbox_0": 2.0,
        "regionprops_bbox_1": 3.0,
        "regionprops_bbox_2": 4.0,
        "regionprops_bbox_3": 7.0,
        "regionprops_centroid_0": 2.5,
        "regionprops_centroid_1": 4.5,
        "regionprops_solidity": 1.0,
        "regionprops_intensity_mean-dna": 5.0,
    }


def test_lengths_are_in_the_unit_of_the_image(tmp_path: Path) -> None:
    made = finding(tmp_path, [{"regionprops": ["area", "centroid"]}], pixel_size="0.5 um")
    assert list(values(made).values()) == [2.0, 1.25, 2.25]
    units = {c.feature: c.unit for c in columns(Setting(2, spacing=(0.5, 0.5), unit="um"))}
    assert units["regionprops_area"] == "um^2"
    assert units["regionprops_perimeter"] == "um"
    assert units["regionprops_solidity"] == ""
    assert {c.unit for c in columns(Setting(2)) if c.feature == "regionprops_area"} == {"voxel^2"}


def test_only_what_is_asked_for_is_measured() -> None:
    wide = Setting(2, ("a",), ("uint8",), (None,))
    asked = frozenset({"regionprops_area", "regionprops_intensity_mean-a"})
    assert [c.name for c in columns(Setting(2, ("a",), only=asked))] == [*sorted(asked)]
    assert len(columns(wide)) > 100


def test_shape_is_measured_without_an_image(tmp_path: Path) -> None:
    assert values(finding(tmp_path, ["regionprops_area"], image=False)) == {"regionprops_area": 8.0}
    said = refusal(finding(tmp_path, ["regionprops_intensity_mean"], image=False))
    assert "regionprops_intensity_mean is measured in a raw image" in said


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("image", "regionprops_image is no feature: it is a picture; expected num_pixels, area"),
        ("label", "it is the object's id"),
        ("soliditty", "regionprops has no feature 'soliditty'"),
        ("soliditty", "did you mean solidity?"),
    ],
)
def test_what_is_no_feature_is_refused_by_name(tmp_path: Path, name: str, says: str) -> None:
    assert says in refusal(finding(tmp_path, [{"regionprops": ["area", name]}]))


@pytest.mark.parametrize("name", ["perimeter", "moments_hu"])
def test_outlines_of_oblong_pixels_are_refused_by_name(tmp_path: Path, name: str) -> None:
    raw = {"pixel_size": {"x": "0.25 um", "y": "0.5 um"}}
    said = refusal(finding(tmp_path, [{"regionprops": [name]}], **raw))
    assert f"regionprops_{name} needs pixels of equal sides, and these are 0.5 x 0.25 um" in said


@pytest.mark.parametrize(
    "entry", [{"regionprops": ["area", "eccentricity"]}, "morphology_perimeter", "size_area"]
)
def test_what_is_of_planes_only_is_refused_in_volumes_by_name(
    tmp_path: Path, entry: object
) -> None:
    made = Finding(
        tmp_path, {"kind": "features", "objects": "nuclei", "image": None, "measure": [entry]}
    )
    made.file("nuclei", np.stack([BAR] * 3), "zyx", "label_image", pixel_size="1 um")
    said = refusal(made)
    assert "is measured in 2D only" in said
    assert "expected " in said


def test_the_version_of_scikit_image_is_in_the_recipe(tmp_path: Path) -> None:
    job = finding(tmp_path, ["regionprops_area"]).job()
    (parts,) = job.graph.parts["found"].values()
    (part,) = parts
    assert part.parameters["library"] == f"scikit-image {installed('scikit-image')}"
    assert "channels" not in part.parameters


def test_no_value_is_promised_to_be_portable() -> None:
    assert not any(column.portable for column in columns(Setting(3, ("a",))))
    assert FAMILY.wrapped == "scikit-image"


# --- functions written for regionprops ----------------------------------------------------------


def height(mask: np.ndarray) -> float:
    """Rows of the box."""
    return mask.shape[-2]


def top(mask: np.ndarray, values: np.ndarray) -> float:
    """Largest value inside."""
    return values[mask].max()


def test_functions_of_ones_own_keep_the_contract() -> None:
    family = extra_properties("mine", height, top, units={"height": "voxel"})
    check_family(family)
    declared = family.columns(Setting(2, ("a",)))
    assert [(c.name, c.unit, c.definition) for c in declared] == [
        ("mine_height", "voxel", "Rows of the box."),
        ("mine_top-a", "", "Largest value inside."),
    ]


def test_functions_that_cannot_be_called_are_refused() -> None:
    def area(mask: np.ndarray) -> float:
        return 1.0

    with pytest.raises(ValueError, match="area is a property of scikit-image"):
        extra_properties("mine", area)
    with pytest.raises(ValueError, match="takes 0 arguments"):
        extra_properties("mine", lambda: 1.0)


PLUGIN = '''\
from objclass.measure.regionprops import extra_properties


def rows(mask):
    """Rows of the box."""
    return mask.shape[-2]


def brightest(mask, values):
    """Largest value inside."""
    return values[mask].max() / (mask.sum() != 29)


family = extra_properties("mine", rows, brightest)
'''


def plugged(folder: Path) -> Bench:
    (folder / "mine.py").write_text(PLUGIN, encoding="utf-8")
    return flat(folder).edit(
        ("version: 1\n", "version: 1\nplugins: [mine.py]\n"),
        ("measure: [size, intensity]", "measure: [mine_rows]"),
    )


def test_a_plugin_files_functions_run_only_after_trust(tmp_path: Path) -> None:
    made = plugged(tmp_path)
    from objclass.run import Request, prepare

    with pytest.raises(InputError, match="nobody on this account has allowed to run"):
        prepare(made.file, Request())
    prepare(made.file, Request(trust_plugins=True))


def test_a_function_that_fails_on_an_object_leaves_it_missing_and_says_so() -> None:
    def odd(mask: np.ndarray) -> float:
        raise ZeroDivisionError("no area")

    labels = np.ones((1, 1), np.uint32)
    frame = Frame((1, 1), (0, 0), lambda r: labels[r.slices], {}, index_of(labels))
    family = extra_properties("mine", odd)
    with pytest.warns(FeatureWarning, match="odd: ZeroDivisionError: no area; their values"):
        assert np.isnan(measure_frame([(family, Setting(2))], frame)["mine_odd"])
