"""A mapping whose keys say what stands behind them: ``write: {table: …, overlay: …}``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from objclass.schema.base import Frozen


class ByName:
    """Reads every value of a mapping by the model that its key names.

    Stands behind the type in ``Annotated[dict[str, Model], ByName(…)]``. Names are asked each
    time a value is read, so that one more of them is all that it needs; and the model only of
    the name that is read, since asking may import it.

    Parameters
    ----------
    names
        Every name that is known.
    model_of
        Gives the model of a name that is known.
    other
        The model of any other name; whoever uses the mapping refuses it.
    short
        The field that a value stands for which is not written as a mapping.
    """

    def __init__(
        self,
        names: Collection[str],
        model_of: Callable[[str], type[Frozen]],
        other: type[Frozen],
        short: str,
    ) -> None:
        self.names = names
        self.model_of = model_of
        self.other = other
        self.short = short

    def model(self, name: str) -> type[Frozen]:
        """Return the model of a name."""
        return self.model_of(name) if name in self.names else self.other

    @property
    def models(self) -> tuple[type[Frozen], ...]:
        """Every model that may stand in the mapping, once."""
        return tuple(dict.fromkeys((*map(self.model_of, self.names), self.other)))

    def owners(self, field: str) -> Iterator[str]:
        """Yield the names whose models have a field."""
        return (name for name in self.names if field in self.model_of(name).model_fields)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the mapping as pydantic wants it: each value goes with its name."""
        value = core_schema.no_info_plain_validator_function(self._read)
        mapping = core_schema.dict_schema(core_schema.str_schema(), value)
        return core_schema.no_info_before_validator_function(_with_names, mapping)

    def _read(self, named: tuple[str, object]) -> Frozen:
        name, value = named
        data = {self.short: value} if isinstance(value, str) else value
        return self.model(name).model_validate(data)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON Schema: one property for each name of the table."""
        text = core_schema.str_schema()
        either = {
            name: handler(
                core_schema.union_schema([text, self.model_of(name).__pydantic_core_schema__])
            )
            for name in self.names
        }
        return {"type": "object", "properties": either, "additionalProperties": False}


def _with_names(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: (name, each) for name, each in value.items()}
