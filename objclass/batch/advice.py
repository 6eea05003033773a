"""Advice on fields of a workflow as options: a batch has no workflow that a person could edit."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from objclass.engine.node import Node
from objclass.errors import FieldSetting, Problem


def by_option(problem: Problem, nodes: Mapping[str, Node]) -> Problem:
    """Return a problem whose advice to write a field is an option to add.

    ``add for example axes: zyx`` of node raw is ``add for example --set raw.axes=zyx``, and
    ``add 'pixel_size: 1 um' to raw`` of any node ``add --set 'raw.pixel_size=1 um'``.
    """

    def told(setting: FieldSetting) -> str | None:
        name = setting.node or problem.node or ""
        if name not in nodes or setting.field not in type(nodes[name]).model_fields:
            return None
        said = shlex.quote(f"{name}.{setting.field}={setting.value}")
        return setting.by_option(f"--set {said}")

    return problem.worded(told)
