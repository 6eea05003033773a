from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.family import Setting
from objclass.measure.frame import Frame, OtherLabels
from objclass.measure.parent import FAMILY, children
from objclass.testing import index_of

NUCLEI = np.array(
    [
        [1, 1, 0, 2, 0, 3],
        [0, 0, 0, 2, 0, 3],
    ],
    np.uint8,
)
CELLS = np.array(
    [
        [1 << 40, 1 << 40, 5, 5, 0, 0],
        [5, 5, 5, 5, 0, 0],
    ],
    np.uint64,
)


def measured(nuclei: np.ndarray, cells: np.ndarray) -> dict[str, np.ndarray]:
    layer = OtherLabels(lambda r: cells[r.slices], index_of(cells))
    frame = Frame(
        nuclei.shape, (0, 0), lambda r: nuclei[r.slices], {}, index_of(nuclei), {"parents": layer}
    )
    whole = FAMILY.measure(frame, Setting(2), None)
    small = FAMILY.measure(frame, Setting(2), (1, 1))
    assert list(whole) == [c.name for c in FAMILY.columns(Setting(2))]
    for name, values in whole.items():
        assert np.array_equal(values, small[name], equal_nan=values.dtype.kind == "f")
    return dict(whole)


def test_the_parent_holds_most_of_the_object() -> None:
    values = measured(NUCLEI, CELLS)
    assert values["parent_id"].tolist() == [1 << 40, 5, 0]
    assert values["parent_share"].tolist() == [1.0, 1.0, 0.0]
    assert values["parent_children"][:2].tolist() == [1.0, 1.0]
    assert np.isnan(values["parent_children"][2])


def test_under_half_inside_there_is_no_parent() -> None:
    nuclei = np.array([[1, 1, 1, 2, 2]], np.uint8)
    cells = np.array([[4, 0, 0, 4, 0]], np.uint8)
    values = measured(nuclei, cells)
    assert values["parent_id"].tolist() == [0, 4]
    assert values["parent_share"].tolist() == [1 / 3, 0.5]


def test_parents_count_their_children() -> None:
    ids = np.array([3, 5, 9], np.uint64)
    parents = np.array([5, 0, 5, 9], np.uint64)
    assert children(parents, ids).tolist() == [0, 2, 1]


def test_exactly_half_inside_has_a_parent_and_a_voxel_less_has_none() -> None:
    """The rule at its limit: 2 of 4 and 3 of 6 voxels are enough, 2 of 5 are not."""
    nuclei = np.array([[1, 1, 1, 1], [2, 2, 2, 2], [2, 3, 3, 3], [2, 3, 3, 3]], np.uint8)
    cells = np.array([[7, 7, 0, 0], [8, 8, 0, 0], [0, 9, 0, 9], [0, 9, 0, 0]], np.uint8)
    values = measured(nuclei, cells)
    assert values["parent_id"].tolist() == [7, 0, 9]
    assert values["parent_share"].tolist() == [0.5, pytest.approx(2 / 6), 0.5]


def test_of_two_parents_with_equal_shares_the_smaller_id_is_taken() -> None:
    nuclei, cells = np.ones((1, 4), np.uint8), np.array([[9, 9, 4, 4]], np.uint8)
    assert measured(nuclei, cells)["parent_id"].tolist() == [4]
