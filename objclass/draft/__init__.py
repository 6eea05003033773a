"""Drafts a workflow from the headers of a person's files, with comments on what to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from objclass.draft.input import draft_input, look_at
from objclass.draft.text import SCHEMA, workflow_lines
from objclass.errors import InputError, Problem, raise_all
from objclass.io.axes_option import axes_given
from objclass.io.formats import relocate
from objclass.io.join import images_of
from objclass.io.series_option import as_option, series_given

__all__ = ["SCHEMA", "draft"]

Objects = Literal["prediction_map", "segmentation", "label_image"]
NODES: Mapping[Objects, str] = {
    "prediction_map": "prob",
    "segmentation": "seg",
    "label_image": "cells",
}
"""What the objects come from, and the input node's name."""
OPTIONS = {"raw": "--raw", **{name: f"--{role.replace('_', '-')}" for role, name in NODES.items()}}


def draft(
    raw: str,
    objects: str,
    role: Objects,
    workflow: Path,
    axes: Sequence[str] = (),
    base: Path | None = None,
    series: Sequence[str] = (),
) -> str:
    """Return the text of a workflow for these files.

    Parameters
    ----------
    raw, objects
        Paths or ``{name}`` patterns of the raw image and of what the objects come from.
    role
        What `objects` is.
    workflow
        Where the workflow will lie; its paths are relative to that folder.
    axes
        ``node=letters``, or letters for every file that does not name its axes.
    base
        Folder that relative paths start at; by default the present one.
    series
        ``node=name`` or ``node=number`` of the image that is meant of a file of several.

    Raises
    ------
    InputError
        Where files are missing, cannot be read or paired, or do not name their axes.
    """
    folder = workflow.absolute().parent
    start = (base or Path()).absolute()
    given = {"raw": raw, NODES[role]: objects}
    paths = {node: relocate(text, start, folder) for node, text in given.items()}
    try:
        images = images_of(given, start, "raw")
    except InputError as error:
        raise InputError(*(_by_option(problem) for problem in error.problems)) from None
    wanted, chosen = axes_given(axes, tuple(paths)), series_given(series, tuple(paths))
    roles = {"raw": "raw", NODES[role]: role}
    inputs = []
    problems: list[Problem] = []
    for node, source in images[0].sources.items():
        try:
            made = draft_input(node, roles[node], paths[node], source, wanted, chosen.get(node))
            inputs.append(made)
        except InputError as error:
            problems += [_by_option(problem.at(node=node)) for problem in error.problems]
    raise_all(problems)
    files = {node: [image.sources[node] for image in images] for node in images[0].sources}
    inputs = [replace(each, seen=look_at(each, files[each.node])) for each in inputs]
    return "\n".join(workflow_lines(inputs, workflow.name, len(images))) + "\n"


def _by_option(problem: Problem) -> Problem:
    """Name the option a problem is about: there is no workflow yet that has nodes."""
    option = OPTIONS.get(problem.node or "")
    if option is None:
        return problem
    return replace(as_option(problem), what=f"{option}: {problem.what}", node=None)
