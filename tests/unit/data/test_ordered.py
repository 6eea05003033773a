"""Items worked on side by side come back in their order, with the errors that ``map`` has."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import numpy as np
import pytest

from objclass.data.ordered import AHEAD, ThreadedMap


def test_results_come_in_the_order_of_the_items_whoever_is_done_first() -> None:
    def late(item: int) -> int:
        time.sleep(0.02 if item % 3 == 0 else 0.0)
        return item * item

    for threads in (1, 2, 3):
        assert list(ThreadedMap(threads)(late, range(11))) == [n * n for n in range(11)]


def test_two_threads_work_at_a_time() -> None:
    both = threading.Barrier(2, timeout=10)
    assert sorted(ThreadedMap(2)(lambda item: both.wait(), range(4))) == [0, 0, 1, 1]


def test_one_thread_is_map() -> None:
    here = threading.get_ident()
    assert set(ThreadedMap(1)(lambda item: threading.get_ident(), range(5))) == {here}
    assert set(ThreadedMap(4)(lambda item: threading.get_ident(), [0])) == {here}


def test_the_first_error_in_the_order_of_the_items_is_raised_and_no_more_is_begun() -> None:
    begun = []

    def fail(item: int) -> int:
        begun.append(item)
        if item == 1:
            time.sleep(0.05)
        if item in (1, 2):
            raise ValueError(f"block {item}")
        return item

    got = []
    with pytest.raises(ValueError, match="block 1"):
        got.extend(ThreadedMap(2)(fail, range(100)))
    assert max(begun) < 2 * AHEAD + 2
    assert not of_blocks()


def of_blocks() -> list[threading.Thread]:
    """Threads that are left."""
    return [t for t in threading.enumerate() if t.name.startswith("objclass-block")]


def test_few_items_are_begun_before_they_are_asked_for() -> None:
    given = []

    def items() -> Iterator[int]:
        for item in range(100):
            given.append(item)
            yield item

    results = iter(ThreadedMap(3)(lambda item: item, items()))
    for number in range(10):
        assert next(results) == number
        assert len(given) <= number + 3 * AHEAD + 1


def test_threads_that_nobody_listens_to_end() -> None:
    results = iter(ThreadedMap(3)(lambda item: item, iter(range(100))))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not of_blocks()


class Stopped(BaseException):
    """What a signal raises."""


def test_calls_that_run_when_somebody_stops_us_end_at_once() -> None:
    """Each of them would take half a minute."""
    begun: list[int] = []
    another = threading.Event()

    def slow(item: int) -> None:
        begun.append(item)
        if item == 0:
            another.wait(5)
            raise Stopped
        another.set()
        for _ in range(3000):
            time.sleep(0.01)

    start = time.monotonic()
    with pytest.raises(Stopped):
        list(ThreadedMap(2)(slow, range(100)))
    assert time.monotonic() - start < 10
    assert max(begun) <= 2
    assert not of_blocks()


def test_an_error_lets_calls_that_run_end() -> None:
    ended: list[int] = []

    def slow(item: int) -> None:
        if item == 0:
            raise ValueError("block 0")
        time.sleep(0.1)
        ended.append(item)

    with pytest.raises(ValueError, match="block 0"):
        list(ThreadedMap(2)(slow, range(2)))
    assert ended in ([], [1])
    assert not of_blocks()


def test_a_thread_sees_the_context_of_who_asked() -> None:
    known: ContextVar[str] = ContextVar("known")
    known.set("here")
    assert set(ThreadedMap(2)(lambda item: known.get(), range(4))) == {"here"}
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        list(ThreadedMap(2)(lambda item: np.ones(1) / item, np.zeros((3, 1))))
