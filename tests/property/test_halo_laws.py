"""Laws of blocks with a halo: when they are exact, and what they do not depend on."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from objclass.data.labels import Index
from objclass.engine.node import Part
from objclass.measure.batches import measure_frame
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.nodes.families import FamilyPart
from objclass.nodes.halo import find_pieces, halo_blocks
from objclass.nodes.piece_table import BLOCK, OBJECT, SEEN, SIZE
from objclass.nodes.pieces import measure_block
from objclass.segmentation.components import components
from objclass.segmentation.index import index

EVERYWHERE = ("size", "axes", "intensity", "hull", "skeleton")
"""Families that look at an object alone."""
Columns = dict[str, np.ndarray]


@st.composite
def pictures(draw: st.DrawFn) -> Frame:
    """Objects that hold together over faces, and an image."""
    d = draw(st.sampled_from([2, 3]))
    shape = tuple(draw(st.integers(1, 14 if d == 2 else 7)) for _ in range(d))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    few = draw(st.integers(1, 4))
    found, _ = components(rng.integers(0, few + 1, shape) * rng.integers(0, 2, shape))
    image = rng.integers(0, 255, shape).astype(np.uint8)
    return Frame(
        shape,
        (0,) * d,
        lambda region: found[region.slices],
        {"0": lambda region: image[region.slices]},
        index(found),
    )


def parts(frame: Frame, names: tuple[str, ...]) -> list[Part]:
    """Families as the parts of a features node."""
    setting = Setting(len(frame.shape), ("0",), ("uint8",), ((0.0, 255.0),))
    made = []
    for name in names:
        plan = FamilyPart(name, family(name), setting)
        columns = {"measure": [column.name for column in plan.columns], "channels": ["0"]}
        made.append(Part(name, None, columns, payload=plan))  # type: ignore[arg-type]
    return made


def by_blocks(
    frame: Frame,
    block: tuple[int, ...],
    halo: tuple[int, ...],
    names: tuple[str, ...],
    order: tuple[int, ...] | None = None,
) -> Columns:
    """Every piece of a frame; the blocks are worked off in some order."""
    families = parts(frame, names)
    todo = list(halo_blocks(frame.shape, block, halo))
    done: dict[int, Columns] = {}
    for k in order or range(len(todo)):
        pieces = find_pieces(frame.labels(todo[k].read), todo[k])
        done[k] = measure_block(frame, todo[k], pieces, families)
    found = [done[k] for k in range(len(todo))]
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]}


def of_objects(frame: Frame, names: tuple[str, ...]) -> Columns:
    """The same families on the whole objects."""
    asked = [
        (part.held(FamilyPart).family, part.held(FamilyPart).setting)
        for part in parts(frame, names)
    ]
    return measure_frame(asked, frame)


def assert_same(pieces: Columns, whole: Columns, rows: np.ndarray) -> None:
    for name, values in whole.items():
        assert np.array_equal(pieces[name], values[rows], equal_nan=True), name


@given(pictures(), st.data())
@settings(max_examples=60)
def test_one_block_is_the_whole_image_whatever_its_halo(frame: Frame, data: st.DataObject) -> None:
    block = tuple(n + data.draw(st.integers(0, 2)) for n in frame.shape)
    halo = tuple(data.draw(st.integers(0, 3)) for _ in frame.shape)
    names = (*EVERYWHERE, "position", "texture")
    found = by_blocks(frame, block, halo, names)
    assert found[OBJECT].tolist() == frame.index.ids.tolist()
    assert found[SIZE].tolist() == found[SEEN].tolist() == frame.index.size.tolist()
    assert_same(found, of_objects(frame, names), np.arange(len(frame.index)))


def longest(found: Index) -> tuple[int, ...]:
    """The largest extent of an object along each axis."""
    return tuple(map(int, (found.stop - found.start).max(axis=0, initial=1)))


@given(pictures(), st.data())
@settings(max_examples=60)
def test_a_halo_as_long_as_the_longest_object_judges_every_piece_by_its_whole_object(
    frame: Frame, data: st.DataObject
) -> None:
    block = tuple(data.draw(st.integers(1, n)) for n in frame.shape)
    found = by_blocks(frame, block, longest(frame.index), EVERYWHERE)
    rows = np.searchsorted(frame.index.ids, found[OBJECT])
    assert found[SEEN].tolist() == frame.index.size[rows].tolist()
    placeless = {c.name for part in parts(frame, EVERYWHERE) for c in part.held(FamilyPart).columns
                 if c.group != "location"}  # fmt: skip
    whole = of_objects(frame, EVERYWHERE)
    assert_same(found, {name: whole[name] for name in whole if name in placeless}, rows)


@given(pictures(), st.data())
@settings(max_examples=60)
def test_pieces_cover_their_objects_whatever_the_block_and_halo(
    frame: Frame, data: st.DataObject
) -> None:
    block = tuple(data.draw(st.integers(1, n)) for n in frame.shape)
    halo = tuple(data.draw(st.integers(0, 3)) for _ in frame.shape)
    found = by_blocks(frame, block, halo, ("size",))
    total = np.zeros(len(frame.index), np.int64)
    np.add.at(total, np.searchsorted(frame.index.ids, found[OBJECT]), found[SIZE])
    assert total.tolist() == frame.index.size.tolist()
    assert (found[SEEN] >= found[SIZE]).all()
    assert found["size_voxels"].tolist() == found[SEEN].tolist()


@given(pictures(), st.data())
@settings(max_examples=40)
def test_the_order_in_which_blocks_are_worked_off_changes_nothing(
    frame: Frame, data: st.DataObject
) -> None:
    block = tuple(data.draw(st.integers(1, n)) for n in frame.shape)
    halo = tuple(data.draw(st.integers(0, 3)) for _ in frame.shape)
    count = len(list(halo_blocks(frame.shape, block, halo)))
    order = tuple(data.draw(st.permutations(range(count))))
    names = ("size", "position", "intensity")
    straight = by_blocks(frame, block, halo, names)
    assert straight[BLOCK].tolist() == sorted(straight[BLOCK].tolist())
    shuffled = by_blocks(frame, block, halo, names, order)
    assert_same(shuffled, straight, np.arange(len(straight[BLOCK])))
