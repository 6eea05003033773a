"""``--set nuclei.threshold=0.45``: one value of a workflow, from the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic.fields import FieldInfo
from ruamel.yaml.error import YAMLError

from objclass.data.axes import SPATIAL
from objclass.errors import Place, Problem, list_some, nearest
from objclass.schema.base import Fields, fields_by_key
from objclass.schema.source import Keys, YamlMapping
from objclass.schema.written import LocatedValue, RefusedYaml, UnknownAlias, build

_TOP: Final = ("title", "project", "images", "plate_map", "compatibility", "plugins")


def override(
    source: YamlMapping, sets: Sequence[str], kinds: Mapping[str, type[Fields]]
) -> tuple[YamlMapping, list[Problem]]:
    """Return the source with other values, and what could not be set.

    Parameters
    ----------
    source
        The workflow as written.
    sets
        ``NODE.FIELD=VALUE`` or ``TITLE=VALUE``; the field may go on with dots into mappings
        (``save.write.table``), axes (``nuclei.sigma.z``) and lists (``feats.measure.0``).
        The value is YAML; what YAML cannot read, such as ``{well}/x.tif``, is text.
    kinds
        All kinds of node, for the defaults of per-axis fields.

    Returns
    -------
    source, problems
        Whether a field exists and takes the value is checked with the rest of the workflow;
        its place is then ``--set nuclei.threshold``.
    """
    problems = list(_twice(sets))
    for text in sets:
        way, equals, value = text.partition("=")
        place = Place(f"--set {way.strip()}")
        if not equals or not way.strip() or not value.strip():
            expected = "NODE.FIELD=VALUE, such as nuclei.threshold=0.45"
            problems.append(Problem("sets nothing", expected=expected, place=place))
            continue
        try:
            source = _set(source, way.strip(), _read(value.strip(), place), kinds)
        except RefusedYaml as error:
            problems.append(error.problem.at(place))
    return source, problems


def _twice(sets: Sequence[str]) -> Iterator[Problem]:
    """Report what is set more than once, so that no value is left out silently."""
    given: dict[str, list[str]] = {}
    for text in sets:
        way, _, value = text.partition("=")
        given.setdefault(way.strip(), []).append(value.strip())
    for way, values in given.items():
        if len(values) > 1:
            what = f"is given {len(values)} times"
            yield Problem(
                what, got=list_some(values), fix="give one value", place=Place(f"--set {way}")
            )


def _set(
    source: YamlMapping, way: str, value: LocatedValue, kinds: Mapping[str, type[Fields]]
) -> YamlMapping:
    keys = _keys(source, way)
    source = _per_axis(source, keys, value.place, kinds)
    keys = tuple(_position(source, keys[:n], key) for n, key in enumerate(keys))
    try:
        return source.with_value(keys, value)
    except KeyError as error:
        reached = keys[: keys.index(error.args[0])] if error.args[0] in keys else keys
        what = f"{'.'.join(str(key) for key in reached[1:])} has nothing called '{error.args[0]}'"
        raise RefusedYaml(Problem(what)) from None


def _keys(source: YamlMapping, way: str) -> Keys:
    first, *rest = way.split(".")
    if not rest and first in _TOP:
        return (first,)
    written = source.find(("nodes",))
    nodes = list(written.content) if written and isinstance(written.content, dict) else []
    if first not in nodes:
        close = nearest(first, nodes)
        fix = f"did you mean {close}?" if close else f"nodes: {list_some(nodes)}"
        raise RefusedYaml(Problem(f"there is no node '{first}'", fix=fix))
    if not rest or "" in rest:
        raise RefusedYaml(Problem("names no field", expected=f"{first}.FIELD=VALUE"))
    return ("nodes", first, *rest)


def _position(source: YamlMapping, before: Keys, key: str | int) -> str | int:
    """Return a key as a position where a list stands."""
    within = source.find(before)
    is_list = within is not None and isinstance(within.content, tuple)
    return int(key) if is_list and str(key).isdecimal() else key


def _per_axis(
    source: YamlMapping, keys: Keys, place: Place, kinds: Mapping[str, type[Fields]]
) -> YamlMapping:
    """Spell out one number for all axes, as ``{z: 1, y: 1, x: 1}``, before one is changed."""
    if len(keys) != 4 or keys[3] not in tuple(SPATIAL):
        return source
    field = _field(source, keys, kinds)
    if field is None or "AxisValues" not in str(field.annotation):
        return source
    written = source.find(keys[:3])
    number = written.content if written else None if field.is_required() else field.default
    if isinstance(number, bool) or not isinstance(number, int | float | str):
        return source
    each = written or LocatedValue(number, place, place)
    axes = {letter: replace(each, key=each.place) for letter in SPATIAL}
    return source.with_value(keys[:3], replace(each, content=axes, size=4))


def _field(source: YamlMapping, keys: Keys, kinds: Mapping[str, type[Fields]]) -> FieldInfo | None:
    """Return the field that a way leads into."""
    kind = source.find((*keys[:2], "kind"))
    model = kinds.get(str(kind.content)) if kind else None
    return fields_by_key(model).get(str(keys[2])) if model else None


def _read(text: str, place: Place) -> LocatedValue:
    """Read a value as YAML, or as text where YAML cannot."""
    try:
        read, problems = build(text, place.file)
    except (YAMLError, UnknownAlias):
        if text[0] in "[\"'":
            raise RefusedYaml(Problem("the value is not YAML", got=text)) from None
        return LocatedValue(text, place, place)
    except RefusedYaml as error:
        raise RefusedYaml(replace(error.problem, place=place)) from None
    if problems:
        raise RefusedYaml(replace(problems[0], place=place))
    values = read.content.values() if isinstance(read.content, dict) else ()
    if values and all(value.content is None for value in values):
        return LocatedValue(text, place, place)  # a pattern such as {well}, as shells pass it
    return _place(read, place)


def _place(written: LocatedValue, place: Place) -> LocatedValue:
    content = written.content
    if isinstance(content, dict):
        content = {key: _place(item, place) for key, item in content.items()}
    elif isinstance(content, tuple):
        content = tuple(_place(item, place) for item in content)
    return replace(written, content=content, place=place, key=place)
