"""A process that others are forked from: it has imported and loaded what they need, once.

A fresh interpreter takes a second to import what a worker needs and to load machine code. Here
one does; workers begin as copies of it. It has one thread and does nothing else, so a copy finds
no lock taken. Only Linux: elsewhere system libraries do not survive a fork.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from objclass.io.leftover import begin_anew

START = "import sys; sys.path[:] = sys.argv[2:]; from objclass.engine.nursery import serve; serve()"
LIBRARIES = (
    "objclass", "numpy", "scipy", "numba", "llvmlite", "h5py", "zarr", "numcodecs", "tifffile",
    "imagecodecs", "skimage", "pydantic", "pydantic_core", "ruamel", "yaml", "blake3", "click",
)  # fmt: skip
"""Whose modules are imported before anybody is born, where the process that asks has them.

Not pyarrow, nor scikit-learn, which imports it: it starts a thread as it is imported.
"""
QUIET = ("SIGINT", "SIGTERM", "SIGHUP")
PR_SET_PDEATHSIG = 1
"""Linux's number of the wish to be signalled when the parent dies."""
GRACE = 3.0
"""Seconds that children have to end when the process that we work for is gone."""


def is_possible() -> bool:
    """Return True where processes may be forked."""
    return sys.platform == "linux"


class Nursery:
    """The process, as seen by the one that started it.

    Parameters
    ----------
    environment
        Of the process and of all that are forked from it.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            flags = [f"-W{each}" for each in sys.warnoptions]
            command = [sys.executable, *flags, "-c", START, str(number), *sys.path]
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, pass_fds=[number]
            )
        self._connection = Connection(os.dup(self._socket.fileno()))
        self._send(("load", loaded_modules(), loaded_kernels()))

    def _send(self, message: Any) -> None:
        with suppress(OSError):  # it died, which is heard of by who waits for a child
            self._connection.send_bytes(ForkingPickler.dumps(message))

    @property
    def lives(self) -> bool:
        """True where it was not killed."""
        return self._process.poll() is None

    def fork(self, connection: socket.socket) -> NurseryChild:
        """Have a worker forked that answers over this end of a connection."""
        self._send(("fork",))
        with suppress(OSError):
            socket.send_fds(self._socket, [b"f"], [connection.fileno()])
        return NurseryChild(self)

    def wait(self, pid: int, timeout: float) -> int | None:
        """Return how a child ended, as :mod:`subprocess` says it; None where it did not yet."""
        self._send(("wait", pid, timeout))
        try:
            found: int | None = ForkingPickler.loads(self._connection.recv_bytes())
        except (EOFError, OSError):
            return -signal.SIGKILL
        return found

    def close(self) -> None:
        """End the process; children end where their connections are closed."""
        self._connection.close()
        self._socket.close()
        self._process.kill()
        self._process.wait()


class NurseryChild:
    """A forked worker; :attr:`pid` is what it says when it begins."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._code: int | None = None
        self.pid = 0

    def _signal(self, number: int) -> None:
        if self.pid and self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end; one that has not begun ends with its connection."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended.

        Raises
        ------
        subprocess.TimeoutExpired
            Where it has not ended in time.
        """
        if self._code is None and self.pid:
            self._code = self._nursery.wait(self.pid, GRACE if timeout is None else timeout)
            if self._code is None:
                raise subprocess.TimeoutExpired("worker", timeout or GRACE)
        return self._code or 0


def loaded_modules() -> tuple[str, ...]:
    """Return the modules that this process has imported and a worker may need."""
    return tuple(name for name in sys.modules if name.split(".")[0] in LIBRARIES)


def loaded_kernels() -> list[Any]:
    """Return the kernels that this process uses; none where it has used none."""
    if "objclass.data.kernel" not in sys.modules:
        return []
    from objclass.data.kernel import kernels_used

    return kernels_used()


def serve() -> None:
    """Fork workers for whom the socket belongs to whose number is the first argument."""
    before = {name: signal.getsignal(getattr(signal, name)) for name in QUIET}
    for name in QUIET:  # who is stopped ends us, after the workers
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    asking = socket.socket(fileno=int(sys.argv[1]))
    connection = Connection(os.dup(asking.fileno()))
    children: set[int] = set()
    try:
        while True:
            what, *given = ForkingPickler.loads(connection.recv_bytes())
            if what == "load":
                _load(*given)
            elif what == "wait":
                code = _waited(given[0], time.monotonic() + given[1])
                children -= set() if code is None else {given[0]}
                connection.send_bytes(ForkingPickler.dumps(code))
            else:
                _, (number,), *_ = socket.recv_fds(asking, 1, 1)
                if _is_alone() and (pid := _forked(number, (asking, connection), before)):
                    children.add(pid)
                os.close(number)
    except (EOFError, OSError):
        _reap(children)


def _load(modules: Iterable[str], kernels: list[Any]) -> None:
    for name in modules:
        with suppress(Exception):
            import_module(name)
    if kernels:
        from objclass.data.kernel import load_kernels

        load_kernels(kernels)
    gc.collect()
    gc.freeze()  # what is here stays: nobody need look at it again, and so memory is shared


def _is_alone() -> bool:
    """Return True where no other thread could hold a lock."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return threading.active_count() == 1


def _forked(number: int, ours: tuple[Any, ...], signals: dict[str, Any]) -> int:
    """Fork a worker; return its id here, and never there."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        for each in ours:
            each.close()
        for name, handler in signals.items():
            signal.signal(getattr(signal, name), handler)
        _end_with(parent)
        begin_anew()
        from objclass.engine.worker import serve as serve_calls

        serve_calls(number)
    finally:
        os._exit(1)


def _end_with(parent: int) -> None:
    """Have the system kill this process when the nursery is gone."""
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def _waited(pid: int, end: float) -> int | None:
    """Return how a child ended, or None where it has not by then."""
    while True:
        with suppress(ChildProcessError):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(0.005)


def _reap(children: Iterable[int]) -> None:
    """Wait for the children, which end as their connections are closed."""
    end = time.monotonic() + GRACE + 1
    for pid in children:
        _waited(pid, end)
