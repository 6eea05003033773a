"""The values of a mask, for a first guess at what they mean."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from objclass.data.blocks import Region
from objclass.io.chosen import ArrayChoice
from objclass.io.header import FileHeader
from objclass.io.image import layout_of
from objclass.io.one_channel import one_channel
from objclass.io.source import Source
from objclass.io.stack import open_frames

MASK = ArrayChoice(mask=True)
FEW = 8
"""More values than this are no classes."""
LARGEST = 2**26
"""Voxels of a frame beyond which nobody waits for a guess."""


def joined_channels(
    source: Source, file: FileHeader, axes: str, given: str | None, chosen: ArrayChoice = MASK
) -> FileHeader:
    """Return the header of a mask, with one channel where all hold the same.

    Parameters
    ----------
    source, given, chosen
        As in :func:`objclass.io.stack.open_source`.
    file, axes
        Its header, and the letters of the array in file order.
    """
    layout = layout_of(file, given)
    if layout.channels == 1 or not one_channel(source, file.dtype, given, chosen, layout):
        return file
    place = axes.index("c")
    return replace(file, shape=(*file.shape[:place], 1, *file.shape[place + 1 :]))


def few_values(
    source: Source, file: FileHeader, axes: str | None, chosen: ArrayChoice = MASK
) -> tuple[int, ...]:
    """Return the values in the first frame of a mask, ascending; none where they are many.

    Parameters
    ----------
    source, axes, chosen
        As in :func:`objclass.io.stack.open_source`.
    file
        Its header.
    """
    import numpy as np

    layout = layout_of(file, axes)
    if prod(layout.shape) > LARGEST:
        return ()
    frames = open_frames(source, layout, file.dtype, axes, chosen)
    try:
        voxels = frames.read(0, 0, Region.whole(layout.shape))
    finally:
        frames.close()
    found = np.unique(voxels)
    return tuple(int(value) for value in found) if len(found) <= FEW else ()
