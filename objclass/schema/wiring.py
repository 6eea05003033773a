"""Whether wires lead to nodes, and never round in a circle."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic_core import PydanticCustomError

from objclass.data.wire import Wire
from objclass.errors import Problem, list_some, nearest
from objclass.schema.base import Frozen, fields_by_key
from objclass.schema.source import Keys, YamlMapping
from objclass.schema.wires import read_wire

_UNIONS: Final = (Union, types.UnionType)

Wires = Mapping[str, Mapping[Keys, Wire]]
"""Node → the way to each of its wires within the node → the wire, in file order."""


def check_wiring(wires: Wires, names: Iterable[str], source: YamlMapping) -> list[Problem]:
    """Return wires that lead nowhere or to themselves, and circles.

    Parameters
    ----------
    wires
        All wires of all nodes.
    names
        The names of all nodes.
    source
        Where they are written.
    """
    known = list(names)
    problems = [
        problem.at(source.place(("nodes", node, *keys)), node)
        for node, own in wires.items()
        for keys, wire in own.items()
        if (problem := _dangling(node, wire, known))
    ]
    return problems + [_circle(circle, wires, source) for circle in circles(wires)]


def _dangling(node: str, wire: Wire, known: list[str]) -> Problem | None:
    if wire.node == node:
        return Problem("is wired to itself", got=f"'{wire}'", fix="name another node")
    if wire.node in known:
        return None
    others = [name for name in known if name != node]
    close = nearest(wire.node, others)
    fix = f"did you mean {close}?" if close else f"nodes: {list_some(others)}"
    return Problem(f"there is no node '{wire.node}'", fix=fix)


def circles(wires: Wires) -> list[tuple[str, ...]]:
    """Return circles of nodes, each once, starting with the node that stands first.

    A depth-first walk against the wires: every wire that leads back onto the present path
    closes a circle. The path is a list, not a recursion, however long the chain.
    """
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()
    for start in wires:
        path: list[str] = []
        waiting = [iter([start])]
        while waiting:
            node = next(waiting[-1], None)
            if node is None:
                waiting.pop()
                done.update(path[-1:])
                path = path[:-1]
            elif node in path:
                circle = path[path.index(node) :]
                found.setdefault(frozenset(circle), _from_first(circle, wires))
            elif node not in done:
                path.append(node)
                waiting.append(_sources(node, wires))
    return list(found.values())


def _sources(node: str, wires: Wires) -> Iterator[str]:
    own = wires.get(node, {}).values()
    return iter(dict.fromkeys(wire.node for wire in own if wire.node != node))


def _from_first(circle: list[str], wires: Wires) -> tuple[str, ...]:
    first = min(range(len(circle)), key=lambda n: list(wires).index(circle[n]))
    return (*circle[first:], *circle[:first])


def _circle(circle: tuple[str, ...], wires: Wires, source: YamlMapping) -> Problem:
    first, second = circle[0], circle[1]
    keys = next(keys for keys, wire in wires[first].items() if wire.node == second)
    arrows = " → ".join([*circle, first])
    place = source.place(("nodes", first, *keys))
    what = f"nodes wait for each other in a circle: {arrows}"
    return Problem(what, fix="one of these wires must go", place=place, node=first)


def written_wires(model: type[Frozen], data: Mapping[str, Any]) -> dict[Keys, Wire]:
    """Return the wires in the data of a node that does not validate.

    Parameters
    ----------
    model
        The node's kind; the types of its fields say where wires are.
    data
        The plain data of the node; whatever does not look like a wire is passed over.
    """
    return dict(_in_model(model, data, ()))


def _in_model(
    model: type[Frozen], data: Mapping[str, Any], keys: Keys
) -> Iterator[tuple[Keys, Wire]]:
    for key, field in fields_by_key(model).items():
        if key in data:
            yield from _in_type(field.annotation, data[key], (*keys, key))


def _in_type(annotation: Any, value: Any, keys: Keys) -> Iterator[tuple[Keys, Wire]]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Wire:
        yield from _as_wire(value, keys)
    elif origin is Annotated:
        yield from _in_type(arguments[0], value, keys)
    elif origin in _UNIONS and str not in arguments:
        for argument in arguments:
            yield from _in_type(argument, value, keys)
    elif isinstance(annotation, type) and issubclass(annotation, Frozen):
        if isinstance(value, Mapping):
            yield from _in_model(annotation, value, keys)
    elif arguments and isinstance(value, tuple | Mapping):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        inner = arguments[-1] if arguments[-1] is not ... else arguments[0]
        for key, item in items:
            yield from _in_type(inner, item, (*keys, key))


def _as_wire(value: Any, keys: Keys) -> Iterator[tuple[Keys, Wire]]:
    try:
        yield keys, read_wire(value)
    except PydanticCustomError:
        return
