"""One file that an export writes: its path, its type, and the part of the image that it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from objclass.data.axes import Grid
from objclass.engine.look import Look
from objclass.io.output_formats import output_format
from objclass.schema.base import Frozen
from objclass.schema.fields import AxesText, CropField, FilePath, Name, ValueRange
from objclass.schema.rule import ValueRule, mistake

VERSIONS = ("0.4", "0.5")


def read_version(value: Any) -> str:
    """Read a version of OME-Zarr that is written; YAML has it as a number.

    >>> read_version(0.4)
    '0.4'
    """
    if (text := str(value)) not in VERSIONS:
        raise mistake("is no version that is written", got=value, expected=" or ".join(VERSIONS))
    return text


OmeZarrVersion = Annotated[
    str, ValueRule(read_version, {"enum": [*VERSIONS, *map(float, VERSIONS)]})
]
"""``0.4`` or ``0.5``, as a text or as a number."""


class Target(Frozen):
    """One file to write: its path, whose suffix is the format."""

    path: FilePath

    def elsewhere(self, path: str, suffix: str) -> Self:
        """Return the same file at another path, with the options that still mean something."""
        return self.model_copy(update={"path": path})


class ImageTarget(Target):
    """One image to write: its path, whose suffix is the format, and options."""

    dataset: Annotated[Name | None, Field(description="HDF5: name of the dataset.")] = None
    dtype: Annotated[
        Literal[
            "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "float32", "float64"
        ]
        | None,
        Field(description="Voxel type; values that do not fit are refused."),
    ] = None
    axes: Annotated[
        AxesText | None, Field(description="Order of the axes, such as tzyxc; TIFF ends in yx.")
    ] = None
    region: Annotated[
        CropField | None, Field(description="Part to write, in coordinates of the uncropped image.")
    ] = None
    ome_zarr: Annotated[
        OmeZarrVersion | None, Field(description="Version of a new .ome.zarr: 0.5, or 0.4.")
    ] = None
    rescale: Annotated[
        tuple[ValueRange, ValueRange] | None,
        Field(description="[[0, 1], [0, 255]]: values from one range to another, before dtype."),
    ] = None

    def elsewhere(self, path: str, suffix: str) -> Self:
        """Return the same image at another path: a region is one of the image it was said of."""
        row = output_format(Path(path))
        kept = {
            "dataset": self.dataset if row.inside else None,
            "ome_zarr": self.ome_zarr if row.folder else None,
        }
        return self.model_copy(update={"path": path, "region": None, **kept})


END = 2**31
"""As the stop of a region: the end of the image."""


def planes(target: ImageTarget, grid: Grid) -> int:
    """Return the number of planes that a file shows, of all frames."""
    region = target.region.parts if target.region else {}
    spans = spans_of(grid)
    count = 1
    for letter in "tz":
        low, high = spans.get(letter, (0, 1))
        part = region.get(letter, (low, high))
        count *= 1 if isinstance(part, int) else min(part[1], high) - part[0]
    return count


def spans_of(grid: Grid) -> dict[str, tuple[int, int]]:
    """Return the first and one past the last place of every axis, in the uncropped image."""
    spans = {"t": (grid.first_frame, grid.first_frame + (grid.frames or 1))}
    starts = grid.origin[-grid.dimensions :]
    for letter, start, length in zip(grid.spatial, starts, grid.shape, strict=True):
        spans[letter] = (start, start + length)
    return spans


def region_of(look: Look, what: str, target: ImageTarget, grid: Grid, has: str) -> dict[str, Any]:
    """Return the part to write, per axis that there is; report what does not lie in the image."""
    spans = {"c": (0, END), **spans_of(grid)}
    found: dict[str, Any] = {}
    for letter, part in (target.region.parts if target.region else {}).items():
        if letter not in has:
            if part not in (0, (0, 1), (0, END)):
                says = f"the image has no axis {letter}"
                look.problem(f"write.{what}.region", says, got=str(part))
            continue
        low, high = spans[letter]
        start, stop = (part, part + 1) if isinstance(part, int) else part
        stop = high if stop == END else stop
        if not low <= start < stop <= high:
            says = f"the part of axis {letter} does not lie in the image"
            got, expected = f"[{start}, {stop}]", f"within [{low}, {high}]"
            look.problem(f"write.{what}.region", says, got=got, expected=expected)
        found[letter] = part if isinstance(part, int) else (start, stop)
    return found
