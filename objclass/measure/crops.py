"""Whether what must be read for an object at once fits into memory, asked before any is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from objclass.data.memory_share import memory_share

if TYPE_CHECKING:
    from objclass.data.blocks import Region
    from objclass.measure.batches import BlockObjects
    from objclass.measure.family import Family, Setting
    from objclass.measure.frame import Frame

ID_BYTES = 4
"""Of a voxel of a label image, at least."""
VALUE_BYTES = 8
"""Of a voxel of an object whose values are gathered."""


@dataclass(eq=False)
class CropTooLarge(Exception):
    """What must be read at once for some objects is more than this process may take.

    Parameters
    ----------
    object_id, size
        The largest of them, and its voxels.
    others
        How many more there are, in the same block.
    box
        What must be read, in voxels of the frame.
    needed, most
        Bytes: of its arrays, and what there is for them.
    """

    object_id: int
    size: int
    others: int
    box: Region
    needed: int
    most: int


def check_crops(
    families: Sequence[tuple[Family, Setting]], frame: Frame, blocks: Sequence[BlockObjects]
) -> None:
    """Raise where the objects of a block need more memory at once than there is.

    Raises
    ------
    CropTooLarge
        For the block that needs most.
    """
    share = memory_share()
    if share is None or not blocks:
        return
    voxel = _voxel_bytes(families, frame)
    gathers = any(family.reads_image for family, _ in families)
    sizes = frame.index.size

    def needed(block: BlockObjects) -> int:
        gathered = VALUE_BYTES * int(sizes[block.rows].sum()) if gathers else 0
        return prod(block.read.shape) * voxel + gathered

    largest = max(blocks, key=needed)
    if needed(largest) > share.for_voxels:
        row = largest.rows[sizes[largest.rows].argmax()]
        raise CropTooLarge(
            int(frame.index.ids[row]),
            int(sizes[row]),
            len(largest.rows) - 1,
            largest.read,
            needed(largest),
            share.for_voxels,
        )


def _voxel_bytes(families: Sequence[tuple[Family, Setting]], frame: Frame) -> int:
    """Return the bytes of one voxel of all that is read for these families."""
    import numpy as np

    images = {
        name: np.dtype(dtype).itemsize
        for family, setting in families
        if family.reads_image
        for name, dtype in zip(setting.channels, setting.dtypes, strict=False)
    }
    return ID_BYTES * (1 + len(frame.layers)) + sum(images.values())
