"""What is recorded of a finished step, so that the next run need not make it again."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from objclass.engine.decide import KnownArtifact, Run
from objclass.engine.files import state_written
from objclass.engine.step import StepResult
from objclass.engine.store import Store
from objclass.engine.summary import write_summary


def record(
    store: Store, decision: Run, made: StepResult, output: Path | None, workflow: Path | None
) -> KnownArtifact:
    """Record pins, the file written, and last the trace; return what is known from now on.

    Parameters
    ----------
    store
        Where to.
    decision
        Recipe of the step and what it was made of.
    made
        What :func:`objclass.engine.step.run_step` returned.
    output
        The file it wrote, or None.
    workflow
        The workflow's file, which the record of a written file names.
    """
    for pin in made.pins:
        store.add_pin(pin)
    if output is not None:
        store.set_export(output, _write_out(output, decision.recipe, made, workflow))
    known = KnownArtifact(
        made.artifact, made.summary, decision.preimage, decision.recipe, made.seconds,
        made.warnings,
    )  # fmt: skip
    store.record(decision.recipe, _trace(known, made.peak))
    return known


def _write_out(path: Path, recipe: str, made: StepResult, workflow: Path | None) -> dict[str, Any]:
    return {
        "recipe": recipe,
        "stat": state_written(path),
        "digest": made.artifact.digest,
        "summary": write_summary(made.summary),
        "seconds": made.seconds,
        "warnings": list(made.warnings),
        "written": time.time(),
        "workflow": workflow and os.path.relpath(workflow, path.parent),
    }


def _trace(known: KnownArtifact, peak: int) -> dict[str, Any]:
    return {
        "digest": known.artifact.digest,
        "subtrees": dict(known.artifact.subtrees),
        "preimage": dict(known.preimage),
        "summary": write_summary(known.summary),
        "seconds": round(known.seconds, 4),
        "peak": peak,
        "warnings": list(known.warnings),
    }
