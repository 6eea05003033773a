"""What a run tells of annotations that are not used: each with its line in the file of now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from objclass.annotation_use import learning
from objclass.annotations import outcome as became
from objclass.annotations import summary
from objclass.annotations.matches import Matches
from objclass.annotations.rows import Row
from objclass.data.model import SelectedClasses
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.nodes.annotated import ImageAnnotations, TrainingAnnotations
from objclass.nodes.classifier.scored_apart import HELD_OUT
from objclass.nodes.classifier.summary import MatchSummary, OutsideSummary
from objclass.nodes.gating import foreign_notes
from objclass.run import Job

MOST = 12


def annotation_notes(job: Job, name: str, outcomes: Sequence[StepOutcome]) -> tuple[str, ...]:
    """Return what to say of the annotations of one classifier; nothing for other nodes.

    Parameters
    ----------
    job
        The workflow.
    name
        The node.
    outcomes
        What became of its steps.
    """
    node = job.graph.nodes.get(name)
    if node is None or node.learns is None:
        return ()
    found = list(_find_matches(outcomes))
    foreign = _foreign(job, name, outcomes)
    said = list(_find_unused(job, name, found))
    said = [*said[:MOST], f"and {len(said) - MOST} more"] if len(said) > MOST + 1 else said
    outside = tuple(_outside(outcomes, found))
    return (*foreign, *_invalid(job, name, outcomes, found), *outside, *said)


def _foreign(job: Job, name: str, outcomes: Sequence[StepOutcome]) -> tuple[str, ...]:
    """Say which rows belong to other images, unless the classifier stopped because of them."""
    part = job.graph.of_role(name, PartRole.MODEL)
    stopped = any(o.step.part.role is PartRole.MODEL and o.known is None for o in outcomes)
    training = part.held_if(TrainingAnnotations) if part else None
    foreign = training.files.foreign if training else ()
    return () if stopped else tuple(f"not used: {note}" for note in foreign_notes(foreign))


Found = tuple[str, Matches, tuple[became.Reattachment, ...]]
"""Image, its annotations, and what became of the invalid ones."""


def _find_matches(outcomes: Sequence[StepOutcome]) -> Iterator[Found]:
    for each in outcomes:
        told = each.told(MatchSummary)
        if told is not None:
            rows = each.step.part.held(ImageAnnotations).rows
            yield (each.step.image or "", *told.restored(rows))


def _find_unused(job: Job, name: str, found: Sequence[Found]) -> Iterator[str]:
    several = len(job.graph.images) > 1
    words = job.request.typed(os.path.relpath(job.workflow.file))
    node = f" --node {name}" if len(learning(job.workflow)) > 1 else ""
    for image, matches, _ in found:
        where = f"image '{image}': " if several else ""
        said = (note.replace("{workflow}{node}", words + node) for note in summary.notes(matches))
        yield from (f"{where}{note}" for note in said)


def _invalid(
    job: Job, name: str, outcomes: Sequence[StepOutcome], found: Sequence[Found]
) -> tuple[str, ...]:
    """Say that a model does without some annotations, or follows their objects."""
    models = [o for o in outcomes if o.step.part.role is PartRole.MODEL]
    changed = [each for _, _, several in found for each in several]
    if not changed or any(o.known is None for o in models):
        return ()
    learning = job.graph.nodes[name].learns
    asked = sum(summary.summarize(matches).asked for _, matches, _ in found)
    if not models:  # the run ends before it
        return tuple(became.sentences(changed))
    if learning is not None and learning.follows:
        return tuple(became.sentences(changed))
    lines = summary.lines([each.row for each in changed])
    return (f"trained on {asked - len(changed)} of {asked} annotations; invalid: {lines}",)


def _outside(outcomes: Sequence[StepOutcome], found: Sequence[Found]) -> Iterator[str]:
    """Say which annotated objects are not among those that a classifier is for."""
    by_image = {image: matches for image, matches, _ in found}
    held = {o.step.image for o in outcomes if o.step.part.name == HELD_OUT and o.step.part.reads}
    rows: dict[str, list[Row]] = {"learned from": [], "scored": []}
    selected = None
    for each in outcomes:
        told = each.told(OutsideSummary)
        matches = by_image.get(each.step.image or "")
        if told is not None and matches is not None:
            mine = rows["scored" if each.step.image in held else "learned from"]
            mine += [matches.matches[number].row for number in told.rows]
            selected = each.step.part.held(SelectedClasses)
    for use, several in rows.items():
        what = "annotated object is" if len(several) == 1 else "annotated objects are"
        lines = summary.lines(several)
        if several:
            yield f"{len(several)} {what} not {selected}, and {use} all the same: {lines}"


def validity(outcomes: Sequence[StepOutcome]) -> str:
    """Return how many annotations are valid, where a run ends before the model; else nothing."""
    found = [matches for _, matches, _ in _find_matches(outcomes)]
    if not found or any(o.step.part.role is PartRole.MODEL for o in outcomes):
        return ""
    together = Matches(tuple(match for matches in found for match in matches.matches))
    return summary.summarize(together).headline


def is_silent(outcomes: Sequence[StepOutcome]) -> bool:
    """Return True where a classifier was not asked for and nobody has annotated anything."""
    held = [o.step.part.held_if(ImageAnnotations) for o in outcomes if o.step.part.eager]
    return len(held) == len(outcomes) and not any(each is None or each.rows for each in held)
