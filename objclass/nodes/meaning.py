"""Whether the columns of an image mean what those of the first image, or of the training, do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from objclass.data.contract import Difference
from objclass.data.definition import Definition, DefinitionChange, definition_from
from objclass.data.objects import Column, TableHeader
from objclass.data.value_range import Range, known_range
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.errors import list_some
from objclass.nodes.contract import trained_on
from objclass.nodes.families import FamilyPart
from objclass.nodes.ranges import extent, over_range
from objclass.nodes.source import FileSource

DEFINITIONS: Final = "definitions"
"""Key of the facts of a model that hold what its columns stand for."""
EARLIER: Final = (
    "the project was written before definitions of columns were kept: "
    "its columns are taken as they are defined today; run its workflow again to be sure"
)


def definition_of(plan: FamilyPart, columns: Sequence[Column]) -> Definition:
    """Return what the columns of one part stand for."""
    setting = plan.setting
    voxels: dict[str, str] = {}
    ranges = {}
    if plan.reads_for(columns):
        voxels = dict(zip(setting.channels, setting.dtypes, strict=True))
        found = zip(setting.channels, setting.ranges, strict=True)
        ranges = {channel: span for channel, span in found if span is not None}
    names = frozenset(column.name for column in columns) & over_range(plan)
    return Definition(plan.family.version, plan.written, voxels, ranges, names, plan.levels)


def check_columns(look: Look, table: TableHeader, unit: str | None) -> None:
    """Refuse a table whose columns are not those of the first image of this run."""
    name, first, its_unit = look.once("columns", lambda: (look.image.name, table, unit))
    if first is table:
        return
    mine, other = ({(c.name, c.unit): None for c in t.columns} for t in (table, first))
    if mine != other and unit != its_unit:
        raise _refuse(
            look,
            "image" if look.node.model_fields_set & {"image"} else "objects",
            _pixel_size(look, unit, its_unit, name),
        )
    found = list(_compare(look, table, first.definitions, table.columns, name, learned=False))
    if not found and mine != other:
        found = [_other_columns(list(mine), list(other), name)]
    for each in found:
        raise _refuse(look, "measure", each)


def _refuse(look: Look, field: str, found: Difference) -> Exception:
    return look.problem(field, found.what, got=found.got, expected=found.expected, fix=found.fix)


def _pixel_size(look: Look, unit: str | None, other: str | None, name: str) -> Difference:
    """Say that one image has a pixel size and the other has none."""
    wire = look.wire("image") if getattr(look.node, "image", None) else look.wire("objects")
    fix = f"give '{wire.node}' a pixel_size that holds for all images, such as 0.65 um"
    what = "it has no pixel_size" if unit is None else "it has a pixel_size"
    expected = f"none, as '{name}'" if other is None else f"one, as '{name}' ({other})"
    return Difference(what, unit, expected, fix)


def _other_columns(
    mine: list[tuple[str, str]], other: list[tuple[str, str]], name: str
) -> Difference:
    """Say which columns one image has and the other has not."""
    got = list_some((n for n, unit in mine if (n, unit) not in other), 3)
    expected = list_some((n for n, unit in other if (n, unit) not in mine), 3)
    what = "its columns are not those of the other images"
    fix = "name the channels: channels: [...] in the input"
    return Difference(what, got or "fewer", f"{expected or 'no more'}, as '{name}'", fix)


def check_learned(look: Look, table: TableHeader, columns: Sequence[Column]) -> None:
    """Refuse an image whose intensities are on another scale than those of the first one."""

    def check() -> None:
        name, first = look.once("learned", lambda: (look.image.name, table))
        if first is not table:
            found = _compare(look, table, first.definitions, columns, name, learned=True)
            for each in list(found)[:1]:
                raise _refuse(look, "features", each)

    look.once(("learned", id(table)), check)


def check_trained(
    look: Look, table: TableHeader, columns: Sequence[Column], facts: Mapping[str, Any]
) -> None:
    """Refuse a table whose columns are not defined as those that a model learned from."""
    if "ilastik" in facts:  # its forests are defined by ilastik, whose own rules are followed
        return
    meant: Mapping[str, Definition] | None = None
    known = facts.get(DEFINITIONS)
    if isinstance(known, Mapping):
        meant = {part: definition_from(each) for part, each in known.items()}
    else:
        look.note(EARLIER)
        meant = dict(_earlier(look, table))
    for each in _compare(look, table, meant, columns, None, learned=True):
        raise _refuse(look, "features", each)


def _compare(
    look: Look,
    table: TableHeader,
    meant: Mapping[str, Definition],
    columns: Sequence[Column],
    other: str | None,
    *,
    learned: bool,
) -> Iterator[Difference]:
    """Yield in what the definitions differ, part by part."""
    by_part: dict[Wire, list[Column]] = {}
    for column in columns:
        by_part.setdefault(table.parts[column.name], []).append(column)
    for wire, used in by_part.items():
        name = str(wire.part)
        if name in meant:
            image, held = _image(look, wire), partial(_values_of, look, wire)
            pair = DefinitionChange(name, meant[name], table.definitions[name], other, image, held)
            yield from pair.differences(used, learned=learned)


def _image(look: Look, wire: Wire) -> str:
    """Return the node that a part reads voxels from."""
    node = look.nodes[wire.node]
    image: Wire | None = getattr(node, "image", None)
    return image.node if image else "raw"


def _values_of(look: Look, wire: Wire) -> tuple[str, Range] | None:
    """Return type, smallest and largest value of the file that a part reads voxels from."""
    parts = look.made.get(_image(look, wire), ())
    source = next((part.source for part in parts if isinstance(part.source, FileSource)), None)
    found = extent(look, source) if source else None
    if source is None or found is None:
        return None
    return source.header.dtype, (found["low"], found["high"])


def _earlier(look: Look, table: TableHeader) -> Iterator[tuple[str, Definition]]:
    """Yield what is known of the columns of a project that did not keep their definitions."""
    for part, now in table.definitions.items():
        wire = next(w for w in table.parts.values() if w.part == part)
        trained = trained_on(look).get(_image(look, wire))
        if trained is None:
            continue
        voxels = dict.fromkeys(now.voxels, trained.dtype)
        span = known_range(trained.dtype, trained.value_range)
        ranges = dict.fromkeys(now.voxels, span) if span else {}
        yield part, Definition(None, {}, voxels, ranges)


def plain_definitions(table: TableHeader, columns: Sequence[Column]) -> dict[str, Any]:
    """Return what the columns stand for as JSON, part by part, for the recipe and the project."""
    used = dict.fromkeys(str(table.parts[column.name].part) for column in columns)
    return {part: table.definitions[part].plain() for part in used}
