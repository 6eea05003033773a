"""The frozen base of everything a workflow is made of, and how a field says what it is.

A node kind is a subclass of :class:`Fields` with a ``kind`` literal. Its fields say by type
what they are: a ``WireField`` is a wire, a ``Name`` is free text, and so on (all of them stand
in :mod:`objclass.schema.fields`). Fields that never change a result carry
:data:`OUTSIDE_RECIPE`.

Types are strict: ``"1"`` is no number, ``1`` is a fine float (and becomes 1.0), ``yes`` is no
boolean, NaN and infinity are refused. Lists become tuples, so declare ``tuple[...]`` fields.
A field whose YAML name is a Python keyword gets an alias (``from_: WireField =
Field(alias="from")``); in Python both names work, in YAML only the alias.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo

from objclass.errors import Place

OUTSIDE_RECIPE = "outside recipe"

Placer: TypeAlias = Callable[[str], Place]
"""Returns where a field is written."""


class Frozen(BaseModel):
    """A model that cannot change, refuses unknown keys and never guesses a type."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        populate_by_name=True,
        arbitrary_types_allowed=False,
        defer_build=True,  # a run has few of the kinds; a class is built when it reads a node
    )

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: Any) -> Any:
        return _frozen(data) if isinstance(data, dict) else data


class Fields(Frozen):
    """The fields of one node as a person writes them: one flat mapping with a ``kind``."""

    synonyms: ClassVar[dict[str, str]] = {}
    """Names people write for a field: ``{"high_threshold": "core_threshold"}``."""

    planned: ClassVar[dict[str, str]] = {}
    """Fields of the language whose rooms are not built yet, with what to do instead."""

    kind: str

    def completed(self, name: str, nodes: Mapping[str, Fields], place: Placer) -> Fields:
        """Return the node with what follows from the other nodes of its workflow.

        Parameters
        ----------
        name
            What the node is called.
        nodes
            All nodes; their wires may still lead nowhere.
        place
            ``place(field)`` returns where a field is written.

        Raises
        ------
        InputError
            Where nothing follows, or several things may.
        """
        return self

    @property
    def outside_recipe(self) -> frozenset[str]:
        """The fields that change no result."""
        known = type(self).model_fields.items()
        return frozenset(n for n, field in known if OUTSIDE_RECIPE in str(field.json_schema_extra))


def fields_by_key(model: type[Frozen]) -> dict[str, FieldInfo]:
    """Return the fields of `model` by the name that is written in YAML, in order."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value
