"""What other settings of the objects would do: which objects, and which annotations they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from objclass.annotations.matches import USED
from objclass.curation.annotated_objects import find_on
from objclass.engine.graph import above
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.session.answers import Invalidation
from objclass.session.frames import SessionFrames
from objclass.session.ground import SessionGround, ground_of
from objclass.session.standing import AnnotationMatching, AnnotationStanding
from objclass.session.workflow_text import written

Settings = Mapping[str, object]
"""``node.field`` to value, such as ``{"nuclei.threshold": 0.45}``."""


def object_nodes(ground: SessionGround) -> tuple[str, ...]:
    """Return the nodes that make the objects: the last, and those before it that read no file."""
    nodes = ground.job.graph.nodes
    last = ground.objects.node
    found = [name for name in ground.job.graph.order if name in {last, *above(nodes, last)}]
    return tuple(name for name in found if nodes[name].reads_image is None)


def object_settings(ground: SessionGround) -> dict[str, object]:
    """Return ``node.field`` to value of what decides which objects there are, as plain JSON."""
    found: dict[str, object] = {}
    for name in object_nodes(ground):
        fields: dict[str, Any] = ground.job.graph.nodes[name].model_dump(mode="json")
        found |= {f"{name}.{field}": value for field, value in fields.items() if field != "kind"}
    return found


def with_settings(path: Path, ground: SessionGround, settings: Settings) -> SessionGround:
    """Return the workflow with other settings; no file is written.

    Raises
    ------
    InputError
        For a setting that does not exist, a value that cannot be, and nothing to set.
    """
    check_settings(ground, settings)
    sets = tuple(f"{way}={written(value)}" for way, value in settings.items())
    request = ground.job.request
    given = {text.partition("=")[0].strip() for text in sets}
    kept = tuple(t for t in request.sets if t.partition("=")[0].strip() not in given)
    try:
        return ground_of(path, replace(request, sets=(*kept, *sets)), ground.classifier)
    except InputError as error:  # nobody typed these options
        raise InputError(*(replace(p, place=None) for p in error.problems)) from None


def check_settings(ground: SessionGround, settings: Settings) -> None:
    """Refuse settings of other nodes: a change there changes more than objects."""
    nodes = object_nodes(ground)
    if not settings:
        raise InputError(Problem("nothing is set", expected="such as nuclei.threshold 0.45"))
    for way in settings:
        node, dot, field = way.partition(".")
        if node not in nodes or not dot or not field:
            known = list(object_settings(ground))
            close = nearest(way, known)
            fix = f"did you mean {close}?" if close else None
            what = f"{way} does not decide which objects there are"
            raise InputError(Problem(what, expected=list_some(known, 8), fix=fix))


def pin_objects(ground: SessionGround, standing: AnnotationStanding) -> None:
    """Keep the label images of annotated images, so that changed objects are found by overlap."""
    if annotated := [image for image, rows in standing.file.rows.items() if rows]:
        fresh = ground_of(ground.job.workflow.file, ground.job.request, ground.classifier)
        find_on(fresh.on_images(annotated), ground.classifier)


def invalidation(
    before: AnnotationStanding, frames: SessionFrames
) -> tuple[Invalidation, AnnotationStanding]:
    """Return what other objects do to annotations that are valid now.

    Parameters
    ----------
    before
        The annotations with the objects of now.
    frames
        The other objects.
    """
    after = AnnotationMatching(frames).standing()
    valid = _lines(before, (*USED, "ignored"))
    lost = valid - _lines(after, (*USED, "ignored"))
    outcomes = [o for each in after.outcomes.values() for o in each if o.attached]
    follow = len({(o.row.file, o.line) for o in outcomes} & lost)
    says = says_lost(len(lost), follow, len(valid))
    return Invalidation(len(lost), follow, len(valid), says), after


def _lines(standing: AnnotationStanding, statuses: Sequence[str]) -> set[tuple[str, int]]:
    """Return file and line of the rows of these statuses."""
    found = (each for matches in standing.matches.values() for each in matches.matches)
    return {(each.row.file, each.row.line) for each in found if each.status in statuses}


def says_lost(lost: int, follow: int, of: int) -> str:
    """Return ``would invalidate 12 of 120 annotations, 9 re-attach``."""
    if not lost:
        return f"keeps all {of} annotations valid" if of else "there are no annotations to lose"
    verb = "re-attaches" if follow == 1 else "re-attach"
    return f"would invalidate {lost} of {of} annotations, {follow} {verb}"
