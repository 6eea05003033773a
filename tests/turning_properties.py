"""What a turn does to scikit-image's region properties, whose columns are numbered by axis.

Their declarations say it: a place (group location) is turned within the picture, a ``_local``
one within the object's box, a matrix and moments along the axes they were taken along. All
others stay equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import comb

import numpy as np
from turning import Table, Turn

from objclass.measure.regionprops import NAME, PROPERTIES, Property

POWERS = np.arange(4)
ROOTS = [f"{NAME}_{name}" for name in ("axis_major_length", "axis_minor_length", "eccentricity")]
"""Roots of what may be 0 to rounding, which have half the digits."""


def turned_properties(
    table: Table, turn: Turn, spacing: tuple[float, ...] | None
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the columns of the turned picture that differ, and how large their terms are.

    Moments are sums of terms that nearly cancel: they are equal to rounding of their terms.
    """
    voxel = np.array(spacing or (1.0,) * len(turn.order))
    values: dict[str, np.ndarray] = {}
    terms: dict[str, np.ndarray] = {}
    if f"{NAME}_bbox_0" not in table:
        return values, terms
    box = collected(table, "bbox", "", (2 * len(voxel),))
    sides = (np.diff(box.reshape(2, len(voxel), -1), axis=0)[0] - 1) * voxel[:, None]
    for name, found in PROPERTIES.items():
        for end in ends_of(table, found):
            shape = shape_of(found, len(voxel))
            old = collected(table, name, end, shape)
            made, size = turned_property(name, found, old, turn, voxel, sides)
            for index in product(*map(range, shape)):
                column = called(name, index, end)
                if column in table:
                    values[column] = made[index]
                    terms |= {} if size is None else {column: size[index]}
    for name in ROOTS:
        if name in table:
            terms[name] = 100.0 * (1.0 + sides.max(axis=0, initial=0.0))
    if f"{NAME}_orientation" in table:
        values[f"{NAME}_orientation"] = turned_orientation(values)
    return values, terms


def ends_of(table: Table, found: Property) -> list[str]:
    channels = {name.partition("-")[2] for name in table if name.startswith(f"{NAME}_intensity")}
    return [f"-{channel}" for channel in sorted(channels)] if found.channel else [""]


def shape_of(found: Property, d: int) -> tuple[int, ...]:
    shapes = {"one": (), "axes": (d,), "box": (2 * d,), "matrix": (d, d), "seven": (7,)}
    return shapes.get(found.parts, (4,) * d)


def called(name: str, index: tuple[int, ...], end: str) -> str:
    return "_".join([NAME, name, *map(str, index)]) + end


def collected(table: Table, name: str, end: str, shape: tuple[int, ...]) -> np.ndarray:
    """All numbers of a property as one array, objects last; NaN where there is no column."""
    rows = len(next(iter(table.values())))
    result = np.full((*shape, rows), np.nan)
    for index in product(*map(range, shape)):
        if called(name, index, end) in table:
            result[index] = table[called(name, index, end)]
    return result


def turned_property(
    name: str, found: Property, old: np.ndarray, turn: Turn, voxel: np.ndarray, sides: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    picture = ((np.array(turn.shape) - 1) * voxel)[:, None]
    if found.parts == "box":
        return turned_box(old, turn), None
    if found.parts == "axes" and found.group == "location":
        return turned_within(old, turn, picture), None
    if found.parts == "axes" and name.endswith("_local"):
        return turned_within(old, turn, sides), None
    if found.parts == "matrix":
        signs = np.where(turn.backwards, -1.0, 1.0)
        return old[np.ix_(turn.order, turn.order)] * np.outer(signs, signs)[..., None], None
    if found.parts == "powers":
        return turned_moments(name, old, turn, voxel, sides)
    if found.parts == "seven" and turn.mirrors:
        return old * np.array([1, 1, 1, 1, 1, 1, -1])[:, None], None
    return old, None


def turned_within(old: np.ndarray, turn: Turn, extent: np.ndarray) -> np.ndarray:
    """A place goes to its new axis, counted from the other end if backwards."""
    pairs = zip(turn.order, turn.backwards, strict=True)
    return np.stack([extent[a] - old[a] if back else old[a] for a, back in pairs])


def turned_box(old: np.ndarray, turn: Turn) -> np.ndarray:
    """The first voxel of an axis read backwards was the last, which is one before the end."""
    first, end = np.split(old, 2)
    pairs = list(zip(turn.order, turn.backwards, strict=True))
    low = [turn.shape[a] - end[a] if back else first[a] for a, back in pairs]
    high = [turn.shape[a] - first[a] if back else end[a] for a, back in pairs]
    return np.stack([*low, *high])


def turned_moments(
    name: str, old: np.ndarray, turn: Turn, voxel: np.ndarray, sides: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return Σ (s − x)^p along an axis read backwards: about the corner s is the side, else 0."""
    central = name.endswith(("_central", "_normalized"))
    made = old.transpose(*turn.order, old.ndim - 1)
    for k, (axis, back) in enumerate(zip(turn.order, turn.backwards, strict=True)):
        side = np.zeros_like(sides[axis]) if central else sides[axis]
        if back:
            made = np.moveaxis(mirrored(np.moveaxis(made, k, 0), side), 0, k)
    unit = voxel.min() if name.endswith("_normalized") else 1.0
    size = np.ones_like(made) if name.endswith("_normalized") else 1.0 + made[(0,) * len(voxel)]
    for k, axis in enumerate(turn.order):
        lengths = np.maximum(sides[axis] / unit, 1.0) ** POWERS[:, None]
        size = size * lengths.reshape([4 if j == k else 1 for j in range(len(voxel))] + [-1])
    return made, np.broadcast_to(size, made.shape)


def mirrored(old: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The moments along the first axis with s − x in place of x; NaN where one is missing."""
    rows = [
        sum(
            comb(p, q) * side ** (p - q) * (-1.0) ** q * old[q]
            for q in range(p + 1)
            if moved(p, q, side)
        )
        for p in range(4)
    ]
    return np.stack(rows)


def moved(p: int, q: int, side: np.ndarray) -> bool:
    """Whether a lower moment takes part: none does about the centre."""
    return p == q or bool(side.any())


def turned_orientation(turned: Mapping[str, np.ndarray]) -> np.ndarray:
    """The angle of the longest axis, from the turned tensor; NaN where no axis is the longest."""
    first, both, second = (turned[f"{NAME}_inertia_tensor_{ij}"] for ij in ("0_0", "0_1", "1_1"))
    round_ = np.hypot(first - second, 2 * both) <= 1e-9 * (first + second)
    return np.where(round_, np.nan, 0.5 * np.arctan2(-2 * both, second - first))
