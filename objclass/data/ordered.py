"""Applies a function to items side by side, and gives the results in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from contextvars import copy_context
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Protocol, TypeVar

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    from concurrent.futures import Future

_A = TypeVar("_A")
_B = TypeVar("_B")

AHEAD = 2
"""How many items per thread are begun before the first of them is asked for."""


class OrderedMap(Protocol):
    """Applies a function to items and yields the results in order, as ``map`` does."""

    def __call__(self, function: Callable[[_A], _B], items: Iterable[_A], /) -> Iterable[_B]: ...


@dataclass(frozen=True)
class ThreadedMap:
    """An ordered map whose calls share the processors of several threads.

    Who takes the results sees what ``map`` gives, errors included: the first in the order of the
    items is raised, and no further item is begun. Memory is bounded: a thread works on one item,
    and few are begun before their turn.

    Parameters
    ----------
    threads
        How many calls run at a time; with 1 this is ``map``.
    """

    threads: int = 1

    def __call__(self, function: Callable[[_A], _B], items: Iterable[_A], /) -> Iterable[_B]:
        if self.threads < 2 or (isinstance(items, Sized) and len(items) < 2):
            return map(function, items)
        return self._side_by_side(function, items)

    def _side_by_side(self, function: Callable[[_A], _B], items: Iterable[_A]) -> Iterator[_B]:
        from concurrent.futures import ThreadPoolExecutor

        begun: deque[Future[_B]] = deque()
        pool, calls = ThreadPoolExecutor(self.threads, "objclass-block"), _CallsUnderWay()
        try:
            for item in items:
                # numpy keeps how it tells of divisions by zero per context, as warnings may
                begun.append(pool.submit(copy_context().run, calls.make, function, item))
                if len(begun) >= AHEAD * self.threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        except (Exception, GeneratorExit):
            raise
        except BaseException:  # somebody stops us, and should not wait for a slow plugin
            pool.shutdown(wait=False, cancel_futures=True)
            calls.stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


class CallStopped(BaseException):
    """Raised within a call whose result nobody waits for."""


class _CallsUnderWay:
    """Which threads are within a call, so that calls can be stopped and nothing else is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._threads: set[int] = set()

    def make(self, function: Callable[[_A], _B], item: _A) -> _B:
        """Call the function."""
        with self._lock:
            self._threads.add(get_ident())
        try:
            return function(item)
        finally:
            with self._lock:
                self._threads.discard(get_ident())

    def stop(self) -> None:
        """Have every call raise as soon as it is at a line of Python."""
        from ctypes import c_ulong, py_object, pythonapi

        with self._lock:  # none of them ends meanwhile, so it is raised within `make`
            for each in self._threads:
                pythonapi.PyThreadState_SetAsyncExc(c_ulong(each), py_object(CallStopped))
