"""The loops behind outlines: walks along the edges of pixels, and their corners as text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

Labels = NDArray[np.integer[Any]]
Whole = NDArray[np.int64]


@kernel
def ahead(
    labels: Labels, x: int, y: int, way: int, wanted: np.integer[Any], box: Whole
) -> int:  # pragma: no cover
    """Return 1 where the pixel ahead on the right is of the object, plus 2 for the left one.

    `way` is 0 east, 1 south, 2 west, 3 north; `box` is top, left, bottom, right.
    """
    found = 0
    for side in range(2):
        turned = (way + 3 * side) % 4  # the pixel on the left is that on the right, a turn before
        row = y if turned < 2 else y - 1
        column = x if turned == 0 or turned == 3 else x - 1
        inside = box[0] <= row < box[2] and box[1] <= column < box[3]
        if inside and labels[row, column] == wanted:
            found += 1 + side
    return found


@kernel
def twice_the_area(walk: Whole, start: int, stop: int) -> int:  # pragma: no cover
    """Return twice the signed area of a ring of corners ``x, y``; above 0 for outer rings."""
    total = 0
    for i in range(start, stop):
        j = i + 1 if i + 1 < stop else start
        total += walk[i, 0] * walk[j, 1] - walk[j, 0] * walk[i, 1]
    return total


@kernel
def grown(table: Whole, length: int) -> Whole:  # pragma: no cover
    """Return a table with room for at least `length` rows."""
    if len(table) >= length:
        return table
    wider = np.empty((max(length, 2 * len(table)), table.shape[1]), np.int64)
    wider[: len(table)] = table
    return wider


@kernel
def walk_once(
    labels: Labels, wanted: np.integer[Any], box: Whole, seen: NDArray[np.bool_], x: int, y: int
) -> Whole:  # pragma: no cover
    """Walk along the edges of an object, which lies on the right, back to where it begins.

    Returns
    -------
    Corners ``x, y``, and 1 where two pixels of the object meet at the corner alone.
    """
    walk, count = np.zeros((16, 3), np.int64), 1
    walk[0, 0], walk[0, 1] = x, y
    at_x, at_y, way = x, y, 0
    while True:
        if way == 0:
            seen[at_y - box[0], at_x - box[1]] = True
        at_x += 1 - way if way % 2 == 0 else 0
        at_y += 2 - way if way % 2 == 1 else 0
        view = ahead(labels, at_x, at_y, way, wanted, box)
        if view == 1:
            continue
        way = (way + 3) % 4 if view == 3 else (way + 1) % 4
        if at_x == x and at_y == y and way == 0:
            walk[0, 2] = view == 2
            return walk[:count]
        walk = grown(walk, count + 1)
        walk[count, 0], walk[count, 1], walk[count, 2] = at_x, at_y, view == 2
        count += 1


@kernel
def cut_apart(walk: Whole) -> tuple[Whole, Whole]:  # pragma: no cover
    """Cut a walk where it meets itself, so that no ring touches itself.

    Returns
    -------
    Corners ``x, y``, and where each ring ends.
    """
    corners, ends = np.empty((len(walk), 3), np.int64), np.empty(len(walk), np.int64)
    open_, count, total, rings = np.empty_like(walk), 0, 0, 0
    for i in range(len(walk)):
        first = -1
        if walk[i, 2]:
            for k in range(count):
                if open_[k, 2] and open_[k, 0] == walk[i, 0] and open_[k, 1] == walk[i, 1]:
                    first = k
        if first < 0:
            open_[count] = walk[i]
            count += 1
            continue
        corners[total : total + count - first] = open_[first:count]
        total += count - first
        ends[rings], rings, count = total, rings + 1, first + 1
    corners[total : total + count] = open_[:count]
    ends[rings] = total + count
    return corners[: total + count, :2], ends[: rings + 1]


@kernel
def trace(labels: Labels, ids: Labels, boxes: Whole) -> tuple[Whole, Whole]:  # pragma: no cover
    """Return the corners ``x, y`` of all rings, and each ring's end, object and twice its area."""
    corners, rings = np.empty((1024, 2), np.int64), np.empty((256, 3), np.int64)
    total, count = 0, 0
    for k in range(len(ids)):
        box, wanted = boxes[k], ids[k]
        seen = np.zeros((box[2] - box[0], box[3] - box[1]), np.bool_)
        for y in range(box[0], box[2]):
            for x in range(box[1], box[3]):
                if labels[y, x] != wanted or seen[y - box[0], x - box[1]]:
                    continue
                if y > box[0] and labels[y - 1, x] == wanted:
                    continue
                found, ends = cut_apart(walk_once(labels, wanted, box, seen, x, y))
                corners = grown(corners, total + len(found))
                corners[total : total + len(found)] = found
                rings = grown(rings, count + len(ends))
                for r in range(len(ends)):
                    start = 0 if r == 0 else ends[r - 1]
                    rings[count, 0], rings[count, 1] = total + ends[r], k
                    rings[count, 2] = twice_the_area(found, start, ends[r])
                    count += 1
                total += len(found)
    return corners[:total], rings[:count]


@kernel
def is_around(
    corners: Whole, start: int, stop: int, x: float, y: float
) -> bool:  # pragma: no cover
    """Return whether the middle of a pixel lies inside a ring."""
    inside = False
    for i in range(start, stop):
        j = i + 1 if i + 1 < stop else start
        low, high = min(corners[i, 1], corners[j, 1]), max(corners[i, 1], corners[j, 1])
        if corners[i, 0] == corners[j, 0] and corners[i, 0] > x and low < y < high:
            inside = not inside
    return inside


@kernel
def ring_boxes(corners: Whole, rings: Whole) -> Whole:  # pragma: no cover
    """Return the lowest and highest x, then y, of every ring."""
    boxes, start = np.empty((len(rings), 4), np.int64), 0
    for r in range(len(rings)):
        ring = corners[start : rings[r, 0]]
        boxes[r, 0], boxes[r, 1] = ring[:, 0].min(), ring[:, 0].max()
        boxes[r, 2], boxes[r, 3] = ring[:, 1].min(), ring[:, 1].max()
        start = rings[r, 0]
    return boxes


@kernel
def shell_of(
    corners: Whole, rings: Whole, boxes: Whole, outer: Whole, r: int
) -> int:  # pragma: no cover
    """Return the smallest of the outer rings of an object around a hole.

    One is always around it, so the largest whose box fits is never asked, which is often long.
    """
    start = 0 if r == 0 else rings[r - 1, 0]
    right = np.sign(corners[start + 1, 0] - corners[start, 0])
    down = np.sign(corners[start + 1, 1] - corners[start, 1])
    x, y = corners[start, 0] + (right - down) / 2, corners[start, 1] + (down + right) / 2
    fits, best = np.empty(len(outer), np.int64), -1
    count = 0
    for k in outer:
        if boxes[k, 0] < x < boxes[k, 1] and boxes[k, 2] < y < boxes[k, 3]:
            fits[count] = k
            count += 1
            if best < 0 or rings[k, 2] > rings[best, 2]:
                best = k
    for k in fits[:count]:
        begin = 0 if k == 0 else rings[k - 1, 0]
        if rings[k, 2] < rings[best, 2] and is_around(corners, begin, rings[k, 0], x, y):
            best = k
    return best


@kernel
def shells(corners: Whole, rings: Whole) -> Whole:  # pragma: no cover
    """Return for every ring the outer ring of its piece: for a hole, the smallest around it."""
    found, boxes = np.arange(len(rings)), ring_boxes(corners, rings)
    first = 0
    while first < len(rings):
        last = first
        while last < len(rings) and rings[last, 1] == rings[first, 1]:
            last += 1
        outer = first + np.flatnonzero(rings[first:last, 2] > 0)
        for r in range(first, last):
            if rings[r, 2] < 0:
                found[r] = shell_of(corners, rings, boxes, outer, r)
        first = last
    return found


@kernel
def write_number(text: NDArray[np.uint8], at: int, number: int) -> int:  # pragma: no cover
    """Write a whole number as text; return where the next character stands."""
    if number < 0:
        text[at] = 45
        at, number = at + 1, -number
    digits, rest = 1, number // 10
    while rest:
        digits, rest = digits + 1, rest // 10
    for k in range(digits):
        text[at + digits - 1 - k] = 48 + number % 10
        number //= 10
    return at + digits


@kernel
def write_ring(
    text: NDArray[np.uint8], at: int, corners: Whole, x0: int, y0: int
) -> int:  # pragma: no cover
    """Write a ring as ``[[x,y],…]``, its first corner again at the end."""
    text[at] = 91
    at += 1
    for i in range(len(corners) + 1):
        corner = corners[i % len(corners)]
        if i:
            text[at] = 44
            at += 1
        text[at] = 91
        at = write_number(text, at + 1, corner[0] + x0)
        text[at] = 44
        at = write_number(text, at + 1, corner[1] + y0)
        text[at] = 93
        at += 1
    text[at] = 93
    return at + 1


@kernel
def write_polygons(
    corners: Whole, rings: Whole, order: Whole, shell: Whole, objects: int, x0: int, y0: int
) -> tuple[NDArray[np.uint8], Whole, Whole]:  # pragma: no cover
    """Write the coordinates of objects as GeoJSON has them, of one piece or of several.

    Returns
    -------
    The text, where the text of every object ends, and how many pieces each has.
    """
    text = np.empty(44 * (len(corners) + len(rings)) + 4 * objects + 16, np.uint8)
    ends, pieces = np.zeros(objects, np.int64), np.zeros(objects, np.int64)
    for r in range(len(rings)):
        pieces[rings[r, 1]] += rings[r, 2] > 0
    at = 0
    for i in range(len(order)):
        r = order[i]
        k, several = rings[r, 1], pieces[rings[r, 1]] > 1
        begins = i == 0 or rings[order[i - 1], 1] != k
        if shell[r] == r:  # a piece
            text[at] = 91 if begins else 44
            at += 1 if (begins and several) or not begins else 0
            text[at] = 91
        else:
            text[at] = 44
        start = 0 if r == 0 else rings[r - 1, 0]
        at = write_ring(text, at + 1, corners[start : rings[r, 0]], x0, y0)
        last = i + 1 == len(order)
        if last or shell[order[i + 1]] == order[i + 1]:
            text[at] = 93
            at += 1
        if (last or rings[order[i + 1], 1] != k) and several:
            text[at] = 93
            at += 1
        ends[k] = at
    return text[:at], ends, pieces
