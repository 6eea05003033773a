"""``check_node`` finds each broken promise of a node kind, and says which."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from toy_nodes import HEADER, graph_of

from objclass.engine.artifact import Content, Record
from objclass.engine.graph import Graph
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.engine.summary import Summary
from objclass.schema.fields import WireField
from objclass.testing import check_node


class One(Node):
    """The number one."""

    main: ClassVar[str | None] = "value"
    kind: Literal["one"] = "one"

    def check(self, look: Look) -> tuple[Part, ...]:
        return (Part("value", HEADER, {"value": 1.0}),)

    def compute(self, part: Part, view: View) -> Made:
        return made(1.0)


class Half(Node):
    """Half of another number."""

    main: ClassVar[str | None] = "value"
    kind: Literal["half"] = "half"
    of: WireField
    """The number."""

    def check(self, look: Look) -> tuple[Part, ...]:
        return (Part("value", HEADER, {}, (Read("of", look.wire("of")),)),)

    def compute(self, part: Part, view: View) -> Made:
        return made(view.one("of").arrays["x"][0] / 2)


@dataclass(frozen=True)
class Remark(Summary):
    """Anything that a node may say."""

    kind: ClassVar[str] = "remark"

    value: Any = None


def made(value: float, summary: Summary | None = None) -> Made:
    return Made(Content(record=Record({"x": np.array([value])}, {})), summary)


def checked(broken: type[Node]) -> None:
    """Check a node that reads the number one, if it reads anything."""
    check_node(lambda: graph(broken), "mine")


def graph(kind: type[Node]) -> Graph:
    of = {"of": "one"} if "of" in kind.model_fields else {}
    return graph_of({"one": One(), "mine": kind.model_validate(of)})


def test_a_node_that_keeps_the_contract_is_passed_quietly() -> None:
    checked(One)
    checked(Half)


def test_a_field_without_a_description_is_found() -> None:
    class Bare(Half):
        """Half of a number."""

        share: float = 0.5

    with pytest.raises(AssertionError, match=r"half: its fields \['share'\] have no description"):
        checked(Bare)


def test_a_synonym_that_leads_nowhere_is_found() -> None:
    class Lost(Half):
        """Half of a number."""

        synonyms: ClassVar[dict[str, str]] = {"from": "off"}

    with pytest.raises(AssertionError, match=r"synonyms lead to \['off'\]"):
        checked(Lost)


def test_two_parts_of_one_name_are_found() -> None:
    class Twice(One):
        """The number one, twice."""

        def check(self, look: Look) -> tuple[Part, ...]:
            return super().check(look) * 2

    with pytest.raises(AssertionError, match="two parts of a have one name"):
        checked(Twice)


def test_a_path_in_the_recipe_is_found() -> None:
    class Located(One):
        """A number that is known by where it lies."""

        def check(self, look: Look) -> tuple[Part, ...]:
            return (Part("value", HEADER, {"files": [str(Path("/data/one.txt"))]}),)

    with pytest.raises(AssertionError, match=r"the path /data/one\.txt is in its parameters"):
        checked(Located)


def test_parameters_that_are_no_json_are_found() -> None:
    class Packed(One):
        """A number as an array."""

        def check(self, look: Look) -> tuple[Part, ...]:
            return (Part("value", HEADER, {"value": np.ones(1)}),)

    with pytest.raises(AssertionError, match=r"mine\.value: its parameters are no JSON"):
        checked(Packed)


def test_a_check_with_a_memory_is_found() -> None:
    calls = itertools.count()

    class Counting(One):
        """How often it was checked."""

        def check(self, look: Look) -> tuple[Part, ...]:
            return (Part("value", HEADER, {"value": next(calls)}),)

    with pytest.raises(AssertionError, match=r"mine\.value: other parameters when checked again"):
        checked(Counting)


def test_a_read_of_what_is_not_there_is_found() -> None:
    class Blind(Half):
        """Half of a number that nobody makes."""

        def check(self, look: Look) -> tuple[Part, ...]:
            wire = look.wire("of")
            return (Part("value", HEADER, {}, (Read("of", type(wire)(wire.node, "gone")),)),)

    with pytest.raises(AssertionError, match=r"mine\.value reads one\.gone, which is no part"):
        checked(Blind)


class Random(One):
    """Another number each time."""

    values: ClassVar[Any] = itertools.count()

    def compute(self, part: Part, view: View) -> Made:
        return made(float(next(self.values)))


def test_a_part_that_is_another_one_each_time_is_found() -> None:
    with pytest.raises(AssertionError, match="makes something else when it is made again"):
        checked(Random)


class Edge(One):
    """The number of voxels of a block."""

    def compute(self, part: Part, view: View) -> Made:
        return made(float(view.block["x"]) if view.block else 0.0)


def test_a_result_that_depends_on_the_block_is_found() -> None:
    with pytest.raises(AssertionError, match=r"mine\.value\|a\| is another result by block"):
        checked(Edge)


class Failing(One):
    """A number that is never made."""

    def compute(self, part: Part, view: View) -> Made:
        raise ValueError("no number today")


def test_a_node_that_fails_is_named_with_what_it_said() -> None:
    with pytest.raises(AssertionError, match=r"mine\.value\|a\| failed: .*no number today"):
        checked(Failing)


def test_a_summary_that_the_part_does_not_name_is_found() -> None:
    class Talking(One):
        """Says what its part does not name."""

        def compute(self, part: Part, view: View) -> Made:
            return made(1.0, Remark(1))

    with pytest.raises(
        AssertionError, match=r"mine\.value\|a\| tells a summary that it does not name"
    ):
        checked(Talking)


@pytest.mark.parametrize(
    ("value", "says"), [({1}, "its summary is no JSON"), ("lost", "gives back another summary")]
)
def test_a_summary_that_no_trace_can_keep_is_found(value: Any, says: str) -> None:
    @dataclass(frozen=True)
    class Forgetful(Remark):
        @classmethod
        def of_json(cls, record: Any) -> Any:
            return cls(None)

    class Telling(One):
        """Says what no trace gives back."""

        def check(self, look: Look) -> tuple[Part, ...]:
            return tuple(replace(part, tells=Forgetful) for part in super().check(look))

        def compute(self, part: Part, view: View) -> Made:
            return made(1.0, Forgetful(value))

    with pytest.raises(AssertionError, match=says):
        checked(Telling)
