"""The JSON Schema of workflows, for editors that complete and check while one types.

The first line ``# yaml-language-server: $schema=…`` of a workflow names the file that
``objclass schema`` writes.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from objclass.schema.base import Fields, Frozen, fields_by_key
from objclass.schema.unknown import models_at
from objclass.schema.wires import NODE_NAME
from objclass.schema.workflow import TopLevelFields

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_DEFS: Final = "#/definitions/{model}"


def json_schema(kinds: Mapping[str, type[Fields]]) -> dict[str, Any]:
    """Return the schema of a workflow.

    Parameters
    ----------
    kinds
        Every kind of node by its name.

    Returns
    -------
    dict
        A JSON Schema (draft 7, which editors know best): the top level, and under
        ``definitions`` one model per kind, told apart by ``kind``.
    """
    models = {name: _definition(model) for name, model in kinds.items()}
    definitions: dict[str, Any] = {}
    for name, (schema, inner) in models.items():
        definitions |= inner
        definitions[name] = _of_kind(schema, name)
    heading, inner = _definition(TopLevelFields)
    heading["properties"]["nodes"] = _nodes(list(kinds))
    heading["required"] = [*heading.get("required", []), "nodes"]
    return {
        "$schema": DIALECT,
        "title": "objclass workflow",
        **heading,
        "definitions": definitions | inner,
    }


def _nodes(names: list[str]) -> dict[str, Any]:
    references = {name: _DEFS.format(model=name) for name in names}
    return {
        "type": "object",
        "description": "The nodes: name → kind and fields.",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{NODE_NAME}$"},
        "additionalProperties": {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": names}},
            "discriminator": {"propertyName": "kind", "mapping": references},
            "oneOf": [{"$ref": reference} for reference in references.values()],
        },
    }


def _of_kind(schema: dict[str, Any], name: str) -> dict[str, Any]:
    description = schema.get("description", name)
    kind = {"const": name, "description": description}
    required = ["kind", *(key for key in schema.get("required", []) if key != "kind")]
    properties = {"kind": kind} | {k: v for k, v in schema["properties"].items() if k != "kind"}
    return {**schema, "properties": properties, "required": required}


def _definition(model: type[Frozen]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a model's schema and the schemas of the models inside it."""
    schema = model.model_json_schema(ref_template=_DEFS, schema_generator=_Plain)
    inner = schema.pop("$defs", {})
    documented = {each.__name__: each for each in _models(model)}
    for name, definition in inner.items():
        if name in documented:
            _describe(definition, documented[name])
    _describe(schema, model)
    return schema, inner


class _Plain(GenerateJsonSchema):
    """Schemas without titles, which editors would show instead of descriptions."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _describe(schema: dict[str, Any], model: type[Frozen]) -> None:
    """Add the documentation of a model and its fields."""
    schema.pop("title", None)
    summary = (inspect.getdoc(model) or "").partition("\n\n")[0].replace("\n", " ")
    if summary:
        schema["description"] = summary
    docs, defaults = field_docs(model), _defaults(model)
    for key, properties in schema.get("properties", {}).items():
        if key in docs and "description" not in properties:
            properties = {"description": docs[key], **properties}
        if key in defaults:
            properties = {**properties, "default": defaults[key]}
        schema["properties"][key] = properties


def _defaults(model: type[Frozen]) -> dict[str, Any]:
    """Return the defaults as they are written in YAML, by YAML name."""
    optional = {n for n, field in model.model_fields.items() if not field.is_required()}
    bare = model.model_construct()
    return bare.model_dump(mode="json", by_alias=True, include=optional)


def field_docs(model: type[Frozen]) -> dict[str, str]:
    """Return what is said of each field, by its YAML name.

    Parameters
    ----------
    model
        Its fields are described by ``Field(description=…)``, by the text behind the field,
        or in the ``Parameters`` section of the class's docstring; the first found counts.
    """
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Frozen) and base not in (Frozen, Fields):
            docs |= _in_parameters(base) | dict(_behind_fields(base))
    described = {key: field.description for key, field in fields_by_key(model).items()}
    names = zip(fields_by_key(model), model.model_fields, strict=True)
    texts = {key: described[key] or docs.get(name) for key, name in names}
    return {key: " ".join(text.split()) for key, text in texts.items() if text}


def _behind_fields(model: type[Frozen]) -> Iterator[tuple[str, str]]:
    """Yield the docstrings that stand behind fields."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    except (OSError, TypeError):  # no source: made in a session or by a plugin
        return
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    for statement, text in pairwise(body):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(text, ast.Expr):
            continue
        if isinstance(statement.target, ast.Name) and isinstance(text.value, ast.Constant):
            yield statement.target.id, str(text.value.value)


def _in_parameters(model: type[Frozen]) -> dict[str, str]:
    """Return the descriptions in a numpydoc ``Parameters`` section."""
    doc = inspect.cleandoc(model.__doc__ or "")
    section = re.search(r"^Parameters\n-+\n(.*?)(?=\n\S+\n-+\n|\Z)", doc, re.S | re.M)
    if not section:
        return {}
    entries = re.finditer(r"^(\S[^\n:]*)[^\n]*\n((?:[ \t]+[^\n]*\n?|\n)+)", section[1], re.M)
    return {
        name.strip(): entry[2] for entry in entries for name in entry[1].split(",") if name.strip()
    }


def _models(model: type[Frozen]) -> Iterator[type[Frozen]]:
    """Yield every model inside a model's fields."""
    for key in fields_by_key(model):
        for inner in models_at(model, [key]):
            yield inner
            yield from _models(inner)
