"""A turned object is the same object: the law of quarter turns and mirrorings.

Features without a direction are equal to rounding, those that say where or which way turn with
the object (tests/turning.py says which and how), in the plane and in space, also with voxels
that are not cubes, whose sizes turn along.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turning import Table, Turn, turned_table, turns_of
from turning_properties import turned_properties

from objclass.measure.batches import measure_frame
from objclass.measure.families import BUILT_IN, TABLES, family, table_family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame, OtherLabels
from objclass.measure.regions import Ring, in_region
from objclass.testing import index_of

FAMILIES = [name for name in BUILT_IN if name != "ilastik"]
EXACT = ("skeleton", "size", "spherical_texture_spectrum", "neighbors_count")
SPACINGS = {2: (None, (0.5, 0.5), (2.0, 0.5)), 3: (None, (1.0, 0.3, 0.3), (2.0, 0.7, 0.5))}


def measured(labels: np.ndarray, spacing: tuple[float, ...] | None) -> dict[str, np.ndarray]:
    """All families of our own, with values that come from the labels' pictures."""
    ids, picture = labels % 10, labels // 10
    images = {"a": picture.astype(np.uint8), "b": (picture * 37 % 101).astype(np.float32)}
    index = index_of(ids.astype(np.uint32))
    reads = {name: (lambda r, i=image: i[r.slices]) for name, image in images.items()}
    wide = np.where(ids == 2, 1, ids).astype(np.uint32)
    layers = {"parents": OtherLabels(lambda r: wide[r.slices], index_of(wide))}
    own = ids.astype(np.uint32)
    frame = Frame(ids.shape, (0,) * ids.ndim, lambda r: own[r.slices], reads, index, layers=layers)
    setting = Setting(
        ids.ndim, ("a", "b"), ("uint8", "float32"), ((0.0, 255.0), (0.0, 101.0)),
        spacing=spacing, unit=None if spacing is None else "um", options={"within": 3.0},
    )  # fmt: skip
    pairs = [(family(name), setting) for name in FAMILIES]
    pairs += [(in_region(family("intensity"), Ring("ring", 1.5)), setting)]
    result = dict(measure_frame(pairs, frame))
    for name in TABLES:
        result |= table_family(name).measure(frame, setting, None)
    return result


ANGLES = ("axes_orientation", "regionprops_orientation")


def assert_turned(
    still: Table, moved: Table, turn: Turn, spacing: tuple[float, ...] | None
) -> None:
    properties, terms = turned_properties(still, turn, spacing)
    expected = turned_table(still, turn) | properties
    assert list(expected) == list(moved)
    for name, values in expected.items():
        if name.startswith(EXACT) and "center" not in name:
            np.testing.assert_array_equal(moved[name], values, err_msg=f"{name} {turn}")
            continue
        difference = np.abs(moved[name].astype(float) - values.astype(float))
        if name in ANGLES:
            difference = np.minimum(difference, np.abs(np.pi - difference))
        scale = 1.0 if name.startswith("morphology_moment") else np.abs(values) + 1.0
        wrong = ~(difference <= 1e-7 * np.maximum(scale, terms.get(name, 0.0)))
        wrong &= ~(np.isnan(moved[name]) & np.isnan(values))
        if name == "regionprops_orientation":  # of a round object it is any angle
            wrong &= ~np.isnan(values)
        assert not wrong.any(), (name, turn, values[wrong], moved[name][wrong])


def check(labels: np.ndarray, spacing: tuple[float, ...] | None, turns: list[Turn]) -> None:
    still = measured(labels, spacing)
    for turn in turns:
        assert_turned(still, measured(turn.picture(labels), turn.sizes(spacing)), turn, spacing)


def painted(mask: np.ndarray, seed: int = 0) -> np.ndarray:
    """An object with random values, coded as 10 · value + id."""
    values = np.random.default_rng(seed).integers(1, 25, mask.shape)
    return np.where(mask, 10 * values + 1, 10 * values)


# --- shapes drawn by hand ------------------------------------------------------------------


def shapes() -> Iterator[tuple[str, np.ndarray]]:
    bar, square = np.ones((2, 40), bool), np.ones((6, 6), bool)
    yield "a bar of 2 × 40", bar
    steps = np.zeros((21, 21), bool)
    for k in range(20):
        steps[k, k] = steps[k, k + 1] = True
    yield "a staircase", steps
    tee = np.zeros((15, 15), bool)
    tee[:3] = tee[:, 6:9] = True
    yield "a T", tee
    ell = np.zeros((15, 12), bool)
    ell[:, :3] = ell[12:] = True
    yield "an L", ell
    ring = np.ones((9, 11), bool)
    ring[3:6, 3:8] = False
    yield "a ring", ring
    yield "a square", square
    yield "a voxel", np.ones((1, 1), bool)
    yield "a line", np.ones((1, 9), bool)
    yield "a slanted line", np.eye(9, dtype=bool)
    yield "a box", np.ones((3, 4, 12), bool)
    yield "a cube", np.ones((4, 4, 4), bool)
    yield "a plate", np.ones((1, 7, 7), bool)
    yield "a voxel in space", np.ones((1, 1, 1), bool)
    hook = np.zeros((7, 8, 9), bool)
    hook[:2, :2] = hook[:, :2, :2] = True
    yield "an L in space", hook
    diagonal = np.zeros((9, 9, 9), bool)
    for k in range(8):
        diagonal[k, k, k] = diagonal[k, k, k + 1] = True
    yield "a staircase in space", diagonal
    slab = np.zeros((8, 8, 5), bool)
    slab[np.arange(8), np.arange(8)] = True
    yield "a slanted plate", slab


@pytest.mark.parametrize(("name", "mask"), [pytest.param(n, m, id=n) for n, m in shapes()])
def test_a_shape_drawn_by_hand_keeps_its_features_in_every_turn(
    name: str, mask: np.ndarray
) -> None:
    """In the plane in all 8; in space in some of the 48, in all where no two sides are alike."""
    labels = painted(np.pad(mask, 1))
    for spacing in SPACINGS[mask.ndim]:
        turns = turns_of(labels.shape)
        every = mask.ndim == 2 or (spacing is None and len(set(mask.shape)) == 3)
        check(labels, spacing, turns if every else turns[::5])


@pytest.mark.slow
@pytest.mark.parametrize("mask", [pytest.param(m, id=n) for n, m in shapes() if m.ndim == 3])
def test_a_shape_in_space_keeps_its_features_in_all_turns(mask: np.ndarray) -> None:
    labels = painted(np.pad(mask, 1))
    for spacing in SPACINGS[3]:
        check(labels, spacing, turns_of(labels.shape))


@pytest.mark.parametrize(("name", "mask"), [pytest.param(n, m, id=n) for n, m in shapes()])
def test_a_shape_of_one_value_keeps_its_features(name: str, mask: np.ndarray) -> None:
    """All places and axes tie that can."""
    labels = 10 * np.ones_like(mask, np.int64) + mask
    turns = turns_of(tuple(n + 2 for n in mask.shape))
    check(np.pad(labels, 1), None, turns[:: 3 if mask.ndim == 2 else 5])


# --- random objects ------------------------------------------------------------------------


@st.composite
def pictures(draw: st.DrawFn) -> tuple[np.ndarray, tuple[float, ...] | None, Turn]:
    d = draw(st.sampled_from([2, 3]))
    shape = tuple(draw(st.integers(1, 14 if d == 2 else 7)) for _ in range(d))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ids = rng.integers(0, draw(st.integers(2, 5)), shape) * (rng.random(shape) < 0.6)
    levels = draw(st.sampled_from([2, 25]))
    labels = ids + 10 * rng.integers(0, levels, shape)
    turn = draw(st.sampled_from(turns_of(shape)))
    return labels, draw(st.sampled_from(SPACINGS[d])), turn


@given(pictures())
@settings(max_examples=60, deadline=None)
def test_random_objects_keep_their_features_in_every_turn(
    case: tuple[np.ndarray, tuple[float, ...] | None, Turn],
) -> None:
    labels, spacing, turn = case
    check(labels, spacing, [turn])
