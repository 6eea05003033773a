"""A short digest of the voxels of one frame of an image file: which image is this?

Crops, wires and names do not enter: the whole frame is looked at, in the file's own voxels, so
that a renamed or moved file keeps its digest.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from objclass.data.blocks import Region, chunk_shape, tiles
from objclass.data.digest import of_value
from objclass.io.chosen import PLAIN, ArrayChoice
from objclass.io.image import Layout, layout_of
from objclass.io.source import Source
from objclass.io.stack import describe_source, open_frames

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 64
"""Chunks of a channel that are looked at; of larger frames as many, spread evenly."""
LETTER = "i"
"""In front of the digits, so that a spreadsheet takes no digest for a number."""


def image_digest(
    source: Source, axes: str | None = None, t: int | None = None, chosen: ArrayChoice = PLAIN
) -> str:
    """Return the digest of one frame of a file or stack: ``i`` and ten hexadecimal digits.

    Shape, voxel type and every channel are in it. Of frames of more than 64 chunks (of 512²
    or 64³ voxels) per channel, 64 chunks spread evenly are read.

    Parameters
    ----------
    source
        The file, or the files stacked along an axis.
    axes
        Axis letters of one file, where it does not name them.
    t
        The frame, counted from 0 in the whole file; None or anything without a time axis.
    chosen
        How the array of each file is read.

    Raises
    ------
    InputError, RunError
        Where the file cannot be read.
    """
    file, letters = describe_source(source, axes, chosen)
    layout = layout_of(file, letters)
    frame = min(t or 0, layout.length("t") - 1)
    with closing(open_frames(source, layout, file.dtype, axes, chosen)) as reader:
        channels = [
            [reader.digest(frame, channel, chunk) for chunk in _looked_at(layout)]
            for channel in range(layout.channels)
        ]
    whole = of_value(["frame", list(layout.shape), file.dtype, channels])
    return f"{LETTER}{whole[:10]}"


def _looked_at(layout: Layout) -> Sequence[Region]:
    """Return the chunks of a frame that are read."""
    regions = list(tiles(layout.shape, chunk_shape(layout.shape)))
    if len(regions) <= MOST:
        return regions
    return [regions[k * len(regions) // MOST] for k in range(MOST)]
