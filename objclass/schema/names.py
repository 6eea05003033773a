"""Names people give: channels, classes, files, colours.

A name is what was typed. ``2E05``, ``010`` and ``1.10`` are names as they stand, although
YAML reads numbers there. Only the words of YAML itself (``true``, ``null``) must be quoted.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from objclass.data.dataclass import dataclass
from objclass.errors import list_some, nearest
from objclass.schema.rule import ValueRule, mistake, show
from objclass.schema.scalars import as_written

_COLORS: Final[Mapping[str, str]] = {
    "black": "#000000",
    "blue": "#0000ff",
    "brown": "#a52a2a",
    "cyan": "#00ffff",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "lime": "#00ff00",
    "magenta": "#ff00ff",
    "orange": "#ffa500",
    "pink": "#ffc0cb",
    "purple": "#800080",
    "red": "#ff0000",
    "white": "#ffffff",
    "yellow": "#ffff00",
}
_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def read_name(value: Any) -> str:
    """Read a name as it was typed."""
    if value is None:
        fix = 'if the name is the word null, write "null"; if it starts with #, quote it too'
        raise mistake("has no value", expected="a name", fix=fix)
    if isinstance(value, bool):
        word = show(value)
        raise mistake("is a word of YAML, not a name", got=value, fix=f'quote it: "{word}"')
    if isinstance(value, int | float):
        return as_written(value)
    if not isinstance(value, str):
        raise mistake("is not a name", got=value, expected="one name")
    if not value.strip() or value != value.strip():
        raise mistake("is empty or has spaces around it", got=value, expected="a name")
    if _UNPRINTABLE.search(value):
        raise mistake("has a line break or control character", got=value, expected="a name")
    return value


def read_names(value: Any) -> tuple[str, ...]:
    """Read a list of different names."""
    names = read_name_order(value)
    _refuse_twice(names)
    return names


def read_name_order(value: Any) -> tuple[str, ...]:
    """Read a list of names, of which some may be the same."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        raise mistake("takes a list", got=value, fix=f"write [{read_name(value)}]")
    if not isinstance(value, tuple | list) or not value:
        raise mistake("is not a list of names", got=value, expected="[first, second]")
    return tuple(read_name(item) for item in value)


def read_name_or_names(value: Any) -> tuple[str, ...]:
    """Read one name or a list of different names."""
    return read_names(value if isinstance(value, tuple | list) else (value,))


def _refuse_twice(names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise mistake(f"names '{twice[0]}' twice", fix="each name may occur once")


LONGEST_NAME = 255
"""Bytes of a file's or folder's name, on every common file system."""


def read_file_path(value: Any) -> str:
    """Read a path; it stays text, relative to the workflow's folder."""
    if value and isinstance(value, Mapping) and all(v is None for v in value.values()):
        pattern = "".join(f"{{{key}}}" for key in value)
        raise mistake("is a mapping to YAML, not a path", fix=f'quote it: "{pattern}"')
    if value is None:
        raise mistake("has no value", expected="a path")
    if isinstance(value, bool | tuple | list | Mapping):
        raise mistake("is not a path", got=value, expected="one path")
    text = as_written(value) if isinstance(value, int | float) else str(value)
    if _UNPRINTABLE.search(text):
        fix = r"a backslash in double quotes is an escape: write 'C:\data' in single quotes"
        raise mistake(
            "has a control character", got=text.encode("unicode_escape").decode(), fix=fix
        )
    if not text.strip():
        raise mistake("is empty", expected="a path")
    longest = max((len(part.encode()) for part in re.split(r"[/\\]", text)), default=0)
    if longest > LONGEST_NAME:
        what = f"holds a name of {longest} bytes, which no disk takes"
        raise mistake(what, expected=f"at most {LONGEST_NAME} between two slashes", got=text)
    return text


def read_annotation_path(value: Any) -> str:
    """Read the path of annotations: one file, or one pattern of files."""
    if isinstance(value, tuple | list) and value and all(isinstance(v, str) for v in value):
        merge = f"objclass annotations merge WORKFLOW.yaml {' '.join(map(shlex.quote, value))}"
        raise mistake(
            "is several files",
            got=value,
            expected="one file, or one an image: a path with {name}",
            fix=f"write {value[0]}, put all into one by {merge} -o all.csv, and write all.csv",
        )
    return read_file_path(value)


def read_color(value: Any) -> str:
    """Read ``#rrggbb``, ``#rgb`` or a basic colour word; return ``#rrggbb``."""
    if value is None:
        fix = 'a # starts a comment: quote it, such as "#ff0000"'
        raise mistake("lacks a colour", fix=fix)
    text = value.lower() if isinstance(value, str) else ""
    if text in _COLORS:
        return _COLORS[text]
    if _HEX.fullmatch(text):
        return text if len(text) == 7 else "#" + "".join(2 * digit for digit in text[1:])
    close = nearest(text, _COLORS)
    advice = f"did you mean {close}?" if close else f'write "#rrggbb" or {list_some(_COLORS, 15)}'
    raise mistake(f"has the unknown colour {show(value)}", fix=advice)


@dataclass(frozen=True)
class ClassName:
    """A class of objects.

    Parameters
    ----------
    name
        As it was typed.
    color
        ``#rrggbb``; None where nobody chose one.
    count
        False where its objects are left out of counts and shares.
    """

    name: str
    color: str | None = None
    count: bool = True

    def __str__(self) -> str:
        return self.name


CLASS_OPTIONS: Final = ("color", "count")


def read_classes(value: Any) -> tuple[ClassName, ...]:
    """Read ``[small, large]`` or ``{small: red, dirt: {count: false}}``, in that order."""
    if isinstance(value, Mapping):
        classes = tuple(_read_class(read_name(name), said) for name, said in value.items())
    elif isinstance(value, tuple | list) and value:
        classes = tuple(i if isinstance(i, ClassName) else ClassName(read_name(i)) for i in value)
    else:
        expected = "[first, second], or {first: red, second: blue}"
        raise mistake("is not a list of classes", got=value, expected=expected)
    _refuse_twice(each.name for each in classes)
    if classes and not any(each.count for each in classes):
        raise mistake("leaves every class out of counts", fix="leave out fewer of them")
    return classes


def _read_class(name: str, said: Any) -> ClassName:
    """Read what is said of one class: a colour, or options; ``{}`` says nothing."""
    if not isinstance(said, Mapping):
        return ClassName(name, read_color(said))
    for key in said:
        if key not in CLASS_OPTIONS:
            close = nearest(str(key), CLASS_OPTIONS)
            fix = f"did you mean {close}?" if close else None
            what = f"gives '{name}' an unknown option '{key}'"
            raise mistake(what, expected=list_some(CLASS_OPTIONS), fix=fix)
    count = said.get("count", True)
    if not isinstance(count, bool):
        what = f"gives '{name}' a count that is neither true nor false"
        raise mistake(what, got=count, fix="write count: false to leave it out of counts")
    return ClassName(name, read_color(said["color"]) if "color" in said else None, count)


def _written_classes(classes: tuple[ClassName, ...]) -> object:
    if any(each.color or not each.count for each in classes):
        return {each.name: _written_class(each) for each in classes}
    return [each.name for each in classes]


def _written_class(each: ClassName) -> object:
    if each.count and each.color:
        return each.color
    color = {"color": each.color} if each.color else {}
    return color if each.count else {**color, "count": False}


_TEXT_OR_NUMBER: Final = {"type": ["string", "number"]}
_LIST_OF_NAMES: Final = {
    "type": "array",
    "items": _TEXT_OR_NUMBER,
    "minItems": 1,
    "uniqueItems": True,
}

_CLASS_OPTIONS: Final = {
    "type": "object",
    "properties": {"color": {"type": "string"}, "count": {"type": "boolean"}},
    "additionalProperties": False,
}

Name = Annotated[str, ValueRule(read_name, _TEXT_OR_NUMBER)]
"""One name, as typed."""

Names = Annotated[tuple[str, ...], ValueRule(read_names, _LIST_OF_NAMES, list)]
"""A list of at least one name, all different."""

NameOrder = Annotated[
    tuple[str, ...],
    ValueRule(read_name_order, {**_LIST_OF_NAMES, "uniqueItems": False}, list),
]
"""A list of at least one name, of which some may be the same."""

NameOrNames = Annotated[
    tuple[str, ...],
    ValueRule(
        read_name_or_names,
        {"anyOf": [_TEXT_OR_NUMBER, _LIST_OF_NAMES]},
        lambda names: names[0] if len(names) == 1 else list(names),
    ),
]
"""One name, or a list of different names."""

FilePath = Annotated[str, ValueRule(read_file_path, {"type": "string"})]
"""A path or pattern as text, relative to the workflow's folder."""

AnnotationPath = Annotated[str, ValueRule(read_annotation_path, {"type": "string"})]
"""The same of annotations: several files are put into one first."""

Color = Annotated[str, ValueRule(read_color, {"type": "string"})]
"""``#rrggbb``, ``#rgb`` or a basic colour word; becomes ``#rrggbb``."""

Classes = Annotated[
    tuple[ClassName, ...],
    ValueRule(
        read_classes,
        {
            "anyOf": [
                _LIST_OF_NAMES,
                {
                    "type": "object",
                    "additionalProperties": {"anyOf": [{"type": "string"}, _CLASS_OPTIONS]},
                },
            ]
        },
        _written_classes,
    ),
]
"""Class names in order, with colours and whether they count where given."""
