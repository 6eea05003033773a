"""Why a step failed: problems for people, whatever was raised."""

from __future__ import annotations

import traceback
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.engine.graph import Step
from objclass.engine.store import Damaged
from objclass.errors import ObjclassError, Problem
from objclass.io.disk import REFUSALS, refusal


@dataclass(frozen=True)
class Failure:
    """What a step gives instead of a result.

    Parameters
    ----------
    problems
        What a person is told.
    bug
        The traceback of what nobody foresaw.
    damaged
        Digest of stored content that must be made again.
    """

    problems: tuple[Problem, ...]
    bug: str = ""
    damaged: str = ""


def failure_of(step: Step, error: Exception) -> Failure:
    """Return the failure that an error means; called while the error is handled."""
    if isinstance(error, Damaged):
        fix = "check the disk of the cache; objclass cache verify says what is damaged"
        problem = Problem(f"{error}; making it again does not help", fix=fix)
        return Failure((problem,), damaged=error.digest)
    if isinstance(error, ObjclassError):
        return Failure(tuple(error.problems))
    if isinstance(error, MemoryError):
        fix = "crop the input, or run it by block"
        what = f"not enough memory for {step.node}.{step.part.name}"
        return Failure((Problem(what, fix=fix),))
    if isinstance(error, OSError):
        return Failure((_refuse(error),))
    says = f"unexpected: {type(error).__name__}: {error}"
    return Failure((Problem(says, fix="please report this"),), traceback.format_exc())


def _refuse(error: OSError) -> Problem:
    """Say what the system refused: a full disk, a missing permission, a lost drive."""
    if error.errno in REFUSALS and error.filename:
        return refusal(Path(error.filename), error)
    fix = "make room on the disks of results, cache and temporary files"
    what = str(error.filename or "a file")
    return Problem(
        f"{what}: {error.strerror or error}", fix=fix if error.errno in REFUSALS else None
    )
