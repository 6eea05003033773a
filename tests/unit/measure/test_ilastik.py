from __future__ import annotations

import numpy as np
import pytest

from objclass.errors import InputError
from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.ilastik import FAMILY, display_name, ilastik_columns
from objclass.measure.ilastik_names import PLUGINS, SKELETON, STANDARD
from objclass.measure.ilastik_selection import by_plugin
from objclass.measure.kernels.ilastik.eigen import eigensystem
from objclass.testing import check_family, index_of

NEAR = {"x": 2, "y": 2, "z": 1}


def measured(
    labels: np.ndarray, features: list[str], *images: np.ndarray, margin: object = NEAR
) -> dict[str, list[float]]:
    reads = {str(k): (lambda r, image=image: image[r.slices]) for k, image in enumerate(images)}
    origin = (0,) * labels.ndim
    frame = Frame(labels.shape, origin, lambda r: labels[r.slices], reads, index_of(labels))
    setting = Setting(
        labels.ndim,
        tuple(reads),
        tuple(str(image.dtype) for image in images),
        (None,) * len(images),
        options={"features": features, "margin": margin},
    )
    values = measure_frame([(FAMILY, setting)], frame)
    return {name.removeprefix("ilastik_"): column.tolist() for name, column in values.items()}


LABELS = np.array([[0, 1, 1], [0, 1, 0], [2, 0, 0]], np.uint8)
RAW = np.arange(9, dtype=np.uint8).reshape(3, 3)


def test_coordinates_come_as_x_then_y_and_the_maximum_is_one_beyond() -> None:
    values = measured(LABELS, ["Coord<Minimum>", "Coord<Maximum>", "RegionCenter"], RAW)
    assert (values["Coord<Minimum>_0"][0], values["Coord<Minimum>_1"][0]) == (1.0, 0.0)
    assert (values["Coord<Maximum>_0"][0], values["Coord<Maximum>_1"][0]) == (3.0, 2.0)
    assert values["RegionCenter_0"][0] == pytest.approx(4 / 3)


def test_the_convex_hull_is_the_bounding_box() -> None:
    values = measured(LABELS, ["HullVolume", "Convexity", "DefectCount", "DefectCenter"], RAW)
    assert values["HullVolume"] == [4.0, 1.0]
    assert values["Convexity"] == [0.75, 1.0]
    assert values["DefectCount"] == [1.0, 0.0]
    assert values["DefectCenter_0"][0] == 2.0
    assert np.isnan(values["DefectCenter_0"][1])


def test_the_neighbourhood_is_nearer_than_the_margin_and_holds_other_objects() -> None:
    image = np.array([[0, 1, 2, 4, 8, 16, 32]], np.uint8)
    labels = np.array([[0, 0, 0, 1, 0, 2, 0]], np.uint8)
    values = measured(labels, ["Sum in neighborhood"], image, margin={"x": 3, "y": 3})
    assert values["Sum in neighborhood"] == [1 + 2 + 8 + 16, 4 + 8 + 32]


def test_a_smaller_margin_along_z_keeps_other_planes_out() -> None:
    image = np.array([[[1, 2]], [[4, 8]]], np.uint8)
    labels = np.array([[[1, 0]], [[0, 0]]], np.uint8)
    wide = measured(labels, ["Sum in neighborhood"], image, margin={"x": 2, "y": 2, "z": 2})
    flat = measured(labels, ["Sum in neighborhood"], image, margin={"x": 2, "y": 2, "z": 1})
    assert (wide["Sum in neighborhood"], flat["Sum in neighborhood"]) == ([14.0], [2.0])


def test_without_a_margin_nothing_is_measured_in_the_neighbourhood() -> None:
    assert list(measured(LABELS, ["Count", "Mean in neighborhood"], RAW, margin=0)) == ["Count"]


def test_the_histogram_spans_all_objects_of_the_frame() -> None:
    values = measured(LABELS, ["Histogram", "Global<Minimum>", "Global<Maximum>"], RAW)
    assert values["Global<Minimum>"] == [1.0, 1.0]
    assert values["Global<Maximum>"] == [6.0, 6.0]
    assert (values["Histogram_0"], values["Histogram_63"]) == ([1.0, 0.0], [0.0, 1.0])


def test_two_pixels_have_a_skeleton_of_one_branch_and_one_pixel_is_its_own() -> None:
    labels = np.zeros((5, 8), np.uint8)
    labels[1, 1:3] = 1
    labels[3, 5] = 2
    values = measured(labels, ["Diameter", "Branch Count", "Skeleton Center"], labels)
    assert values["Diameter"] == [1.0, 0.0]
    assert values["Branch Count"] == [1.0, 0.0]
    assert (values["Skeleton Center_0"][1], values["Skeleton Center_1"][1]) == (5.0, 3.0)


def test_columns_stand_in_the_order_of_the_classifier() -> None:
    selection = {STANDARD: ["Mean", "Count"], SKELETON: ["Diameter"]}
    names = [column.name for column in ilastik_columns(selection, 2, 2)]
    assert names == ["ilastik_Diameter", "ilastik_Count", "ilastik_Mean_0", "ilastik_Mean_1"]


def test_display_names_are_those_of_the_table() -> None:
    columns = ilastik_columns({STANDARD: ["RegionRadii", "Count"]}, 2, 1)
    shown = ["Size in pixels", "Radii of the object_0", "Radii of the object_1"]
    assert [display_name(column) for column in columns] == shown


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match="did you mean 'Count'"):
        by_plugin(["count"], 2)


def test_a_feature_of_several_channels_needs_several() -> None:
    with pytest.raises(InputError, match="'Covariance' in images of several channels; got 1"):
        ilastik_columns({STANDARD: ["Covariance"]}, 2, 1)


def test_skeletons_exist_in_2d_only() -> None:
    with pytest.raises(InputError, match="no feature 'Diameter' in 3D"):
        by_plugin(["Diameter"], 3)


def test_feature_names_are_unique_over_the_plugins_of_one_dimension() -> None:
    names = [name for plugin in (SKELETON, STANDARD) for name in PLUGINS[plugin]]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_eigensystem_agrees_with_numpy_up_to_sign(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(100):
        whole = rng.normal(size=(n, n))
        matrix = whole @ whole.T
        vectors, values = matrix.copy(), np.empty(n)
        eigensystem(vectors, values)
        assert values == pytest.approx(np.linalg.eigvalsh(matrix)[::-1], rel=1e-9, abs=1e-12)
        assert vectors @ np.diag(values) @ vectors.T == pytest.approx(matrix, abs=1e-12)


def test_the_family_keeps_the_contract_but_for_the_place() -> None:
    features = ["Count", "Mean", "Quantiles", "Mean in neighborhood", "RegionRadii", "Convexity"]
    one = [name for name in features if name != "Quantiles"]
    check_family(FAMILY, {"features": one, "margin": {"x": 4, "y": 3, "z": 1}}, moves=False)
