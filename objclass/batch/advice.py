"""Advice on fields of a workflow as options: a batch has no workflow that a person could edit."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace

from objclass.engine.node import Node
from objclass.errors import Problem

_FIELD = re.compile(
    r"\b(?:add|write)(?P<like> for example)? '?(?P<field>[a-z_]+): "
    r"(?P<value>\[[^]]*\]|\{[^}]*\}|[^\s'…,;]+)'?"
)


def by_option(problem: Problem, nodes: Mapping[str, Node]) -> Problem:
    """Return a problem whose advice to write a field is an option to add.

    ``add for example axes: zyx`` of node raw is ``add for example --set raw.axes=zyx``.
    """
    found = _FIELD.search(problem.fix or "")
    node = nodes.get(problem.node or "")
    if found is None or node is None or found["field"] not in type(node).model_fields:
        return problem
    setting = shlex.quote(f"{problem.node}.{found['field']}={found['value']}")
    said = f"add{found['like'] or ''} --set {setting}"
    return replace(
        problem, fix=f"{found.string[: found.start()]}{said}{found.string[found.end() :]}"
    )
