"""Holes: background that one object encloses.

A hole is a component of the background (joined over faces) that does not reach the border of
the image and touches one object only. Background between two objects is no hole, nor is a
ring around an object that lies inside another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.kernel import kernel
from objclass.data.scratch import MakeScratch
from objclass.segmentation.cutting import Blocks, Read, Write
from objclass.segmentation.local_ids import local_ids
from objclass.segmentation.pieces import ComponentRuns
from objclass.segmentation.runs import as_rows
from objclass.segmentation.stitching import BlockComponents, Stitching

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Enclosure:
    """What lies around background components 0…n (entry 0 is unused).

    Parameters
    ----------
    least, most
        uint64, smallest and largest id of the objects beside each.
    open
        bool, True where it reaches the border of the image.
    """

    least: NDArray[np.uint64]
    most: NDArray[np.uint64]
    open: NDArray[np.bool_]

    @property
    def fill(self) -> NDArray[np.uint64]:
        """The id each component is filled with, uint64; 0 leaves it background."""
        hole = (self.least == self.most) & ~self.open
        return np.where(hole, self.most, np.uint64(0))


def fill_holes(read: Read, blocks: Blocks, scratch: MakeScratch, write: Write) -> None:
    """Write an image in which every hole has the id of the object around it.

    Parameters
    ----------
    read
        Returns a region, ``(y, x)`` or ``(z, y, x)``: unsigned ids (a mask has the one id
        True), 0 is background. In 3D a hole is closed in all directions; a z axis of length 1
        is 2D.
    blocks, scratch
        As for :func:`objclass.segmentation.segment.segment`.
    write
        Called once per block with its ids, of the type that was read.
    """
    ids = local_ids(blocks, scratch)

    def find(region: Region) -> tuple[BlockComponents, Enclosure]:
        outer = region.grown((1,) * len(blocks.shape), blocks.shape)
        label_image = read(outer)
        values = label_image[region.within(outer)] == 0
        gaps = ComponentRuns.of(values)
        return ids.keep(gaps, values, region), enclosure(gaps, label_image, region, outer)

    stitching, around = Stitching(blocks.grid), []
    for piece, part in blocks.each(find, blocks.regions):
        stitching.add(piece)
        around.append(part)
    table = _unite(around, stitching.joined().roots)

    def fill(item: tuple[Region, int, int]) -> None:
        region, begin, end = item
        local = np.concatenate([np.zeros(1, np.uint64), table[begin + 1 : end + 1]])
        write(region, filled(read(region), ids.image(region), local))

    blocks.run(fill, stitching.spans(blocks.regions))


def _unite(parts: list[Enclosure], roots: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the fill of every provisional component, from what its parts touch."""
    least, most = np.full(len(roots), NOTHING), np.zeros(len(roots), np.uint64)
    reaches = np.zeros(len(roots), bool)
    if parts:
        np.minimum.at(least, roots[1:], np.concatenate([p.least[1:] for p in parts]))
        np.maximum.at(most, roots[1:], np.concatenate([p.most[1:] for p in parts]))
        np.logical_or.at(reaches, roots[1:], np.concatenate([p.open[1:] for p in parts]))
    return Enclosure(least, most, reaches).fill[roots]


def filled(
    label_image: NDArray[np.generic], gaps: NDArray[np.uint32], fill: NDArray[np.uint64]
) -> NDArray[np.generic]:
    """Return `label_image` with ``fill[gaps]`` where gaps is not 0."""
    out = np.array(label_image)
    hole = fill[gaps] != 0
    out[hole] = fill[gaps[hole]].astype(out.dtype)
    return out


def enclosure(
    gaps: ComponentRuns, label_image: NDArray[np.generic], region: Region, outer: Region
) -> Enclosure:
    """Return what lies around the background components of a region.

    Parameters
    ----------
    gaps
        Background of `region`.
    label_image
        Ids of `outer`: the region grown by one voxel, clipped at the border of the image.
    """
    found = Enclosure(
        np.full(gaps.count + 1, NOTHING),
        np.zeros(gaps.count + 1, np.uint64),
        np.zeros(gaps.count + 1, bool),
    )
    shape = (1, *outer.shape)[-3:]
    corner = (0, *(a - b for a, b in zip(region.start, outer.start, strict=True)))[-3:]
    flat_z = shape[0] == 1
    _look_around(
        gaps.found.first, gaps.found.start, gaps.found.stop, gaps.ids, (1, *region.shape)[-2],
        as_rows(label_image), shape, corner, flat_z, found.least, found.most,
        found.open.view(np.uint8),
    )  # fmt: skip
    return found


@kernel
def _look_around(
    first: Any, start: Any, stop: Any, ids: Any, height: Any, rows: Any, shape: Any,
    corner: Any, flat: Any, least: Any, most: Any, reaches: Any,
) -> None:  # fmt: skip
    """Visit the rows beside each run, and the voxels before and after it."""
    nz, ny, nx = shape
    beside = ((0, -1), (0, 1), (-1, 0), (1, 0))
    for r in range(first.shape[0] - 1):
        z, y = corner[0] + r // height, corner[1] + r % height
        for i in range(first[r], first[r + 1]):
            k, a, b = ids[i], corner[2] + start[i], corner[2] + stop[i]
            reaches[k] |= a == 0 or b == nx
            if a > 0:
                _meet(rows[z * ny + y], a - 1, a, k, least, most)
            if b < nx:
                _meet(rows[z * ny + y], b, b + 1, k, least, most)
            for dz, dy in beside:
                if flat and dz != 0:
                    continue
                if z + dz < 0 or z + dz >= nz or y + dy < 0 or y + dy >= ny:
                    reaches[k] = 1
                else:
                    _meet(rows[(z + dz) * ny + y + dy], a, b, k, least, most)


@kernel
def _meet(row: Any, a: Any, b: Any, k: Any, least: Any, most: Any) -> None:
    for x in range(a, b):
        v = np.uint64(row[x])
        if v != 0:
            least[k] = min(least[k], v)
            most[k] = max(most[k], v)
