"""Wires as fields: ``image: nuclei`` or ``image: nuclei.smoothed``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from objclass.data.wire import Wire
from objclass.schema.base import Frozen, fields_by_key
from objclass.schema.rule import ValueRule, mistake
from objclass.schema.scalars import Integer, Real

NODE_NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"
"""A node's name: letters, digits, ``_`` and ``-``, not starting with a digit or ``-``."""

_WIRE: Final = re.compile(rf"{NODE_NAME}(?:\.{NODE_NAME})?")
_FILE: Final = re.compile(r"[/\\{}*]|\.(?:h5|hdf5|tiff?|png|jpe?g|bmp|npy|csv|zarr|parquet)$")
_EXPECTED: Final = "a node's name, or node.part"

Path = tuple[str | int, ...]
"""The way to a value in nested mappings and lists: keys and 0-based positions."""


def read_wire(value: Any) -> Wire:
    """Read ``node`` or ``node.part``."""
    if isinstance(value, Wire):
        return value
    text = value.text if isinstance(value, Integer | Real) else value
    if isinstance(text, str) and _FILE.search(text):
        fix = "read the file with a node of kind input and name that node here"
        raise mistake("takes a node, not a file", got=value, fix=fix)
    if isinstance(text, str) and _WIRE.fullmatch(text):
        return Wire.parse(text)
    if value is None:
        raise mistake("has no value", expected=_EXPECTED)
    if isinstance(value, tuple | list) and len(value) == 1:
        raise mistake("takes one wire, not a list", got=value, fix=f"write {value[0]}")
    raise mistake("is not a wire", got=value, expected=_EXPECTED)


WireField = Annotated[
    Wire, ValueRule(read_wire, {"type": "string", "pattern": rf"^{NODE_NAME}(\.{NODE_NAME})?$"})
]
"""A wire: ``node`` or ``node.part``; becomes an :class:`objclass.data.wire.Wire`."""


def wires(node: Frozen) -> dict[str, Wire]:
    """Return every wire of a node.

    Parameters
    ----------
    node
        A validated node (or any frozen model).

    Returns
    -------
    dict
        Field → wire in order; keys are as written in YAML, with a dot before what is inside
        a list or mapping: ``image``, ``from.0``, ``regions.cytoplasm.minus``.
    """
    return {".".join(str(key) for key in path): wire for path, wire in wire_paths(node)}


def wire_paths(value: object, path: Path = ()) -> Iterator[tuple[Path, Wire]]:
    """Yield every wire inside a value and the way to it."""
    if isinstance(value, Wire):
        yield path, value
    for key, item in _items(value):
        yield from wire_paths(item, (*path, key))


def _items(value: object) -> list[tuple[str | int, object]]:
    if isinstance(value, Frozen):
        names = zip(fields_by_key(type(value)), type(value).model_fields, strict=True)
        return [(key, getattr(value, name)) for key, name in names]
    if isinstance(value, Mapping):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, tuple | list) else []
