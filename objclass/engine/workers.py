"""Processes that work for this one: started together, replaced when killed, ended with it.

A worker is not a copy of this process: it runs no script of the user a second time, and shares no
locks and threads with us. It is forked from a process that has only imported what workers need,
or, where that cannot be, a fresh interpreter that is told where modules lie. Digests travel
between the processes, voxels do not: those go through the store.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import field
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from time import monotonic
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.engine.nursery import Nursery, NurseryChild, is_possible

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "BLOSC_NTHREADS",
        "TIFFFILE_NUM_THREADS",
        "ZARR_THREADING__MAX_WORKERS",
    ),
    "1",
)
"""What keeps libraries from starting threads: so many workers use as many processors."""
START = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from objclass.engine.worker import serve; serve(int(sys.argv[1]))"
)
TRIES = 2
"""How often a call is begun whose worker is killed; the last time no other one is under way."""
GRACE = 3.0
"""Seconds that a worker has to clean up when it is stopped."""


@dataclass(frozen=True)
class WorkerKilled:
    """The answer to a call whose worker died each time.

    Parameters
    ----------
    code
        As :mod:`subprocess` has it: minus the number of the signal, or what it exited with.
    """

    code: int

    def __str__(self) -> str:
        twice = "twice, at last with nothing beside it"
        if self.code == -signal.SIGKILL:
            return f"the worker was killed (out of memory?), {twice}"
        if self.code < 0:
            return f"the worker was killed by {signal.Signals(-self.code).name}, {twice}"
        return f"the worker ended with exit code {self.code}, {twice}"


@dataclass(frozen=True)
class WorkerError:
    """The answer to a call that raised.

    Parameters
    ----------
    traceback
        What was raised, and where.
    """

    traceback: str

    def __str__(self) -> str:
        return self.traceback.strip().splitlines()[-1]


@dataclass(frozen=True)
class NoWorker:
    """The answer to a call that nobody can take: no process gets ready.

    Parameters
    ----------
    why
        What keeps them from it.
    """

    why: str


@dataclass
class _Call:
    key: Hashable
    message: bytes
    smaller: bytes
    tries: int = 0

    def is_last(self) -> bool:
        """Return True where the next worker that dies ends it."""
        return self.tries >= TRIES - 1


@dataclass
class _Worker:
    process: subprocess.Popen[bytes] | NurseryChild
    connection: Connection
    ready: bool = False
    call: _Call | None = None


@dataclass
class Workers:
    """Some processes that answer calls.

    Parameters
    ----------
    number
        How many.
    setup
        Called first in each of them; what it returns is given to every call. It is sent.
    told
        Called with the key of a call and an event that the worker tells meanwhile.
    lost
        Called with the key of a call whose worker died, to remove what it left, and whether it
        is begun once more.
    """

    number: int
    setup: Callable[[], Any]
    told: Callable[[Hashable, Any], None] = lambda key, event: None
    lost: Callable[[Hashable, bool], None] = lambda key, again: None
    _workers: list[_Worker] = field(default_factory=list)
    _waiting: deque[_Call] = field(default_factory=deque)
    _answers: list[tuple[Hashable, Any]] = field(default_factory=list)
    _stillborn: int = 0
    _nursery: Nursery | None = None
    _forks: bool = field(default_factory=is_possible)

    def start(self) -> None:
        """Start the processes; they get ready while this one goes on.

        Raises
        ------
        OSError
            Where the system gives no more processes.
        """
        message = bytes(ForkingPickler.dumps(self.setup))
        if self._nursery is not None and not self._nursery.lives:
            self._close_nursery()
        if self._forks and self._nursery is None:
            self._nursery = Nursery(environment())
        while len(self._workers) < self.number:
            self._workers.append(_started(message, self._nursery))

    @property
    def are_ready(self) -> bool:
        """True where one of them can take a call."""
        for each in list(self._workers):
            if not each.ready and each in self._workers and each.connection.poll():
                self._hear(each)
        return any(each.ready for each in self._workers)

    @property
    def under_way(self) -> int:
        """How many calls have no answer yet."""
        return len(self._waiting) + sum(each.call is not None for each in self._workers)

    def submit(
        self,
        key: Hashable,
        function: Callable[..., Any],
        *given: Any,
        smaller: tuple[Any, ...] | None = None,
    ) -> None:
        """Have ``function(made by setup, tell, *given)`` called by the next worker that is free.

        Where its worker is killed it is called once more with `smaller`, which takes less memory
        for the same answer; meanwhile no other call is under way.

        Raises
        ------
        Exception
            Where the call cannot be sent.
        """
        messages = [bytes(ForkingPickler.dumps((function, each))) for each in (given, smaller)]
        self._waiting.append(_Call(key, messages[0], messages[smaller is not None]))
        self._assign()

    def completed(self) -> list[tuple[Hashable, Any]]:
        """Return answers, after waiting for one; empty where no call is under way."""
        self._assign()
        while self.under_way and not self._answers:
            by_connection = {each.connection: each for each in self._workers}
            for connection in wait(list(by_connection)):
                worker = by_connection[connection]  # type: ignore[index]
                if worker in self._workers:
                    self._hear(worker)
            self._assign()
        answers, self._answers = self._answers, []
        return answers

    def _assign(self) -> None:
        for each in self._workers:
            if each.ready and each.call is None and self._may_begin():
                each.call = self._waiting.popleft()
                again = each.call.is_last()
                each.call.tries += 1
                with suppress(OSError):  # it died just now, which is heard of next
                    each.connection.send_bytes(each.call.smaller if again else each.call.message)

    def _may_begin(self) -> bool:
        """Return True where a call waits, unless it, or one under way, wants to be alone."""
        busy = [each.call for each in self._workers if each.call is not None]
        if not self._waiting or any(call.tries >= TRIES for call in busy):
            return False
        return not busy or not self._waiting[0].is_last()

    def _hear(self, worker: _Worker) -> None:
        """Take one message of a worker, or note that it is gone."""
        try:
            kind, value = ForkingPickler.loads(worker.connection.recv_bytes())
        except (EOFError, OSError):
            self._replace(worker)
            return
        call = worker.call
        if kind == "begun":
            if isinstance(worker.process, NurseryChild):
                worker.process.pid = value
        elif kind == "ready":
            worker.ready = True
        elif kind == "told":
            self.told(call.key if call else None, value)
        elif call is None:  # its setup raised, and so would that of others
            self._give_up(value)
        else:
            worker.call = None
            self._answers.append((call.key, WorkerError(value) if kind == "raised" else value))

    def _replace(self, worker: _Worker) -> None:
        """Put another worker in the place of one that died; its call is begun once more."""
        code = _ended(worker)
        self._workers.remove(worker)
        if not worker.ready and isinstance(worker.process, NurseryChild):
            self._close_nursery()  # fresh interpreters may do better
            self._forks = False
        elif not worker.ready:
            self._stillborn += 1
        if self._stillborn > self.number:
            self._give_up(str(WorkerKilled(code)))
            return
        call = worker.call
        if call is not None:
            self.lost(call.key, call.tries < TRIES)
        if call is not None and call.tries >= TRIES:
            self._answers.append((call.key, WorkerKilled(code)))
        elif call is not None:
            self._waiting.appendleft(call)
        self.start()

    def _give_up(self, why: str) -> None:
        """Answer all calls with why no worker gets ready."""
        calls = [*self._waiting, *(each.call for each in self._workers if each.call)]
        self._waiting.clear()
        self.close()
        self._answers += [(call.key, NoWorker(why)) for call in calls]

    def close(self) -> None:
        """End all processes within seconds; one that is at work cleans up first."""
        busy = [each for each in self._workers if each.call is not None]
        for each in self._workers:
            each.process.terminate() if each.call is not None else each.process.kill()
        end = monotonic() + GRACE
        try:
            for each in busy:
                with suppress(subprocess.TimeoutExpired):
                    each.process.wait(max(0.0, end - monotonic()))
        finally:
            keys = [each.call.key for each in busy if each.call]
            for each in self._workers:
                each.process.kill()
                _ended(each)
            self._workers.clear()
            self._close_nursery()
            for key in keys:
                self.lost(key, False)

    def _close_nursery(self) -> None:
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None


def _started(setup: bytes, nursery: Nursery | None) -> _Worker:
    """Start a process, connected by a socket that closes when either of us is gone."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = _fresh(theirs.fileno()) if nursery is None else nursery.fork(theirs)
    connection = Connection(ours.detach())
    with suppress(OSError):  # it died at once, which is heard of next
        connection.send_bytes(setup)
    return _Worker(process, connection)


def _fresh(number: int) -> subprocess.Popen[bytes]:
    """Start an interpreter that answers over the socket of this number."""
    warnings = [f"-W{each}" for each in sys.warnoptions]
    command = [sys.executable, *warnings, "-c", START, str(number), *sys.path]
    return subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, pass_fds=[number])


def environment() -> dict[str, str]:
    """Return the environment of a worker: ours, and one thread."""
    return {**os.environ, **ONE_THREAD}


def _ended(worker: _Worker) -> int:
    """Wait for a process whose end of the connection is closed; return how it ended."""
    worker.connection.close()
    try:
        return worker.process.wait(GRACE)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        return worker.process.wait()
