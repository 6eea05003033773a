"""Small drawn images, whose runs call kernels with the types that real images have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from objclass.data.dataclass import dataclass

SHAPE = (48, 64)
DEPTH = 6
LAYERS = slice(1, 5)
CENTERS = tuple((y, x) for y in (8, 24, 40) for x in (8, 24, 40, 56))
RADII = (6, 3, 6, 3, 3, 6, 3, 6, 6, 3, 6, 3)
FILES = ("raw", "gray", "prob", "prob8", "cells", "mask")


@dataclass(frozen=True)
class DrawnSample:
    """What the images of a sample are like: twelve discs or cylinders, half of them large.

    Parameters
    ----------
    axes
        ``yx`` or ``zyx``.
    dtype
        Type of the raw voxels.
    """

    axes: str
    dtype: str

    @property
    def files(self) -> dict[str, str]:
        """Return axes by name of file: those of channels come last."""
        return {name: self.axes + "c" * (name not in ("gray", "cells", "mask")) for name in FILES}

    def write(self, folder: Path) -> None:
        """Write the images and their annotations into a folder."""
        import h5py

        for name, array in self.images().items():
            with h5py.File(folder / f"{name}.h5", "w") as file:
                file["exported_data"] = array
        (folder / "annotations.csv").write_text(self.annotations(), encoding="utf-8")

    def images(self) -> dict[str, NDArray[np.generic]]:
        """Return every image by name, channels last."""
        discs = drawn_discs()
        inside, grain = discs > 0, np.indices(SHAPE).sum(0) % 11
        raw = np.stack([20 + grain + 60 * inside, 30 + grain * inside]).astype(self.dtype)
        likely = np.where(inside, 0.9, 0.05)
        both = np.stack([1 - likely, likely])
        planes = {
            "raw": raw,
            "gray": raw[0],
            "prob": both.astype(np.float32),
            "prob8": (255 * both).astype(np.uint8),
            "cells": discs.astype(np.uint16),
            "mask": inside.astype(np.uint8),
        }
        flat = self.axes == "yx"
        drawn = {name: plane if flat else deep(plane) for name, plane in planes.items()}
        return {n: np.moveaxis(a, 0, -1) if "c" in self.files[n] else a for n, a in drawn.items()}

    def annotations(self) -> str:
        """Return an annotation file: every disc with its class."""
        z = (DEPTH // 2,) * (len(self.axes) - 2)
        rows = [
            ",".join(map(str, ("large" if radius > 4 else "small", *z, *center)))
            for center, radius in zip(CENTERS, RADII, strict=True)
        ]
        return "\n".join([",".join(["class", *self.axes]), *rows, ""])


def deep(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return planes as volumes: discs in the middle, nothing at their ends."""
    made = np.repeat(plane[..., :1, :1], SHAPE[0], -2).repeat(SHAPE[1], -1)
    made = np.repeat(made[..., None, :, :], DEPTH, -3)
    made[..., LAYERS, :, :] = plane[..., None, :, :]
    return made


def drawn_discs() -> NDArray[np.int64]:
    """Return the discs with their numbers."""
    rows, columns = np.indices(SHAPE)
    ids = np.zeros(SHAPE, np.int64)
    for k, ((y, x), radius) in enumerate(zip(CENTERS, RADII, strict=True), 1):
        ids[(rows - y) ** 2 + (columns - x) ** 2 <= radius**2] = k
    return ids
