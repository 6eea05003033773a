"""Applies a function to items side by side, and gives the results in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol, TypeVar

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
        begun: deque[Future[_B]] = deque()
        pool = ThreadPoolExecutor(self.threads, "objclass-block")
        try:
            for item in items:
                # numpy keeps how it tells of divisions by zero per context, as warnings may
                begun.append(pool.submit(copy_context().run, function, item))
                if len(begun) >= AHEAD * self.threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
