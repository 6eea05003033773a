"""``features``: measure objects, one part per feature family and region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.contract import in_unit
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.objects import Column, ObjectTable, TableHeader
from objclass.data.versions import installed
from objclass.data.wire import Wire
from objclass.engine.artifact import Content, Header, pack_table
from objclass.engine.kind import Measuring
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.errors import FieldSetting, InputError, advise
from objclass.measure.family import Family, Setting
from objclass.nodes.families import (
    DEFAULT,
    PARENTS,
    FamilyPart,
    families_named,
    family_of,
    found_family,
    is_sized,
    misused,
    on_region,
    setting_for,
    with_regions,
    written_options,
)
from objclass.nodes.features.absent import check_absent
from objclass.nodes.features.added import ADDED, added_parts
from objclass.nodes.features.summary import FeatureSummary
from objclass.nodes.features.surroundings import (
    RegionFields,
    region_wire,
    surrounding,
    written_region,
)
from objclass.nodes.meaning import check_columns, definition_of
from objclass.nodes.ranges import check_range, lacking
from objclass.schema.fields import Selection, WireField
from objclass.schema.selection import select

LAYER = "layer:"
"""Reads of other label images are called ``layer:name``."""


class FeaturesNode(Node):
    """Measure features of every object; adding a family computes only that family."""

    version: ClassVar[int] = 1
    alike: ClassVar[bool] = True
    synonyms: ClassVar[dict[str, str]] = {
        "raw": "image",
        "label_image": "objects",
        "labels": "objects",
        "features": "measure",
        "families": "measure",
    }

    planned: ClassVar[dict[str, str]] = {
        "inside": "measure all objects; a second classifier takes a class of them with select",
        "select": "measure all objects; a second classifier takes a class of them with select",
    }

    kind: Literal["features"]
    image: Annotated[
        WireField | None, Field(description="The raw image; needed by intensity features.")
    ] = None
    objects: Annotated[WireField, Field(description="The label image.")]
    measure: Annotated[
        Selection,
        Field(description="Families, features, group:name or quoted globs; `-name` removes."),
    ] = DEFAULT
    regions: Annotated[
        dict[str, RegionFields] | None,
        Field(description="Rings and compartments that intensities are measured in too."),
    ] = None
    parents: Annotated[
        WireField | None, Field(description="Label image of the objects that hold these.")
    ] = None
    with_: Annotated[
        WireField | None,
        Field(alias="with", description="An embedding of the same objects, added to the table."),
    ] = None

    @property
    def measures(self) -> Measuring | None:
        """What it measures."""
        return Measuring(self.objects, self.image, self.measure)

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return one part per family and region, with the columns that were selected."""
        objects: LabelHeader = look.header("objects", LabelHeader)
        image: ImageHeader | None = look.header("image", ImageHeader) if self.image else None
        if image is not None:
            look.same_grid("image", image.grid, "objects", objects.grid)
            objects = add_pixel_size(look, objects, image.grid)
        plans = self._plans(look, objects, image)
        self._check_parents(look, plans, objects.grid)
        chosen = set(self._chosen(look, plans))
        found = [self._part(look, plan, chosen, objects) for plan in plans]
        parts = (*(part for part in found if part is not None), *added_parts(look))
        table = self.joined(look.name, parts)
        assert isinstance(table, TableHeader)
        check_columns(look, table, objects.grid.unit)
        return parts

    def _plans(
        self, look: Look, objects: LabelHeader, image: ImageHeader | None
    ) -> list[FamilyPart]:
        """Return what may be measured: every family named, on the objects and the regions."""
        added = look.settings.families
        names = families_named(self.measure, added)
        plans = [self._plan(look, name, objects, image) for name in names]
        found = [plan for plan in plans if plan is not None]
        regional = [p for p in found if isinstance(p.family, Family) and p.family.regional]
        if self.regions and not regional:
            fix = "add intensity to measure, or remove the regions"
            look.problem("regions", "nothing that is measured reads regions", fix=fix)
        for name, region in (self.regions or {}).items():
            made, facts, layers = surrounding(look, name, region, objects.grid)
            found += [
                on_region(plan, made, facts, layers, objects.grid, written_region(region))
                for plan in regional
            ]
        return found

    def _plan(
        self, look: Look, name: str, objects: LabelHeader, image: ImageHeader | None
    ) -> FamilyPart | None:
        added = look.settings.families
        found = found_family(name, added)
        asked = [n for n, e in enumerate(self.measure) if family_of(e, [name]) == name]
        field = f"measure.{asked[0]}" if asked else "measure"
        for position, problem in misused(name, self.measure, objects.grid):
            raise look.passed_on(InputError(problem), f"measure.{position}")
        plan = FamilyPart(name, found, setting_for(found, objects.grid, image, self.measure))
        if plan.needs_image and image is None:
            if asked:
                what = f"{name} is measured in a raw image"
                fix = advise(FieldSetting("image", "raw", quoted=True))
                raise look.problem(field, what, fix=fix)
            return None
        layers = {} if isinstance(found, Family) else self._layers(look, name, found, plan, asked)
        if layers is None:
            return None
        digest = added[name].digest if name in added else None
        written = written_options(name, self.measure)
        return replace(plan, layers=layers, digest=digest, written=written)

    def _layers(
        self, look: Look, name: str, found: Any, plan: FamilyPart, asked: Sequence[int]
    ) -> dict[str, Wire] | None:
        """Return the other label images a family reads; None where it cannot be measured."""
        if PARENTS not in found.layers(plan.setting):
            return {}
        if self.parents is None:
            if asked:
                fix = advise(FieldSetting("parents", "cells", quoted=True))
                raise look.problem(f"measure.{asked[0]}", f"{name} needs parents", fix=fix)
            return None
        grid = look.header("objects", LabelHeader).grid
        return {PARENTS: region_wire(look, "parents", self.parents, grid)}

    def _check_parents(self, look: Look, plans: Sequence[FamilyPart], grid: Grid) -> None:
        """Check the label image of parents also where no family reads it, and tell so."""
        if self.parents is not None and not any(PARENTS in plan.layers for plan in plans):
            region_wire(look, "parents", self.parents, grid)
            look.note("parents is read by the family parent: add it to measure")

    def _chosen(self, look: Look, plans: Sequence[FamilyPart]) -> list[str]:
        """Return the names of the columns to measure."""
        try:
            without = [column for plan in plans for column in lacking(plan)]
            columns = [*(column for plan in plans for column in plan.columns), *without]
            check_absent(look, self.measure, plans, columns)
            default = [c for c in columns if c.family in {choice.text for choice in DEFAULT}]
            chosen = select(columns, self.measure, default)
        except InputError as error:
            raise look.passed_on(error, "measure") from None
        names = {column.name for column in without}
        check_range(look, self.measure, chosen, names)
        chosen = [column for column in chosen if column.name not in names]
        if not chosen:
            raise look.problem("measure", "nothing is left to measure", fix="remove less")
        removing = [entry.test() for entry in self.measure if entry.removes]
        return list(with_regions(chosen, plans, lambda c: any(test(c) for test in removing)))

    def _part(
        self, look: Look, plan: FamilyPart, chosen: set[str], objects: LabelHeader
    ) -> Part | None:
        columns = tuple(column for column in plan.columns if column.name in chosen)
        if not columns:
            return None
        wire = look.wire("objects")
        reads = [Read("objects", wire, ("voxels", "index"))]
        if plan.reads_for(columns):
            used = channels_used(plan, columns)
            numbers = [str(k) for k, c in enumerate(plan.setting.channels) if c in used]
            reads.append(Read("image", look.wire("image"), tuple(numbers)))
        reads += [Read(f"{LAYER}{n}", w, ("voxels", "index")) for n, w in plan.layers.items()]
        return Part(
            name=plan.part,
            header=TableHeader(
                columns,
                wire,
                {c.name: Wire(look.name, plan.part) for c in columns},
                {plan.part: definition_of(plan, columns)},
            ),
            parameters=recipe_facts(plan, columns),
            reads=tuple(reads),
            times=objects.grid.times,
            version=plan.family.version,
            tells=FeatureSummary,
            payload=plan,
            working=0,
        )

    def joined(self, name: str, parts: Sequence[Part]) -> Header | None:
        """Return the table of all families."""
        headers = [part.header for part in parts if isinstance(part.header, TableHeader)]
        if not headers:
            return None
        columns = tuple(column for header in headers for column in header.columns)
        wires = {name: wire for header in headers for name, wire in header.parts.items()}
        definitions = {part: d for header in headers for part, d in header.definitions.items()}
        return TableHeader(columns, headers[0].objects, wires, definitions)

    def compute(self, part: Part, view: View) -> Made:
        """Measure one family on one frame."""
        if ADDED in view.given:
            return Made(Content(record=pack_table(view.one(ADDED))))
        from objclass.nodes.features.measuring import measure_part

        table, warnings, values = measure_part(part, view)
        equal = equal_values(table, header_of(part))
        summary = FeatureSummary(len(table.ids), missing_values(table), equal, values)
        return Made(Content(record=pack_table(table)), summary, warnings)


def add_pixel_size(look: Look, objects: LabelHeader, image: Grid) -> LabelHeader:
    """Return the objects with the image's pixel size where they have none of their own."""
    grid = objects.grid
    if not is_sized(grid):
        return replace(objects, grid=replace(grid, spacing=image.spacing, unit=image.unit))
    if image.unit is not None and grid.voxel != in_unit(image, grid.unit).voxel:
        mine, other = (f"{' x '.join(f'{s:g}' for s in g.voxel)} {g.unit}" for g in (grid, image))
        look.note(f"the objects' pixel size {mine} is used, not the image's {other}")
    return objects


def channels_used(plan: FamilyPart, columns: Sequence[Column]) -> set[str]:
    """Return the channels that a family must be given for these columns.

    A family whose columns name no channel (ilastik's) or two of them (colocalization) is
    given all; one that also measures without an image is given what it was asked for.
    """
    named = {column.channel for column in columns if column.channel is not None}
    alone = named <= set(plan.setting.channels) and (
        all(c.channel for c in columns) or not plan.needs_image
    )
    return {str(name) for name in named} if alone else set(plan.setting.channels)


def recipe_facts(plan: FamilyPart, columns: Sequence[Column]) -> dict[str, Any]:
    """Return everything that decides what a family measures, as JSON."""
    setting: Setting = plan.setting
    facts: dict[str, Any] = {"measure": [column.name for column in columns]}
    if plan.reads_for(columns):
        used = channels_used(plan, columns)
        keep = [k for k, channel in enumerate(setting.channels) if channel in used]
        facts["channels"] = [setting.channels[k] for k in keep]
        facts["value_range"] = [list(setting.ranges[k] or ()) for k in keep]
    if setting.spacing is not None:
        facts["pixel_size"] = [*setting.spacing, setting.unit]
    if setting.options:
        facts["options"] = dict(setting.options)
    if plan.region is not None:
        facts["region"] = dict(plan.region)
    if plan.digest is not None:
        facts["plugin"] = {"content": plan.digest}
    wrapped = getattr(plan.family, "wrapped", None)
    if wrapped is not None:
        facts["library"] = f"{wrapped} {installed(wrapped)}"
    return facts


def missing_values(table: ObjectTable) -> Mapping[str, int]:
    """Return how many values each column lacks, where any."""
    import numpy as np

    counts = {n: int(np.isnan(a).sum()) for n, a in table.columns.items() if a.dtype.kind == "f"}
    return {name: count for name, count in counts.items() if count}


def header_of(part: Part) -> TableHeader:
    """Return the header of a part that measures."""
    assert isinstance(part.header, TableHeader)
    return part.header


def equal_values(table: ObjectTable, header: TableHeader) -> Mapping[str, float]:
    """Return the columns that have one value for all objects of a frame with several of them.

    Bins of histograms are left out: most pictures leave some of them empty.
    """
    import numpy as np

    if len(table.ids) < 2:
        return {}
    bins = {c.name for c in header.columns if "_histogram" in c.feature}
    columns = {n: values for n, values in table.columns.items() if n not in bins}
    alike = {n: v[0] for n, v in columns.items() if np.isfinite(v[0]) and (v == v[0]).all()}
    return {name: float(value) for name, value in alike.items()}
