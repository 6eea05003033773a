"""Blocks with a halo see pieces of objects: every number can be counted in the drawing.

::

    block 1   block 2          a bar of two rows from x = 2 to x = 7, an object at the left,
    . . . . . . . . . .        and a U that opens to the right across the border
    . . 1 1 1 1 1 1 . .
    . . 1 1 1 1 1 1 . .
    . . . . . . . . . .
    2 2 . . 3 3 3 . . .
    . . . . 3 . . . . .
    . . . . 3 3 3 . . .
"""

from __future__ import annotations

import numpy as np
import pytest

from objclass.data.blocks import Region
from objclass.nodes.halo import BlockPieces, HaloBlock, find_pieces, halo_blocks, numbered

DRAWN = np.zeros((7, 10), np.uint32)
DRAWN[1:3, 2:8] = 1
DRAWN[4, :2] = 2
DRAWN[4, 4:7] = DRAWN[6, 4:7] = DRAWN[5, 4] = 3
BLOCK = (7, 5)


def blocks(halo: int) -> list[tuple[HaloBlock, BlockPieces]]:
    """The two blocks of the drawing and what they see."""
    found = halo_blocks(DRAWN.shape, BLOCK, (halo, halo))
    return [(each, find_pieces(DRAWN[each.read.slices], each)) for each in found]


def test_a_block_sees_its_halo_and_writes_without_it() -> None:
    (first, _), (second, _) = blocks(1)
    assert (first.number, first.write, first.read) == (
        1,
        Region((0, 0), (7, 5)),
        Region((0, 0), (7, 6)),
    )
    assert (second.number, second.write, second.read) == (
        2,
        Region((0, 5), (7, 10)),
        Region((0, 4), (7, 10)),
    )


@pytest.mark.parametrize(
    ("halo", "owners"),
    [(0, ([1, 2, 3], [1, 3, 3])), (1, ([1, 2, 3], [1, 3]))],
    ids=["without a halo the arms of the U fall apart", "its bend in the halo joins them"],
)
def test_what_holds_together_in_a_block_and_its_halo_is_a_piece(
    halo: int, owners: tuple[list[int], list[int]]
) -> None:
    assert [pieces.owner.tolist() for _, pieces in blocks(halo)] == list(owners)


def test_an_object_of_the_halo_alone_is_no_piece_of_the_block() -> None:
    """The second block sees the end of the left object from a halo of four on."""
    _, (_, pieces) = blocks(4)
    assert pieces.seen.max() == 3
    assert pieces.owner.tolist() == [1, 3]


def test_pieces_are_numbered_through_the_blocks() -> None:
    (first, seen), (second, other) = blocks(1)
    written = np.concatenate([numbered(seen, first, 1), numbered(other, second, 4)], axis=1)
    assert np.unique(written).tolist() == [0, 1, 2, 3, 4, 5]
    assert ((written > 0) == (DRAWN > 0)).all()
    assert written[1].tolist() == [0, 0, 1, 1, 1, 4, 4, 4, 0, 0]
    assert written[4].tolist() == [2, 2, 0, 0, 3, 5, 5, 0, 0, 0]
    assert written[6, 4:7].tolist() == [3, 5, 5]


def test_one_id_in_two_places_is_two_pieces_as_in_ilastik() -> None:
    labels = np.array([[7, 0, 7]], np.uint64)
    (block,) = halo_blocks((1, 3), (1, 3), (0, 0))
    pieces = find_pieces(labels, block)
    assert pieces.owner.tolist() == [7, 7]


def test_touching_objects_stay_apart() -> None:
    labels = np.array([[7, 7, 9]], np.uint64)
    (block,) = halo_blocks((1, 3), (1, 3), (0, 0))
    assert find_pieces(labels, block).owner.tolist() == [7, 9]
