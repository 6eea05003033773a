"""The line of progress says what is under way, also where that are several steps."""

from __future__ import annotations

from toy_nodes import HEADER

from objclass.cli.live import StepsUnderWay
from objclass.engine.graph import Step
from objclass.engine.node import Part
from objclass.engine.outcome import StepOutcome, WorkersStarted


def step(node: str, image: str | None) -> Step:
    """A step of a part ``total``."""
    return Step(node, Part("total", HEADER), image, None)


def test_one_step_is_named_and_several_are_counted_with_their_images() -> None:
    steps = StepsUnderWay()
    first, second, third = step("size", "a"), step("axes", "a"), step("size", "b")
    steps.see(first)
    assert str(steps) == "size.total  a"
    steps.see(second)
    steps.see(third)
    assert str(steps) == "3 at a time: a, b"
    steps.see(StepOutcome(first, "ran"))
    steps.see(StepOutcome(third, "ran"))
    assert (steps.done, str(steps)) == (2, "axes.total  a")


def test_workers_are_counted_where_there_are_any() -> None:
    steps = StepsUnderWay()
    steps.see(WorkersStarted(2))
    steps.see(step("size", "a"))
    assert str(steps) == "size.total  a (2 workers)"
    steps.see(step("size", "b"))
    assert str(steps) == "2 at a time (2 workers): a, b"


def test_many_images_fit_into_one_line() -> None:
    steps = StepsUnderWay()
    for image in "abcdef":
        steps.see(step("size", image))
    assert str(steps) == "6 at a time: a, b, c, d and 2 more"
