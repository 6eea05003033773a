"""Several tasks side by side, on the workers of a ``dask.distributed`` cluster.

A task goes to one worker that has nothing else to do. So it is known who dies with which task,
and a worker never holds more than one task in memory. Digests travel, voxels do not: those go
through the store, which must lie in a folder that all computers share.
"""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import count
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from objclass.engine.cluster import differences, look_there, versions
from objclass.engine.disk_store import DiskStore
from objclass.engine.failure import Failure
from objclass.engine.options import Options
from objclass.engine.outcome import WorkerLost
from objclass.engine.schedulers import Left
from objclass.engine.schedulers.processes import carry_out_there, clean_up, set_up
from objclass.engine.schedulers.serial import carry_out_here
from objclass.engine.store import Store
from objclass.engine.task import Task, TaskDone
from objclass.errors import InputError, Problem, RunError
from objclass.io.leftover import mark

TRIES = 2
"""How often a task is begun whose worker dies."""
ANSWER = 20.0
"""Seconds within which a scheduler must answer."""
WORKER = 120.0
"""Seconds within which there must be a worker."""
GLANCE = 0.5
"""Seconds after which it is looked whether all workers are still there."""
GONE = ("KilledWorker", "TimeoutError", "CommClosedError", "FutureCancelledError")
"""What a call raises whose worker died, or died before its answer was fetched."""
EXTRA = "install it here and for the workers: pip install 'objclass[dask]'"
AGAIN = "what was finished is kept; run the same command again"

Done = tuple[Task, TaskDone | Failure]


def open_scheduler(store: Store, options: Options, left: Left) -> ClusterScheduler:
    """Return the scheduler of a cluster, whose workers were found to fit."""
    assert options.address is not None
    assert isinstance(store, DiskStore)
    return ClusterScheduler(store, options, Cluster(options.address, store.root))


class Cluster:
    """The workers behind one address: connected, and compared with this computer.

    Parameters
    ----------
    address
        Of the scheduler; nothing else is connected to.
    folder
        Where results go; all workers must see it.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        self._folder = folder.absolute()
        self._fit: set[str] = set()
        self.client = _connected(address)
        try:
            self._wait_for_workers()
        except BaseException:
            self.close()
            raise

    def workers(self) -> list[str]:
        """Return the addresses of all workers that are there now; those that are new must fit."""
        try:
            info = self.client.sync(
                self.client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER
            )
        except Exception:  # whatever its network says: nobody answers
            raise self.lost() from None
        found = {name: int(about["nthreads"]) for name, about in info["workers"].items()}
        new = {name: number for name, number in found.items() if name not in self._fit}
        if new:
            self._compare(new)
        return [name for name in found if name in self._fit]

    def lost(self) -> RunError:
        """Return that the scheduler is gone."""
        fix = f"start it again, with its workers; {AGAIN}"
        return RunError(
            Problem(f"the scheduler at {self.address} does not answer any more", fix=fix)
        )

    def _wait_for_workers(self) -> None:
        end = monotonic() + WORKER
        while not self.workers():
            if monotonic() > end:
                raise InputError(no_worker(self.address))
            with suppress(Exception):  # it is looked again in any case
                self.client.wait_for_workers(1, timeout=GLANCE)

    def _compare(self, new: dict[str, int]) -> None:
        """Refuse workers that would make other results, or have no way to give them to us."""
        room = self._folder / "building"  # what is left there is removed
        room.mkdir(parents=True, exist_ok=True)
        token, text = room / mark(), mark()
        token.write_text(text)
        try:
            answers = self.client.run(
                look_there, str(token), text, workers=list(new), on_error="return"
            )
        finally:
            token.unlink(missing_ok=True)
        problems = [p for name, answer in answers.items() for p in self._unfit(name, answer)]
        problems += [_threads(name, number) for name, number in new.items() if number != 1]
        if problems:
            raise InputError(*problems)
        self._fit.update(
            name for name, answer in answers.items() if not isinstance(answer, OSError)
        )

    def _unfit(self, name: str, answer: Any) -> Iterator[Problem]:
        if isinstance(answer, OSError):  # it is gone, or not there yet
            return
        if isinstance(answer, Exception):
            what = f"worker {name} cannot be asked: {answer}"
            yield Problem(what, fix="install the same objclass for it as here")
            return
        theirs, refusal = answer
        if found := list(differences(versions(), theirs)):
            fix = "install the same for the workers as here; results would depend on who makes them"
            yield Problem(f"worker {name} differs: {'; '.join(found)}", fix=fix)
        if refusal:
            what = f"worker {name} does not see the cache in {self._folder}: {refusal}"
            yield Problem(
                what, fix="put it where all computers see it under one path: --cache FOLDER"
            )

    def close(self) -> None:
        """Leave the cluster; it is not ours to stop."""
        with suppress(Exception), _quiet():
            self.client.close(timeout=GLANCE)


@dataclass
class _Sent:
    """A task that a worker has."""

    task: Task
    message: bytes
    worker: str
    future: Any
    tries: int


class ClusterScheduler:
    """Carries out tasks on the workers of a cluster, one on each at a time."""

    def __init__(self, store: DiskStore, options: Options, cluster: Cluster) -> None:
        self._store = store
        self._options = options
        self._cluster = cluster
        there = DiskStore(store.root.absolute())
        self._setup = bytes(ForkingPickler.dumps(partial(set_up, there, options.setup)))
        self._workers = cluster.workers()
        self._waiting: deque[tuple[Task, bytes, int]] = deque()
        self._here: deque[Task] = deque()
        self._sent: dict[str, _Sent] = {}
        self._ended: SimpleQueue[str] = SimpleQueue()
        self._numbers = count()
        self._mark = mark()

    @property
    def free(self) -> bool:
        """True where a worker would have nothing to do."""
        under_way = len(self._waiting) + len(self._sent) + len(self._here)
        return under_way < max(1, len(self._workers))

    def submit(self, task: Task) -> None:
        """Take a task; what cannot be sent, such as a kind that a script defines, is made here."""
        try:
            message = bytes(ForkingPickler.dumps(task))
        except Exception:
            self._here.append(task)
        else:
            self._waiting.append((task, message, 0))

    def completed(self) -> Sequence[Done]:
        """Return tasks that are done; look meanwhile whether all workers are still there."""
        since = monotonic()
        while True:
            self._assign()
            if self._here:
                task = self._here.popleft()
                return [(task, carry_out_here(task, self._store, self._options))]
            if not self._sent and not self._waiting:
                return []
            try:
                return [self._answer(self._ended.get(timeout=GLANCE))]
            except Empty:
                if died := self._look_around():
                    return died
            since = monotonic() if self._workers else since
            if monotonic() > since + WORKER:
                raise RunError(no_worker(self._cluster.address))

    def _assign(self) -> None:
        """Send tasks that wait to workers that have none."""
        busy = {sent.worker for sent in self._sent.values()}
        for worker in self._workers:
            if worker not in busy and self._waiting:
                self._send(worker, *self._waiting.popleft())

    def _send(self, worker: str, task: Task, message: bytes, tries: int) -> None:
        key = f"objclass-{self._mark}-{next(self._numbers)}"
        if not tries:
            self._options.tell(task.step)
        future = self._cluster.client.submit(
            carry_out_message, self._setup, str(Path.cwd()), message, key=key, pure=False,
            workers=[worker], allow_other_workers=False,
        )  # fmt: skip
        self._sent[key] = _Sent(task, message, worker, future, tries + 1)
        future.add_done_callback(lambda future: self._ended.put(key))

    def _answer(self, key: str) -> Done:
        sent = self._sent.get(key)
        if sent is None:  # it was given up
            raise Empty
        if sent.future.status in ("cancelled", "lost"):  # with its worker, or with the scheduler
            return self._died(key)
        try:
            answer = sent.future.result(timeout=ANSWER)
        except Exception as error:
            return self._not_answered(key, error)
        del self._sent[key]
        done, unwritten = ForkingPickler.loads(answer)
        self._store.unwritten.extend(unwritten)
        return sent.task, done

    def _not_answered(self, key: str, error: Exception) -> Done:
        """Return what it means that a call raised: most often, that its worker died."""
        if type(error).__name__ in GONE:
            return self._died(key)
        sent = self._sent.pop(key)
        problem = Problem(f"unexpected: {error!r} on {sent.worker}", fix="please report this")
        return sent.task, Failure((problem,), "".join(traceback.format_exception(error)))

    def _died(self, key: str) -> Done:
        """Return that a task fails whose worker is gone, unless it is begun again.

        A step that was finished there is found in the store. Where nobody answers any more, it
        is the scheduler that is gone.
        """
        self._workers = self._cluster.workers()
        found = self._lose(key)
        if found is None:
            raise Empty
        return found

    def _look_around(self) -> Sequence[Done]:
        """See who is there; a task whose worker is gone is begun once more."""
        self._workers = self._cluster.workers()
        gone = [key for key, sent in self._sent.items() if sent.worker not in self._workers]
        return [done for key in gone if (done := self._lose(key))]

    def _lose(self, key: str) -> Done | None:
        """Begin a task again whose worker died, or return that it fails."""
        sent = self._sent.pop(key)
        with suppress(Exception):
            sent.future.cancel()
        self._workers = [each for each in self._workers if each != sent.worker]
        clean_up(self._store, sent.task)
        self._options.tell(WorkerLost(sent.task.step, sent.worker, sent.tries < TRIES))
        if sent.tries < TRIES:
            self._waiting.appendleft((sent.task, sent.message, sent.tries))
            return None
        name = f"{sent.task.step.node}.{sent.task.step.part.name}"
        what = f"{name}: worker {sent.worker} died, as the one before it did (out of memory?)"
        fix = "give the workers more memory, crop the input or run it by block"
        return sent.task, Failure((Problem(what, fix=fix),))

    def close(self) -> None:
        """Leave the cluster; a step that a worker has begun it ends, and records."""
        with suppress(Exception), _quiet():
            self._cluster.client.cancel([sent.future for sent in self._sent.values()])
        self._cluster.close()


def carry_out_message(setup: bytes, folder: str, message: bytes) -> bytes:
    """Carry out a task on a worker.

    Parameters
    ----------
    setup
        What to do first in each process; it returns the store.
    folder
        Where relative paths begin.
    message
        The task.

    Returns
    -------
    bytes
        What became of it, and what the disk refused to record.
    """
    store = _prepared(setup)
    with chdir(folder):
        answer = carry_out_there(store, lambda event: None, ForkingPickler.loads(message))
    return bytes(ForkingPickler.dumps(answer))


@lru_cache(maxsize=1)
def _prepared(setup: bytes) -> Store:
    found: Store = ForkingPickler.loads(setup)()
    return found


def _connected(address: str) -> Any:
    """Return a client of the scheduler at an address, and of no other."""
    try:
        from distributed import Client
    except ImportError as error:
        what = f"--scheduler needs dask.distributed: {error}"
        raise InputError(Problem(what, fix=EXTRA)) from None
    try:
        with _quiet():
            return Client(address, timeout=ANSWER, set_as_default=False)
    except Exception as error:  # what its network says, or that it is no scheduler
        what = f"--scheduler {address}: no scheduler of dask answers"
        fix = "start one with: dask scheduler, and workers with: dask worker ADDRESS --nthreads 1"
        raise InputError(Problem(what, got=str(error) or type(error).__name__, fix=fix)) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep dask from writing what we tell in our own words."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(level)


def no_worker(address: str) -> Problem:
    """Return that a scheduler has no worker, with the command that starts some."""
    fix = f"start workers with: dask worker {address} --nthreads 1; {AGAIN}"
    return Problem(f"the scheduler at {address} has no worker", fix=fix)


def _threads(name: str, number: int) -> Problem:
    """Refuse a worker of several threads: they would share its memory limit and its folder."""
    return Problem(
        f"worker {name} has {number} threads",
        expected="1; several workers use several processors",
        fix="start it with --nthreads 1, and as many with --nworkers",
    )
