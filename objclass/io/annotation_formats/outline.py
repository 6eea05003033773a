"""One pixel inside an outline that another program drew."""

from __future__ import annotations

from collections.abc import Sequence

Ring = Sequence[tuple[float, float]]
STEPS = 40
"""Lines on which a pixel is looked for."""


def holds(ring: Ring, x: float, y: float) -> bool:
    """Return True where a point lies inside a closed line: every crossing to its left counts."""
    inside = False
    for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def centroid(ring: Ring) -> tuple[float, float]:
    """Return ``(x, y)`` of the middle of an area; of a line without area that of its points."""
    twice = sx = sy = 0.0
    for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
        cross = ax * by - bx * ay
        twice, sx, sy = twice + cross, sx + (ax + bx) * cross, sy + (ay + by) * cross
    if twice:
        return sx / (3 * twice), sy / (3 * twice)
    return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)


ROUNDING = 1e-9
"""Widths below this share of a coordinate are none: the outline is a line there."""


def inside_point(ring: Ring) -> tuple[float, float]:
    """Return a point ``(x, y)`` inside an outline: its middle, or where the middle lies outside
    (a crescent), the middle of the widest part of a horizontal line through it.

    Parameters
    ----------
    ring
        Corners ``(x, y)``; the last is joined to the first.
    """
    middle = centroid(ring)
    if holds(ring, *middle):
        return middle
    low, high = min(y for _, y in ring), max(y for _, y in ring)
    spans = []
    for step in range(1, STEPS):
        y = low + (high - low) * step / STEPS
        crossings = sorted(
            ax + (bx - ax) * (y - ay) / (by - ay)
            for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True)
            if (ay > y) != (by > y)
        )
        pairs = zip(crossings[::2], crossings[1::2], strict=False)
        spans += [(b - a, (a + b) / 2, y) for a, b in pairs if b - a > ROUNDING * (1 + abs(a))]
    return max(spans)[1:] if spans else middle
