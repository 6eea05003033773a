"""Advice on fields of a workflow as options: a batch has no workflow that a person could edit."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from objclass.engine.node import Node
from objclass.errors import Problem

_VALUE: Final = r"\[[^]…]*\]|\{[^}…]*\}|[^\s'…,;]+"
_FIELD: Final = re.compile(
    rf"\b(?:(?:add|write)(?P<like> for example)?|(?P<also>and)) (?P<quote>')?"
    rf"(?P<field>[a-z_]+): (?P<value>(?(quote)[^'…]+|(?:{_VALUE})))(?(quote)')"
    r"(?P<to> to '?(?P<node>[A-Za-z_][\w-]*)'?)?"
)
_PLACEHOLDER: Final = "[low, high]"


def by_option(problem: Problem, nodes: Mapping[str, Node]) -> Problem:
    """Return a problem whose advice to write a field is an option to add.

    ``add for example axes: zyx`` of node raw is ``add for example --set raw.axes=zyx``, and
    ``add 'pixel_size: 1 um' to raw`` of any node ``add --set 'raw.pixel_size=1 um'``.
    """

    def told(found: re.Match[str]) -> str:
        name = found["node"] if found["node"] in nodes else problem.node
        node = nodes.get(name or "")
        known = node is not None and found["field"] in type(node).model_fields
        if not known or found["value"] == _PLACEHOLDER:
            return found[0]
        rest = found["to"] or "" if name != found["node"] else ""
        setting = shlex.quote(f"{name}.{found['field']}={found['value']}")
        verb = "and" if found["also"] else f"add{found['like'] or ''}"
        return f"{verb} --set {setting}{rest}"

    return replace(problem, fix=_FIELD.sub(told, problem.fix)) if problem.fix else problem
