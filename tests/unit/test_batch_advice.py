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
        ("add 'pixel_size: … um' to raw", "add 'pixel_size: … um' to raw"),
        ("add 'pixel_size: 1 um' to raw if so", "add --set 'raw.pixel_size=1 um' if so"),
        ("add 'value_range: [low, high]' to raw", "add 'value_range: [low, high]' to raw"),
        ("add 'value_range: [0, 255]' to other", "add --set 'raw.value_range=[0, 255]' to other"),
        (
            "write for example axes: tcyx and sizes: {t: 3}",
            "add for example --set raw.axes=tcyx and --set 'raw.sizes={t: 3}'",
        ),
        ("add sigma: 2", "add sigma: 2"),
        ("use another file", "use another file"),
    ],
)
def test_a_field_of_the_node_is_an_option_and_all_else_stays(fix: str, said: str) -> None:
    assert by_option(Problem("wrong", fix=fix, node="raw"), NODES).fix == said


def test_advice_that_names_an_input_sets_a_field_of_it_whoever_says_so() -> None:
    problem = Problem("wrong", fix="add for example value_range: [0, 9] to 'raw'", node="measured")
    said = by_option(problem, NODES).fix
    assert said == "add for example --set 'raw.value_range=[0, 9]'"


def test_a_problem_of_no_node_stays() -> None:
    problem = Problem("wrong", fix="add axes: yx")
    assert by_option(problem, NODES) == problem
