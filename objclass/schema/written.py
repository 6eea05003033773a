"""A YAML text as a tree of values that know where they are written.

The tree is built from ruamel's events rather than its nodes, because a name must keep its
source text, an undefined alias is really an unquoted pattern, and a file from a stranger
must not make work: depth and the number of values (aliases counted as often as they are
used) are limited, tags are refused, nothing is ever constructed but plain values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from objclass.errors import Place, Problem
from objclass.schema.scalars import Scalar, read_plain

if TYPE_CHECKING:
    from ruamel.yaml.error import StreamMark as Mark

DEEPEST: Final = 32
MOST: Final = 20_000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TEXT_TAGS: Final = ("!", "!!str", "tag:yaml.org,2002:str")


@dataclass(frozen=True, slots=True)
class LocatedValue:
    """A value and where it stands.

    Parameters
    ----------
    content
        A scalar, a dict of `LocatedValue` by key, or a tuple of `LocatedValue`.
    place
        Where the value starts (where its key starts, when nothing is written).
    key
        Where its key starts; None in lists.
    size
        Number of values in it, itself included.
    """

    content: Scalar | dict[str, LocatedValue] | tuple[LocatedValue, ...]
    place: Place
    key: Place | None = None
    size: int = 1

    def plain(self) -> Any:
        """Return plain data: dict, tuple, str, bool, None, Integer, Real."""
        if isinstance(self.content, dict):
            return {key: item.plain() for key, item in self.content.items()}
        if isinstance(self.content, tuple):
            return tuple(item.plain() for item in self.content)
        return self.content


class RefusedYaml(Exception):
    """A text that is YAML but not what a workflow may be made of."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class UnknownAlias(RefusedYaml):
    """``*name`` without ``&name``: nearly always a pattern that should have been quoted."""


def build(text: str, file: str) -> tuple[LocatedValue, list[Problem]]:
    """Read the one document of a text.

    Parameters
    ----------
    text
        The YAML text.
    file
        Its name in places.

    Returns
    -------
    root, problems
        The tree (None where the text says nothing), and what is wrong with it although it
        can be read: keys given twice, tags.

    Raises
    ------
    Refused
        On the first value that cannot be read.
    ruamel.yaml.error.YAMLError
        On a text that is no YAML.
    """
    builder = _Builder(text, file)
    return builder.document(), builder.problems


def events(text: str) -> Iterator[Any]:
    """Yield the parsing events of a text."""
    parsed: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
    return parsed


class _Builder:
    """Turns events into one tree."""

    def __init__(self, text: str, file: str) -> None:
        self.events = events(text)
        self.file = file
        self.anchors: dict[str, LocatedValue | None] = {}
        self.problems: list[Problem] = []
        self.count = 0

    def document(self) -> LocatedValue:
        root = None
        for event in self.events:
            if not isinstance(event, DocumentStartEvent):
                continue
            if root is not None:
                place = self.place(event.start_mark)
                raise RefusedYaml(
                    Problem("a second YAML document starts here", fix="keep one", place=place)
                )
            root = self.value(next(self.events), depth=0)
        return root or LocatedValue(None, Place(self.file))

    def place(self, mark: Mark) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)

    def value(self, event: Any, depth: int, key: Place | None = None) -> LocatedValue:
        place = self.place(event.start_mark)
        self.count += 1
        _refuse_many(self.count, place)
        if depth > DEEPEST:
            raise RefusedYaml(
                Problem(f"values are nested deeper than {DEEPEST} levels", place=place)
            )
        if isinstance(event, AliasEvent):
            return replace(self.alias(event.anchor, place), key=key)
        self.note_tag(event, place)
        return (
            self.marked(event, depth, place, key)
            if event.anchor
            else self.content(event, depth, place, key)
        )

    def marked(self, event: Any, depth: int, place: Place, key: Place | None) -> LocatedValue:
        """Return a value with an anchor, which stands for itself only after its end."""
        self.anchors[event.anchor] = None
        written = self.content(event, depth, place, key)
        if written.content is None:
            what = f"&{event.anchor} is a YAML anchor and marks nothing"
            raise RefusedYaml(Problem(what, fix="quote text that starts with &", place=place))
        self.anchors[event.anchor] = written
        return written

    def content(self, event: Any, depth: int, place: Place, key: Place | None) -> LocatedValue:
        if isinstance(event, ScalarEvent):
            return self.scalar(event, place, key)
        within = self.items(depth) if isinstance(event, SequenceStartEvent) else self.mapping(depth)
        values = within.values() if isinstance(within, dict) else within
        size = 1 + sum(value.size for value in values)
        _refuse_many(size, place)
        return LocatedValue(within, place, key, size)

    def scalar(self, event: Any, place: Place, key: Place | None) -> LocatedValue:
        if event.style == '"' and _SURROGATE.search(event.value):
            raise RefusedYaml(Problem("half a character is escaped here", place=place))
        plain = event.style is None and event.tag is None
        content = read_plain(event.value) if plain else event.value
        nothing = plain and event.value == ""
        return LocatedValue(content, key if nothing and key else place, key)

    def items(self, depth: int) -> tuple[LocatedValue, ...]:
        items = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self.value(event, depth + 1))
        return tuple(items)

    def mapping(self, depth: int) -> dict[str, LocatedValue]:
        pairs: dict[str, LocatedValue] = {}
        merged: dict[str, LocatedValue] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            place = self.place(event.start_mark)
            name = self.key(event, place)
            value = self.value(next(self.events), depth + 1, place)
            if name == "<<" and event.style is None:
                merged |= self.merge(value)
            elif name in pairs:
                self.problems.append(_twice(name, pairs[name].key, place))
            else:
                pairs[name] = value
        return {**merged, **pairs}

    def key(self, event: Any, place: Place) -> str:
        if not isinstance(event, ScalarEvent):
            what = "a key is one word; this is a list, mapping or alias"
            raise RefusedYaml(
                Problem(what, fix="quote text that starts with { [ or *", place=place)
            )
        self.note_tag(event, place)
        return str(event.value)

    def merge(self, value: LocatedValue) -> dict[str, LocatedValue]:
        """Return what ``<<: *other`` brings; the first of several mappings wins."""
        sources = value.content if isinstance(value.content, tuple) else (value,)
        merged: dict[str, LocatedValue] = {}
        for source in reversed(sources):
            if not isinstance(source.content, dict):
                raise RefusedYaml(
                    Problem("<< takes a mapping, such as <<: *other", place=value.place)
                )
            merged |= source.content
        return merged

    def alias(self, name: str, place: Place) -> LocatedValue:
        if name not in self.anchors:
            what = f"*{name} is a YAML alias, and nothing here is marked &{name}"
            raise UnknownAlias(Problem(what, place=place))
        anchored = self.anchors[name]
        if anchored is None:
            raise RefusedYaml(
                Problem(f"*{name} stands inside the value that &{name} marks", place=place)
            )
        return anchored

    def note_tag(self, event: Any, place: Place) -> None:
        tag = None if event.tag is None else str(event.tag)
        if tag is None or (isinstance(event, ScalarEvent) and tag in _TEXT_TAGS):
            return
        written = tag.replace("tag:yaml.org,2002:", "!!")
        what = f"{written} is a YAML tag; a workflow has none and never makes Python objects"
        self.problems.append(Problem(what, fix="quote text that starts with !", place=place))


def _refuse_many(count: int, place: Place) -> None:
    if count > MOST:
        raise RefusedYaml(Problem(f"there are more than {MOST} values", place=place))


def _twice(name: str, first: Place | None, place: Place) -> Problem:
    where = f"line {first.line}, column {first.column}" if first else "another place"
    return Problem(f"'{name}' is given twice; first at {where}", fix="keep one", place=place)
