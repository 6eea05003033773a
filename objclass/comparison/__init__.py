"""ilastik's blocks beside the whole image: which objects get another class, for which halo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from objclass.comparison.agreement import FrameAgreement, agreement
from objclass.curation.annotated_objects import loaded
from objclass.curation.png import write_picture
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import ObjectTable, Prediction, PredictionHeader, code_names
from objclass.engine.node import Node
from objclass.engine.outcome import StepOutcome
from objclass.errors import InputError, Problem, RunError
from objclass.measure.batches import halo_of
from objclass.measure.family import Family
from objclass.nodes.blockwise import BlockwiseNode
from objclass.nodes.export import ExportNode
from objclass.nodes.families import FamilyPart
from objclass.nodes.halo import rows_of
from objclass.nodes.piece_table import FEATURES, MeasuredFamilies
from objclass.nodes.predict import PredictionFields
from objclass.preview import check_suffix
from objclass.preview.frame import chosen_plane, frame_of
from objclass.preview.target import target_of
from objclass.run import Job, Request, assemble, prepare, problems_of
from objclass.schema.space import AxisValues

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Voxels = int | AxisValues
FrameKey = tuple[str | None, int | None]
"""Image and time point."""
MOST = 0.99
"""Share of the objects whose extent is told beside the largest."""


@dataclass(frozen=True)
class BlockAgreement:
    """What blocks of one size make of the objects of the whole image.

    Parameters
    ----------
    block, halo
        In voxels per axis, no longer than the image.
    objects, voxels
        Of the whole image, over all images and frames.
    objects_agree, voxels_agree
        Those with the class of the whole image; an object agrees with all its voxels.
    cut
        Objects that lie in several blocks.
    in_two_classes
        Objects of which two pieces have different classes.
    changes
        ``(class of the whole object, class of a piece, objects)``, the most frequent first.
    """

    block: Mapping[str, int]
    halo: Mapping[str, int]
    objects: int
    objects_agree: int
    voxels: int
    voxels_agree: int
    cut: int
    in_two_classes: int
    changes: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Comparison:
    """Several sizes of blocks beside the whole image.

    Parameters
    ----------
    node
        The predictions that are compared.
    sizes
        One for every block and halo.
    largest, most
        Extent of the longest object per axis, and the one that 99 % of the objects have at most.
    around
        Voxels around an object that some feature looks at, per axis.
    recommended
        The halo that shows every object whole, with what is looked at around it.
    by_place
        Features that the classifier uses and that go by the place of an object or by the whole
        image: no halo makes them equal.
    picture, shown
        Where the picture lies, and what it shows; None without one.
    """

    node: str
    sizes: tuple[BlockAgreement, ...]
    largest: Mapping[str, int]
    most: Mapping[str, int]
    around: Mapping[str, int]
    recommended: Mapping[str, int]
    by_place: tuple[str, ...]
    picture: Path | None = None
    shown: str = ""


@dataclass(frozen=True)
class _Trial:
    """A run of the whole image and of blocks of several sizes, in one graph."""

    job: Job
    exact: str
    by_size: tuple[str, ...]
    outcomes: tuple[StepOutcome, ...]

    def made(self, node: str, part: str) -> dict[FrameKey, StepOutcome]:
        """Return what became of a part, by image and frame."""
        return {
            (o.step.image, o.step.t): o
            for o in self.outcomes
            if (o.step.node, o.step.part.name) == (node, part) and o.known is not None
        }

    def load(self, outcome: StepOutcome) -> object:
        """Return what a step made."""
        assert outcome.known is not None
        return self.job.store.load(outcome.known.artifact, outcome.step.part.header)

    def predictions(self, node: str) -> dict[FrameKey, Prediction]:
        """Return the predictions of a node by image and frame."""
        made = self.made(node, "predictions")
        return {key: cast(Prediction, self.load(outcome)) for key, outcome in made.items()}

    def tables(self, node: str) -> dict[FrameKey, ObjectTable]:
        """Return what is measured of pieces, by image and frame."""
        made = self.made(node, FEATURES)
        return {key: cast(ObjectTable, self.load(outcome)) for key, outcome in made.items()}

    @property
    def header(self) -> PredictionHeader:
        """The header of the predictions of whole objects."""
        image = self.job.graph.images[0].name
        found = self.job.graph.part(self.exact, "predictions", image).header
        assert isinstance(found, PredictionHeader)
        return found

    def labels(self) -> dict[FrameKey, LabelImage]:
        """Return the objects by image and frame."""
        wire = self.header.objects
        made = self.made(wire.node, wire.part or "")
        return {
            key: loaded(self.job, outcome.step, outcome.known)
            for key, outcome in made.items()
            if outcome.known is not None
        }


def compare(
    path: Path,
    request: Request,
    sizes: Sequence[tuple[Voxels, Voxels]],
    node: str | None = None,
    output: Path | None = None,
) -> Comparison:
    """Predict on the whole image and by ilastik's blocks, and compare.

    Parameters
    ----------
    path, request
        The workflow; what is cached is not computed again, and nothing is exported.
    sizes
        Block and halo in voxels, one number or per axis.
    node
        The predictions to compare; by default the last.
    output
        Where to draw the objects that differ.

    Raises
    ------
    InputError
        For sizes that do not fit the image, and workflows that predict nothing.
    RunError
        Where the predictions cannot be made.
    """
    check_suffix(output)
    trial = _try(path, request, sizes, node)
    exact, labels = trial.predictions(trial.exact), trial.labels()
    found = {}
    for name in trial.by_size:
        tables, pieces = trial.tables(name), trial.predictions(name)
        found[name] = {
            key: agreement(
                labels[key].index.ids, labels[key].index.size, exact[key].code,
                tables[key].columns, each.code,
            )
            for key, each in pieces.items()
        }  # fmt: skip
    told = tuple(_summed(trial, name, list(frames.values())) for name, frames in found.items())
    made = _recommend(trial, list(labels.values()), told)
    return _with_picture(trial, made, list(found.values()), output) if output else made


def _try(
    path: Path, request: Request, sizes: Sequence[tuple[Voxels, Voxels]], node: str | None
) -> _Trial:
    """Run the predictions of a workflow whole, and by blocks of every size."""
    first = prepare(path, request)
    nodes = cast("Mapping[str, Node]", first.workflow.nodes)
    name = target_of(first.graph, node).node
    predicting = nodes.get(name)
    if not isinstance(predicting, PredictionFields):
        what = f"'{name}' predicts nothing" if node else "the workflow predicts nothing"
        raise InputError(Problem(what, fix="add a predict node, or name one with --node"))
    made: dict[str, Node] = {n: e for n, e in nodes.items() if not isinstance(e, ExportNode)}
    fields = {n: getattr(predicting, n) for n in PredictionFields.model_fields if n != "kind"}
    made[name] = BlockwiseNode(kind="blockwise", **fields)
    by_size = []
    for block, halo in sizes:
        by_size.append(f"{name} with block {_said(block)}, halo {_said(halo)}")
        made[by_size[-1]] = BlockwiseNode(
            kind="blockwise", block=block, halo=halo, mode="halo", **fields
        )
    job = _assembled(first, made, request)
    wanted = frozenset([name, *by_size])
    job = replace(job, graph=replace(job.graph, wanted=wanted))
    outcomes = job.run()
    trial = _Trial(job, name, tuple(by_size), outcomes)
    if not all(trial.made(each, "predictions") for each in wanted):
        raise RunError(*problems_of(outcomes) or [Problem(f"{name} cannot be made", fix=RUN)])
    return trial


RUN = "objclass run says why"


def _assembled(first: Job, nodes: Mapping[str, Node], request: Request) -> Job:
    """Return the job of these nodes; what is wrong with a size is an option's, not a line's."""
    images = first.graph.images
    try:
        return assemble(first.workflow, first.folder, nodes, images, first.store, request)
    except InputError as error:
        raise InputError(*(_of_option(problem) for problem in error.problems)) from None


def _of_option(problem: Problem) -> Problem:
    name = problem.node or ""
    _, sized, size = name.partition(" with ")
    if not sized:
        return problem
    what = f"{size}: {problem.what}"
    return replace(problem.without_asides(), what=what, node=None)


def _said(value: Voxels) -> str:
    """Return a size in words: ``z 4 y 16 x 16``."""
    return in_words(value.written() if isinstance(value, AxisValues) else {"": value})


def in_words(size: Mapping[str, float]) -> str:
    """Return a size per axis in words: ``z 4 y 16 x 16``."""
    return " ".join(f"{axis} {n:g}".strip() for axis, n in size.items())


def _summed(trial: _Trial, name: str, frames: Sequence[FrameAgreement]) -> BlockAgreement:
    sizes = trial.job.graph.part(name, "pieces", trial.job.graph.images[0].name).parameters
    changes: Counter[tuple[int, int]] = Counter()
    for frame in frames:
        changes.update(frame.changes)
    names = code_names(trial.header.classes)
    objects = sum(len(frame.sizes) for frame in frames)
    voxels = sum(int(frame.sizes.sum()) for frame in frames)
    return BlockAgreement(
        sizes["block"],
        sizes["halo"],
        objects,
        objects - sum(int(frame.differs.sum()) for frame in frames),
        voxels,
        voxels - sum(frame.voxels_differ for frame in frames),
        sum(frame.cut for frame in frames),
        sum(frame.in_two_classes for frame in frames),
        tuple((names[a - 1], names[b - 1], n) for (a, b), n in changes.most_common()),
    )


def _recommend(
    trial: _Trial, labels: Sequence[LabelImage], sizes: tuple[BlockAgreement, ...]
) -> Comparison:
    """Return the comparison with the halo that the extents of the objects ask for."""
    import numpy as np

    grid = labels[0].header.grid
    extents = np.concatenate([each.index.stop - each.index.start for each in labels])
    extents = extents if len(extents) else np.zeros((1, grid.dimensions), np.int64)
    around = _looked_at(trial, grid.dimensions)
    largest = extents.max(axis=0)
    most = np.quantile(extents, MOST, axis=0, method="inverted_cdf")
    shape = np.max([each.header.grid.shape for each in labels], axis=0)
    halo = np.minimum(largest + around, shape)
    longest, usual, rings, recommended = (
        {axis: int(n) for axis, n in zip(grid.spatial, values, strict=True)}
        for values in (largest, most, around, halo)
    )
    by_place = tuple(_go_by_place(trial))
    return Comparison(trial.exact, sizes, longest, usual, rings, recommended, by_place)


def _families(trial: _Trial) -> Iterator[FamilyPart]:
    """Yield the families that the classifier uses."""
    part = trial.job.graph.part(trial.by_size[0], FEATURES, trial.job.graph.images[0].name)
    yield from (each.held(FamilyPart) for each in part.held(MeasuredFamilies).parts)


def _looked_at(trial: _Trial, dimensions: int) -> tuple[int, ...]:
    """Return how far around an object some feature looks, per axis."""
    alone = [(f.family, f.setting) for f in _families(trial) if isinstance(f.family, Family)]
    return halo_of(alone) if alone else (0,) * dimensions


def _go_by_place(trial: _Trial) -> Iterator[str]:
    """Yield the features that are not those of the object alone, each once."""
    table = trial.job.graph.part(trial.by_size[0], FEATURES, trial.job.graph.images[0].name).header
    columns = {c.name: c for f in _families(trial) for c in f.columns}
    tables = {c.name for f in _families(trial) if not isinstance(f.family, Family)
              for c in f.columns}  # fmt: skip
    used = [columns[c.name] for c in getattr(table, "columns", ()) if c.name in columns]
    yield from dict.fromkeys(
        c.feature for c in used if c.group == "location" or c.image_wide or c.name in tables
    )


def _with_picture(
    trial: _Trial,
    made: Comparison,
    found: Sequence[Mapping[FrameKey, FrameAgreement]],
    output: Path,
) -> Comparison:
    """Draw the frame with most objects that differ, of the size with most of them."""
    import numpy as np

    from objclass.preview.picture import Style, draw, window_of

    counts = [sum(int(f.differs.sum()) for f in frames.values()) for frames in found]
    worst = counts.index(max(counts))
    key = max(found[worst], key=lambda each: int(found[worst][each].differs.sum()))
    image, t = key
    target = target_of(trial.job.graph, trial.exact)
    frame = frame_of(trial.job, target, str(image), t, trial.outcomes)
    rows = np.flatnonzero(found[worst][key].differs)
    only = rows_of(frame.index, rows)
    read = frame.labels.source

    def differing(region: Region) -> NDArray[np.generic]:
        ids = read(region)
        return np.where(np.isin(ids, only.ids), ids, 0)

    labels = LabelImage(frame.labels.header, differing, lambda: only)
    whole = frame.prediction
    assert whole is not None
    some = Prediction(
        whole.ids[rows], whole.code[rows], whole.probability[rows], whole.uncertainty[rows]
    )
    shown = replace(frame, labels=labels, prediction=some, annotated=())
    plane = chosen_plane(labels, None)
    size = made.sizes[worst]
    title = f"{len(rows)} objects differ: block {in_words(size.block)}, halo {in_words(size.halo)}"
    picture = draw(shown, plane, window_of(labels, plane, None), Style(), title)
    return replace(made, picture=write_picture(output, picture), shown=title)
