"""What a project means: everything a run learned, in one file that other images can use."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from objclass.data.contract import InputContract, contract_of
from objclass.data.dataclass import dataclass
from objclass.data.digest import canonical_json, of_bytes, of_value
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.model import ModelHeader
from objclass.data.objects import FilesHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look, Unknown
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole
from objclass.engine.summary import Summary
from objclass.errors import ObjclassError
from objclass.io.address import check_written
from objclass.nodes.annotated import TrainingAnnotations
from objclass.nodes.classifier.summary import ExampleSummary, MatchSummary
from objclass.nodes.probed import probe_in
from objclass.nodes.projection import projection_in
from objclass.schema.fields import WireField
from objclass.schema.workflow import Workflow

if TYPE_CHECKING:
    from objclass.classification.projection import PrincipalAxes
    from objclass.data.model import Model
    from objclass.data.network_probe import NetworkProbe
    from objclass.io.project.contents import (
        ExampleRows,
        TrainedClassifier,
    )

NAME = "project"
SUFFIX = ".objclass.h5"
ONE = (PartRole.MODEL, PartRole.EVALUATION, PartRole.CALIBRATION, PartRole.ASSESSMENT)
"""Parts of a classifier that all images share."""
PROBE_OF = f"{PartRole.PROBE.value}:"
AXES_OF = f"{PartRole.PROJECTION.value}:"
"""Reads of the axes of embeddings are called ``projection:emb``."""
OUTSIDE = ("path",)
"""Fields that enter recipes by what they name, not as they are written."""


def project_path(workflow: Workflow, folder: Path) -> Path:
    """Return where the project of a workflow is written."""
    if workflow.project:
        check_written(workflow.project)
    return folder / (workflow.project or f"{workflow.file.stem}{SUFFIX}")


def with_project(workflow: Workflow, nodes: Mapping[str, Node], folder: Path) -> Mapping[str, Node]:
    """Return the nodes and one more that writes the project, where anything is learned."""
    learning = [
        n for n, node in nodes.items() if node.learns is not None and node.learns.annotations
    ]
    if not learning or NAME in nodes:
        return nodes
    wires = tuple(Wire(name) for name in learning)
    node = ProjectNode(kind="project", classifiers=wires)
    node._workflow = workflow
    node._path = project_path(workflow, folder)
    return {**nodes, NAME: node}


def used_in(project: Path, file: Path) -> dict[str, Any] | None:
    """Return with which images an annotation file was used, as far as a project says it.

    Its examples name images and places, not the voxels of whole images.
    """
    if not project.is_file():
        return None
    from objclass.io.project import read

    try:
        found = read(project)
    except (ObjclassError, OSError):  # not a project of ours, or a damaged one
        return None
    names = {os.path.realpath(project.parent / each.name) for each in found.annotations}
    if os.path.realpath(file) not in names:
        return None
    rows: dict[str, str] = {}
    for trained in found.classifiers.values():
        given = trained.examples
        for image, t, (z, y, x) in zip(
            given.image, given.t.tolist(), given.position.tolist(), strict=True
        ):
            rows[f"{max(0, t)},{z},{y},{x}"] = image
    return {"images": {}, "rows": rows}


@dataclass(frozen=True)
class ProjectFacts:
    """What a project holds beside what it reads: held by its part.

    Parameters
    ----------
    contracts
        Input to what its files are like.
    headers
        What was known before training, classifier by classifier.
    files
        The annotation files, as the workflow names them, each with its text when it was read.
    plugins
        The plugin files, each with the bytes that run.
    """

    contracts: Mapping[str, InputContract]
    headers: tuple[ModelHeader, ...]
    files: tuple[tuple[str, str], ...]
    plugins: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class ProjectSummary(Summary):
    """Classifier to the digest of its model."""

    kind: ClassVar[str] = "project"

    models: Mapping[str, str]


class ProjectNode(Node):
    """Writes the project file; added to every workflow that trains a classifier."""

    version: ClassVar[int] = 2
    kind: Literal["project"]
    classifiers: tuple[WireField, ...]

    _workflow: Workflow
    _path: Path

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the one part, which joins every classifier and image."""
        return (look.once("file", lambda: self._part(look)),)

    def _part(self, look: Look) -> Part:
        nodes = {name: node for name, node in look.nodes.items() if name != look.name}
        reads: list[Read] = []
        files: list[str] = []
        for wire in self.classifiers:
            training = _model(look, wire.node).held_if(TrainingAnnotations)
            files += training.files.files if training else ()
            reads += _reads(look, wire.node, _left_out(nodes, wire.node))
        projected = [name for name in nodes if look.of_role(name, PartRole.PROJECTION)]
        reads += [_axes(look, name) for name in projected]
        reads += _probes(look, nodes)
        contracts = {name: contract(look, name) for name, node in nodes.items() if node.reads_image}
        parameters: dict[str, Any] = {
            "nodes": effective(nodes),
            "classifiers": [wire.node for wire in self.classifiers],
            "compatibility": look.settings.compatibility,
        }
        if self._workflow.title:
            parameters["title"] = self._workflow.title
        if self._workflow.plugins:
            digests = {added.digest for added in look.settings.families.values()}
            parameters["plugins"] = {CONTENT: of_value(sorted(digests))}
        headers = [_header(look, wire.node) for wire in self.classifiers]
        colors = [header.colors for header in headers]
        return Part(
            "file",
            FilesHeader("project", str(self._path)),
            {**parameters, "colors": [list(c) for c in colors]},
            tuple(reads),
            joins=frozenset({"image", "t"}),
            version=self.version,
            output=self._path,
            tells=ProjectSummary,
            payload=self._facts(look, contracts, headers, files),
        )

    def _facts(
        self,
        look: Look,
        contracts: Mapping[str, InputContract],
        headers: Sequence[ModelHeader],
        files: Sequence[str],
    ) -> ProjectFacts:
        """Return what the project says of files that people edit, as they are when a run begins."""
        texts = annotation_texts(self._workflow.file.parent, dict.fromkeys(files))
        sources = {f.source.path: f.source for f in look.settings.families.values() if f.source}
        paths = ((name, self._workflow.resolve(name)) for name in self._workflow.plugins)
        plugins = ((name, sources[path].content) for name, path in paths if path in sources)
        return ProjectFacts(contracts, tuple(headers), tuple(texts), tuple(plugins))

    def compute(self, part: Part, view: View) -> Made:
        """Write the file."""
        from objclass.io.project.contents import (
            AnnotationTable,
            Plugin,
            ProjectFile,
            model_digest,
            provenance,
        )
        from objclass.io.project.writing import write

        facts = part.held(ProjectFacts)
        names = part.parameters["classifiers"]
        trained = {
            name: trained_classifier(view, name, header)
            for name, header in zip(names, facts.headers, strict=True)
        }
        project = ProjectFile(
            workflow=self._workflow.text,
            parameters=canonical_json(part.parameters),
            annotations=tuple(AnnotationTable(name, text) for name, text in facts.files),
            classifiers=trained,
            inputs=facts.contracts,
            plugins=tuple(
                Plugin(name, of_bytes(data), data.decode("utf-8", errors="replace"))
                for name, data in facts.plugins
            ),
            provenance=provenance(),
            projections=projections_of(view),
            probes=probes_of(view),
        )
        write(self._path, project)
        digests = {name: model_digest(each.model) for name, each in trained.items()}
        return Made(summary=ProjectSummary(digests))


def _left_out(nodes: Mapping[str, Node], classifier: str) -> frozenset[PartRole]:
    """Return what is not taken of a classifier, since nobody asks for it and it costs."""
    left = set()
    if not _has_sets(nodes, classifier):
        left.add(PartRole.CALIBRATION)
    if not _is_assessed(nodes, classifier):
        left.add(PartRole.ASSESSMENT)
    return frozenset(left)


def _is_assessed(nodes: Mapping[str, Node], classifier: str) -> bool:
    """Return True where somebody writes everything that can be said of a classifier."""
    written = (node.assesses for node in nodes.values())
    found = (nodes[wire.node].predicts for wire in written if wire and wire.node in nodes)
    return any(p and p.classifier.node == classifier for p in found)


def _has_sets(nodes: Mapping[str, Node], classifier: str) -> bool:
    """Return True where somebody predicts sets of classes with a classifier."""
    found = (node.predicts for node in nodes.values())
    return any(p and p.coverage is not None and p.classifier.node == classifier for p in found)


def _reads(look: Look, classifier: str, left_out: frozenset[PartRole]) -> Iterator[Read]:
    """Yield what the project takes of a classifier."""
    for role in (*ONE, PartRole.EXAMPLES, PartRole.MATCHES, PartRole.RANGES):
        part = look.of_role(classifier, role)
        if part is not None and role not in left_out:
            wire = Wire(classifier, part.name)
            yield Read(f"{role.value}:{classifier}", wire, as_set=role not in ONE)


def _axes(look: Look, embedding: str) -> Read:
    """Return what the project takes of an embedding: the axes along which it is kept."""
    part = look.of_role(embedding, PartRole.PROJECTION)
    assert part is not None
    return Read(f"{AXES_OF}{embedding}", Wire(embedding, part.name))


def _probes(look: Look, nodes: Iterable[str]) -> Iterator[Read]:
    """Yield what the project takes of networks: how they answer on this machine."""
    for name in nodes:
        part = look.of_role(name, PartRole.PROBE)
        if part is not None:
            yield Read(f"{PROBE_OF}{name}", Wire(name, part.name))


def _model(look: Look, classifier: str) -> Part:
    """Return the part that learns."""
    part = look.of_role(classifier, PartRole.MODEL)
    if part is None:
        raise Unknown(f"{classifier} has problems of its own")
    return part


def _header(look: Look, classifier: str) -> ModelHeader:
    header = _model(look, classifier).header
    assert isinstance(header, ModelHeader)
    return header


def effective(nodes: Mapping[str, Node]) -> dict[str, Any]:
    """Return every node with defaults written out, without what never changes a result."""
    return {name: _plain(node) for name, node in nodes.items()}


def _plain(node: Node) -> dict[str, Any]:
    outside = {*node.outside_recipe, *OUTSIDE}
    return node.model_dump(mode="json", by_alias=True, exclude=outside)


def contract(look: Look, name: str) -> InputContract:
    """Return what the files of an input are like."""
    part = look.of_role(name, PartRole.IMAGE)
    if part is None:
        raise Unknown(f"{name} has problems of its own")
    assert isinstance(part.header, ImageHeader | LabelHeader)
    return contract_of(part.header)


def trained_classifier(view: View, name: str, header: ModelHeader) -> TrainedClassifier:
    """Return one classifier with its examples and scores; `header` names all columns given."""
    from objclass.io.project.contents import ASSESSMENT, TrainedClassifier

    model: Model = view.one(f"model:{name}")
    facts = {
        **view.one(f"evaluation:{name}").facts,
        "annotations": annotations_used(view, name),
        "training_range": training_range(view, name, model, header.columns),
    }
    assessed = f"{PartRole.ASSESSMENT.value}:{name}"
    if view.given.get(assessed):
        every = view.one(assessed).facts  # what is in `evaluation` stands beside it already
        facts[ASSESSMENT] = {key: fact for key, fact in every.items() if key != "evaluation"}
    kept = f"{PartRole.CALIBRATION.value}:{name}"
    facts |= {"calibration": view.one(kept).facts} if view.given.get(kept) else {}
    rows = example_rows(view, name, model, header.columns)
    return TrainedClassifier(model, header.colors, rows, facts, header.uncounted)


def projections_of(view: View) -> dict[str, PrincipalAxes]:
    """Return the axes of every embedding of which few components are kept."""
    names = [name for name in view.given if name.startswith(AXES_OF)]
    return {name.removeprefix(AXES_OF): projection_in(view.one(name)) for name in names}


def probes_of(view: View) -> dict[str, NetworkProbe]:
    """Return what every network says of drawn windows."""
    names = [name for name in view.given if name.startswith(PROBE_OF)]
    return {name.removeprefix(PROBE_OF): probe_in(view.one(name)) for name in names}


def training_range(view: View, name: str, model: Model, columns: Sequence[str]) -> dict[str, Any]:
    """Return where the objects of all images that were learned from lie, column by column."""
    from objclass.classification.shift import join

    given = [each.load() for each in view.all(f"ranges:{name}") if each.artifact.subtrees]
    images = [(record.facts["objects"], record.arrays["quantiles"]) for record in given]
    found = join(images, columns)
    known: Mapping[str, Any] = found["columns"]
    return {**found, "columns": {n: known[n] for n in model.columns if n in known}}


def annotations_used(view: View, name: str) -> dict[str, int]:
    """Return how many annotations asked for an object, and on how many objects it learned."""
    from objclass.annotations.summary import ASKING

    given = view.all(f"matches:{name}")
    statuses = [status for each in given for status in each.told(MatchSummary).statuses]
    used = sum(each.told(ExampleSummary).examples for each in view.all(f"examples:{name}"))
    return {"asked": sum(status in ASKING for status in statuses), "used": used}


def example_rows(view: View, name: str, model: Model, columns: Sequence[str]) -> ExampleRows:
    """Return the rows a model learned from, in the order it saw them."""
    import numpy as np

    from objclass.io.project.contents import ExampleRows
    from objclass.nodes.classifier.learning import joined_rows

    rows = joined_rows(view.all(f"examples:{name}"), columns)
    return ExampleRows(
        X=rows.examples.only(model.columns).X,
        y=rows.examples.y.astype(np.int32),
        image=rows.image,
        t=np.ascontiguousarray(rows.position[:, 0]),
        position=np.ascontiguousarray(rows.position[:, 1:]),
        stamp=rows.stamp.astype("S11"),
    )


def annotation_texts(folder: Path, files: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the annotation files of the classifiers, verbatim; those that are no text are empty."""
    for name in files:
        path = folder / name
        if path.is_file():
            text = path.suffix != ".parquet"
            yield name, path.read_text(encoding="utf-8-sig", errors="replace") if text else ""
