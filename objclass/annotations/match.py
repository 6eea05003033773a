"""Which object each annotation is about, and whether it still is the same object.

A row is *valid* while the object under its position has the row's stamp. So renumbering,
a size filter that drops other objects and far changes invalidate nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from objclass.annotations.matches import USED, Match, Matches, Status, settle
from objclass.annotations.row_order import in_order
from objclass.annotations.rows import IGNORE, Row
from objclass.data.axes import Grid
from objclass.data.blocks import Region, chunk_shape
from objclass.data.labels import Index, LabelHeader, LabelImage
from objclass.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REACH = 10
"""Voxels around a row on background in which an object is looked for."""
Voxel = tuple[int, ...]
Read = Callable[[Region], "NDArray[np.generic]"]


def match(
    rows: Iterable[Row],
    frame: Callable[[int | None], LabelImage],
    header: LabelHeader,
    whole: Grid | None = None,
) -> Matches:
    """Find the object of every annotation of one image.

    Parameters
    ----------
    rows
        The rows of this image, in any order.
    frame
        Returns the label image of a frame (None without time); asked only for frames with rows.
    header
        Header of the label images: shape, crop, and whether their ids are a file's.
    whole
        Grid of the uncropped image, where the workflow crops it. Rows outside the crop are
        ``cropped``, rows outside the image ``outside``.
    """
    located = [_locate(row, header.grid, whole or header.grid) for row in in_order(rows)]
    by_frame: dict[int | None, list[int]] = {}
    for number, found in enumerate(located):
        if found.status == "point":
            by_frame.setdefault(found.frame, []).append(number)
    for time, numbers in by_frame.items():
        labels = frame(time)
        there = [located[number] for number in numbers]
        for number, judged in zip(numbers, match_frame(there, labels), strict=True):
            located[number] = judged
    return Matches(settle(located))


def match_frame(matches: Sequence[Match], labels: LabelImage) -> list[Match]:
    """Find the objects of the annotations of one frame.

    Parameters
    ----------
    matches
        Annotations inside the frame, as :func:`match` located them.
    labels
        The label image of the frame.
    """
    grid, index = labels.header.grid, labels.index
    voxels = [in_frame(match.voxel, grid) for match in matches if match.voxel]
    found = iter(ids_at(voxels, labels.read, grid.shape))
    there = [next(found) if match.voxel else 0 for match in matches]
    judged = [
        _judge(match, object_id, index, labels.header)
        for match, object_id in zip(matches, there, strict=True)
    ]
    return [
        replace(each, near=nearest_object(each.voxel, labels))
        if each.status == "background" and each.voxel
        else each
        for each in judged
    ]


def nearest_object(
    voxel: Voxel, labels: LabelImage, reach: int = REACH
) -> tuple[float, int, tuple[int, int, int]] | None:
    """Return distance, id and nearest voxel of the object that is nearest to a voxel.

    Parameters
    ----------
    voxel
        ``(z, y, x)`` in the uncropped image.
    labels
        The label image of the frame.
    reach
        How far to look, in voxels; None is returned where nothing is that near.
    """
    import numpy as np

    grid = labels.header.grid
    here = in_frame(voxel, grid)
    edges = [
        (max(0, v - reach), min(n, v + reach + 1)) for v, n in zip(here, grid.shape, strict=True)
    ]
    start = tuple(a for a, _ in edges)
    ids = labels.read(Region(start, tuple(b for _, b in edges)))
    found = np.argwhere(ids)
    if not len(found):
        return None
    far = ((found + np.array(start) - np.array(here)) ** 2).sum(1)
    first = int(far.argmin())
    distance = float(np.sqrt(far[first]))
    if distance > reach:
        return None
    at = found[first]
    return round(distance, 3), int(ids[tuple(at)]), in_image(at + np.array(start), grid)


def ids_at(voxels: Sequence[Voxel], read: Read, shape: tuple[int, ...]) -> list[int]:
    """Return the ids at single voxels, reading each storage chunk once.

    Parameters
    ----------
    voxels
        Positions ``(y, x)`` or ``(z, y, x)`` in the frame.
    read
        Returns the ids of a region.
    shape
        Shape of the frame.
    """
    chunk = chunk_shape(shape)
    by_chunk: dict[Voxel, list[int]] = {}
    for number, voxel in enumerate(voxels):
        tile = tuple(v // c for v, c in zip(voxel, chunk, strict=True))
        by_chunk.setdefault(tile, []).append(number)
    found = [0] * len(voxels)
    for tile in sorted(by_chunk):
        numbers = by_chunk[tile]
        start = tuple(map(min, zip(*(voxels[n] for n in numbers), strict=True)))
        last = tuple(map(max, zip(*(voxels[n] for n in numbers), strict=True)))
        ids = read(Region(start, tuple(v + 1 for v in last)))
        for n in numbers:
            local = tuple(v - s for v, s in zip(voxels[n], start, strict=True))
            found[n] = int(ids[local])
    return found


def in_frame(voxel: Voxel, grid: Grid) -> Voxel:
    """Return a position ``(z, y, x)`` of the uncropped image in voxels of the frame."""
    local = [v - o for v, o in zip(voxel, grid.origin, strict=True)]
    return tuple(local[-grid.dimensions :])


def in_image(voxel: Iterable[int], grid: Grid) -> tuple[int, int, int]:
    """Return a position in voxels of the frame as ``(z, y, x)`` of the uncropped image."""
    local = [0] * (3 - grid.dimensions) + [int(v) for v in voxel]
    z, y, x = (v + o for v, o in zip(local, grid.origin, strict=True))
    return z, y, x


def stamp_at(index: Index, object_id: int) -> str:
    """Return the stamp of an object, empty where there is none of that id."""
    row = index.row_of(object_id) if object_id else -1
    return index.stamp[row].decode() if row >= 0 else ""


def _locate(row: Row, grid: Grid, whole: Grid) -> Match:
    """Where a row lies; a row inside the crop comes back as a point still to be judged."""
    voxel = _voxel(row, grid)
    times = _times(grid)
    time = row.t if row.t is not None else grid.first_frame
    frame = time - grid.first_frame if grid.frames is not None else None
    if time in times and (voxel is None or _holds(grid, voxel)):
        return Match(row, "point", frame=frame, voxel=voxel)
    inside = time in _times(whole) and (voxel is None or _holds(whole, voxel))
    return Match(row, "cropped" if inside else "outside", voxel=voxel)


def _voxel(row: Row, grid: Grid) -> tuple[int, int, int] | None:
    """The position ``(z, y, x)`` of a row; a 2D row lies in the plane of its image."""
    if row.y is None or row.x is None:
        return None
    return (grid.origin[0] if row.z is None else row.z, row.y, row.x)


def _times(grid: Grid) -> range:
    """The time points of a grid in the uncropped image."""
    return range(grid.first_frame, grid.first_frame + (grid.frames or 1))


def _holds(grid: Grid, voxel: Voxel) -> bool:
    """True where a position of the uncropped image lies in a grid."""
    shape = grid.shape if grid.dimensions == 3 else (1, *grid.shape)
    return all(o <= v < o + n for v, o, n in zip(voxel, grid.origin, shape, strict=True))


def _judge(match: Match, found: int, index: Index, header: LabelHeader) -> Match:
    """Judge one annotation by the id under its position (0: none, or no position)."""
    row = match.row
    if not row.has_position:
        found = row.object if row.object and index.row_of(row.object) >= 0 else 0
    status = _status(row, found, index, header.keeps_ids)
    if status == "id" and row.object:
        found = row.object
    voxel = match.voxel
    if voxel is None and found:
        voxel = in_image(index.inside[index.row_of(found)], header.grid)
    if row.class_ == IGNORE:
        found, status = found if status in USED else 0, "ignored"
    return replace(match, status=status, object=found, voxel=voxel)


def _status(row: Row, found: int, index: Index, keeps_ids: bool) -> Status:
    """The status of a row by the id found under its position, or by its id alone."""
    if row.stamp:
        return "valid" if found and stamp_at(index, found) == row.stamp else "invalid"
    if not row.has_position:
        return "id" if found else "missing"
    if keeps_ids and row.object is not None and row.object != found:
        if found and index.row_of(row.object) >= 0:
            return "invalid"
        return "id" if index.row_of(row.object) >= 0 else "missing"
    return "point" if found else "background"


def outside_problems(
    matches: Matches, whole: Grid, frames: Sequence[str] = (), cure: str = ""
) -> list[Problem]:
    """Return one problem for every row outside the image.

    `frames` are the texts of ``{t}`` in the names of the files, where each frame has its own;
    `cure` is what would mend them all.
    """
    bounds = _bounds(whole)
    expected = ", ".join(f"{axis} {first} to {last}" for axis, (first, last) in bounds.items())
    return [
        Problem(
            "the position lies outside the image",
            got=_describe(match.row),
            expected=expected,
            fix=cure or _way_on(match, whole, frames),
            place=match.row.place,
        )
        for match in matches.of("outside")
    ]


def _way_on(match: Match, whole: Grid, frames: Sequence[str]) -> str:
    """Say how positions count; where only the frame is wrong, what the person may have meant."""
    times, t = _times(whole), match.row.t
    elsewhere = match.voxel is not None and not _holds(whole, match.voxel)
    if t is None or t in times or elsewhere:
        return "positions count voxels from 0 in the uncropped image, not micrometres"
    named = [frame for frame, text in zip(times, frames, strict=False) if _is_number(text, t)]
    if named and len(frames) == len(times):
        cure = "subtract 1 in every row" if t - named[0] == 1 else "write frames, not files"
        file = frames[named[0] - times[0]]
        return f"frames count from 0, and file {file} is frame {named[0]}: {cure}"
    if t == times[-1] + 1:
        return "frames count from 0: if yours count from 1, subtract 1 in every row"
    return "frames count from 0"


def _is_number(text: str, t: int) -> bool:
    return text.isdecimal() and int(text) == t


def _bounds(whole: Grid) -> Mapping[str, tuple[int, int]]:
    """First and last coordinate of each axis of an image."""
    times = _times(whole)
    bounds = {"t": (times[0], times[-1])} if whole.frames is not None else {}
    origin = whole.origin[-whole.dimensions :]
    for axis, first, length in zip(whole.spatial, origin, whole.shape, strict=True):
        bounds[axis] = (first, first + length - 1)
    return bounds


def _describe(row: Row) -> str:
    """The position of a row in words: ``t 0, y 31, x 88``."""
    here = {"t": row.t, "z": row.z, "y": row.y, "x": row.x}
    said = [f"{axis} {value}" for axis, value in here.items() if value is not None]
    return ", ".join(said) or f"object {row.object}"
