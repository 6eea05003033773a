"""Measure a frame by block: each object belongs to one block, which reads it whole.

The owner of an object is the block that holds the first corner of its box. What a block
reads is grown until its objects (and what a family sees around them) are inside::

    block      |--------|--------|
    objects       (a)  (b b b)         b starts in the left block, so that block owns it
    reads         |-----------|

An object that needs more than a block along an axis is read alone, so that no read is
larger than two blocks along an axis unless one object is. Values do not depend on the block
shape, because a family sees whole objects only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from objclass.data.blocks import Region, tiles
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index
from objclass.measure.crops import check_crops
from objclass.measure.family import Family, ObjectBatch, Setting
from objclass.measure.frame import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class BlockObjects:
    """The objects of one block: rows of the index, ascending, and the region to read."""

    rows: NDArray[np.int64]
    read: Region


@dataclass(frozen=True)
class ReadBoxes:
    """What must be read for every object: boxes of voxels, int64 (n, d); stop is not inside."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    def united(self, other: ReadBoxes) -> ReadBoxes:
        """The smallest boxes that hold both."""
        import numpy as np

        start = np.minimum(self.start, other.start)
        return ReadBoxes(start, np.maximum(self.stop, other.stop))


def reach_around(index: Index, shape: tuple[int, ...], halo: tuple[int, ...]) -> ReadBoxes:
    """Return the objects' boxes grown by `halo` voxels per axis, inside the frame."""
    import numpy as np

    start = np.maximum(index.start.astype(np.int64) - halo, 0)
    return ReadBoxes(start, np.minimum(index.stop.astype(np.int64) + halo, shape))


def owned_blocks(
    index: Index,
    shape: tuple[int, ...],
    block: tuple[int, ...] | None = None,
    reach: ReadBoxes | None = None,
) -> Iterator[BlockObjects]:
    """Yield every object once, block after block in raster order.

    Parameters
    ----------
    index
        The objects of a frame of this `shape`.
    block
        Edge lengths of the block grid; None is the whole frame as one block.
    reach
        What must be read for every object; its box by default.
    """
    import numpy as np

    if len(index) == 0:
        return
    reach = reach or reach_around(index, shape, (0,) * len(shape))
    edges = np.array(shape if block is None else block, np.int64)
    grid = tuple(-(-np.array(shape) // edges))
    owner = np.ravel_multi_index(tuple((index.start // edges).T), grid)
    alone: NDArray[np.bool_] = np.any((reach.stop - reach.start) > edges, axis=1)
    for rows in _group(owner, alone):
        start = tuple(map(int, reach.start[rows].min(axis=0)))
        stop = tuple(map(int, reach.stop[rows].max(axis=0)))
        yield BlockObjects(rows, Region(start, stop))


def _group(owner: NDArray[np.int64], alone: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Yield rows of equal owner together, those to be read alone one by one."""
    import numpy as np

    together = np.flatnonzero(~alone)
    order = together[np.argsort(owner[together], kind="stable")]
    cuts = np.flatnonzero(np.diff(owner[order])) + 1
    if len(order):
        yield from np.split(order, cuts)
    for row in np.flatnonzero(alone):
        yield np.array([row], np.int64)


def reach_of(families: Sequence[tuple[Family, Setting]], frame: Frame) -> ReadBoxes:
    """Return what must be read for every object so that all these families can measure it."""
    reach = reach_around(frame.index, frame.shape, halo_of(families))
    for family, setting in families:
        if family.reach is not None:
            reach = reach.united(family.reach(frame, setting))
    return reach


def halo_of(families: Sequence[tuple[Family, Setting]]) -> tuple[int, ...]:
    """Return the voxels per axis that the widest of these families sees around an object."""
    rings = [_ring(family, setting) for family, setting in families]
    return tuple(map(max, zip(*rings, strict=True)))


def _ring(family: Family, setting: Setting) -> tuple[int, ...]:
    ring = family.ring(setting)
    return (ring,) * setting.dimensions if isinstance(ring, int) else ring


def extent_of(
    families: Sequence[tuple[Family, Setting]], frame: Frame, block: tuple[int, ...] | None
) -> dict[str, tuple[float, float]]:
    """Return the range of values over all objects for the channels some family asks it for."""
    asked = [s.channels for family, s in families if family.extent(s)]
    names = dict.fromkeys(name for channels in asked for name in channels)
    regions = list(tiles(frame.shape, block)) if names else []
    result: dict[str, tuple[float, float]] = {}
    for found in frame.each(partial(_ends, frame, list(names)), regions):
        for name, (low, high) in found.items():
            known = result.get(name, (low, high))
            result[name] = (min(low, known[0]), max(high, known[1]))
    return result


def _ends(frame: Frame, names: Sequence[str], region: Region) -> dict[str, tuple[float, float]]:
    """Return the range of values over the objects of a region, where it holds any."""
    inside, found = frame.labels(region) != 0, {}
    for name in names if inside.any() else ():
        values = frame.images[name](region)[inside]
        found[name] = float(values.min()), float(values.max())
    return found


def batch_of(
    frame: Frame, owned: BlockObjects, setting: Setting, reads_image: bool = True
) -> ObjectBatch:
    """Read one block: a batch of whole objects and what lies around them."""
    import numpy as np

    index, read = frame.index, owned.read
    corner = np.array(read.start, np.int32)
    names = setting.channels if reads_image else ()
    faces = zip(read.start, read.stop, frame.shape, strict=True)
    return ObjectBatch(
        labels=frame.labels(read),
        ids=index.ids[owned.rows],
        start=index.start[owned.rows] - corner,
        stop=index.stop[owned.rows] - corner,
        size=index.size[owned.rows],
        images=tuple(frame.images[name](read) for name in names),
        origin=tuple(a + b for a, b in zip(frame.origin, read.start, strict=True)),
        border=tuple((a == 0, b == n) for a, b, n in faces),
        setting=setting,
        layers={name: layer.labels(read) for name, layer in frame.layers.items()},
    )


def measure_frame(
    families: Sequence[tuple[Family, Setting]],
    frame: Frame,
    block: tuple[int, ...] | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Measure all objects of a frame, rows as ``frame.index``.

    Parameters
    ----------
    families
        Each family with its own setting; what two families share is read and found once.
    frame
        Where to read.
    block
        Edge lengths of the blocks to go by; None reads the frame at once. The result is the
        same for every block shape.

    Raises
    ------
    CropTooLarge
        Where an object needs more memory than there is, before any is measured.

    Returns
    -------
    dict
        Column name to values ``(n,)``, in the order the families declare them.
    """
    if len(frame.index) == 0:
        return _measure_none(families, frame)
    result: dict[str, NDArray[np.generic]] = {}
    reach = reach_of(families, frame)
    blocks = list(owned_blocks(frame.index, frame.shape, block, reach))
    check_crops(families, frame, blocks)
    extent = extent_of(families, frame, block)

    def measured(owned: BlockObjects) -> list[tuple[str, NDArray[np.generic]]]:
        return list(_measure_block(families, frame, owned, extent))

    for owned, columns in zip(blocks, frame.each(measured, blocks), strict=True):
        for name, values in columns:
            _place(result, name, values, owned.rows, len(frame.index))
    return result


def _measure_block(
    families: Sequence[tuple[Family, Setting]],
    frame: Frame,
    owned: BlockObjects,
    extent: Mapping[str, tuple[float, float]],
) -> Iterator[tuple[str, NDArray[np.generic]]]:
    shared: ObjectBatch | None = None
    for family, setting in families:
        batch = batch_of(_remembering(frame, shared), owned, setting, family.reads_image)
        if shared is not None:
            batch = replace(batch, where=shared.runs)
        if family.extent(setting):
            batch = replace(batch, extent=tuple(extent[name] for name in setting.channels))
        shared = shared or batch
        yield from family.measure(batch).items()


def _remembering(frame: Frame, shared: ObjectBatch | None) -> Frame:
    """Return the frame with the label image of a block that has been read already."""
    return frame if shared is None else replace(frame, labels=lambda region: shared.labels)


def _place(
    result: dict[str, NDArray[np.generic]],
    name: str,
    values: NDArray[np.generic],
    rows: NDArray[np.int64],
    count: int,
) -> None:
    import numpy as np

    if len(values) == count:  # all rows at once, in order
        result[name] = values
        return
    if name not in result:
        result[name] = np.empty(count, values.dtype)
    result[name][rows] = values


def _measure_none(
    families: Sequence[tuple[Family, Setting]], frame: Frame
) -> dict[str, NDArray[np.generic]]:
    """Return every column, empty: a frame without objects is a valid result."""
    import numpy as np

    corner = (0,) * len(frame.shape)
    nothing = BlockObjects(np.empty(0, np.int64), Region(corner, corner))
    result: dict[str, NDArray[np.generic]] = {}
    for family, setting in families:
        result.update(family.measure(batch_of(frame, nothing, setting, family.reads_image)))
    return result
