"""Gathers what there is to tell of a workflow; what is cached is not computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from objclass.annotations.matches import USED
from objclass.curation.annotated_objects import whole
from objclass.curation.label_image_reader import NAME, objects_of
from objclass.data.dataclass import dataclass
from objclass.data.model import ModelHeader
from objclass.data.objects import TableHeader
from objclass.data.wire import Wire
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.errors import Problem, RunError
from objclass.lineage.sources import provenance_of
from objclass.nodes.annotated import ImageAnnotations
from objclass.nodes.classifier.summary import MatchSummary
from objclass.nodes.counted import ObjectSummary
from objclass.nodes.export.corrected import CountsWritten
from objclass.nodes.predict import PredictionSummary
from objclass.preview.target import PreviewTarget
from objclass.report.shift import shifts
from objclass.report_page.asking import ReportTargets, report_graph, targets_of
from objclass.report_page.choice import MOST
from objclass.report_page.content import (
    ClassifierFacts,
    CutOutGallery,
    ObjectCounts,
    PagePicture,
    ReportContent,
    Table,
)
from objclass.report_page.gallery_pool import MISTAKEN, TYPICAL, UNCERTAIN, GalleryPool
from objclass.report_page.heat_maps import controls_of, plates_of
from objclass.report_page.overview import MOST as MOST_IMAGES
from objclass.report_page.overview import SIDE, SMALL_SIDE, draw_overview
from objclass.report_page.predicted import Place, PredictedObjects, predictions_of
from objclass.report_page.spread import main_columns, spreads
from objclass.report_page.tiles import FrameShelf, WantedTile
from objclass.results import named_controls
from objclass.run import Job, Request, prepare, problems_of
from objclass.scoring.workflow import assessments

LISTED = 50
"""Rows of annotations without use that are listed."""


@dataclass(frozen=True)
class ReportRun:
    """What a run made for a report."""

    job: Job
    outcomes: tuple[StepOutcome, ...]
    targets: ReportTargets
    shelf: FrameShelf


def workflow_content(path: Path, request: Request) -> ReportContent:
    """Return everything there is to tell of a workflow; what is not cached is made first.

    Raises
    ------
    InputError
        Where the workflow has mistakes.
    RunError
        Where its objects cannot be made.
    """
    job = prepare(path, request)
    targets = targets_of(job.graph)
    job = replace(job, graph=report_graph(job.graph, targets))
    outcomes = job.run()
    run = ReportRun(job, outcomes, targets, FrameShelf(job, outcomes))
    return whole(job.store, lambda: _content(run))


def _content(run: ReportRun) -> ReportContent:
    job = run.job
    found = predictions_of(run.outcomes, run.targets.predicting)
    counts = _counts(run, found)
    if not any(objects is not None for each in counts for _, objects, _ in each.rows):
        problems = problems_of(run.outcomes)
        raise RunError(*problems or [Problem("no image has objects to report on")])
    pictures = _pictures(run)
    shown, images = len(pictures), len(job.graph.images)
    only = f"{shown} of {images} images. " if shown < images else ""
    coloured = "Objects in the colours of their predicted classes." if found else "Objects."
    return ReportContent(
        title=job.workflow.title or job.workflow.file.stem,
        subject=job.workflow.file.name,
        images=images,
        provenance=provenance_of(job, run.outcomes, run.targets.learning),
        notes=tuple(_notes(run, found)),
        remarks=tuple(dict.fromkeys(run.job.notes)),
        pictures=pictures,
        pictures_of=only + coloured,
        counts=counts,
        classifiers=tuple(_classifiers(run, found)),
        plates=tuple(plates_of(job.graph.images, counts)),
        controls=dict(_controls(job, counts)),
        table=_shift_table(found),
        failures=tuple(dict.fromkeys(_failures(run))),
    )


def _notes(run: ReportRun, found: Sequence[PredictedObjects]) -> Iterator[str]:
    if not run.targets.predicting:
        yield "No node of the workflow predicts: add a node of kind predict to see classes."
    elif not found:
        stopped = (o for o in run.outcomes if o.step.node != NAME and o.status == "stopped")
        reason = next((str(o.reason) for o in stopped if o.reason), "")
        yield f"Nothing is predicted yet{': ' if reason else ''}{reason}"
    joined = (p for o in run.outcomes if o.step.image is None for p in o.problems)
    yield from dict.fromkeys(map(str, joined))


def _controls(job: Job, counts: Sequence[ObjectCounts]) -> Iterator[tuple[str, Table]]:
    """Yield how the controls are told apart that exports name, of what they export."""
    named = named_controls(job.graph.nodes)
    for each in counts:
        if each.name in named:
            yield each.name, controls_of(job.graph.images, each, named[each.name])


def _failures(run: ReportRun) -> Iterator[tuple[str, str]]:
    for problem in run.job.left_out:
        yield ", ".join(problem.images), str(problem)
    for outcome in run.outcomes:
        if outcome.step.image is not None:
            yield from ((outcome.step.image, str(problem)) for problem in outcome.problems)


def _counts(run: ReportRun, found: Sequence[PredictedObjects]) -> list[ObjectCounts]:
    images = [image.name for image in run.job.graph.images]
    if not found:
        return [_object_counts(run, images)]
    audited = [t for o in run.outcomes if (t := o.told(CountsWritten)) and t.shares]
    return [_predicted_counts(each, images, audited) for each in found]


def _object_counts(run: ReportRun, images: Sequence[str]) -> ObjectCounts:
    wire = run.targets.shown.objects
    found: dict[Place, int] = {}
    for outcome in run.outcomes:
        told, part = outcome.told(ObjectSummary), outcome.step.part
        # label images of files do not tell how many objects they hold; what measures them does
        measured = isinstance(part.header, TableHeader) and part.header.objects == wire
        if told and (measured or (outcome.step.node, part.name) == (wire.node, wire.part)):
            found.setdefault((outcome.step.image or "", outcome.step.t), told.objects)
    totals: dict[str, int] = {}
    for (image, _), objects in found.items():
        totals[image] = totals.get(image, 0) + objects
    return ObjectCounts(str(wire), {}, [(name, totals.get(name), {}) for name in images])


def _predicted_counts(
    found: PredictedObjects, images: Sequence[str], audited: Sequence[CountsWritten]
) -> ObjectCounts:
    by_image: dict[str, list[PredictionSummary]] = {}
    for outcome in found.steps:
        told = outcome.told(PredictionSummary)
        if told:
            by_image.setdefault(outcome.step.image or "", []).append(told)
    rows: list[tuple[str, int | None, Mapping[str, int | None]]] = []
    for name in images:
        each = by_image.get(name)
        told = PredictionSummary.merged(each) if each else None
        rows.append((name, told.objects, dict(told.classes)) if told else (name, None, {}))
    classes = dict(zip(found.header.classes, found.header.colors, strict=True))
    rows = [(n, o, c if o is None else {k: c.get(k, 0) for k in classes}) for n, o, c in rows]
    fits = next((each for each in audited if set(each.shares) <= set(classes)), None)
    if fits is None:
        return ObjectCounts(found.node, classes, rows)
    shares = {name: (ends[0], ends[1], ends[2]) for name, ends in fits.shares.items()}
    audit = f"an audit of {fits.audited} objects that were classed blind"
    method = f"Shares of classes were corrected by {audit}"
    return ObjectCounts(found.node, classes, rows, shares, method)


def _pictures(run: ReportRun) -> list[PagePicture]:
    places = list(islice(_drawable(run), MOST_IMAGES))
    side = SIDE if len(places) == 1 else SMALL_SIDE
    target = run.targets.shown
    return [draw_overview(run.shelf.frame(target, place), place[0], side) for place in places]


def _drawable(run: ReportRun) -> Iterator[Place]:
    """Yield the images without failures that have objects, each with its middle frame."""
    failed = {o.step.image for o in run.outcomes if o.problems}
    made = {o.step.address for o in run.outcomes if o.known is not None}
    wire = run.targets.shown.objects
    for image in run.job.graph.images:
        times = run.job.graph.part(wire.node, wire.part or "", image.name).times
        t = times[len(times) // 2]
        if image.name not in failed and (wire.node, wire.part or "", image.name, t) in made:
            yield image.name, t


def _shift_table(found: Sequence[PredictedObjects]) -> tuple[Sequence[str], list[list[str]]]:
    """Return the images whose objects lie outside of training; none where all lie inside."""
    rows = [
        [image, f"{moved.distance:.4g}" if moved.distance is not None else "", str(moved)]
        for each in found
        for image, moved in shifts(each.steps).items()
    ]
    return ("image", "shift", "features outside of training"), rows


def _classifiers(run: ReportRun, found: Sequence[PredictedObjects]) -> Iterator[ClassifierFacts]:
    facts = assessments(run.job, run.outcomes)
    for name in run.targets.learning:
        mine = next((each for each in found if each.header.model.node == name), None)
        header = run.job.graph.of_role(name, PartRole.MODEL)
        assert header is not None
        assert isinstance(header.header, ModelHeader)
        classes = dict(zip(header.header.classes, header.header.colors, strict=True))
        statuses, invalid = _annotations(run, name)
        told: Mapping[str, Any] = facts.get(name, {})
        yield ClassifierFacts(
            name,
            classes,
            told,
            statuses,
            invalid,
            spreads=_spreads(run, mine, told) if mine else (),
            galleries=tuple(_galleries(run, name, mine, told)),
            columns=header.header.columns,
        )


def _annotations(run: ReportRun, name: str) -> tuple[dict[str, int], list[tuple[str, str, str]]]:
    statuses: Counter[str] = Counter()
    listed: list[tuple[str, str, str]] = []
    for outcome in run.outcomes:
        told = outcome.told(MatchSummary)
        held = outcome.step.part.held_if(ImageAnnotations)
        if outcome.step.node != name or told is None or held is None:
            continue
        matches = told.matched(held.rows).matches
        statuses.update(match.status for match in matches)
        without = (match for match in matches if match.status not in USED)
        listed += [(str(m.row.place), m.row.class_, m.status) for m in without]
    return dict(statuses.most_common()), listed[:LISTED]


def _spreads(run: ReportRun, mine: PredictedObjects, facts: Mapping[str, Any]) -> tuple[Any, ...]:
    import numpy as np

    model = run.job.graph.of_role(mine.header.model.node, PartRole.MODEL)
    assert model is not None
    assert isinstance(model.header, ModelHeader)
    known = {each.step.address: each for each in run.outcomes}
    columns = main_columns(facts, mine.columns(model.header.columns))
    table = mine.values(run.job, known, [each.name for each in columns])
    code = np.concatenate([each.code for each in mine.load(run.job)])
    return tuple(spreads(columns, table, code, mine.header.classes))


def _galleries(
    run: ReportRun, name: str, mine: PredictedObjects | None, facts: Mapping[str, Any]
) -> Iterator[CutOutGallery]:
    """Yield the cut-outs of every class: typical, uncertain, and suspected mistakes."""
    if mine is not None:
        target = PreviewTarget(mine.node, mine.header.objects, Wire(mine.node, mine.part))
        places, pool = _pool(run, mine)
        for k, class_ in enumerate(mine.header.classes, start=1):
            for what, rows in pool.chosen(k, (TYPICAL, UNCERTAIN)):
                wanted = [pool.wanted(places, row) for row in rows]
                if wanted:
                    yield CutOutGallery(what, class_, tuple(run.shelf.tiles(target, wanted)))
    mistakes = facts.get("mistakes", ())
    target = PreviewTarget(name, objects_of(run.job.graph, name))
    for class_ in dict.fromkeys(each["said"] for each in mistakes):
        mine_ = [each for each in mistakes if each["said"] == class_][:MOST]
        wanted = [_suspect(run, target, each) for each in mine_]
        yield CutOutGallery(MISTAKEN, class_,
                      tuple(run.shelf.tiles(target, wanted)))  # fmt: skip


def _suspect(run: ReportRun, target: PreviewTarget, mistake: Mapping[str, Any]) -> WantedTile:
    wire = target.objects
    header: Any = run.job.graph.part(wire.node, wire.part or "", mistake["image"]).header
    t = None if header.grid.frames is None else mistake["t"] - header.grid.first_frame
    line = mistake["place"].rpartition(":")[2]
    remark = (
        f"line {line}: says {mistake['said']} ({mistake['own']:.2f}), "
        f"perhaps {mistake['suggested']} ({mistake['probability']:.2f})"
    )
    return WantedTile((mistake["image"], t), int(mistake["object"]), remark)


def _pool(run: ReportRun, mine: PredictedObjects) -> tuple[Sequence[Place], GalleryPool]:
    """Return the objects of the first images that are predicted."""
    first = set(islice(dict.fromkeys(each.step.image for each in mine.steps), MOST_IMAGES))
    near = replace(mine, steps=tuple(each for each in mine.steps if each.step.image in first))
    return near.places, GalleryPool.of(near.load(run.job), tuple(mine.header.classes))
