"""Several tasks side by side, in processes of this computer.

Processes cost a second to start. So the first tasks are carried out here, to see how long
they take, unless they are large; and while processes start, small tasks still are. Where few
frames are worked on by block, no process is needed: threads share the blocks of one task.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from math import prod
from typing import Any, cast

from objclass.data.compiling import KernelCompilation, announce
from objclass.engine.failure import Failure
from objclass.engine.lock import Holder
from objclass.engine.options import Options
from objclass.engine.outcome import LockWait, WorkerLost, WorkersStarted
from objclass.engine.schedulers import Left
from objclass.engine.schedulers.serial import carry_out_here
from objclass.engine.store import Store
from objclass.engine.task import Task, TaskDone, carry_out
from objclass.engine.workers import NoWorker, WorkerError, WorkerKilled, Workers
from objclass.errors import Problem
from objclass.io.leftover import PREFIX, left_in, remove

WORTH = 4.0
"""Seconds of work that must be left, about, for processes to be worth their start.

They are ready after about 1.2 s and 1.3 CPU s, whatever their number. Two then save half of what
is left: from 4 s on more than they cost.
"""
LOADING = 0.5
"""Seconds that the first task of a kind takes longer: it imports, and loads machine code."""
LARGE = 2**24
"""Voxels of a task that is worth it by itself, such as 4096 x 4096 or 256 x 256 x 256."""
FIX = "crop the input, run it by block or by smaller ones, or use a computer with more memory"

Done = tuple[Task, TaskDone | Failure]


def open_scheduler(store: Store, options: Options, left: Left) -> ProcessScheduler:
    """Return the scheduler of several processes; none is started yet."""
    return ProcessScheduler(store, options, left)


class ProcessScheduler:
    """Carries out tasks in processes, when there is enough to do for them."""

    def __init__(self, store: Store, options: Options, left: Left) -> None:
        self._store = store
        self._options = options
        self._left = left
        self._waiting: deque[Task] = deque()
        self._sent: dict[Hashable, Task] = {}
        self._seconds: dict[str, float] = {}
        setup = partial(set_up, store, options.setup)
        self._workers = Workers(0, setup, self._told, self._lost)
        self._started = self._of_no_use = False

    @property
    def free(self) -> bool:
        """True where a worker would have nothing to do."""
        return len(self._waiting) + len(self._sent) < self._options.workers

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._waiting.append(task)

    def completed(self) -> Sequence[Done]:
        """Return tasks that are done, here or in a process."""
        if self._started or self._worth_it():
            self._start()
        if self._sent or (self._started and (self._is_large() or self._workers.are_ready)):
            return self._completed_there()
        return [self._here(self._waiting.popleft())] if self._waiting else []

    def _worth_it(self) -> bool:
        if len(self._waiting) < 2 or self._of_no_use or self._shares_blocks():
            return False
        mean = sum(self._seconds.values()) / max(1, len(self._seconds))
        return mean * self._left() > WORTH or self._is_large()

    def _shares_blocks(self) -> bool:
        """Return True where a task has blocks, and there are fewer frames than workers."""
        frames = {(task.step.image, task.step.t) for task in self._waiting}
        by_block = any(task.request.block is not None for task in self._waiting)
        return by_block and len(frames) < self._options.workers

    def _is_large(self) -> bool:
        """Return True where two tasks are large, so that neither should wait for the other."""
        return len(self._sent) + sum(_voxels(task) >= LARGE for task in self._waiting) > 1

    def _start(self) -> None:
        """Start as many processes as there are tasks for, and none for those that may come."""
        under_way = len(self._waiting) + len(self._sent)
        if under_way <= self._workers.number:
            return
        before, self._workers.number = self._workers.number, under_way
        try:
            self._workers.start()
        except Exception:  # the system gives no process, or a plugin cannot be sent
            self._workers.number = before
            if not self._started:
                self._give_up()
            return
        self._started = True
        self._options.tell(WorkersStarted(under_way))

    def _give_up(self) -> None:
        """Go on without processes: all that they would do can be done here."""
        self._workers.close()
        self._started, self._of_no_use = False, True

    def _completed_there(self) -> Sequence[Done]:
        here: list[Done] = []
        under_way = len(self._waiting) + len(self._sent)
        threads = max(1, self._options.workers // max(1, under_way))
        while self._waiting:
            task = self._waiting.popleft().with_threads(threads)
            try:
                less = (task.with_threads(1),)
                self._workers.submit(task.decision.recipe, carry_out_there, task, smaller=less)
            except Exception:  # what cannot be sent, such as a kind that a script defines
                here.append(self._here(task))
            else:
                self._sent[task.decision.recipe] = task
                self._options.tell(task.step)
        return here or [self._ended(key, answer) for key, answer in self._workers.completed()]

    def _here(self, task: Task) -> Done:
        done = carry_out_here(task, self._store, self._options)
        if isinstance(done, TaskDone) and done.ran:
            kind = f"{task.step.node}.{task.step.part.name}"
            known = kind in self._seconds
            self._seconds[kind] = done.seconds if known else max(0.0, done.seconds - LOADING)
        return task, done

    def _ended(self, key: Hashable, answer: Any) -> Done:
        task = self._sent.pop(key)
        if isinstance(answer, NoWorker):
            self._give_up()
            return self._here(task)
        if isinstance(answer, WorkerKilled):
            name = f"{task.step.node}.{task.step.part.name}"
            return task, Failure((Problem(f"{name}: {answer}", fix=FIX),))
        if isinstance(answer, WorkerError):
            problem = Problem(f"unexpected: {answer}", fix="please report this")
            return task, Failure((problem,), answer.traceback)
        done, unwritten = cast("tuple[TaskDone | Failure, list[Problem]]", answer)
        self._store.unwritten.extend(unwritten)
        return task, done

    def _told(self, key: Hashable, event: object) -> None:
        if isinstance(event, KernelCompilation):
            announce(event)
        elif isinstance(event, Holder) and key in self._sent:
            self._options.tell(LockWait(self._sent[key].step, event))

    def _lost(self, key: Hashable, again: bool) -> None:
        clean_up(self._store, self._sent[key])
        if again:  # what dies once more is told as a failure
            self._options.tell(WorkerLost(self._sent[key].step, again=True))

    def close(self) -> None:
        """End all processes."""
        self._workers.close()


def clean_up(store: Store, task: Task) -> None:
    """Remove what a killed worker left of a task."""
    store.tidy()
    for path in list(left_in(task.output.parent, PREFIX)) if task.output else ():
        remove(path)


def set_up(store: Store, setup: Callable[[], None]) -> Store:
    """Prepare a new process to carry out tasks; return the store as it sees it."""
    setup()
    return store


def carry_out_there(
    store: Store, tell: Callable[[Any], None], task: Task
) -> tuple[TaskDone | Failure, list[Problem]]:
    """Carry out a task in a worker; return with it what the disk refused to record."""
    before = len(store.unwritten)
    try:
        done = carry_out(task, store, waits=tell)
    finally:
        for each in (given for found in task.request.inputs.values() for given in found):
            if each.source is not None:
                each.source.close()
    return done, store.unwritten[before:]


def _voxels(task: Task) -> int:
    """Return the most voxels that a task reads over one wire."""
    inputs = [each for found in task.request.inputs.values() for each in found]
    grids = (getattr(each.header, "grid", None) for each in inputs)
    return max((prod(grid.shape) for grid in grids if grid is not None), default=0)
