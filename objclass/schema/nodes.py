"""The nodes of a workflow: name → one flat mapping of kind and fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from objclass.errors import InputError, Place, Problem, list_some, nearest
from objclass.schema.base import Fields, fields_by_key
from objclass.schema.rule import show
from objclass.schema.source import Keys, YamlMapping
from objclass.schema.wires import NODE_NAME, wire_paths
from objclass.schema.wiring import Wires, check_wiring, written_wires

PLANNED = {"select": "a second classifier takes the objects of one class with its field select"}
"""Kinds of node that are not built yet, with what to do instead."""


def read_nodes(
    source: YamlMapping, kinds: Mapping[str, type[Fields]]
) -> tuple[dict[str, Fields], list[Problem]]:
    """Return the nodes that are right, and everything that is wrong with the others.

    Parameters
    ----------
    source
        The workflow as written.
    kinds
        Every kind of node by its name.
    """
    written = source.data.get("nodes")
    if not isinstance(written, Mapping) or not written:
        place = source.place(("nodes",))
        found = "there are no nodes" if not written else "nodes is not a mapping"
        example = "nodes:, and under it name: {kind: …}"
        return {}, [Problem(found, expected=example, place=place)]
    nodes: dict[str, Fields] = {}
    problems: list[Problem] = []
    wires: dict[str, dict[Keys, Any]] = {}
    for name, data in written.items():
        node, found_problems, wires[name] = _node(name, data, source, kinds)
        problems += [problem.at(node=name) for problem in found_problems]
        nodes |= {name: node} if node is not None else {}
    if not problems:  # what is wrong is mended first
        nodes, problems = _completed(nodes, source)
        wires = {name: dict(wire_paths(node)) for name, node in nodes.items()}
    checked: Wires = wires
    return nodes, problems + check_wiring(checked, written, source)


def _completed(
    nodes: Mapping[str, Fields], source: YamlMapping
) -> tuple[dict[str, Fields], list[Problem]]:
    """Return the nodes with what follows from the others, and where that cannot be told."""
    found: dict[str, Fields] = dict(nodes)
    problems: list[Problem] = []
    for name, node in nodes.items():
        try:
            found[name] = node.completed(name, nodes, partial(_place_in, source, name))
        except InputError as error:
            problems += [problem.at(node=name) for problem in error.problems]
    return found, problems


def _place_in(source: YamlMapping, node: str, field: str) -> Place:
    return source.place(("nodes", node, field))


def _node(
    name: str, data: Any, source: YamlMapping, kinds: Mapping[str, type[Fields]]
) -> tuple[Fields | None, list[Problem], dict[Keys, Any]]:
    """Return the node, what is wrong with it, and its wires as far as they can be read."""
    key_place = source.key_place(("nodes", name))
    problems = [p.at(key_place) for p in (_bad_name(name),) if p]
    unfit = _no_node(data, source.place(("nodes", name))) or _bad_kind(name, data, source, kinds)
    if unfit:
        return None, [*problems, unfit], {}
    model = kinds[data["kind"]]
    known = fields_by_key(model)
    problems += _unknown_fields(name, data, source, kinds)
    fields = {key: value for key, value in data.items() if key in known}
    node, found = _validate(name, model, fields, source)
    wires = dict(wire_paths(node)) if node else written_wires(model, fields)
    return node, problems + found, wires


def _unknown_fields(
    name: str, data: Mapping[str, Any], source: YamlMapping, kinds: Mapping[str, type[Fields]]
) -> list[Problem]:
    unknown = [key for key in data if key not in fields_by_key(kinds[data["kind"]])]
    if not unknown:
        return []
    from objclass.schema.unknown import unknown_field

    places = {key: source.key_place(("nodes", name, key)) for key in unknown}
    return [unknown_field(key, data["kind"], kinds).at(places[key]) for key in unknown]


def _validate(
    name: str, model: type[Fields], data: Mapping[str, Any], source: YamlMapping
) -> tuple[Fields | None, list[Problem]]:
    base = ("nodes", name)
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        from objclass.schema.explain import explain

        problems = explain(error, model, source, base)
    except InputError as error:
        problems = list(error.problems)
    return None, [problem.at(source.key_place(base)) for problem in problems]


def _bad_name(name: str) -> Problem | None:
    if re.fullmatch(NODE_NAME, name):
        return None
    expected = "letters a to z, digits, _ and -, starting with a letter or _"
    fix = re.sub(r"[^A-Za-z0-9_-]+", "_", name.strip())
    fix = fix if re.match(r"[A-Za-z_]", fix) else f"n{fix.lstrip('-')}"
    return Problem(f"'{name}' cannot be a node's name", expected=expected, fix=f"such as {fix}")


def _no_node(data: Any, place: Place) -> Problem | None:
    if isinstance(data, Mapping):
        return None
    if isinstance(data, str) and re.fullmatch(r"[\w-]+:\S.*", data):
        key, _, value = data.partition(":")
        what = f"a space is missing after '{key}:'"
        return Problem(what, fix=f"write {key}: {value}", place=place)
    got = None if data is None else show(data)
    what = "is empty" if data is None else "is not a node"
    return Problem(what, got=got, expected="kind: and its fields", place=place)


def _bad_kind(
    name: str, data: Mapping[str, Any], source: YamlMapping, kinds: Mapping[str, type[Fields]]
) -> Problem | None:
    if "kind" not in data:
        return _no_kind(data, kinds).at(source.key_place(("nodes", name)))
    kind = data["kind"]
    if isinstance(kind, str) and kind in kinds:
        return None
    close = nearest(kind, kinds) if isinstance(kind, str) else None
    fix = f"did you mean {close}?" if close else f"kinds: {list_some(kinds, 20)}"
    what = "kind has no value" if kind is None else f"there is no kind {show(kind)}"
    if isinstance(kind, str) and kind in PLANNED:
        what, fix = f"the kind {kind} is not built yet", PLANNED[kind]
    return Problem(what, fix=fix, place=source.place(("nodes", name, "kind")))


def _no_kind(data: Mapping[str, Any], kinds: Mapping[str, type[Fields]]) -> Problem:
    misspelt = nearest("kind", [key for key in data if key.lower().startswith("k")])
    if misspelt:
        return Problem("kind is missing", fix=f"did you mean kind where you wrote '{misspelt}'?")
    spaced = next((key for key in data if key.startswith("kind:")), None)
    if spaced:
        return Problem("a space is missing after 'kind:'", got=f"'{spaced}'")
    fitting = {name: len(fields_by_key(model).keys() & data) for name, model in kinds.items()}
    best = [name for name, count in fitting.items() if count and count == max(fitting.values())]
    fix = f"by its fields it is {list_some(best)}" if best else f"kinds: {list_some(kinds, 20)}"
    return Problem("kind is missing", fix=fix)
