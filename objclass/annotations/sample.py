"""A lot for every object: what chance decides by, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.labels import Index

Choice = tuple[str, int | None, int]
"""Image, frame, row of the frame's index."""


def draw_lots(image: str, index: Index, seed: int = 0) -> NDArray[np.uint64]:
    """Return a random number for every object of a frame.

    It is a hash of the seed, the image and the object's stamp: the same on every machine,
    whatever the order of images and however the objects are numbered.

    Parameters
    ----------
    image
        Name of the image.
    index
        Its objects, n in all.
    seed
        Any whole number.

    Returns
    -------
    NDArray
        uint64 (n,).
    """
    import numpy as np

    start = blake3(f"{seed}\0{image}\0".encode())
    lots = bytearray()
    for stamp in index.stamp.tolist():
        lot = start.copy()
        lot.update(stamp)
        lots += lot.digest(8)
    return np.frombuffer(bytes(lots), ">u8").astype(np.uint64)
