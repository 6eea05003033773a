"""Problems of headers are said once: what holds for every image names none of them."""

from __future__ import annotations

import pytest

from objclass.engine.look import Findings
from objclass.errors import Place, Problem

HERE = Place("cells.yaml", 21, 12)


def found(*images: str, got: str | None = None) -> list[Problem]:
    """The same problem, found in several images."""
    return [
        Problem("shapes differ", got, place=HERE, node="feats", images=(image,)) for image in images
    ]


def test_what_holds_for_every_image_names_none() -> None:
    (problem,) = Findings(found("a", "b", "c")).told(3)
    assert str(problem) == "cells.yaml:21:12: node 'feats': shapes differ"


def test_what_holds_for_one_image_names_it() -> None:
    (problem,) = Findings(found("b", got="10 x 64")).told(3)
    assert str(problem) == ("cells.yaml:21:12: node 'feats', image 'b': shapes differ; got 10 x 64")


def test_many_images_are_counted_and_the_first_one_is_shown() -> None:
    problems = [p for image in "abcdef" for p in found(image, got=f"of {image}")]
    (problem,) = Findings(problems).told(9)
    assert str(problem) == (
        "cells.yaml:21:12: node 'feats', images 'a', 'b', 'c' and 3 more: shapes differ; got of a"
    )


def test_every_image_with_something_else_is_still_named() -> None:
    problems = [*found("a", got="1"), *found("b", got="2")]
    (problem,) = Findings(problems).told(2)
    assert problem.images == ("a", "b")


@pytest.mark.parametrize(
    ("problem", "where"),
    [
        (Problem("x", node="prob", images=("b",), t=3), "node 'prob', image 'b', t 3: x"),
        (Problem("x", node="prob", t=0), "node 'prob', t 0: x"),
        (Problem("x", images=("b",)), "image 'b': x"),
    ],
)
def test_a_problem_names_node_image_and_frame(problem: Problem, where: str) -> None:
    assert str(problem) == where


def test_what_is_known_is_not_overwritten() -> None:
    problem = Problem("x", images=("b",), t=3)
    assert problem.of(("c",), 4) == problem
    assert Problem("x").of(("c",), 4) == Problem("x", images=("c",), t=4)
