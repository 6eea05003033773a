"""The graph: order, what is demanded, stages, and which artifacts a step reads."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from toy_nodes import HEADER, Double, Join, Number, Numbers, Sum, Text, graph_of

from objclass.data.wire import Wire
from objclass.engine.artifact import FactsHeader
from objclass.engine.graph import Checked, Graph, build, ordered
from objclass.engine.look import ImageKey, Look, WorkflowSettings
from objclass.engine.node import Node, Part, Read

ONE = Number(value=1.0)


def total(*names: str, **more: object) -> Sum:
    return Sum(of=tuple(Wire.parse(name) for name in names), **more)


def keys(graph: object) -> list[str]:
    return [step.key for step in graph.steps()]  # type: ignore[attr-defined]


def test_every_node_comes_after_what_it_reads_and_ties_stay_as_written() -> None:
    nodes = {"c": total("b", "z"), "b": total("z"), "z": ONE, "a": ONE}
    order = ordered(nodes)
    assert order.index("z") < order.index("b") < order.index("c")
    assert ordered({"b": ONE, "a": ONE}) == ("b", "a")


def test_steps_come_after_all_they_read() -> None:
    graph = graph_of({"s": total("n"), "n": ONE, "j": Join(of=Wire("s"))}, "ab")
    assert keys(graph) == [
        "n.value|a|", "s.total|a|", "n.value|b|", "s.total|b|", "j.all||",
    ]  # fmt: skip


def test_images_are_worked_off_one_after_the_other() -> None:
    steps = keys(graph_of({"n": ONE, "s": total("n")}, "abc"))
    assert [key.split("|")[1] for key in steps] == ["a", "a", "b", "b", "c", "c"]


def test_a_part_that_joins_images_stands_between_stages() -> None:
    nodes = {"n": ONE, "j": Join(of=Wire("n")), "s": total("j")}
    graph = graph_of(nodes, "ab")
    assert graph.stages() == [[("n", "value")], [("j", "all")], [("s", "total")]]
    assert keys(graph)[-2:] == ["s.total|a|", "s.total|b|"]


def test_a_part_nobody_asks_for_is_made_only_when_it_is_read() -> None:
    assert keys(graph_of({"n": ONE, "s": total("n")})) == ["n.value|a|", "s.total|a|"]
    graph = graph_of({"n": ONE, "s": total("n"), "t": total("s.parity")})
    assert "s.parity|a|" in keys(graph)


def test_until_a_node_makes_only_what_it_needs() -> None:
    nodes = {"n": ONE, "m": ONE, "s": total("n"), "t": total("s", "m")}
    assert keys(graph_of(nodes, until="s")) == ["n.value|a|", "s.total|a|"]


def test_frames_are_steps_of_their_own() -> None:
    graph = graph_of({"n": Number(value=1.0, frames=3), "s": total("n")})
    assert keys(graph) == [
        *(f"n.value|a|{t}" for t in range(3)),
        *(f"s.total|a|{t}" for t in range(3)),
    ]


def test_a_series_without_frames_has_no_steps() -> None:
    assert keys(graph_of({"n": Number(value=1.0, frames=0)})) == []


def test_a_frame_reads_its_frame_and_a_join_reads_all() -> None:
    nodes = {"n": Number(value=1.0, frames=2), "s": total("n"), "j": Join(of=Wire("s"))}
    graph = graph_of(nodes, "ab")
    by_key = {step.key: step for step in graph.steps()}
    step, join = by_key["s.total|b|1"], by_key["j.all||"]
    assert graph.addresses(step, step.part.reads[0]) == [("n", "value", "b", 1)]
    assert graph.addresses(join, join.part.reads[0]) == [
        ("s", "total", image, t) for image in "ab" for t in (0, 1)
    ]


def test_every_image_reads_the_one_joined_artifact() -> None:
    graph = graph_of({"n": ONE, "j": Join(of=Wire("n")), "s": total("j")}, "ab")
    step = next(step for step in graph.steps() if step.key == "s.total|b|")
    assert graph.addresses(step, step.part.reads[0]) == [("j", "all", None, None)]


def test_a_file_of_an_image_without_frames_serves_every_frame() -> None:
    nodes = {"n": Number(value=1.0, frames=2), "m": ONE, "s": total("n", "m")}
    graph = graph_of(nodes)
    step = next(step for step in graph.steps() if step.key == "s.total|a|1")
    assert graph.addresses(step, step.part.reads[1]) == [("m", "value", "a", None)]


def test_of_a_file_only_the_subtrees_that_somebody_reads_are_wanted(tmp_path: Path) -> None:
    nodes = {"f": Numbers(path="a.json"), "d": Double(of=Wire("f"))}
    assert graph_of(nodes, folder=tmp_path).subtrees[("f", "file")] == ("value",)
    nodes["e"] = Double(of=Wire("f"), index=True)
    assert graph_of(nodes, folder=tmp_path).subtrees[("f", "file")] == ("value", "index")
    assert graph_of(nodes, folder=tmp_path, until="d").subtrees[("f", "file")] == ("value",)


class Watch(Node):
    """An eager part: made as soon as all it reads is made."""

    kind: str = "watch"
    of: Wire

    def check(self, look: Look) -> tuple[Part, ...]:
        return (
            Part("seen", HEADER, reads=(Read("of", look.wire("of")),), asked=False, eager=True),
        )


def test_an_eager_part_is_made_under_until_but_demands_nothing() -> None:
    nodes = {"n": ONE, "m": ONE, "w": Watch(of=Wire("n")), "v": Watch(of=Wire("m"))}
    assert keys(graph_of(nodes, until="n")) == ["n.value|a|", "w.seen|a|"]


class Wrong(Node):
    """A node whose check finds two problems, one per image."""

    kind: str = "wrong"

    def check(self, look: Look) -> tuple[Part, ...]:
        raise look.problem("value", f"wrong in {look.image.name}", got="1", fix="mend it")


def test_all_problems_are_found_and_what_hangs_on_them_is_silent() -> None:
    nodes = {"w": Wrong(), "s": total("w"), "x": Wrong()}
    settings = WorkflowSettings(
        Path(), lambda node, field: None, lambda k, f, m: m(), [ImageKey("a"), ImageKey("b")]
    )
    graph = build(nodes, settings)
    said = [f"{problem.node}: {problem.what}" for problem in graph.findings.problems]
    assert sorted(said) == ["w: wrong in a", "w: wrong in b", "x: wrong in a", "x: wrong in b"]


def test_a_wire_to_a_part_that_is_not_there_is_told() -> None:
    settings = WorkflowSettings(Path(), lambda n, f: None, lambda k, f, m: m(), [ImageKey("a")])
    graph = build({"n": ONE, "t": Text(of=Wire("n", "nothing"), path="a.txt")}, settings)
    (problem,) = graph.findings.problems
    assert str(problem) == "node 't': 'n' has no part 'nothing'; expected value"


@pytest.mark.parametrize("image", ["a", "b"])
def test_a_step_is_called_the_same_in_every_run(image: str) -> None:
    graph = graph_of({"n": Number(value=1.0, frames=1)}, "ab")
    assert f"n.value|{image}|0" in keys(graph)


class Alike(Sum):
    """A sum whose check looks at headers alone; notes for which images it was asked."""

    alike: ClassVar[bool] = True
    asked: ClassVar[list[str]] = []
    wrong: str = ""

    def check(self, look: Look) -> tuple[Part, ...]:
        Alike.asked.append(look.image.name)
        if look.image.name == self.wrong:
            raise look.problem("of", "it is wrong")
        return super().check(look)


def test_images_with_the_same_headers_share_the_parts_of_nodes_that_look_at_headers_alone() -> None:
    Alike.asked.clear()
    graph = graph_of({"n": ONE, "s": Alike(of=(Wire("n"),))}, "abc")
    assert Alike.asked == ["a"]
    assert graph.parts["s"]["a"] is graph.parts["s"]["c"]


class Own(Number):
    """A number with a header of its own per image."""

    def check(self, look: Look) -> tuple[Part, ...]:
        return (replace(super().check(look)[0], header=FactsHeader(look.image.name)),)


def test_images_with_other_headers_do_not_though_they_are_further_up() -> None:
    Alike.asked.clear()
    nodes = {"n": Own(value=1.0), "s": total("n"), "t": Alike(of=(Wire("s"),))}
    graph_of(nodes, "abc")
    assert Alike.asked == ["a", "b", "c"]


def test_a_problem_is_found_for_every_image_that_has_it() -> None:
    Alike.asked.clear()
    nodes = {"n": ONE, "s": Alike(of=(Wire("n"),), wrong="a")}
    images = [ImageKey(name) for name in "abc"]
    settings = WorkflowSettings(Path(), lambda n, f: None, lambda k, f, m: m(), images)
    graph = build(nodes, settings)
    assert [problem.images for problem in graph.findings.problems] == [("a",)]
    assert Alike.asked == ["a", "b"]
    assert set(graph.parts["s"]) == {"b", "c"}


class Choosy(Node):
    """A part that reads a number for one image only."""

    kind: str = "choosy"
    of: Wire
    image: str

    def check(self, look: Look) -> tuple[Part, ...]:
        reads = (Read("of", look.wire("of")),) if look.image.name == self.image else ()
        return (Part("x", HEADER, reads=reads),)


def test_what_is_read_for_one_image_only_is_demanded() -> None:
    nodes = {"n": ONE, "s": total("n"), "c": Choosy(of=Wire("s", "parity"), image="b")}
    assert "s.parity|b|" in keys(graph_of(nodes, "ab", until="c"))


class Chain(Node):
    """Two parts of one node of which the later reads the earlier."""

    kind: str = "chain"
    of: Wire

    def check(self, look: Look) -> tuple[Part, ...]:
        first = Part("first", HEADER, reads=(Read("of", look.wire("of")),), asked=False)
        return first, Part("last", HEADER, reads=(Read("first", Wire(look.name, "first")),))


def test_what_a_part_of_the_same_node_reads_is_demanded_too() -> None:
    nodes = {"n": ONE, "m": ONE, "c": Chain(of=Wire("n"))}
    assert keys(graph_of(nodes, until="c")) == ["n.value|a|", "c.first|a|", "c.last|a|"]


class Telling(Alike):
    """One that notes something of its headers."""

    def check(self, look: Look) -> tuple[Part, ...]:
        look.note("it is small")
        return super().check(look)


def checked_alone(checked: Checked, image: str, n: Node, s: Node) -> Graph:
    """The graph of one image, as a batch has it."""
    settings = WorkflowSettings(Path(), lambda n, f: None, lambda k, f, m: m(), [ImageKey(image)])
    return build({"n": n, "s": s}, settings, checked=checked)


def test_graphs_of_one_image_share_parts_and_each_tells_the_notes() -> None:
    Alike.asked.clear()
    checked, own = Checked(), Telling(of=(Wire("n"),))
    graphs = [checked_alone(checked, image, ONE, own) for image in "abc"]
    assert Alike.asked == ["a"]
    assert graphs[0].parts["s"]["a"] is graphs[2].parts["s"]["c"]
    assert [[*graph.findings.notes] for graph in graphs] == [["s: it is small"]] * 3


def test_graphs_whose_nodes_were_changed_share_no_parts() -> None:
    Alike.asked.clear()
    checked, own = Checked(), Alike(of=(Wire("n"),))
    for image, other in (("a", ONE), ("b", Number(value=1.0)), ("c", Number(value=1.0))):
        checked_alone(checked, image, other, own)
    assert Alike.asked == ["a", "b", "c"]


def test_what_was_checked_stays_in_its_process() -> None:
    Alike.asked.clear()
    checked, own = Checked(), Alike(of=(Wire("n"),))
    checked_alone(checked, "a", ONE, own)
    checked_alone(pickle.loads(pickle.dumps(checked)), "b", ONE, own)
    assert Alike.asked == ["a", "b"]
