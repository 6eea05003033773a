"""Types of the keys of documents, and the words that say what a key means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
ANY: Schema = {}
MAPPING: Schema = {"type": "object"}


def listed(of: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": of}


def mapped(of: Schema) -> Schema:
    """Return the schema of a mapping from names."""
    return {"type": "object", "additionalProperties": of}


def record(**keys: Schema) -> Schema:
    """Return the schema of a mapping with exactly these keys."""
    return {
        "type": "object",
        "properties": keys,
        "required": list(keys),
        "additionalProperties": False,
    }


def maybe(of: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return {**of, "type": [of["type"], "null"]}


def means(of: Schema, sentence: str) -> Schema:
    """Return a schema with what the value means."""
    return {**of, "description": sentence}


TEXTS = listed(TEXT)
COUNTS = mapped(COUNT)


def in_words(of: Schema) -> str:
    """Return a type in words."""
    if "const" in of:
        return f"`{of['const']}`"
    if "enum" in of:
        return ", ".join(f"`{value}`" for value in of["enum"])
    if "items" in of:
        return f"list of {in_words(of['items'])}"
    names = {"object": "mapping", "string": "text", "boolean": "true, false"}
    kinds = of.get("type", "any")
    each = kinds if isinstance(kinds, list) else [kinds]
    return ", ".join(str(names.get(kind, kind)) for kind in each)
