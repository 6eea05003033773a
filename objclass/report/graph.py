"""The nodes and wires of a workflow as a graph, and as Mermaid text that one can look at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from objclass.engine.node import Node
from objclass.schema.wires import wires
from objclass.schema.workflow import Workflow

if TYPE_CHECKING:
    import networkx as nx

    Network = nx.MultiDiGraph[str]

Direction = Literal["LR", "RL", "TB", "BT"]
SHAPES = {"input": '[/"{}"/]', "classifier": '{{{{"{}"}}}}', "export": '[\\"{}"\\]'}
"""Kind to a Mermaid shape; the others are boxes."""
BOX = '["{}"]'
RESERVED = frozenset(
    ("end", "graph", "flowchart", "subgraph", "direction", "default", "style", "linkstyle",
     "class", "classdef", "click", "call", "href", "interpolate")
)  # fmt: skip
"""Words that Mermaid does not take as identifiers, in lower case."""


def network(workflow: Workflow) -> Network:
    """Return the graph of a workflow.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes in file order with the attribute ``kind``; for every wire an edge from the node
        that gives to the node that takes, with the attributes ``part`` (empty where all parts
        are taken together) and ``field``. The graph's ``title`` is the workflow's.
    """
    import networkx as nx

    graph: Network = nx.MultiDiGraph(title=workflow.title or "")
    for name, node in workflow.nodes.items():
        graph.add_node(name, kind=node.kind)
    for name, node in workflow.nodes.items():
        for field, wire in wires(node).items():
            giver = workflow.nodes[wire.node]
            main = giver.main if isinstance(giver, Node) else None
            graph.add_edge(wire.node, name, part=wire.part or main or "", field=field)
    return graph


def mermaid(graph: Network, direction: Direction = "LR") -> str:
    """Return a graph as Mermaid text.

    Parameters
    ----------
    graph
        As :func:`network` returns it.
    direction
        Which way wires lead: LR from left to right, TB from top to bottom, ….
    """
    return "\n".join(_lines(graph, direction)) + "\n"


def _lines(graph: Network, direction: Direction) -> Iterator[str]:
    if graph.graph["title"]:
        yield from ("---", f"title: {json.dumps(graph.graph['title'], ensure_ascii=False)}", "---")
    yield f"flowchart {direction}"
    ids = identifiers(graph)
    for name, facts in graph.nodes(data=True):
        kind = str(facts["kind"])
        yield f"    {ids[name]}" + SHAPES.get(kind, BOX).format(f"{name}<br>{kind}")
    for giver, taker, wire in graph.edges(data=True):
        part = wire["part"]
        yield f"    {ids[giver]} -->" + (f"|{part}| " if part else " ") + ids[taker]


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return a Mermaid identifier for every node: its name where Mermaid can read it."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W", "_", name)
        while plain in found.values() or plain.lower() in RESERVED:
            plain += "_"
        found[name] = plain
    return found
