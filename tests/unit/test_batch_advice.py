"""Advice to write a field of a workflow, where there is only a project."""

from __future__ import annotations

import pytest

from objclass.batch.advice import by_option
from objclass.errors import Advice, FieldSetting, Problem, advise
from objclass.nodes.input import InputNode

NODES = {"raw": InputNode(kind="input", path="raw.tif")}


@pytest.mark.parametrize(
    ("fix", "said"),
    [
        (
            advise(FieldSetting("axes", "zyx", example=True)),
            "add for example --set raw.axes=zyx",
        ),
        (
            advise(FieldSetting("channels", "[a, b]", quoted=True)),
            "add --set 'raw.channels=[a, b]'",
        ),
        (
            advise(FieldSetting("foreground", "7", verb="write"), " if 7 is the object, else 1"),
            "add --set raw.foreground=7 if 7 is the object, else 1",
        ),
        (
            advise(FieldSetting("pixel_size", "1 um", "raw", quoted=True), " if so"),
            "add --set 'raw.pixel_size=1 um' if so",
        ),
        (
            advise(FieldSetting("value_range", "[0, 255]", "other", quoted=True)),
            "add 'value_range: [0, 255]' to other",
        ),
        (
            advise(
                FieldSetting("axes", "tcyx", verb="write", example=True),
                " ",
                FieldSetting("sizes", "{t: 3}", verb="and"),
            ),
            "add for example --set raw.axes=tcyx and --set 'raw.sizes={t: 3}'",
        ),
        (advise(FieldSetting("sigma", "2")), "add sigma: 2"),
        (advise("use another file"), "use another file"),
    ],
)
def test_a_field_of_the_node_is_an_option_and_all_else_stays(fix: Advice, said: str) -> None:
    assert str(by_option(Problem("wrong", fix=fix, node="raw"), NODES).fix) == said


@pytest.mark.parametrize("fix", ["add axes: zyx", "add 'pixel_size: … um' to raw"])
def test_words_that_only_look_like_a_setting_stay(fix: str) -> None:
    assert by_option(Problem("wrong", fix=fix, node="raw"), NODES).fix == fix


def test_advice_that_names_an_input_sets_a_field_of_it_whoever_says_so() -> None:
    setting = FieldSetting("value_range", "[0, 9]", "raw", example=True)
    said = by_option(Problem("wrong", fix=advise(setting), node="measured"), NODES).fix
    assert str(said) == "add for example --set 'raw.value_range=[0, 9]'"


def test_a_problem_of_no_node_stays() -> None:
    problem = Problem("wrong", fix=advise(FieldSetting("axes", "yx")))
    assert by_option(problem, NODES) == problem
