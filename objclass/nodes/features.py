"""``features``: measure objects, one part per feature family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.objects import Column, ObjectTable, TableHeader
from objclass.data.wire import Wire
from objclass.engine.artifact import Content, Header, pack_table
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.measure.families import BUILT_IN, family
from objclass.measure.family import Family, Setting
from objclass.schema.fields import WireField
from objclass.schema.selection import Choice, Entry, Measurement, Selection, select

DEFAULT = tuple(Choice(name) for name in ("size", "axes", "intensity"))


class FeaturesNode(Node):
    """Measure features of every object; adding a family computes only that family."""

    version: ClassVar[int] = 1
    synonyms: ClassVar[dict[str, str]] = {
        "raw": "image",
        "label_image": "objects",
        "labels": "objects",
        "features": "measure",
        "families": "measure",
    }
    planned: ClassVar[dict[str, str]] = {
        "regions": "without it, objects are measured as they are",
        "parents": "without it, objects are measured one by one",
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

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return one part per family, with the columns that were selected."""
        objects: LabelHeader = look.header("objects", LabelHeader)
        image: ImageHeader | None = look.header("image", ImageHeader) if self.image else None
        if image is not None:
            look.same_grid("image", image.grid, "objects", objects.grid)
        names = families_named(self.measure)
        self._check_entries(look, names)
        settings = {name: self._setting(name, image, objects) for name in names}
        columns = [c for name, setting in settings.items() for c in family(name).columns(setting)]
        chosen = self._chosen(look, columns)
        names = list(dict.fromkeys(column.family for column in chosen))
        return tuple(self._part(look, name, chosen, settings[name], objects) for name in names)

    def _check_entries(self, look: Look, names: Sequence[str]) -> None:
        """Refuse what no family can do: read an image that is not wired, or use a margin."""
        entries = {_family_of(entry): number for number, entry in enumerate(self.measure)}
        unread = [name for name in names if name in entries and family(name).reads_image]
        if self.image is None and unread:
            what = f"{unread[0]} is measured in a raw image"
            raise look.problem(f"measure.{entries[unread[0]]}", what, fix="add 'image: raw'")
        for number, entry in enumerate(self.measure):
            if isinstance(entry, Measurement) and entry.margin is not None:
                look.problem(f"measure.{number}", "margin is not built yet", fix="leave it out")

    def _setting(self, name: str, image: ImageHeader | None, objects: LabelHeader) -> Setting:
        grid = objects.grid
        found = family(name)
        channels = image.channels if image and found.reads_image else ()
        known = grid.spacing is not None and grid.unit is not None and found.uses_spacing
        return Setting(
            dimensions=grid.dimensions,
            channels=channels,
            dtypes=(image.dtype,) * len(channels) if image else (),
            ranges=(_range(image),) * len(channels) if image else (),
            spacing=grid.voxel if known else None,
            unit=grid.unit if known else None,
        )

    def _chosen(self, look: Look, columns: Sequence[Column]) -> list[Column]:
        from objclass.errors import InputError

        try:
            default = [c for c in columns if c.family in {choice.text for choice in DEFAULT}]
            chosen = select(columns, self.measure, default)
        except InputError as error:
            raise look.passed_on(error, "measure") from None
        if not chosen:
            raise look.problem("measure", "nothing is left to measure", fix="remove less")
        return chosen

    def _part(
        self,
        look: Look,
        name: str,
        chosen: Sequence[Column],
        setting: Setting,
        objects: LabelHeader,
    ) -> Part:
        columns = tuple(column for column in chosen if column.family == name)
        found = family(name)
        wire = look.wire("objects")
        parts = {column.name: Wire(look.name, name) for column in columns}
        reads = [Read("objects", wire, ("voxels", "index"))]
        if found.reads_image:
            used = {column.channel for column in columns}
            numbers = [str(k) for k, c in enumerate(setting.channels) if c in used]
            reads.append(Read("image", look.wire("image"), tuple(numbers)))
        return Part(
            name=name,
            header=TableHeader(columns, wire, parts),
            parameters=_parameters(found, setting, columns),
            reads=tuple(reads),
            times=objects.grid.times,
            version=found.version,
        )

    def joined(self, name: str, parts: Sequence[Part]) -> Header | None:
        """Return the table of all families."""
        headers = [part.header for part in parts if isinstance(part.header, TableHeader)]
        if not headers:
            return None
        columns = tuple(column for header in headers for column in header.columns)
        wires = {name: wire for header in headers for name, wire in header.parts.items()}
        return TableHeader(columns, headers[0].objects, wires)

    def compute(self, part: Part, view: View) -> Made:
        """Measure one family on one frame."""
        from objclass.nodes.measuring import measured

        table = measured(part, view)
        missing = _missing(table)
        summary: dict[str, Any] = {"objects": len(table.ids), "missing": missing}
        return Made(Content(record=pack_table(table)), summary)


def families_named(entries: Sequence[Entry]) -> list[str]:
    """Return the families that a selection may choose from, so that no others are imported."""
    named = [_family_of(entry) for entry in entries]
    if not any(not entry.removes for entry in entries):
        named += [choice.text for choice in DEFAULT]
    return [name for name in BUILT_IN if name in named] if None not in named else list(BUILT_IN)


def _family_of(entry: Entry) -> str | None:
    """Return the family an entry names, or None where it may be any."""
    text = entry.family if isinstance(entry, Measurement) else entry.name
    return (
        text if text in BUILT_IN else next((n for n in BUILT_IN if text.startswith(f"{n}_")), None)
    )


def _parameters(found: Family, setting: Setting, columns: Sequence[Column]) -> dict[str, Any]:
    used = {column.channel for column in columns}
    parameters: dict[str, Any] = {"measure": [column.name for column in columns]}
    if found.reads_image:
        keep = [k for k, channel in enumerate(setting.channels) if channel in used]
        parameters["channels"] = [setting.channels[k] for k in keep]
        parameters["value_range"] = [list(setting.ranges[k] or ()) for k in keep]
    if setting.spacing is not None:
        parameters["pixel_size"] = [*setting.spacing, setting.unit]
    if setting.options:
        parameters["options"] = dict(setting.options)
    return parameters


def _range(image: ImageHeader | None) -> tuple[float, float] | None:
    if image is None or image.value_range is not None:
        return image.value_range if image else None
    return (0.0, 255.0) if image.dtype == "uint8" else None


def _missing(table: ObjectTable) -> Mapping[str, int]:
    import numpy as np

    counts = {n: int(np.isnan(a).sum()) for n, a in table.columns.items() if a.dtype.kind == "f"}
    return {name: count for name, count in counts.items() if count}
