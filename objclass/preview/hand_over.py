"""Hands a frame of a workflow over to a viewer, and takes the points of a person back."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from objclass.curation.annotated_objects import frame_names
from objclass.curation.importing import AnnotationImport, import_annotations
from objclass.curation.label_image_reader import ending_at, objects_of
from objclass.data.axes import SPATIAL
from objclass.data.dataclass import dataclass
from objclass.engine.graph import Graph
from objclass.errors import InputError, Problem, list_some
from objclass.preview.frame import chosen_frame, chosen_image, frame_of
from objclass.preview.layers import LayerData, PlacedPoint, ViewedLayer, layers_of, points_of
from objclass.preview.target import PreviewTarget, target_of
from objclass.run import Request, prepare


@dataclass(frozen=True)
class ViewerRequest:
    """What a person wants to see: whose objects, which image, which frame; see PictureRequest."""

    node: str | None = None
    image: str | None = None
    frame: int | None = None


@dataclass(frozen=True)
class HandedOver:
    """One frame as layers, and where points on it belong.

    Parameters
    ----------
    workflow
        Its file.
    request
        As it was asked for.
    layers
        What is shown.
    classifier
        Whose annotations the points are; None where nothing learns from these objects.
    image, t
        Which frame, in the uncropped image; `t` is None without time.
    note
        Why there are no predictions, though the node predicts.
    """

    workflow: Path
    request: Request
    layers: tuple[LayerData, ...]
    classifier: str | None
    image: str
    t: int | None = None
    note: str = ""


def hand_over(path: Path, request: Request, wanted: ViewerRequest) -> HandedOver:
    """Make a frame as far as it can be made, and return it as layers.

    Raises
    ------
    InputError
        For a node, image or frame that does not exist, and where it is not clear which
        classifier new points would be annotations of.
    RunError
        Where the objects cannot be made.
    """
    job = prepare(path, request)
    target = target_of(job.graph, wanted.node)
    classifier = _classifier(job.graph, target)
    image = chosen_image(job.graph, wanted.image)
    names = frame_names(job.graph).get(image, ())
    frame = chosen_frame(job.graph, target, image, wanted.frame, names)
    part_of = replace(job, graph=ending_at(job.graph, target.wires, image, frame))
    found = frame_of(part_of, target, image, frame, part_of.run())
    layers = layers_of(found, target.objects.node)
    return HandedOver(path, request, layers, classifier, image, found.t, found.note)


def _classifier(graph: Graph, target: PreviewTarget) -> str | None:
    """Return the classifier that learns from annotations of the objects."""
    learning = [
        name
        for name, node in graph.nodes.items()
        if node.learns and objects_of(graph, name) == target.objects
    ]
    if target.node in learning or len(learning) < 2:
        return target.node if target.node in learning else next(iter(learning), None)
    fix = f"add for example --node {learning[0]}"
    what = "which classifier are new points annotations of?"
    raise InputError(Problem(what, expected=list_some(learning), fix=fix))


def bring_back(shown: HandedOver, layers: Iterable[ViewedLayer]) -> AnnotationImport | None:
    """Find the objects that the points of layers are about; writes nothing.

    Parameters
    ----------
    shown
        What :func:`hand_over` returned.
    layers
        The layers as a person has left them; those without a class are passed over.

    Returns
    -------
    AnnotationImport or None
        What became of every point, those that were there before included; None where there is
        no point, or no classifier.
    """
    points = points_of(layers)
    if not points or shown.classifier is None:
        return None
    with TemporaryDirectory() as folder:
        table = Path(folder, "points.csv")
        table.write_text(points_table(points, shown.image, shown.t), encoding="utf-8")
        return import_annotations(
            shown.workflow, [table], request=shown.request, node=shown.classifier
        )


def points_table(points: Iterable[PlacedPoint], image: str, t: int | None) -> str:
    """Return points as the text of an annotation table."""
    points = tuple(points)
    axes = SPATIAL[-len(points[0].voxel) :] if points else "yx"
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    when = [] if t is None else [t]
    writer.writerow(["image", *(["t"] if when else []), *axes, "class"])
    writer.writerows([image, *when, *point.voxel, point.class_] for point in points)
    return text.getvalue()
