"""One task after the other, in this process; processors that are free share its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from objclass.engine.failure import Failure
from objclass.engine.options import Options
from objclass.engine.outcome import LockWait
from objclass.engine.schedulers import Left
from objclass.engine.store import Store
from objclass.engine.task import Task, TaskDone, carry_out


def open_scheduler(store: Store, options: Options, left: Left) -> SerialScheduler:
    """Return the scheduler of one process."""
    return SerialScheduler(store, options)


class SerialScheduler:
    """Carries out one task at a time, when its result is asked for."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._options = options
        self._task: Task | None = None

    @property
    def free(self) -> bool:
        """True where no task waits."""
        return self._task is None

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._task = task

    def completed(self) -> Sequence[tuple[Task, TaskDone | Failure]]:
        """Carry out the task that waits."""
        task, self._task = self._task, None
        return [] if task is None else [(task, carry_out_here(task, self._store, self._options))]

    def close(self) -> None:
        """Leave nothing: a task that is stopped cleans up itself."""


def carry_out_here(task: Task, store: Store, options: Options) -> TaskDone | Failure:
    """Carry out a task in this process, and tell how it goes."""
    return carry_out(
        task.with_threads(options.workers),
        store,
        options.make,
        begins=partial(options.tell, task.step),
        waits=lambda holder: options.tell(LockWait(task.step, holder)),
    )
