"""Convex hulls of objects in 3D, exact in whole numbers, by wrapping facet after facet.

Points are as in :mod:`objclass.measure.kernels.hull`: voxel centres and the middles of voxel
faces, doubled. Facets are whole polygons: all points in the plane of three of them are
gathered first, so points in one plane or on one line (which voxels have everywhere) need no
special cases. Differences of coordinates stay below 2^20, so determinants fit 64 bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel
from objclass.measure.kernels.hull import FAR, chain, doubled_ends, line_ends


@kernel
def plane_points(
    doubled: NDArray[np.int64],
    count: int,
    z: int,
    y0: int,
    corners: NDArray[np.int64],
    points: NDArray[np.int64],
    place: int,
) -> int:
    """Append the corners of one plane's own hull to `points`; return the new number."""
    for side in range(2):
        size = chain(doubled, count, side, corners)
        for k in range(size):
            points[place, 0] = z
            points[place, 1] = y0 + corners[k, 0]
            points[place, 2] = corners[k, 1]
            place += 1
    return place


@kernel
def candidates(
    runs: NDArray[np.int32],
    begin: int,
    end: int,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return doubled points ``(m, 3)`` that hold all corners of the hull of one object."""
    depth, height = stop[0] - start[0], stop[1] - start[1]
    # Only ends of lines can be corners. Empty planes before and behind spare special cases below.
    ends = np.empty((depth + 2, height, 2), np.int64)
    ends[:, :, 0] = FAR
    ends[:, :, 1] = -FAR
    i = begin
    for z in range(depth):
        j = i
        while j < end and runs[j, 0] == start[0] + z:
            j += 1
        line_ends(runs, i, j, start[1], height, ends[z + 1])
        i = j
    doubled = np.empty((2 * height + 1, 2), np.int64)
    corners = np.empty((2 * height + 1, 2), np.int64)
    points = np.empty(((2 * depth + 1) * (4 * height + 2), 3), np.int64)
    place = 0
    # Planes of voxel centres, then planes between two voxels in z, with the middles of faces.
    for z in range(depth):
        doubled_ends(ends[z + 1], height, doubled)
        at, y0 = 2 * (start[0] + z), 2 * start[1] - 1
        place = plane_points(doubled, 2 * height + 1, at, y0, corners, points, place)
    for z in range(depth + 1):
        for k in range(2 * height + 1):
            doubled[k, 0] = FAR
            doubled[k, 1] = -FAR
        for y in range(height):
            low = min(ends[z, y, 0], ends[z + 1, y, 0])
            if low < FAR:
                doubled[2 * y + 1, 0] = 2 * low
                doubled[2 * y + 1, 1] = 2 * max(ends[z, y, 1], ends[z + 1, y, 1])
        at, y0 = 2 * (start[0] + z) - 1, 2 * start[1] - 1
        place = plane_points(doubled, 2 * height + 1, at, y0, corners, points, place)
    return points[:place]


@kernel
def normal(p: NDArray[np.int64], a: int, b: int, c: int, out: NDArray[np.int64]) -> None:
    """Write (b − a) × (c − a) into `out`."""
    u0, u1, u2 = p[b, 0] - p[a, 0], p[b, 1] - p[a, 1], p[b, 2] - p[a, 2]
    v0, v1, v2 = p[c, 0] - p[a, 0], p[c, 1] - p[a, 1], p[c, 2] - p[a, 2]
    out[0] = u1 * v2 - u2 * v1
    out[1] = u2 * v0 - u0 * v2
    out[2] = u0 * v1 - u1 * v0


@kernel
def beyond(p: NDArray[np.int64], a: int, n: NDArray[np.int64], q: int) -> int:
    """Return how far point `q` lies beyond the plane through `a` with normal `n`, times |n|."""
    return int(n[0] * (p[q, 0] - p[a, 0]) + n[1] * (p[q, 1] - p[a, 1]) + n[2] * (p[q, 2] - p[a, 2]))


@kernel
def is_zero(n: NDArray[np.int64]) -> bool:
    """Tell whether three points were on one line."""
    return bool(n[0] == 0 and n[1] == 0 and n[2] == 0)


@kernel
def wrap(p: NDArray[np.int64], a: int, b: int, n: NDArray[np.int64]) -> int:
    """Return a point c so that nothing lies beyond the plane a, b, c; write its normal to `n`.

    a → b must be an edge of the hull; c lies to its left seen from outside.
    """
    # The plane turns about the edge from one point to the next that lies beyond it. Points on
    # the edge's own line span no plane and are passed over; one round is enough since all
    # points lie on one side of a plane through a hull's edge.
    best = -1
    for q in range(p.shape[0]):
        if best >= 0 and beyond(p, a, n, q) <= 0:
            continue
        trial = np.empty(3, np.int64)
        normal(p, a, b, q, trial)
        if not is_zero(trial):
            best = q
            for k in range(3):
                n[k] = trial[k]
    return best


@kernel
def first_edge(p: NDArray[np.int64]) -> tuple[int, int]:
    """Return two points of an edge or a facet of the hull.

    Seen along x the points are a plane figure; an edge of its hull is the trace of a plane
    that touches the body.
    """
    a = 0
    for q in range(1, p.shape[0]):
        if p[q, 0] < p[a, 0] or (p[q, 0] == p[a, 0] and p[q, 1] < p[a, 1]):
            a = q
    b = -1
    for q in range(p.shape[0]):
        z, y = p[q, 0] - p[a, 0], p[q, 1] - p[a, 1]
        if z == 0 and y == 0:
            continue
        if b < 0 or (p[b, 0] - p[a, 0]) * y - (p[b, 1] - p[a, 1]) * z > 0:
            b = q
    return a, b


@kernel
def turn(p: NDArray[np.int64], a: int, b: int, c: int, axis: int, sign: int) -> int:
    """Return > 0 where a, b, c turn left in the plane whose normal is longest along `axis`."""
    # Dropping the longest axis of the normal keeps the polygon's order and cannot flatten it;
    # the sign undoes the mirroring where the normal points the other way.
    i, j = (axis + 1) % 3, (axis + 2) % 3
    return int(
        sign
        * ((p[b, i] - p[a, i]) * (p[c, j] - p[a, j]) - (p[b, j] - p[a, j]) * (p[c, i] - p[a, i]))
    )


@kernel
def farther(p: NDArray[np.int64], a: int, b: int, c: int) -> bool:
    """Tell whether c is farther from a than b."""
    near, far = 0, 0
    for k in range(3):
        near += (p[b, k] - p[a, k]) ** 2
        far += (p[c, k] - p[a, k]) ** 2
    return far > near


@kernel
def polygon(
    p: NDArray[np.int64], inside: NDArray[np.int64], n: NDArray[np.int64], out: NDArray[np.int64]
) -> int:
    """Write the corners of the hull of coplanar points, turning left about `n`; return how many.

    `inside` holds the point numbers. Plane gift wrapping; points within an edge are no corners.
    """
    axis = 0
    for k in range(1, 3):
        if abs(n[k]) > abs(n[axis]):
            axis = k
    sign = 1 if n[axis] > 0 else -1
    # Begin at the lexicographically smallest point: it is a corner whatever the plane.
    origin = inside[0]
    for q in inside:
        for k in range(3):
            if p[q, k] != p[origin, k]:
                if p[q, k] < p[origin, k]:
                    origin = q
                break
    # From each corner to the point that has all others on its left; of several on one line the
    # farthest, since those between are no corners.
    size, at = 0, origin
    while True:
        out[size] = at
        size += 1
        ahead = -1
        for q in inside:
            if q == at:
                continue
            if ahead < 0:
                ahead = q
                continue
            side = turn(p, at, ahead, q, axis, sign)
            if side < 0 or (side == 0 and farther(p, at, ahead, q)):
                ahead = q
        if ahead == origin or ahead < 0:
            return size
        at = ahead


@kernel
def in_plane(p: NDArray[np.int64], a: int, n: NDArray[np.int64], out: NDArray[np.int64]) -> int:
    """Write the numbers of all points in a plane; return how many."""
    size = 0
    for q in range(p.shape[0]):
        if beyond(p, a, n, q) == 0:
            out[size] = q
            size += 1
    return size


@kernel
def doubled_rows(array: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a copy with twice the rows."""
    larger = np.empty((2 * array.shape[0], array.shape[1]), np.int64)
    for i in range(array.shape[0]):
        for k in range(array.shape[1]):
            larger[i, k] = array[i, k]
    return larger


@kernel
def exchange_edge(edges: NDArray[np.int64], count: int, a: int, b: int) -> int:
    """Close the open edge b → a, or open a → b; return the new number of open edges."""
    for k in range(count):
        if edges[k, 0] == b and edges[k, 1] == a:
            edges[k] = edges[count - 1]
            return count - 1
    edges[count, 0] = a
    edges[count, 1] = b
    return count + 1


@kernel
def facets(p: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the hull's planes ``(f, 4)`` and which points are its corners.

    A plane holds the outer normal n and c: a point q is inside where n·q ≤ c for all planes.
    """
    planes = np.empty((64, 4), np.int64)
    edges = np.empty((256, 2), np.int64)
    corner = np.zeros(p.shape[0], np.bool_)
    inside = np.empty(p.shape[0], np.int64)
    around = np.empty(p.shape[0] + 1, np.int64)
    n = np.empty(3, np.int64)
    a, b = first_edge(p)
    start_plane(p, a, b, n)
    # An open edge belongs to one facet so far. Two facets share an edge and walk it in opposite
    # directions, so a new facet closes the edges that it finds reversed and opens the others;
    # the hull is closed when no edge is open.
    count, opened = 0, 0
    while True:
        size = in_plane(p, a, n, inside)
        sides = polygon(p, inside[:size], n, around)
        if count == planes.shape[0]:
            planes = doubled_rows(planes)
        while opened + sides > edges.shape[0]:
            edges = doubled_rows(edges)
        for k in range(3):
            planes[count, k] = n[k]
        planes[count, 3] = n[0] * p[a, 0] + n[1] * p[a, 1] + n[2] * p[a, 2]
        count += 1
        around[sides] = around[0]
        for k in range(sides):
            corner[around[k]] = True
            opened = exchange_edge(edges, opened, around[k], around[k + 1])
        if opened == 0:
            return planes[:count], corner
        # The next facet walks the edge the other way round.
        a, b = edges[opened - 1, 1], edges[opened - 1, 0]
        wrap(p, a, b, n)


@kernel
def start_plane(p: NDArray[np.int64], a: int, b: int, n: NDArray[np.int64]) -> None:
    """Write the outer normal of a first facet that holds a, and b or a point beyond b.

    The plane through a, b and the x direction touches the body. Where its points span an
    area it is a facet, else they lie on an edge and the facet beside it is found by wrapping.
    """
    n[0] = p[b, 1] - p[a, 1]
    n[1] = -(p[b, 0] - p[a, 0])
    n[2] = 0
    for q in range(p.shape[0]):
        side = beyond(p, a, n, q)
        if side != 0:
            if side > 0:
                for k in range(3):
                    n[k] = -n[k]
            break
    inside = np.empty(p.shape[0], np.int64)
    size = in_plane(p, a, n, inside)
    trial = np.empty(3, np.int64)
    for k in range(size):
        normal(p, a, b, inside[k], trial)
        if not is_zero(trial):
            return
    wrap(p, a, b, n)


@kernel
def clip_line(planes: NDArray[np.int64], z: int, y: int, low: int, high: int) -> tuple[int, int]:
    """Return first and last whole x of the hull in one line; first > last where it is empty."""
    for k in range(planes.shape[0]):
        # Points are doubled, so the plane bounds 2x: x ≤ room / step, rounded inwards by // .
        step = 2 * planes[k, 2]
        room = planes[k, 3] - 2 * (planes[k, 0] * z + planes[k, 1] * y)
        if step > 0:
            high = min(high, room // step)
        elif step < 0:
            low = max(low, -(room // -step))
        elif room < 0:
            return 1, 0
    return low, high


@kernel
def hulls_3d(
    runs: NDArray[np.int32],
    first: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the hulls of 3D objects as runs, and their corners, as in 2D."""
    n = first.size - 1
    lines = 0
    for row in range(n):
        lines += (stop[row, 0] - start[row, 0]) * (stop[row, 1] - start[row, 1])
    pieces = np.empty((lines, 4), np.int32)
    points = np.empty((64, 3), np.int64)
    first_piece = np.zeros(n + 1, np.int64)
    first_point = np.zeros(n + 1, np.int64)
    piece, place = 0, 0
    for row in range(n):
        p = candidates(runs, first[row], first[row + 1], start[row], stop[row])
        # Coordinates from the object's own corner stay small, so that determinants fit 64 bits.
        shift = 2 * start[row]
        planes, corner = facets(p - shift)
        for z in range(stop[row, 0] - start[row, 0]):
            for y in range(stop[row, 1] - start[row, 1]):
                width = int(stop[row, 2] - start[row, 2])
                low, high = clip_line(planes, z, y, 0, width - 1)
                if low > high:
                    continue
                pieces[piece, 0] = start[row, 0] + z
                pieces[piece, 1] = start[row, 1] + y
                pieces[piece, 2] = start[row, 2] + low
                pieces[piece, 3] = high - low + 1
                piece += 1
        for k in range(p.shape[0]):
            if corner[k]:
                if place == points.shape[0]:
                    points = doubled_rows(points)
                points[place] = p[k]
                place += 1
        first_piece[row + 1] = piece
        first_point[row + 1] = place
    return pieces[:piece].copy(), first_piece, points[:place].copy(), first_point
