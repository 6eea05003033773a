"""Quarter turns and mirrorings of a picture, and what each feature does then.

A turn is ``(order, backwards)``: axis k of the turned picture is axis ``order[k]`` of the
picture, read from its end where ``backwards[k]``. :data:`TURNS` says which features have a
direction; all others stay equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

Table = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Turn:
    """One of the 8 (in space 48) ways to lay down a picture of a shape."""

    order: tuple[int, ...]
    backwards: tuple[bool, ...]
    shape: tuple[int, ...]

    @property
    def mirrors(self) -> bool:
        swaps = sum(a > b for i, a in enumerate(self.order) for b in self.order[i + 1 :])
        return bool((swaps + sum(self.backwards)) % 2)

    def picture(self, array: np.ndarray) -> np.ndarray:
        steps = tuple(slice(None, None, -1 if b else 1) for b in self.backwards)
        return np.ascontiguousarray(array.transpose(self.order)[steps])

    def sizes(self, spacing: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return None if spacing is None else tuple(spacing[k] for k in self.order)


def turns_of(shape: tuple[int, ...]) -> list[Turn]:
    d = len(shape)
    return [
        Turn(order, backwards, shape)
        for order in permutations(range(d))
        for backwards in product((False, True), repeat=d)
    ]


def axes_of(table: Table, start: str, end: str, d: int) -> list[np.ndarray]:
    return [table[f"{start}_{axis}{end}"] for axis in "zyx"[-d:]]


def turned_place(table: Table, start: str, end: str, turn: Turn) -> list[np.ndarray]:
    """Places: the coordinate goes to its new axis, counted from the other end if backwards."""
    old = axes_of(table, start, end, len(turn.order))
    return [
        turn.shape[axis] - 1 - old[axis] if back else old[axis]
        for axis, back in zip(turn.order, turn.backwards, strict=True)
    ]


def turned_first(table: Table, start: str, end: str, turn: Turn) -> list[np.ndarray]:
    """The low side of a box, which was its high side where an axis is read backwards."""
    return turned_side(table, ("position_min", "position_max"), end, turn)


def turned_last(table: Table, start: str, end: str, turn: Turn) -> list[np.ndarray]:
    return turned_side(table, ("position_max", "position_min"), end, turn)


def turned_side(table: Table, sides: tuple[str, str], end: str, turn: Turn) -> list[np.ndarray]:
    same, other = (axes_of(table, side, end, len(turn.order)) for side in sides)
    return [
        turn.shape[axis] - 1 - other[axis] if back else same[axis]
        for axis, back in zip(turn.order, turn.backwards, strict=True)
    ]


def turned_vector(table: Table, start: str, end: str, turn: Turn) -> list[np.ndarray]:
    """Vectors: the component goes to its new axis, with the other sign if backwards."""
    old = axes_of(table, start, end, len(turn.order))
    return [
        -old[axis] if back else old[axis]
        for axis, back in zip(turn.order, turn.backwards, strict=True)
    ]


def turned_axis(table: Table, start: str, end: str, turn: Turn) -> list[np.ndarray]:
    """Axes: as vectors, but both ways are the same axis; the largest component is positive."""
    vector = np.array(turned_vector(table, start, end, turn))
    size = np.abs(vector)
    first = (size >= (1.0 - 1e-9) * size.max(axis=0)).argmax(axis=0)
    sign = np.sign(np.take_along_axis(vector, first[None], axis=0))
    return list(vector * sign)


PLACES = ("position_center", "hull_center", "hull_defect_center", "skeleton_center")
VALUES = ("intensity_center", "intensity_argmin", "intensity_argmax")

TURNS: dict[str, Callable[[Table, str, str, Turn], list[np.ndarray]]] = {
    **dict.fromkeys((*PLACES, *VALUES, *(f"ring_{name}" for name in VALUES)), turned_place),
    "position_min": turned_first,
    "position_max": turned_last,
    "spherical_texture_direction": turned_vector,
    **{f"axes_vector_{k}": turned_axis for k in range(3)},
}
"""Features of one column per axis. Besides them: ``axes_orientation`` (an angle),
``morphology_moment_*`` (products of coordinates) and ``morphology_hu_6`` (changes its sign in
a mirror)."""


def turned_table(table: Table, turn: Turn) -> dict[str, np.ndarray]:
    """What the table of the turned picture must be."""
    d = len(turn.order)
    result = dict(table)
    for name in table:
        for start, rule in TURNS.items():
            first = f"{start}_{'zyx'[-d]}"
            if name == first or name.startswith(f"{first}-"):
                end = name.removeprefix(first)
                columns = rule(table, start, end, turn)
                axes = "zyx"[-d:]
                result |= {f"{start}_{axis}{end}": v for axis, v in zip(axes, columns, strict=True)}
    for name in table:
        if name.startswith("morphology_moment_"):
            result[name] = turned_moment(table, name, turn)
    if d == 2 and "morphology_hu_6" in table and turn.mirrors:
        result["morphology_hu_6"] = -table["morphology_hu_6"]
    if "axes_orientation" in table:
        y, x = result["axes_vector_0_y"], result["axes_vector_0_x"]
        angle = np.arctan2(y, x)
        result["axes_orientation"] = np.where(angle <= -np.pi / 2, angle + np.pi, angle)
        result["axes_orientation"] = np.where(angle > np.pi / 2, angle - np.pi, angle)
    return result


def turned_moment(table: Table, name: str, turn: Turn) -> np.ndarray:
    """A moment's powers go to the axes they were taken along; odd ones change their sign."""
    powers = name.rsplit("_", 1)[1]
    old = [""] * len(turn.order)
    sign = 1.0
    for k, axis in enumerate(turn.order):
        old[axis] = powers[k]
        sign *= -1.0 if turn.backwards[k] and int(powers[k]) % 2 else 1.0
    return sign * table["morphology_moment_" + "".join(old)]
