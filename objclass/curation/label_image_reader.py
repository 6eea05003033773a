"""A graph that makes the objects of a classifier and matches its annotations, no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from objclass.data.labels import LabelHeader
from objclass.data.model import ModelHeader
from objclass.data.objects import TableHeader
from objclass.data.wire import Wire
from objclass.engine.artifact import FactsHeader
from objclass.engine.graph import Graph
from objclass.engine.node import JoinedInput, Node, Part, Read
from objclass.engine.reason import Reason
from objclass.engine.role import PartRole
from objclass.nodes.tables import table_reads

NAME = "annotating (this name stands in no workflow)"


class LabelImageReaderNode(Node):
    """Reads the label image of every image and frame, so that it is made; makes nothing."""

    kind: Literal["looking"]

    def gate(self, part: Part, given: Mapping[str, tuple[JoinedInput, ...]]) -> Reason | None:
        """Hold the one part back: what it reads is all that is wanted."""
        return Reason("blocked", says="only looked at")


def objects_of(graph: Graph, classifier: str) -> Wire:
    """Return the wire to the label image that a classifier's features are measured on."""
    learning = graph.nodes[classifier].learns
    assert learning is not None, f"{classifier} learns nothing"
    parts = next(iter(graph.parts[learning.features.node].values()))
    return next(p.header.objects for p in parts if isinstance(p.header, TableHeader))


def learned_table(graph: Graph, classifier: str) -> tuple[TableHeader, tuple[str, ...]]:
    """Return the header of the table that a classifier learns from, and the columns it uses."""
    learning = graph.nodes[classifier].learns
    model = graph.of_role(classifier, PartRole.MODEL)
    assert learning is not None, f"{classifier} learns nothing"
    assert model is not None, f"{classifier} has no model"
    node, name = learning.features.node, learning.features.part
    parts = next(iter(graph.parts[node].values()))
    mine = tuple(part for part in parts if name in (None, part.name))
    table = mine[0].header if name else graph.nodes[node].joined(node, mine)
    assert isinstance(table, TableHeader)
    assert isinstance(model.header, ModelHeader)
    return table, model.header.columns


def looking(
    graph: Graph, classifier: str, *, measured: bool = False, trained: bool = False
) -> Graph:
    """Return a graph that ends at the objects and matches of a classifier.

    Parameters
    ----------
    graph
        The graph of the workflow.
    classifier
        Its node.
    measured
        Make the features that it uses too.
    trained
        Train it too.
    """
    wire = objects_of(graph, classifier)
    looks = {image: (look_part(graph, wire, image),) for image in graph.parts[classifier]}
    if measured:
        reads = _columns_read(graph, classifier)
        looks = {
            image: (replace(look, reads=(*look.reads, *reads)),) for image, (look,) in looks.items()
        }
    asked = (
        PartRole.MATCHES,
        *((PartRole.SCALE,) if measured else ()),
        *((PartRole.MODEL,) if trained else ()),
    )
    matches = {
        image: tuple(replace(part, asked=part.role in asked) for part in parts)
        for image, parts in graph.parts[classifier].items()
    }
    return replace(
        graph,
        nodes={**graph.nodes, NAME: LabelImageReaderNode(kind="looking")},
        order=(*graph.order, NAME),
        parts={**graph.parts, classifier: matches, NAME: looks},
        wanted=frozenset([classifier, NAME]),
    )


def _columns_read(graph: Graph, classifier: str) -> tuple[Read, ...]:
    """Return reads of the columns that a classifier uses."""
    table, used = learned_table(graph, classifier)
    return table_reads(table, [column for column in table.columns if column.name in set(used)])


def ending_at(graph: Graph, wires: Sequence[Wire], image: str, frame: int | None) -> Graph:
    """Return a graph that makes these artifacts of one image and frame, and all they need.

    Other images and frames are left out, except where something that joins them is needed.
    """
    looks = tuple(
        Part(f"look {w}", FactsHeader("looking"), reads=(_all_of(graph, w, image),), times=(frame,))
        for w in wires
    )
    found = replace(
        graph,
        nodes={**graph.nodes, NAME: LabelImageReaderNode(kind="looking")},
        order=(*graph.order, NAME),
        parts={**graph.parts, NAME: {each.name: looks for each in graph.images}},
        wanted=frozenset([NAME]),
    )
    needed = [graph.part(*address, image) for address in found.demanded if address[0] != NAME]
    if not any("t" in part.joins and part.reads for part in needed):
        found = replace(found, parts={n: _at(parts, frame) for n, parts in found.parts.items()})
    if any("image" in part.joins for part in needed):
        return found
    return replace(found, images=tuple(each for each in graph.images if each.name == image))


def _at(parts: Mapping[str, tuple[Part, ...]], frame: int | None) -> dict[str, tuple[Part, ...]]:
    """Return the parts of a node with one frame each."""
    return {
        image: tuple(replace(p, times=(frame,)) if frame in p.times else p for p in each)
        for image, each in parts.items()
    }


def _all_of(graph: Graph, wire: Wire, image: str) -> Read:
    """Return a read of all that a picture shows of an artifact."""
    header = graph.part(wire.node, wire.part or "", image).header
    return Read("shown", wire, ("voxels", "index") if isinstance(header, LabelHeader) else None)


def look_part(graph: Graph, wire: Wire, image: str) -> Part:
    """Return a part that reads the label image of every frame of an image."""
    times = graph.part(wire.node, wire.part or "", image).times
    reads = (Read("objects", wire, ("voxels", "index")),)
    return Part("objects", FactsHeader("looking"), reads=reads, times=times)
