"""Keys that a model does not have, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, get_args

from objclass.errors import Problem, list_some, nearest
from objclass.schema.base import Fields, Frozen, fields_by_key
from objclass.schema.by_name import ByName

_SURE: Final = 0.8
"""Likeness from which a slip of the fingers is likelier than another kind's field."""


def unknown_field(key: str, kind: str, kinds: Mapping[str, type[Fields]]) -> Problem:
    """Return what is wrong with a key that a node's kind does not have.

    Parameters
    ----------
    key
        The key as written.
    kind
        The node's kind, one of `kinds`.
    kinds
        All kinds by name.
    """
    model = kinds[kind]
    known = list(fields_by_key(model))
    if key in model.planned:
        return Problem(f"{key} is not built yet", fix=model.planned[key])
    if key in model.synonyms:
        return Problem(f"{kind} has no field '{key}'", fix=f"it is called {model.synonyms[key]}")
    others = [name for name, other in kinds.items() if key in fields_by_key(other)]
    close = nearest(key, known)
    slip = close is not None and SequenceMatcher(None, key, close).ratio() >= _SURE
    if others and not slip:
        return Problem(f"'{key}' belongs to {list_some(others)}; this is {kind}", fix=_has(known))
    return unknown_key(key, [model], kind)


def unknown_key(
    key: str, models: Iterable[type[Frozen]], inside: str, owners: Sequence[str] = ()
) -> Problem:
    """Return what is wrong with a key that none of the models has.

    Parameters
    ----------
    key
        The key as written.
    models
        What may stand there.
    inside
        What the mapping is called.
    owners
        What else there is that has such a key.
    """
    models = list(models)
    known = list(dict.fromkeys(name for model in models for name in fields_by_key(model)))
    before = key.partition(":")[0]
    if ":" in key and before in known:
        return Problem(f"a space is missing after '{before}:'", got=f"'{key}'")
    synonyms = [near for near in (_synonym_near(key, model) for model in models) if near]
    close = nearest(key, known) or next(iter(synonyms), None)
    if owners and not close:
        return Problem(f"'{key}' belongs to {list_some(owners)}; this is {inside}", fix=_has(known))
    fix = f"did you mean {close}?" if close else _has(known)
    return Problem(f"{inside} has no field '{key}'", fix=fix)


def _synonym_near(key: str, model: type[Frozen]) -> str | None:
    synonyms = model.synonyms if issubclass(model, Fields) else {}
    close = nearest(key, synonyms)
    return synonyms[close] if close else None


def _has(known: list[str]) -> str | None:
    fields = [name for name in known if name != "kind"]
    return f"it has {list_some(fields, 20)}" if fields else None


def models_at(model: type[Frozen], keys: Iterable[str | int]) -> list[type[Frozen]]:
    """Return the models that may stand at the end of a way through a model's fields."""
    models = [model]
    tables: list[ByName] = []
    for key in keys:
        found = [fields_by_key(m)[key] for m in models if key in fields_by_key(m)]
        if tables:
            models, tables = [table.model(str(key)) for table in tables], []
        elif found and isinstance(key, str):
            annotations = [field.annotation for field in found]
            models = [inner for each in annotations for inner in _models_in(each)]
            tables = [table for each in annotations for table in _tables_in(each)]
    return models


def owners_at(model: type[Frozen], keys: Sequence[str | int], key: str) -> list[str]:
    """Return the other names of a mapping, such as ``predictions``, whose models have a key.

    Parameters
    ----------
    model
        The model that the way starts at.
    keys
        The way to the value that does not have the key; its last step is the value's name.
    key
        The key as written.
    """
    way = list(keys[:-1])
    fields = [fields_by_key(m) for m in models_at(model, way[:-1])] if way else []
    found = [known[str(way[-1])].annotation for known in fields if str(way[-1]) in known]
    return [name for each in found for table in _tables_in(each) for name in table.owners(key)]


def _models_in(annotation: Any) -> Iterator[type[Frozen]]:
    if isinstance(annotation, ByName):
        yield from annotation.models
    if isinstance(annotation, type) and issubclass(annotation, Frozen):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _tables_in(annotation: Any) -> Iterator[ByName]:
    if isinstance(annotation, ByName):
        yield annotation
    for argument in get_args(annotation):
        yield from _tables_in(argument)
