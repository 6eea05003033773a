"""Learns in a thread of its own: after a short wait, from the last lesson only."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from threading import Condition, Thread
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.errors import ObjclassError
from objclass.session.lesson import Lesson

if TYPE_CHECKING:
    from objclass.data.model import Model

DEBOUNCE = 0.08
"""Seconds without a click before training begins, so that a burst of clicks trains once."""


@dataclass(frozen=True)
class Learned:
    """What became of a lesson.

    Parameters
    ----------
    number
        Of the request, growing.
    lesson
        What was learned from.
    model
        None where nothing could be learned.
    untrained
        Why not.
    bug
        The traceback of what nobody foresaw.
    """

    number: int
    lesson: Lesson | None
    model: Model | None
    untrained: str = ""
    bug: str = ""


class Learner:
    """Trains the last lesson that was asked for; then works off what is left to do.

    Parameters
    ----------
    take
        Returns the lesson of now.
    hand_over
        Called with what became of it.
    work
        Does a small piece of what is left, such as predicting a few thousand objects; returns
        False where nothing is.
    failed
        Called with what `hand_over` or `work` raised; the thread goes on with the next lesson.
    """

    def __init__(
        self,
        take: Callable[[], Lesson],
        hand_over: Callable[[Learned], None],
        work: Callable[[], bool],
        failed: Callable[[Exception], None],
    ) -> None:
        self._take, self._hand_over, self._work, self._failed = take, hand_over, work, failed
        self._state = Condition()
        self._asked = self._done = self._woken = 0
        self._due = 0.0
        self._closed = self._idle = False
        self._thread = Thread(target=self._run, name="learning", daemon=True)
        self._thread.start()

    def ask(self, wait: float = DEBOUNCE) -> int:
        """Ask for training after a short wait; return the number of the request."""
        with self._state:
            self._asked += 1
            self._due = time.monotonic() + wait
            self._idle = False
            self._state.notify_all()
            return self._asked

    def is_quiet(self, seconds: float) -> bool:
        """Wait so long, and return False as soon as somebody asks; for work that can wait."""
        with self._state:
            return not self._state.wait_for(
                lambda: self._closed or self._asked > self._done, seconds
            )

    def wake(self) -> None:
        """Say that there is work left."""
        with self._state:
            self._woken += 1
            self._idle = False
            self._state.notify_all()

    def wait(self, *, idle: bool = False) -> None:
        """Wait until all that was asked for is learned, and with `idle` all work is done."""
        with self._state:
            self._state.wait_for(
                lambda: self._closed or (self._done >= self._asked and (self._idle or not idle))
            )

    def close(self) -> None:
        """End the thread."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            number, woken = self._next(), self._woken
            try:
                left = self._learn(number) if number else self._closed or self._work()
            except Exception as error:  # the thread must outlive it: who waits would wait for ever
                left = False
                self._failed(error)
            with self._state:
                self._done = max(self._done, number)
                self._idle = not left and self._done >= self._asked and self._woken == woken
                self._state.notify_all()

    def _next(self) -> int:
        """Return the number of the lesson that is due; 0 for work that is left."""
        with self._state:
            while not self._closed:
                left = self._due - time.monotonic()
                if self._asked > self._done and left <= 0:
                    return self._asked
                if self._asked > self._done:
                    self._state.wait(left)
                elif not self._idle:
                    return 0
                else:
                    self._state.wait()
        return 0

    def _learn(self, number: int) -> bool:
        learned = self._learned(number)
        with self._state:
            is_last = number == self._asked
        if is_last:  # else a newer lesson is under way, and this one is out of date
            self._hand_over(learned)
        return True

    def _learned(self, number: int) -> Learned:
        lesson = None
        try:
            lesson = self._take()
            return Learned(number, lesson, lesson.model())
        except ObjclassError as error:
            bare = (replace(problem, place=None) for problem in error.problems)
            reasons = "; ".join(dict.fromkeys(map(str, bare)))
            return Learned(number, lesson, None, reasons)
        except Exception as error:
            return Learned(number, lesson, None, unforeseen(error), traceback.format_exc())


def unforeseen(error: Exception) -> str:
    """Return in one line what nobody foresaw."""
    return f"something unexpected happened while learning: {type(error).__name__}: {error}"
