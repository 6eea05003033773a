"""Advice to write a field of a workflow, where there is only a project."""

from __future__ import annotations

import pytest

from objclass.batch.advice import by_option
from objclass.errors import Problem
from objclass.nodes.input import InputNode

NODES = {"raw": InputNode(kind="input", path="raw.tif")}


@pytest.mark.parametrize(
    ("fix", "said"),
    [
        ("add for example axes: zyx", "add for example --set raw.axes=zyx"),
        ("add 'channels: [a, b]'", "add --set 'raw.channels=[a, b]'"),
        (
            "write foreground: 7 if 7 is the object, else 1",
            "add --set raw.foreground=7 if 7 is the object, else 1",
        ),
        ("add axes: …", "add axes: …"),
        ("add sigma: 2", "add sigma: 2"),
        ("use another file", "use another file"),
    ],
)
def test_a_field_of_the_node_is_an_option_and_all_else_stays(fix: str, said: str) -> None:
    assert by_option(Problem("wrong", fix=fix, node="raw"), NODES).fix == said


def test_a_problem_of_no_node_stays() -> None:
    problem = Problem("wrong", fix="add axes: yx")
    assert by_option(problem, NODES) == problem
