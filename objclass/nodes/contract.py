"""Whether other images are like those a project was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from objclass.data.axes import SPATIAL
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import Look
from objclass.errors import InputError, listed
from objclass.io.header import FileHeader
from objclass.io.image import Layout
from objclass.schema.fields import Quantity

if TYPE_CHECKING:
    from objclass.io.project.contents import InputContract

CONTRACTS = "contracts"
"""The run option that holds what the inputs of a project were like."""
ALIKE = 1e-3
"""Relative difference below which two pixel sizes are the same."""


def check_layout(look: Look, layout: Layout) -> None:
    """Refuse an image with another number of channels, or 2D for 3D."""
    contract = contract_of(look)
    if contract is None:
        return
    if layout.channels != len(contract.channels):
        trained = len(contract.channels)
        raise look.problem(
            "path",
            f"it has {layout.channels} channel{'s' * (layout.channels > 1)}",
            expected=f"{trained}, as in training: {listed(contract.channels)}",
        )
    if len(layout.spatial) != contract.dimensions:
        expected = f"{contract.dimensions}D, as in training"
        raise look.problem("path", "it has other dimensions", got=layout.spatial, expected=expected)


def note_differences(look: Look, file: FileHeader, header: ImageHeader | LabelHeader) -> None:
    """Tell of another pixel size and another voxel type than in training."""
    contract = contract_of(look)
    if contract is None:
        return
    before = lengths(dict(zip(SPATIAL, contract.spacing or (), strict=False)), contract.unit)
    now = lengths(file.spacing or {}, file.unit) or lengths(_spacing(header), header.grid.unit)
    axes = [axis for axis in header.grid.spatial if axis in now and axis in before]
    if any(differ(now[axis], before[axis]) for axis in axes):
        axis = next(axis for axis in axes if differ(now[axis], before[axis]))
        was = f"the project was trained on {before[axis]}"
        look.note(f"its pixel size along {axis} is {now[axis]}; {was}")
    if isinstance(header, ImageHeader) and header.dtype != contract.dtype:
        look.note(f"it holds {header.dtype}; the project was trained on {contract.dtype}")


def contract_of(look: Look) -> InputContract | None:
    """Return what the files of this input were like in training; None where nothing is reused."""
    found: InputContract | None = look.settings.options.get(CONTRACTS, {}).get(look.name)
    return found


def _spacing(header: ImageHeader | LabelHeader) -> dict[str, float]:
    return dict(zip(SPATIAL, header.grid.spacing or (), strict=False))


def lengths(spacing: Mapping[str, float], unit: str | None) -> dict[str, Quantity]:
    """Return the size of a voxel per axis; nothing where its unit is not known."""
    return {axis: Quantity(size, unit) for axis, size in spacing.items()} if unit else {}


def differ(one: Quantity, other: Quantity) -> bool:
    """True where two lengths differ, or cannot be compared."""
    try:
        return abs(one.to(other.unit) - other.value) > ALIKE * other.value
    except InputError:
        return True
