"""The schedule: which steps are ready, in which order, and that the order changes nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from toy_nodes import Join, Number, Sum, execute, graph_of

import workflows
from objclass.data.wire import Wire
from objclass.engine.disk_store import DiskStore
from objclass.engine.execute import Execution
from objclass.engine.graph import Graph, Step
from objclass.engine.node import Node
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome
from objclass.engine.schedule import Schedule


def keys(steps: Any) -> list[str]:
    """The keys of steps."""
    return [step.key for step in steps]


def one_by_one(schedule: Schedule) -> Iterator[Step]:
    """Every step in the order in which it is handed out; each is settled before the next."""
    while step := schedule.take():
        yield step
        schedule.settle(step)


def scheduled(graph: Graph, **more: Any) -> Schedule:
    """The schedule of all steps of a graph."""
    return Schedule(graph, list(graph.steps()), **more)


def shuffled(seed: int) -> Callable[[int], float]:
    """A rank by chance, the same for one seed."""
    return lambda number: random.Random(seed * 1_000_003 + number).random()


def diamond() -> Graph:
    """One number, two sums of it, and the sum of both."""
    nodes: dict[str, Node] = {
        "n": Number(value=1.0),
        "left": Sum(of=(Wire("n"),), plus=1.0),
        "right": Sum(of=(Wire("n"),), plus=2.0),
        "both": Sum(of=(Wire("left"), Wire("right"))),
    }
    return graph_of(nodes)


def test_a_step_is_ready_when_all_it_reads_is_settled() -> None:
    schedule = scheduled(diamond())
    assert keys(schedule.ready) == ["n.value|a|"]
    first = schedule.take()
    assert first is not None
    assert schedule.take() is None
    schedule.settle(first)
    assert keys(schedule.ready) == ["left.total|a|", "right.total|a|"]
    left, right = schedule.take(), schedule.take()
    assert left is not None
    assert right is not None
    schedule.settle(right)
    assert schedule.ready == ()
    schedule.settle(left)
    assert keys(schedule.ready) == ["both.total|a|"]


def test_the_rank_chooses_among_those_that_are_ready_and_no_others() -> None:
    schedule = scheduled(diamond(), rank=lambda number: -number)
    assert keys(one_by_one(schedule)) == [
        "n.value|a|", "right.total|a|", "left.total|a|", "both.total|a|",
    ]  # fmt: skip


def test_a_join_waits_for_every_image_and_frame() -> None:
    graph = graph_of({"n": Number(value=1.0, frames=2), "j": Join(of=Wire("n"))}, "ab")
    schedule = scheduled(graph)
    for _ in range(4):
        assert "j.all||" not in keys(schedule.ready)
        step = schedule.take()
        assert step is not None
        schedule.settle(step)
    assert keys(schedule.ready) == ["j.all||"]


# any graph


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Numbers, sums of what stands above them, and joins, over images and frames."""
    images = "abc"[: draw(st.integers(1, 3))]
    frames = draw(st.sampled_from([None, 2]))
    nodes: dict[str, Node] = {}
    for k in range(draw(st.integers(1, 7))):
        above = draw(st.lists(st.sampled_from(sorted(nodes)), unique=True, max_size=3)) if k else []
        nodes[f"n{k}"] = drawn(draw, k, above, images, frames)
    return graph_of(nodes, images)


def drawn(draw: st.DrawFn, k: int, above: list[str], images: str, frames: int | None) -> Node:
    """A node that reads those `above`."""
    apart = {name: 100.0 * k + place for place, name in enumerate(images)}
    if not above:
        return Number(value=0.0, for_image=apart, frames=frames)
    if draw(st.integers(0, 3)) == 0:
        return Join(of=Wire(above[0]))
    fails_on = draw(st.sampled_from(["", "", "", images[0]]))
    return Sum(of=tuple(map(Wire, above)), plus=0.001 * 2.0**k, fails_on=fails_on)


@settings(deadline=None)
@given(graphs())
def test_the_serial_order_is_that_of_the_graph(graph: Graph) -> None:
    assert keys(one_by_one(scheduled(graph))) == keys(graph.steps())


@settings(deadline=None)
@given(graphs(), st.integers(0, 1000))
def test_every_order_hands_out_every_step_once_after_what_it_reads(graph: Graph, seed: int) -> None:
    order = list(one_by_one(scheduled(graph, rank=shuffled(seed))))
    assert sorted(keys(order)) == sorted(keys(graph.steps()))
    places = {step.address: place for place, step in enumerate(order)}
    for step in order:
        reads = [a for read in step.part.reads for a in graph.addresses(step, read)]
        assert all(places[a] < places[step.address] for a in reads)


def told(outcomes: Iterable[StepOutcome]) -> list[Any]:
    """All that outcomes say, but for times.

    Where several steps have one recipe, the order decides which of them does the work: of
    these it is told only that they are done. Of files, it is told what they are made of.
    """
    found = list(outcomes)
    shared = Counter(o.known.recipe for o in found if o.known)
    return [
        (
            o.step.key,
            o.known and (o.known.recipe, o.known.summary, o.step.part.output or o.known.artifact),
            (o.status, str(o.reason)) if not o.known or shared[o.known.recipe] == 1 else "done",
            o.warnings,
            list(map(str, o.problems)),
        )
        for o in found
    ]


@settings(deadline=None, max_examples=50)
@given(graphs(), st.integers(0, 1000))
def test_every_order_makes_and_tells_the_same(graph: Graph, seed: int) -> None:
    serial = execute(graph)
    assert told(execute(graph, rank=shuffled(seed)).values()) == told(serial.values())


def run_in(folder: Path, cache: str, rank: Callable[[int], Any]) -> tuple[StepOutcome, ...]:
    """Run a real workflow over three images in some order."""
    job = workflows.Bench(folder).job()
    options = Options(job.name, rank=rank, overwrite=True, file=job.file)
    return Execution(job.graph, DiskStore(folder / cache), options).run()


def test_every_order_of_a_real_workflow_gives_the_same_results_and_report(tmp_path: Path) -> None:
    workflows.several(tmp_path)
    serial = run_in(tmp_path, "serial", lambda number: number)
    assert {o.status for o in serial} <= {"ran", "cached"}
    for seed in (1, 2):
        other = run_in(tmp_path, f"shuffled{seed}", shuffled(seed))
        assert told(other) == told(serial)
