"""The graph of a report: what it needs of a workflow, and nothing that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from objclass.curation.label_image_reader import NAME, LabelImageReaderNode, look_part
from objclass.data.dataclass import dataclass
from objclass.engine.graph import Graph
from objclass.engine.node import Part
from objclass.engine.role import PartRole
from objclass.nodes.export.counts import CountsLayout
from objclass.preview.target import PreviewTarget, target_of


@dataclass(frozen=True)
class ReportTargets:
    """What a report is about: what is drawn, all that predict, and all that learned."""

    shown: PreviewTarget
    predicting: tuple[str, ...]
    learning: tuple[str, ...]


def targets_of(graph: Graph) -> ReportTargets:
    """Return what there is to tell of a workflow."""
    predicting = tuple(n for n in graph.order if graph.nodes[n].predicts is not None)
    learning = tuple(n for n in graph.order if _learns(graph, n))
    return ReportTargets(target_of(graph, None), predicting, learning)


def _learns(graph: Graph, name: str) -> bool:
    learned = graph.nodes[name].learns
    return learned is not None and bool(learned.annotations)


def report_graph(graph: Graph, targets: ReportTargets) -> Graph:
    """Return a graph that makes the predictions, assesses the classifiers and reads the objects.

    Of the files that a workflow writes, only counts that an audit corrects are written.
    """
    looks = {i.name: (look_part(graph, targets.shown.objects, i.name),) for i in graph.images}
    counting = {n: dict(_audited(graph, n)) for n in graph.order}
    counting = {name: parts for name, parts in counting.items() if parts}
    parts = {
        name: {image: tuple(map(_assessed, each)) for image, each in by_image.items()}
        for name, by_image in graph.parts.items()
    }
    for name, audited in counting.items():
        parts[name] = {
            image: tuple(replace(part, asked=part.name in audited) for part in each)
            for image, each in parts[name].items()
        }
    wanted = {NAME, targets.shown.node, *targets.predicting, *targets.learning, *counting}
    return replace(
        graph,
        nodes={**graph.nodes, NAME: LabelImageReaderNode(kind="looking")},
        order=(*graph.order, NAME),
        parts={**parts, NAME: looks},
        wanted=frozenset(wanted),
    )


def _assessed(part: Part) -> Part:
    """Return a part; that which tells everything of a classifier is asked for."""
    return replace(part, asked=True) if part.role is PartRole.ASSESSMENT else part


def _audited(graph: Graph, name: str) -> Iterator[tuple[str, Part]]:
    """Yield the tables of counts that an audit corrects."""
    parts: Sequence[Part] = next(iter(graph.parts[name].values()), ())
    for part in parts:
        layout = part.held_if(CountsLayout)
        if layout is not None and layout.audit is not None:
            yield part.name, part
