"""Z-scores of columns beyond those of the workflow, for a session that tries other ones."""

from __future__ import annotations

from dataclasses import replace

from objclass.data.objects import TableHeader
from objclass.engine.graph import Graph
from objclass.engine.node import Part
from objclass.engine.role import PartRole
from objclass.nodes.classifier.normalized import SCALES
from objclass.nodes.tables import table_reads


def with_all_columns(graph: Graph, classifier: str, table: TableHeader) -> Graph:
    """Return a graph that says of every column of a table where its groups lie.

    Columns are scaled one by one, so that those which the workflow uses stay what they are.

    Parameters
    ----------
    graph
        Of a workflow whose classifier normalises.
    classifier
        That node.
    table
        What it may learn from.
    """
    names = [column.name for column in table.columns]
    reads = table_reads(table, table.columns)
    made: dict[int, Part] = {}  # one part that joins all images stays one

    def widened(part: Part) -> Part:
        is_first = part.role is PartRole.VALUES
        if not is_first and part.role is not PartRole.SCALE and part.name != SCALES:
            return part
        if id(part) not in made:
            said = {**part.parameters, "use": names}
            made[id(part)] = replace(part, parameters=said, reads=reads if is_first else part.reads)
        return made[id(part)]

    parts = {i: tuple(map(widened, each)) for i, each in graph.parts[classifier].items()}
    return replace(graph, parts={**graph.parts, classifier: parts})
