"""Which steps are ready, and which of them comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

from objclass.engine.graph import Graph, Step

Rank = Callable[[int], Any]
"""``rank(number)`` of a step by its place in the serial order; the lowest that is ready is next."""


def serial(number: int) -> int:
    """Keep the order of the graph: image by image, each step after all it reads."""
    return number


class Schedule:
    """Hands out every step once, when all it reads is settled: made, failed or given up.

    It knows steps and what they read, and decides nothing else: a step that is ready may still
    turn out to be cached, or to be skipped since what it reads has failed.

    Parameters
    ----------
    graph
        Tells what a step reads.
    steps
        All steps in the serial order.
    rank
        The order among steps that are ready; results do not depend on it.
    """

    def __init__(self, graph: Graph, steps: Sequence[Step], rank: Rank = serial) -> None:
        self._steps = steps
        self._rank = rank
        self._numbers = {step.address: number for number, step in enumerate(steps)}
        self._readers: dict[int, list[int]] = {}
        self._waits: list[int] = []
        for number, step in enumerate(steps):
            reads = self._reads(graph, step)
            self._waits.append(len(reads))
            for each in reads:
                self._readers.setdefault(each, []).append(number)
        self._ready = [(rank(n), n) for n, waits in enumerate(self._waits) if not waits]
        heapify(self._ready)

    def _reads(self, graph: Graph, step: Step) -> set[int]:
        found = (a for read in step.part.reads for a in graph.addresses(step, read))
        return {self._numbers[a] for a in found if a in self._numbers}

    @property
    def ready(self) -> tuple[Step, ...]:
        """The steps that could run now, the next one first."""
        return tuple(self._steps[number] for _, number in sorted(self._ready))

    def take(self) -> Step | None:
        """Hand out the next step that is ready; None where there is none."""
        return self._steps[heappop(self._ready)[1]] if self._ready else None

    def settle(self, step: Step) -> None:
        """Note that nothing more comes of a step: what reads it need not wait for it."""
        for number in self._readers.get(self._numbers[step.address], ()):
            self._waits[number] -= 1
            if not self._waits[number]:
                heappush(self._ready, (self._rank(number), number))

    def put_back(self, step: Step) -> None:
        """Take a step back that was handed out, since it could not be begun yet."""
        number = self._numbers[step.address]
        heappush(self._ready, (self._rank(number), number))
