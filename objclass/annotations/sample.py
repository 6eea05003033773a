"""Choose objects at random to be annotated first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import nsmallest
from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    from objclass.data.labels import Index

Choice = tuple[str, int | None, int]
"""Image, frame, row of the frame's index."""


def choose(
    indexes: Mapping[str, Mapping[int | None, Index]], count: int = 30, seed: int = 0
) -> list[Choice]:
    """Choose objects at random, every object of every image as likely as any other.

    An object's lot is a hash of the seed, its image and its stamp: the same objects are chosen
    on every machine, whatever the order of images and however the objects are numbered, and a
    larger `count` adds objects to those of a smaller one.

    Parameters
    ----------
    indexes
        Image to frame (None without time) to the index of its objects.
    count
        How many; fewer where there are not so many.
    seed
        Any whole number.

    Returns
    -------
    list of (image, frame, row)
        Sorted by image, frame and row of the index.
    """
    drawn = nsmallest(count, _lots(indexes, seed))
    return sorted((choice for _, choice in drawn), key=lambda c: (c[0], c[1] or 0, c[2]))


def _lots(
    indexes: Mapping[str, Mapping[int | None, Index]], seed: int
) -> Iterator[tuple[bytes, Choice]]:
    """Each object with its lot."""
    for image, frames in indexes.items():
        start = blake3(f"{seed}\0{image}\0".encode())
        for frame, index in frames.items():
            for row, stamp in enumerate(index.stamp.tolist()):
                lot = start.copy()
                lot.update(stamp)
                yield lot.digest(16), (image, frame, row)
