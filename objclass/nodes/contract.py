"""Whether an image is like the others of a run, or like those a project was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from objclass.data.axes import SPATIAL
from objclass.data.contract import (
    TRAINING,
    Difference,
    InputContract,
    contract_of,
    differences,
    in_unit,
    other_order,
    other_size,
)
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import Look
from objclass.io.header import FileHeader
from objclass.io.image import Layout
from objclass.schema.fields import Quantity

CONTRACTS: Final = "contracts"
"""The run option that holds what the inputs of a project were like."""
FIRST: Final = "first image"
ANY_INPUT: Final = ""


def check_layout(look: Look, layout: Layout) -> None:
    """Refuse an image with another number of channels, or 2D for 3D."""
    meant, other = expect(look)
    found = differences(layout.channels, layout.spatial, meant, other) if meant else []
    _refuse(look, found)


def in_one_unit(
    look: Look, file: FileHeader, header: ImageHeader | LabelHeader
) -> ImageHeader | LabelHeader:
    """Return the header with its pixel size in the unit that the columns have.

    The first image of a run is what the others are compared with.
    """
    meant, other = expect(look)
    if meant is None:
        _remember(look, header)
        return header
    if isinstance(header, ImageHeader):
        found = other_order(header.channels, meant, other)
        _refuse(look, [found] if found else [])
    _note_size(look, file, header, meant, other)
    return replace(header, grid=in_unit(header.grid, meant.unit or unit_of(look)))


def expect(look: Look) -> tuple[InputContract | None, str]:
    """Return what the files of this input must be like, and whose files those are.

    None for the first image of a run.
    """
    trained = trained_on(look).get(look.name)
    if trained is not None:
        return trained, TRAINING
    first: tuple[InputContract, str] | None = look.findings.known.get((look.name, FIRST))
    return (first[0], f"in '{first[1]}'") if first else (None, "")


def trained_on(look: Look) -> Mapping[str, InputContract]:
    """Return what the inputs of a project were like; nothing where none is used."""
    found: Mapping[str, InputContract] = look.settings.options.get(CONTRACTS, {})
    return found


def _refuse(look: Look, found: list[Difference]) -> None:
    """Report the differences; the image is looked at no further."""
    problems = [
        look.problem("path", d.what, got=d.got, expected=d.expected, fix=d.fix) for d in found
    ]
    if problems:
        raise problems[0]


def _remember(look: Look, header: ImageHeader | LabelHeader) -> None:
    """Keep the first image of an input, and the first unit of any input."""
    known = look.findings.known
    known[look.name, FIRST] = contract_of(header), look.image.name
    if header.grid.unit is not None:
        known.setdefault((ANY_INPUT, FIRST), header.grid.unit)


def unit_of(look: Look) -> str | None:
    """Return the unit of another input, for an input that had none."""
    units = [each.unit for each in trained_on(look).values() if each.unit]
    found: str | None = units[0] if units else look.findings.known.get((ANY_INPUT, FIRST))
    return found


def _note_size(
    look: Look,
    file: FileHeader,
    header: ImageHeader | LabelHeader,
    meant: InputContract,
    other: str,
) -> None:
    """Tell of another pixel size: of every image in a batch, of the first one in a run."""
    grid = header.grid
    own = dict(zip(SPATIAL, grid.spacing or (), strict=False))
    sizes, unit = (file.spacing, file.unit) if file.spacing and file.unit else (own, grid.unit)
    found = other_size({a: s for a, s in sizes.items() if a in grid.spatial}, unit, meant)
    if found is None or meant.spacing is None:
        return
    axis, size = found
    was = Quantity(meant.spacing[SPATIAL.index(axis)], str(meant.unit))
    now = Quantity(size, str(unit))
    if look.name in trained_on(look):
        look.note(f"its pixel size along {axis} is {now}; the project was trained on {was}")
        return
    text = f"pixel sizes differ: along {axis} {was} {other}, {now} in '{look.image.name}'"
    look.once("other size", lambda: look.note(text))
