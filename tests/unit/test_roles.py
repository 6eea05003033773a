"""Who uses a part asks what it is for, not what its node calls it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from objclass.engine.artifact import FactsHeader
from objclass.engine.node import Part, find_part
from objclass.engine.role import PartRole
from objclass.report.reasons import name_parts

PACKAGE = Path(__file__).parents[2] / "objclass"


def outside_nodes() -> list[Path]:
    """Every module that is no node's own."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "nodes" not in path.parts]


def compared_names(tree: ast.AST) -> Iterator[str]:
    """Yield comparisons of the name of a part with a text."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        names = [ast.unparse(side) for side in sides if isinstance(side, ast.Attribute)]
        texts = any(isinstance(n, ast.Constant) for side in sides for n in ast.walk(side))
        if texts and any(name.endswith("part.name") or name == "p.name" for name in names):
            yield ast.unparse(node)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("o.step.part.name == 'model'", 1),
        ("part.name in ('model', 'evaluation')", 1),
        ("part.name == wire.part", 0),
        ("part.role is PartRole.MODEL", 0),
    ],
)
def test_a_comparison_with_the_name_of_a_part_is_seen(source: str, found: int) -> None:
    assert len([*compared_names(ast.parse(source))]) == found


def test_no_room_compares_the_name_of_a_part() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {text}"
        for path in outside_nodes()
        for text in compared_names(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()


def test_a_part_is_found_by_its_role_under_any_name() -> None:
    parts = [
        Part("wisdom", FactsHeader("x"), role=PartRole.MODEL),
        Part("model", FactsHeader("x")),
        Part("fits", FactsHeader("x"), role=PartRole.MATCHES),
    ]
    assert find_part(parts, PartRole.MODEL) is parts[0]
    assert find_part(parts, PartRole.RANGES) is None
    assert name_parts(parts) == {"fits": "annotations"}


MAKERS = {
    "results.py",
    "headless.py",
    "batch/inputs.py",
    "batch/arrays.py",
    "comparison/__init__.py",
    "curation/auditing.py",
}
"""Rooms that make nodes of these kinds, and so name their classes."""


def asked_classes(tree: ast.AST) -> Iterator[str]:
    """Yield questions for the class of a node."""
    for node in ast.walk(tree):
        asks = isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance"
        if asks and ast.unparse(node).endswith(("Node)", "PredictionFields)")):
            yield ast.unparse(node)


def test_no_room_asks_for_the_class_of_a_node_but_those_that_make_nodes() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in outside_nodes()
        for text in asked_classes(ast.parse(path.read_text(encoding="utf-8")))
        if not text.endswith(", Node)")
    }
    assert found <= MAKERS
