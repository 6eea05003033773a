"""Which nodes learn from annotation files, and with which images a file was learned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from objclass.engine.node import Node
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.engine.store import Store
from objclass.nodes.annotated import AnnotationFile, TrainingAnnotations
from objclass.nodes.uses import uses_of
from objclass.schema.workflow import Workflow


def learning(workflow: Workflow) -> dict[str, str]:
    """Return every classifier that learns, and its annotation file as written."""
    nodes = cast("Mapping[str, Node]", workflow.nodes).items()
    found = {name: node.learns.annotations for name, node in nodes if node.learns}
    return {name: file for name, file in found.items() if file is not None}


def note_uses(store: Store, folder: Path, outcomes: Iterable[StepOutcome]) -> None:
    """Remember with which images the annotations were learned from.

    Parameters
    ----------
    store
        Where it is remembered, if it lasts.
    folder
        Relative paths of annotation files start here.
    outcomes
        Of a run.
    """
    learned = [o for o in outcomes if o.step.part.role is PartRole.MODEL and o.known is not None]
    for outcome in learned if store.lasts else ():
        training = outcome.step.part.held_if(TrainingAnnotations)
        if training is not None:
            _note_use(store, folder, training.files, fresh=outcome.status == "ran")


def _note_use(store: Store, folder: Path, found: AnnotationFile, *, fresh: bool) -> None:
    for name in found.files:
        path = folder / name
        before = store.use(path)
        now = uses_of(found, name, path, before, fresh=fresh or before is None)
        if now is not None:
            store.set_use(path, now)
