"""A plain check of values against the part of JSON Schema that the project writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}
KNOWN = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf",
     "minimum", "description", "title", "$schema")
)  # fmt: skip


def misfits(value: Any, schema: Mapping[str, Any], at: str = "$") -> Iterator[str]:
    """Yield what of a value is not as its schema says."""
    assert set(schema) <= KNOWN, f"the check does not know {set(schema) - KNOWN}"
    if "anyOf" in schema and all(any(misfits(value, each)) for each in schema["anyOf"]):
        yield f"{at}: none of {len(schema['anyOf'])} schemas"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if not is_of(value, schema.get("type")):
        yield f"{at}: {value!r} is no {schema['type']}"
    elif isinstance(value, dict):
        yield from _misfits_of_keys(value, schema, at)
    elif isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value):
            yield from misfits(each, schema["items"], f"{at}[{number}]")
    elif "minimum" in schema and value is not None and value < schema["minimum"]:
        yield f"{at}: {value} is below {schema['minimum']}"


def _misfits_of_keys(value: dict[str, Any], schema: Mapping[str, Any], at: str) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{at}: lacks {key}" for key in schema.get("required", ()) if key not in value)
    for key, each in value.items():
        if key in properties:
            yield from misfits(each, properties[key], f"{at}.{key}")
        elif others is False:
            yield f"{at}: {key} is not documented"
        elif isinstance(others, Mapping):
            yield from misfits(each, others, f"{at}.{key}")


def is_of(value: Any, kind: str | list[str] | None) -> bool:
    """Return True where a value is of a type; true is no number."""
    if isinstance(kind, list):
        return any(is_of(value, each) for each in kind)
    if kind is None:
        return True
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
