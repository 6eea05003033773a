"""Columns that go over a range of values, and what to say where an input has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from objclass.data.image import ImageHeader
from objclass.data.objects import Column
from objclass.data.value_range import Range, range_setting, suggested_range
from objclass.engine.look import Look, Unknown
from objclass.errors import Advice, advise, list_some
from objclass.nodes.families import FamilyPart
from objclass.nodes.source import FileSource
from objclass.schema.fields import Measurement
from objclass.schema.selection import Entry

ANY = (0.0, 1.0)
"""Any range: only whether there is one decides which columns a family declares."""


def over_range(plan: FamilyPart) -> frozenset[str]:
    """Return the names of the columns that are there only because a range is known."""
    if not any(plan.setting.ranges):
        return frozenset()
    without = replace(plan.setting, ranges=(None,) * len(plan.setting.ranges))
    rest = {column.name for column in plan.family.columns(without)}
    return frozenset(column.name for column in plan.columns if column.name not in rest)


def lacking(plan: FamilyPart) -> tuple[Column, ...]:
    """Return the columns that a family would have if the range of the values were known."""
    ranges = plan.setting.ranges
    if not plan.reads_image or None not in ranges:
        return ()
    known = {column.name for column in plan.columns}
    ranged = replace(plan.setting, ranges=tuple(span or ANY for span in ranges))
    return tuple(c for c in plan.family.columns(ranged) if c.name not in known)


def check_range(
    look: Look, entries: Sequence[Entry], chosen: Sequence[Column], without: set[str]
) -> None:
    """Refuse chosen columns that go over a range nobody gave; tell of those left out of more.

    Parameters
    ----------
    look
        Of a features node.
    entries
        Its ``measure``.
    chosen
        What the entries chose, among all columns that there would be with a range.
    without
        Names of those that need a range and have none.
    """
    left_out = [column for column in chosen if column.name in without]
    if not left_out:
        return
    for position, entry in enumerate(entries):
        for means in _resolve_entry(entry, chosen):
            if means and {column.name for column in means} <= without:
                raise _refuse(look, f"measure.{position}", _words(means))
    header: ImageHeader = look.header("image", ImageHeader)
    verb = "are" if "," in _words(left_out) else "is"
    what = f"{_words(left_out)} {verb} left out: {header.dtype} voxels have no range of their own"
    way = _way_on(look, None)
    look.note(f"{what}; {way}" if way else what)


def _words(columns: Sequence[Column]) -> str:
    """Name columns by their family, or by their feature in families that need no range."""
    plain = (c.feature if "intensity_histogram" in c.feature else c.family for c in columns)
    return list_some(dict.fromkeys(plain), 3)


def _resolve_entry(entry: Entry, columns: Sequence[Column]) -> Iterator[list[Column]]:
    """Yield the columns that an entry means, feature by feature where it lists them."""
    if entry.removes:
        return
    parts: list[Entry] = [entry]
    if isinstance(entry, Measurement) and entry.features:
        parts = [replace(entry, features=(feature,)) for feature in entry.features]
    for part in parts:
        yield list(filter(part.test(), columns))


def _way_on(look: Look, span: Range | None) -> Advice | None:
    """Say where a range is written; None where the image comes from a node that has none."""
    node = look.wire("image").node
    known = "value_range" in type(look.nodes[node]).model_fields
    return advise(range_setting(span, node)) if known else None


def _refuse(look: Look, field: str, named: str) -> Unknown:
    """Report columns that need a range, with the values that the first such image holds."""
    header: ImageHeader = look.header("image", ImageHeader)
    got, span = look.once("values held", lambda: values_of(look, header))
    what = f"{named} needs the range of the values, and {header.dtype} voxels have none"
    return look.problem(field, what, got=got, fix=_way_on(look, span))


def values_of(look: Look, header: ImageHeader) -> tuple[str | None, Range | None]:
    """Return which values an image holds, in words, and the range to suggest."""
    source = look.part(look.wire("image")).source
    if not isinstance(source, FileSource):
        return None, None
    found = extent(look, source)
    if found is None:
        return "no finite value", None
    several = len(look.settings.images) > 1
    whose = f" in '{look.image.name}'" if several else ""
    part = "" if found["whole"] else " (in a sample of its voxels)"
    span = suggested_range(header.dtype, found["low"], found["high"])
    text = f"values from {found['low']:.10g} to {found['high']:.10g}{whose}{part}"
    return text, span


def extent(look: Look, source: FileSource) -> Mapping[str, Any] | None:
    """Return the smallest and largest value of a file, looked for once per state of it."""
    files = [path for piece in source.pieces for path in piece.vouch]
    key = ["values", [piece.key for piece in source.pieces]]
    found: Mapping[str, Any] | None = look.settings.memo(key, files, lambda: source.extent())
    return found
