"""How a type of the language reads its value and what it says when it cannot.

A :class:`ValueRule` is put behind a type in ``Annotated[...]``; it is one function from plain
data (as YAML or Python gives it) to a frozen value. It refuses with :func:`mistake`, whose
sentence starts with a verb, because the field's name will stand before it:
``channel`` + ``is not a name; got true; write "true"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from objclass.schema.scalars import as_written

MISTAKE: Final = "objclass"
"""The error type of every :func:`mistake`."""

_SHORT: Final = 60


class ValueRule:
    """Reads one type of value.

    Parameters
    ----------
    read
        Plain data → the value; raises :func:`mistake`. Takes its own results too.
    schema
        The JSON Schema of what may be written.
    write
        The value → plain data that `read` takes again.
    """

    def __init__(
        self,
        read: Callable[[Any], object],
        schema: Mapping[str, Any],
        write: Callable[[Any], object] = str,
    ) -> None:
        self.read = read
        self.schema = schema
        self.write = write

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the rule as pydantic wants it."""
        written = core_schema.plain_serializer_function_ser_schema(self.write, when_used="json")
        return core_schema.no_info_plain_validator_function(self.read, serialization=written)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema given for the rule."""
        return dict(self.schema)


def mistake(
    what: str,
    *,
    got: object = ...,
    expected: str | None = None,
    fix: str | None = None,
) -> PydanticCustomError:
    """Return the error that says a value does not fit.

    Parameters
    ----------
    what
        A sentence without its subject, such as ``is not a wire``.
    got
        The value found; shown as :func:`show` writes it.
    expected, fix
        As in :class:`objclass.errors.Problem`.
    """
    clauses = {"what": what, "got": None if got is ... else show(got)}
    clauses |= {"expected": expected, "fix": fix}
    context = {name: text for name, text in clauses.items() if text is not None}
    spoken = {"got": "got ", "expected": "expected "}
    sentence = "; ".join(spoken.get(name, "") + text for name, text in context.items())
    return PydanticCustomError(MISTAKE, "{sentence}", {**context, "sentence": sentence})


def show(value: object) -> str:
    """Return a value as a person would write it, cut where it is long."""
    text = _flow(value)
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def number_fix(value: object) -> str | None:
    """Return how to write what was probably meant as a number; None where nobody can tell."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    zeros = re.fullmatch(r"([-+]?)0+(\d+(?:\.\d*)?)", text)
    if zeros:
        return f"write {zeros[1]}{zeros[2]} without leading zeros"
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        return f"write {text.replace(',', '.')} with a point"
    if re.fullmatch(r"[-+]?\d{1,3}(?:_\d{3})+", text):
        return f"write {text.replace('_', '')}"
    percent = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text)
    if percent:
        return f"write {float(percent[1]) / 100:g}"
    if re.fullmatch(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?", text):
        return f"write {text} without quotes"
    unit = re.fullmatch(r"([-+]?\d+(?:\.\d*)?)\s*[A-Za-zµμ]+(?:\^\d)?", text)
    return f"this field has no unit: write {unit[1]}" if unit else None


def _flow(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return as_written(value)
    if isinstance(value, str):
        return f"'{value}'"
    return _flow_collection(value)


def _flow_collection(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_bare(item) for item in value) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{key}: {_bare(item)}".removesuffix(": ") for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    return str(value)


def _bare(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _flow(value)
