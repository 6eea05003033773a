"""Where the tasks of a run are carried out: one scheduler per file, and a table of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from objclass.engine.failure import Failure
from objclass.engine.task import Task, TaskDone

if TYPE_CHECKING:
    from objclass.engine.options import Options
    from objclass.engine.store import Store

SCHEDULERS = {
    "serial": "objclass.engine.schedulers.serial",
    "processes": "objclass.engine.schedulers.processes",
    "dask": "objclass.engine.schedulers.dask",
}
"""Name to the module whose ``open_scheduler(store, options, left)`` makes one; imported late."""

Left = Callable[[], int]
"""Tells how many steps have no outcome yet."""


class Scheduler(Protocol):
    """Carries out tasks somewhere, in any order; results do not depend on it."""

    @property
    def free(self) -> bool:
        """True where one more task may be submitted now."""

    def submit(self, task: Task) -> None:
        """Take a task; its recipe is not that of another task that is under way."""

    def completed(self) -> Sequence[tuple[Task, TaskDone | Failure]]:
        """Return tasks that are done, after waiting for one; empty where none is under way."""

    def close(self) -> None:
        """Stop what is under way and leave nothing behind."""


def open_scheduler(store: Store, options: Options, left: Left) -> Scheduler:
    """Return the scheduler of a run: serial where one process works, or results cannot be shared.

    Parameters
    ----------
    store
        Where results go; one in memory cannot be seen by another process.
    options
        Number of workers, and the scheduler for several.
    left
        How much there is to do.
    """
    shared = options.workers > 1 and store.lasts
    name = "dask" if options.address else options.scheduler if shared else "serial"
    found: Scheduler = import_module(SCHEDULERS[name]).open_scheduler(store, options, left)
    return found
