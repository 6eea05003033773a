"""Regions as a workflow writes them: rings around objects, compartments of their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.labels import LabelHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.schema.base import Frozen
from objclass.schema.fields import Length, Quantity, WireField

if TYPE_CHECKING:
    from objclass.measure.regions import Surrounding


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
    if (region.around is None) == (region.parent is None):
        expected = "around: 3 um (a ring), or parent: cells (a compartment)"
        raise look.problem(field, "a region is a ring or a compartment", expected=expected)
    if region.around is not None:
        around = length(look, f"{field}.around", region.around, grid)
        gap = length(look, f"{field}.gap", region.gap, grid) if region.gap else 0.0
        facts: dict[str, Any] = {"around": around, "gap": gap, "others": region.others}
        return Ring(name, around, gap, region.others), facts, {}
    layers = {str(region.parent): region_wire(look, field, region.parent, grid)}
    minus = str(region.minus) if region.minus else None
    if region.minus is not None:
        layers[str(region.minus)] = region_wire(look, field, region.minus, grid)
    facts = {"parent": str(region.parent), "minus": minus}
    return Compartment(name, str(region.parent), minus), facts, layers


def region_wire(look: Look, field: str, wire: Wire | None, grid: Grid) -> Wire:
    """Return the wire to a label image on the objects' grid."""
    assert wire is not None
    main = look.nodes[wire.node].main
    whole = wire if wire.part or main is None else Wire(wire.node, main)
    header = look.part(whole, field).header
    if not isinstance(header, LabelHeader):
        raise look.problem(field, f"'{wire}' is no label image", expected="a label image")
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
