from __future__ import annotations

import numpy as np
import pytest

from objclass.measure.batches import halo_of, measure_frame, owned_blocks, reach_around
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.testing import index_of

LABELS = np.zeros((8, 12), np.uint32)
LABELS[1:3, 1:3] = 1
LABELS[2:4, 3:7] = 2  # starts in the left block, reaches into the right one
LABELS[5, 7] = 3
LABELS[7, 0:12] = 4  # longer than a block


def test_each_object_belongs_to_the_block_that_holds_its_first_corner() -> None:
    owned = list(owned_blocks(index_of(LABELS), LABELS.shape, (4, 6)))
    assert [o.rows.tolist() for o in owned] == [[0, 1], [2], [3]]


def test_reads_grow_until_the_objects_and_their_halo_are_inside() -> None:
    index = index_of(LABELS)
    reach = reach_around(index, LABELS.shape, (1, 2))
    first, *_, last = owned_blocks(index, LABELS.shape, (8, 9), reach)
    assert (first.read.start, first.read.stop) == ((0, 0), (7, 10))
    assert (last.read.start, last.read.stop) == ((6, 0), (8, 12))


def test_without_a_block_everything_is_one_batch() -> None:
    (owned,) = owned_blocks(index_of(LABELS), LABELS.shape)
    assert owned.rows.tolist() == [0, 1, 2, 3]


def test_a_frame_without_objects_has_every_column_and_no_rows() -> None:
    empty = np.zeros((4, 4), np.uint8)
    reads = {"0": lambda r: empty[r.slices]}
    frame = Frame((4, 4), (0, 0), lambda r: empty[r.slices], reads, index_of(empty))
    setting = Setting(2, ("0",), ("uint8",), ((0.0, 255.0),))
    for name in ("size", "position", "axes", "intensity"):
        values = measure_frame([(family(name), setting)], frame)
        assert list(values) == [c.name for c in family(name).columns(setting)]
        assert {v.shape for v in values.values()} == {(0,)}


def test_the_widest_family_sets_the_halo() -> None:
    setting = Setting(2)
    assert halo_of([(family("size"), setting), (family("axes"), setting)]) == (0, 0)


def test_an_unknown_family_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        family("shape")
