"""What a node stands for when somebody wants to look at it."""

from __future__ import annotations

from objclass.curation.label_image_reader import objects_of
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader
from objclass.data.objects import PredictionHeader, TableHeader
from objclass.data.wire import Wire
from objclass.engine.graph import Graph
from objclass.errors import InputError, Problem, list_some, nearest


@dataclass(frozen=True)
class PreviewTarget:
    """A label image and, where the node predicts, its predictions.

    Parameters
    ----------
    node
        The node that was named.
    objects, prediction
        Where they are made.
    """

    node: str
    objects: Wire
    prediction: Wire | None = None

    @property
    def wires(self) -> tuple[Wire, ...]:
        """What must be made for a picture; objects first."""
        return (self.objects, *([self.prediction] if self.prediction else []))


def target_of(graph: Graph, name: str | None) -> PreviewTarget:
    """Return what to look at; without a name the last predictions, else the last objects.

    Raises
    ------
    InputError
        For a node that does not exist, or that says nothing of objects.
    """
    found = {node: each for node in graph.order if (each := stands_for(graph, node))}
    if name is None:
        best = [each for each in found.values() if each.prediction] or list(found.values())
        if best:
            return best[-1]
        raise InputError(Problem("no node of the workflow makes objects"))
    if name in found:
        return found[name]
    close = nearest(name, found)
    what = "it makes no objects" if name in graph.nodes else "there is no such node"
    fix = f"did you mean {close}?" if close else None
    raise InputError(Problem(f"--node {name}: {what}", expected=list_some(found), fix=fix))


def stands_for(graph: Graph, name: str) -> PreviewTarget | None:
    """Return the target of a node, None where it says nothing of objects."""
    if graph.nodes[name].learns is not None:
        return PreviewTarget(name, objects_of(graph, name))
    parts = next(iter(graph.parts[name].values()), ())
    main = graph.nodes[name].main
    for part in sorted(parts, key=lambda each: each.name != main):
        if isinstance(part.header, PredictionHeader):
            return PreviewTarget(name, part.header.objects, Wire(name, part.name))
        if isinstance(part.header, LabelHeader):
            return PreviewTarget(name, Wire(name, part.name))
        if isinstance(part.header, TableHeader):
            return PreviewTarget(name, part.header.objects)
    return None
