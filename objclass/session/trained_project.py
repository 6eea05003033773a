"""Writes the project of a session, as a run does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from objclass.errors import Problem, RunError
from objclass.project import NAME, project_path
from objclass.run import prepare, problems_of
from objclass.session.ground import SessionGround


def write_project(ground: SessionGround) -> Path:
    """Train as a run does and write the workflow's project; nothing else is exported.

    Raises
    ------
    InputError
        For what is wrong with the workflow, its files or annotations.
    RunError
        Where a run would not train, or the project cannot be written.
    """
    job = prepare(ground.job.workflow.file, ground.job.request)
    job = replace(job, graph=replace(job.graph, wanted=frozenset([NAME])))
    outcomes = job.run(scheduler="serial")
    if bugs := [outcome.bug for outcome in outcomes if outcome.bug]:
        raise RuntimeError("\n\n".join(bugs))
    if problems := problems_of(outcomes):
        raise RunError(*problems)
    written = [o for o in outcomes if o.step.node == NAME and o.known is not None]
    if not written:
        reasons = dict.fromkeys(str(o.reason) for o in outcomes if o.status == "stopped")
        raise RunError(Problem(f"no project was written: {'; '.join(reasons)}"))
    return project_path(job.workflow, job.folder)
