"""Outlines follow the edges of pixels: polygons are valid, and as large as their object."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import unary_union
from shapely.geometry import MultiPolygon, Polygon, box, shape

from objclass.painting.outlines import outlines, polygon_texts

Ids = NDArray[np.uint64]


def boxes_of(labels: NDArray[np.uint32], ids: Ids) -> NDArray[np.int64]:
    """The box of every object, as an index has it."""
    found = []
    for each in ids:
        y, x = np.nonzero(labels == each)
        found.append([y.min(), x.min(), y.max() + 1, x.max() + 1])
    return np.array(found, np.int64).reshape(-1, 4)


def traced(labels: NDArray[np.uint32], x: int = 0, y: int = 0) -> list[Polygon | MultiPolygon]:
    """The objects of an image as shapely reads them."""
    ids = np.unique(labels[labels > 0]).astype(np.uint64)
    text, ends, pieces = polygon_texts(outlines(labels, ids, boxes_of(labels, ids)), x, y)
    starts = [0, *ends][:-1]
    said = [json.loads(text.tobytes()[a:b]) for a, b in zip(starts, ends, strict=True)]
    kinds = ("Polygon", "MultiPolygon")
    return [
        shape({"type": kinds[int(n > 1)], "coordinates": each})
        for n, each in zip(pieces, said, strict=True)
    ]


def drawn(*rows: str) -> NDArray[np.uint32]:
    """Draw one object with ``#``."""
    return np.array([[c == "#" for c in row] for row in rows]).astype(np.uint32)


def pixels(labels: NDArray[np.uint32], number: int, x: int, y: int) -> Polygon:
    """The plain twin: the union of the squares of all pixels."""
    places = zip(*np.nonzero(labels == number), strict=True)
    return unary_union([box(b + x, a + y, b + x + 1, a + y + 1) for a, b in places])


def test_a_pixel_is_a_square_of_four_corners() -> None:
    (found,) = traced(drawn("...", ".#."), x=10, y=20)
    assert list(found.exterior.coords) == [(11, 21), (12, 21), (12, 22), (11, 22), (11, 21)]
    assert found.exterior.is_ccw


def test_a_straight_edge_has_no_corner_between_its_ends() -> None:
    (found,) = traced(drawn("####", "####"))
    assert len(found.exterior.coords) == 5


@pytest.mark.parametrize(
    ("rows", "pieces", "holes"),
    [
        (["###", "#.#", "###"], 1, [1]),
        (["#.", ".#"], 2, [0, 0]),  # they meet at a corner alone
        (["####", "#.##", "##.#", "####"], 1, [2]),  # so do two holes
        (["##.", "#.#", "###"], 1, [1]),  # a hole meets the outside
        (["#####", "#...#", "#.#.#", "#...#", "#####"], 2, [1, 0]),  # an island in a hole
        (["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"], 2, [1, 1]),
    ],
)
def test_holes_and_pieces_are_those_that_the_eye_sees(
    rows: Sequence[str], pieces: int, holes: list[int]
) -> None:
    (found,) = traced(drawn(*rows))
    parts = list(found.geoms) if isinstance(found, MultiPolygon) else [found]
    assert len(parts) == pieces
    assert [len(part.interiors) for part in parts] == holes
    assert found.is_valid
    assert found.area == "".join(rows).count("#")


def test_any_object_is_the_union_of_its_pixels() -> None:
    random = np.random.default_rng(0)
    for _ in range(60):
        labels = random.integers(0, 3, random.integers(1, 11, 2)).astype(np.uint32)
        numbers = [n for n in (1, 2) if (labels == n).any()]
        for number, found in zip(numbers, traced(labels, 5, 7), strict=True):
            assert found.is_valid
            assert found.area == (labels == number).sum()
            assert found.equals(pixels(labels, number, 5, 7))


def test_in_a_sponge_every_hole_lies_in_its_own_piece() -> None:
    """An object of many pieces, with islands in holes: more than one ring is around a hole."""
    sponge = (np.random.default_rng(3).random((40, 40)) < 0.65).astype(np.uint32)
    sponge[5:15, 5:15] = drawn(
        *[
            "#" * 10,
            *["#........#"] * 2,
            *["#..####..#"] * 2,
            "#..#..#..#",
            "#..####..#",
            *["#........#"] * 2,
            "#" * 10,
        ]
    )
    (found,) = traced(sponge)
    assert isinstance(found, MultiPolygon)
    assert sum(len(part.interiors) for part in found.geoms) > 50
    assert found.is_valid
    assert found.equals(pixels(sponge, 1, 0, 0))


def test_large_ids_are_told_apart() -> None:
    ids = np.array([2**63, 2**63 + 1], np.uint64)  # as floats they are the same
    found = outlines(ids[None], ids, np.array([[0, 0, 1, 1], [0, 1, 1, 2]]))
    assert found.owner.tolist() == [0, 1]
    assert found.ring(1).tolist() == [[1, 0], [2, 0], [2, 1], [1, 1]]
