"""Axes of training on other files: kept where they fit, else those that the files name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from objclass.data.axes import example_axes
from objclass.engine.look import ImageKey
from objclass.engine.node import Node
from objclass.errors import InputError, Problem
from objclass.io.header import FileHeader
from objclass.io.source import Source, Stack
from objclass.io.stack import describe_source
from objclass.nodes.input import InputNode

SET = "--set {node}.axes={axes}"
"""How a batch is told axes."""


def with_fitting_axes(
    nodes: Mapping[str, Node], image: ImageKey, options: Mapping[str, str]
) -> dict[str, Node]:
    """Return the nodes with the axes that the files of one image have.

    A workflow says the axes of its training files. Other files may be stacked where those were
    not, or name their axes themselves.

    Parameters
    ----------
    nodes, image
        What runs, on what.
    options
        Inputs whose `axes` are those of training (of a stack perhaps those of all its files),
        and for each the option that names its axes, for messages.

    Raises
    ------
    InputError
        Where neither fits.
    """
    found = dict(nodes)
    problems = []
    for name, option in options.items():
        node = nodes[name]
        if not isinstance(node, InputNode) or node.axes is None or node.sizes:
            continue
        try:
            axes = _axes(node, node.source_of(image, name)[0], option.replace("{node}", name))
        except InputError as error:
            problems += [problem.at(node=name) for problem in error.problems]
            continue
        if axes != node.axes:
            found[name] = node.model_copy(update={"axes": axes})
    if problems:
        raise InputError(*problems)
    return found


def _axes(node: InputNode, source: Source, option: str) -> str | None:
    """Return what an input's axes are for a source; None for those of the file."""
    try:
        file, _ = describe_source(source.first, None, node.chosen)
    except InputError:
        return node.axes  # the check of the input says what is wrong with the file
    stacked = source.axes if isinstance(source, Stack) else ""
    own = "".join(letter for letter in node.axes or "" if letter not in stacked)
    fitting = [axes for axes in (node.axes, own) if axes and len(axes) == len(file.shape)]
    if fitting or file.axes:
        return fitting[0] if fitting else None
    raise InputError(_misfit(source.first.path, node, file, option))


def _misfit(path: Path, node: InputNode, file: FileHeader, option: str) -> Problem:
    return Problem(
        f"{path.name} does not name its axes, and those of training do not fit",
        got=f"shape {file.shape}, axes {node.axes}",
        expected="letters of tczyx in file order",
        fix=f"add for example {option.replace('{axes}', example_axes(file.shape))}",
    )
