"""Axis letters and the grid an image lies on.

Inside objclass an image of one frame is ``(z, y, x)`` or ``(y, x)``; channels and time are
loops around it. A z axis of length 1 counts as 2D. Coordinates are 0-based voxels of the
*uncropped* image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LETTERS = "tczyx"
SPATIAL = "zyx"
EXAMPLES = {3: ("zyx", "yxc"), 4: ("tzyx", "zyxc"), 5: ("tczyx", "tzyxc")}
"""Number of axes to axes in a message: without channels, and with channels last."""
FEW = 8
"""Channels that an image has at most, as a rule."""


@dataclass(frozen=True)
class Grid:
    """Where the voxels of an image lie.

    Parameters
    ----------
    shape
        Lengths of ``(y, x)`` or ``(z, y, x)``, after cropping.
    frames
        Number of time points, or None for an image without time.
    origin
        First voxel ``(z, y, x)`` in the uncropped image (z is 0 in 2D).
    first_frame
        Time point of frame 0 in the uncropped image.
    spacing
        Size of a voxel ``(z, y, x)`` in `unit`, or None where nobody said.
    unit
        Unit of `spacing`, such as ``um``.
    time_step
        As written by the user, such as ``5 min``.
    axes
        The file's own axis letters in file order, without dropped ones; exports follow it.
    """

    shape: tuple[int, ...]
    frames: int | None = None
    origin: tuple[int, int, int] = (0, 0, 0)
    first_frame: int = 0
    spacing: tuple[float, float, float] | None = None
    unit: str | None = None
    time_step: str | None = None
    axes: str = "yx"

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return len(self.shape)

    @property
    def spatial(self) -> str:
        """The letters of `shape`: ``yx`` or ``zyx``."""
        return SPATIAL[-len(self.shape) :]

    @property
    def times(self) -> tuple[int | None, ...]:
        """The frames to loop over; ``(None,)`` for an image without time."""
        return (None,) if self.frames is None else tuple(range(self.frames))

    @property
    def voxel(self) -> tuple[float, ...]:
        """Size of a voxel per axis of `shape`; ones where no spacing is known."""
        sizes = self.spacing or (1.0, 1.0, 1.0)
        return sizes[-len(self.shape) :]

    @property
    def place(self) -> tuple[int, int, int, int]:
        """First time point and voxel ``(t, z, y, x)`` in the uncropped image."""
        return (self.first_frame, *self.origin)

    def same_place(self, other: Grid) -> bool:
        """True when both grids have the same shape, frames and crop."""
        mine = (self.shape, self.frames, self.origin, self.first_frame)
        return mine == (other.shape, other.frames, other.origin, other.first_frame)


def grid_from(facts: Mapping[str, Any]) -> Grid:
    """Return a grid from its fields as JSON gives them back."""
    known: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in facts.items()}
    return Grid(**known)


def to_order(array: NDArray[np.generic], axes: str, order: str) -> NDArray[np.generic]:
    """Return `array` with axes named by `axes` transposed to `order`, inserting missing axes.

    Parameters
    ----------
    array
        Any array with one axis per letter of `axes`.
    axes, order
        Distinct letters; `order` holds every letter of `axes` whose length is not 1.

    Raises
    ------
    ValueError
        If an axis of length above 1 has no place in `order`.
    """
    for letter in [a for a in axes if a not in order]:
        position = axes.index(letter)
        if array.shape[position] != 1:
            raise ValueError(f"axis {letter} of length {array.shape[position]} has no place")
        array, axes = array.squeeze(position), axes.replace(letter, "")
    present = [a for a in order if a in axes]
    array = array.transpose([axes.index(a) for a in present])
    index = tuple(slice(None) if a in axes else None for a in order)
    return array[index]


def example_axes(shape: Sequence[int]) -> str:
    """Return axes that a file of a shape may have, for a message: few values last are channels."""
    plain, channels_last = EXAMPLES.get(len(shape), ("yx", "yx"))
    return channels_last if shape and shape[-1] <= FEW else plain
