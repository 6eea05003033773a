"""What an image must be like so that its columns mean the same as another image's.

:func:`differences` compares what two files say of themselves; `run`, `plan` and `validate`
compare the images of a workflow with the first of them, `batch` with those of the training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from objclass.data.axes import SPATIAL, Grid
from objclass.data.channels import channel_list
from objclass.data.dataclass import dataclass
from objclass.data.image import ImageHeader, Role
from objclass.data.labels import LabelHeader
from objclass.data.lengths import convert, is_length
from objclass.errors import Advice

ALIKE = 1e-3
"""Relative difference below which two pixel sizes are the same."""


TRAINING: Final = "in training"
APART: Final = "give images of another kind a workflow of their own"


@dataclass(frozen=True)
class InputContract:
    """What an input's files are like: another image must be alike.

    Parameters
    ----------
    axes
        Axis letters in file order.
    channels
        Channel names.
    role
        What the voxels mean.
    dtype
        numpy name of the voxel type.
    dimensions
        2 or 3.
    spacing
        Size of a voxel ``(z, y, x)``, or None.
    unit
        Unit of `spacing`.
    value_range
        Declared ``(low, high)``, or None.
    time_step
        Time between frames as a person wrote it, or None.
    """

    axes: str
    channels: tuple[str, ...]
    role: Role
    dtype: str
    dimensions: int
    spacing: tuple[float, float, float] | None = None
    unit: str | None = None
    value_range: tuple[float, float] | None = None
    time_step: str | None = None


def contract_of(header: ImageHeader | LabelHeader) -> InputContract:
    """Return what an image is like."""
    grid = header.grid
    return InputContract(
        axes=grid.axes,
        channels=("0",) if isinstance(header, LabelHeader) else header.channels,
        role="label_image" if isinstance(header, LabelHeader) else header.role,
        dtype=header.dtype,
        dimensions=grid.dimensions,
        spacing=grid.spacing,
        unit=grid.unit,
        value_range=None if isinstance(header, LabelHeader) else header.value_range,
        time_step=grid.time_step,
    )


@dataclass(frozen=True)
class Difference:
    """One thing in which an image is not as it must be.

    Parameters
    ----------
    what
        In words, of the image: ``it has 1 channel``.
    got, expected
        What it is like, and what it must be like.
    fix
        The way on.
    """

    what: str
    got: str | None
    expected: str
    fix: str | Advice | None = None


def differences(channels: int, spatial: str, meant: InputContract, other: str) -> list[Difference]:
    """Return what keeps an image from being measured as another one was.

    Parameters
    ----------
    channels, spatial
        Number of channels and spatial axes of the image.
    meant
        The image that the columns were made for.
    other
        That image in words, such as ``in training`` or ``in 'a'``.
    """
    found = []
    fix = None if other == TRAINING else APART
    if channels != len(meant.channels):
        expected = f"{len(meant.channels)}, as {other}: {channel_list(meant.channels)}"
        what = f"it has {channels} channel{'s' * (channels > 1)}"
        found.append(Difference(what, None, expected, fix))
    if len(spatial) != meant.dimensions:
        expected = f"{meant.dimensions}D, as {other}"
        found.append(Difference("it has other dimensions", spatial, expected, fix))
    return found


def other_order(channels: tuple[str, ...], meant: InputContract, other: str) -> Difference | None:
    """Return what is wrong where an image has the same channels in another order."""
    if channels == meant.channels or set(channels) != set(meant.channels):
        return None
    expected = f"{channel_list(meant.channels)}, as {other}"
    fix = "save the files with their channels in one order"
    return Difference("its channels stand in another order", channel_list(channels), expected, fix)


def in_unit(grid: Grid, unit: str | None) -> Grid:
    """Return a grid with its voxel size in a unit, where both are lengths."""
    if grid.spacing is None or grid.unit == unit:
        return grid
    if unit is None or grid.unit is None or not (is_length(unit) and is_length(grid.unit)):
        return grid
    z, y, x = (convert(size, grid.unit, unit) for size in grid.spacing)
    return replace(grid, spacing=(z, y, x), unit=unit)


def other_size(
    image: Mapping[str, float], unit: str | None, meant: InputContract
) -> tuple[str, float] | None:
    """Return the first axis along which two known voxel sizes differ, and the image's size.

    Parameters
    ----------
    image
        Size of a voxel per axis letter.
    unit
        Their unit.
    meant
        The image to compare with.
    """
    if meant.spacing is None or not (is_length(unit) and is_length(meant.unit)):
        return None
    sizes = dict(zip(SPATIAL, meant.spacing, strict=True))
    for axis in SPATIAL[-meant.dimensions :]:
        if axis in image:
            size = convert(image[axis], str(unit), str(meant.unit))
            if abs(size - sizes[axis]) > ALIKE * sizes[axis]:
                return axis, image[axis]
    return None
