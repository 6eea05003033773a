"""Regions as a workflow writes them: rings around objects, compartments of their parents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.labels import LabelHeader
from objclass.data.objects import PredictionHeader
from objclass.data.wire import Wire
from objclass.engine.look import SELECT, Look
from objclass.nodes.families import plain_length
from objclass.schema.base import Frozen
from objclass.schema.fields import Length, Quantity, WireField

if TYPE_CHECKING:
    from objclass.measure.regions import Surrounding


PARENT: Final = "parent"
MINUS: Final = "minus"
"""What a compartment calls the label images it reads, whatever their nodes are called."""


class RegionFields(Frozen):
    """A ring (``around``, ``gap``) or a compartment (``parent``, ``minus``)."""

    around: Annotated[Length | None, Field(description="Width of a ring, such as 3 um.")] = None
    gap: Annotated[Length | None, Field(description="Distance left free before the ring.")] = None
    others: Annotated[bool, Field(description="Voxels of other objects belong to it.")] = False
    parent: Annotated[
        WireField | None, Field(description="Label image whose object holds this one.")
    ] = None
    minus: Annotated[
        WireField | None, Field(description="Label image that is left out of the parent.")
    ] = None


def surrounding(
    look: Look, name: str, region: RegionFields, grid: Grid
) -> tuple[Surrounding, dict[str, Any], dict[str, Wire]]:
    """Return a region, its JSON for the recipe, and the label images it reads."""
    from objclass.measure.regions import Compartment, Ring

    field = f"regions.{name}"
    _check(look, field, name, region)
    if region.around is not None:
        around = length(look, f"{field}.around", region.around, grid)
        gap = length(look, f"{field}.gap", region.gap, grid) if region.gap else 0.0
        facts: dict[str, Any] = {"around": around, "gap": gap, "others": region.others}
        return Ring(name, around, gap, region.others), facts, {}
    layers = {PARENT: region_wire(look, f"{field}.parent", region.parent, grid)}
    if region.minus is not None:
        layers[MINUS] = region_wire(look, f"{field}.minus", region.minus, grid)
    minus = MINUS if region.minus is not None else None
    return Compartment(name, PARENT, minus), {"parent": True, "minus": minus is not None}, layers


def written_region(region: RegionFields) -> dict[str, Any]:
    """Return a region as a person means it, whatever the size of a voxel."""
    if region.around is None:
        return {"parent": True, "minus": region.minus is not None}
    gap = plain_length(region.gap) if region.gap else "0 px"
    return {"around": plain_length(region.around), "gap": gap, "others": region.others}


def _check(look: Look, field: str, name: str, region: RegionFields) -> None:
    """Report what is neither a ring nor a compartment, or a bit of both."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        what = f"'{name}' cannot begin the names of columns"
        raise look.problem(field, what, expected="letters, digits and _, a letter first")
    if (region.around is None) == (region.parent is None):
        expected = "around: 3 um (a ring), or parent: cells (a compartment)"
        raise look.problem(field, "a region is a ring or a compartment", expected=expected)
    ring = region.around is not None
    odd = ("minus",) if ring else ("gap", "others")
    wrong = [each for each in odd if getattr(region, each)]
    if wrong:
        kind = "a ring" if ring else "a compartment"
        raise look.problem(f"{field}.{wrong[0]}", f"{kind} has no '{wrong[0]}'", fix="remove it")


def region_wire(look: Look, field: str, wire: Wire | None, grid: Grid) -> Wire:
    """Return the wire to a label image on the objects' grid."""
    assert wire is not None
    main = look.nodes[wire.node].main
    whole = wire if wire.part or main is None else Wire(wire.node, main)
    header = look.part(whole, field).header
    if not isinstance(header, LabelHeader):
        fix = SELECT if isinstance(header, PredictionHeader) else None
        what = f"'{wire}' is no label image"
        raise look.problem(field, what, expected="a label image", fix=fix)
    if not header.grid.same_place(grid):
        raise look.problem(field, f"'{wire}' has another shape or crop than the objects")
    return whole


def length(look: Look, field: str, value: Quantity, grid: Grid) -> float:
    """Return a length in the unit of the grid, or in voxels where it has none."""
    if value.unit == "px":
        return value.value * grid.voxel[-1] if grid.unit else value.value
    if grid.spacing is None or grid.unit is None:
        fix = "give the input a pixel_size, or the length in pixels"
        raise look.problem(field, "the image has no pixel size", got=str(value), fix=fix)
    return value.to(grid.unit)
