"""How files were read: a workflow that reads a file otherwise can say in what.

What is remembered of a file goes by what is read from it, so a new crop is as unknown as a new
file. Here stands, step by step, what the last run read, and in which state the file was then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from objclass.engine.files import FilesState, stat
from objclass.engine.graph import Step
from objclass.engine.node import piece_of
from objclass.engine.reason import Reason, changed_fields
from objclass.engine.store import Store

STATE, READ = "state", "read"


def readings(store: Store, workflow: str) -> Mapping[str, Any]:
    """Return step key to how the last runs of a workflow read its file."""
    return store.memo(_key(workflow), ()) or {}


def remember_readings(store: Store, workflow: str, found: Mapping[str, Any]) -> None:
    """Keep how files were read; those of other steps stay."""
    before = readings(store, workflow)
    now = {**before, **found}
    if now != before:
        store.remember(_key(workflow), (), now, [])


def _key(workflow: str) -> list[str]:
    return ["readings", workflow]


def reading(step: Step, state: FilesState = None) -> dict[str, Any]:
    """Return how a step reads its file, and the state of that file, as JSON."""
    assert step.part.source is not None
    piece = piece_of(step.part.source, step.t)
    return {STATE: state or stat(piece.vouch), READ: dict(piece.key)}


def why_read(step: Step, last: Mapping[str, str], before: Mapping[str, Any]) -> Reason:
    """Explain why a file must be read that nobody remembers so.

    Parameters
    ----------
    step
        Of an input.
    last
        Step key to recipe of the last run.
    before
        What :func:`readings` returned.
    """
    if step.key not in last:
        return Reason("first run")
    was, now = before.get(step.key), reading(step)
    if was is None or was[STATE] != now[STATE]:
        return Reason("file changed")
    changes = changed_fields(was[READ], now[READ])
    return Reason("changed", changes) if changes else Reason("content missing", says=UNREAD)


UNREAD = "not all of it was read before"
