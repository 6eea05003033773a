"""``--series``: which image is meant of files that hold several; advice on options of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from objclass.errors import InputError, Problem


def series_given(texts: Sequence[str], nodes: Sequence[str]) -> dict[str, str]:
    """Return node to the name or number of its series.

    Parameters
    ----------
    texts
        ``node=name`` or ``node=number``; without a node the first is meant.
    nodes
        The nodes there are.

    Raises
    ------
    InputError
        For unknown nodes, and a node with two series.
    """
    found: dict[str, str] = {}
    for text in texts:
        before, sign, after = text.partition("=")
        node, series = (before, after) if sign else (nodes[0], text)
        if node not in nodes or not series:
            fix = f"write {nodes[0]}={series or 0} or {nodes[1]}={series or 0}"
            raise InputError(Problem(f"--series {text}: there is no such file", fix=fix))
        if found.get(node, series) != series:
            got = f"{found[node]} and {series}"
            raise InputError(Problem(f"--series of {node} is given twice", got=got))
        found[node] = series
    return found


OPTIONS: Final = ("axes", "series")
"""The fields of an input that a command on files has options for."""


def as_option(problem: Problem) -> Problem:
    """Return a problem of a file whose advice to write a field names the option instead."""
    if any(setting.field not in OPTIONS for setting in problem.settings):
        return problem
    return problem.worded(
        lambda setting: setting.by_option(f"--{setting.field} {problem.node}={setting.value}")
    )
