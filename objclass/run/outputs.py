"""The files that a workflow would write: none may overwrite another, or what is read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from objclass.engine.graph import Graph
from objclass.errors import Problem, list_some
from objclass.io.output_formats import is_folder
from objclass.io.path_spelling import RealPaths
from objclass.nodes.annotated import annotation_names
from objclass.nodes.families import PluginSource
from objclass.project import NAME as PROJECT
from objclass.schema.names import LONGEST_NAME
from objclass.schema.workflow import Workflow

Output = tuple[str, str | None, str, Path]
"""Node, image (None where all are in one file), part and path of a file to write."""


def output_problems(graph: Graph, workflow: Workflow) -> list[Problem]:
    """Return the problems of outputs that would overwrite each other or what is read."""
    real = RealPaths()
    read = dict(_files_read(graph, workflow, real))
    by_path: dict[str, list[Output]] = {}
    for output in _outputs(graph):
        by_path.setdefault(real.of(output[-1]), []).append(output)
    folders = {output[-1].parent for outputs in by_path.values() for output in outputs}
    files = {folder: next(_files_among(folder), None) for folder in folders}
    problems = []
    for written, outputs in by_path.items():
        found = _output_problem(written, outputs, read, files[outputs[0][-1].parent])
        node, _, part, path = outputs[-1]
        inside = node in workflow.nodes
        place = workflow.place(node, f"write.{part}") if inside else workflow.place("project")
        found = found and replace(found, got=str(path)).at(place, node if inside else None)
        problems += [found] if found else []
    return problems[:12]


def _outputs(graph: Graph) -> Iterator[Output]:
    """Yield every file to write once."""
    for node, by_image in graph.parts.items():
        seen: dict[Output, None] = {}
        for image, parts in by_image.items():
            for part in (p for p in parts if p.output is not None):
                owner = None if "image" in part.joins else image
                seen[node, owner, part.name, part.output or Path()] = None
        yield from seen


def _files_among(folder: Path) -> Iterator[Path]:
    """Yield what is a file where an output needs a folder."""
    return (path for path in (folder, *folder.parents) if path.is_file())


def _output_problem(
    real: str, outputs: Sequence[Output], read: Mapping[str, str], file: Path | None
) -> Problem | None:
    """Return what is wrong with the outputs that have one path; `file` stands in its way."""
    path = outputs[0][-1]
    if real in read:
        owner = "the project" if outputs[0][0] == PROJECT else "it"
        return Problem(f"{owner} would overwrite {read[real]}", fix="choose another path")
    longest = max(len(os.fsencode(part)) for part in path.parts)
    if longest > LONGEST_NAME:
        what, fix = f"a name of {longest} bytes, which no disk takes", "shorten the image's name"
        return Problem(what, expected=f"at most {LONGEST_NAME}", fix=fix)
    if path.is_dir() and not is_folder(path):
        return Problem("its path is a folder", fix="add a file name")
    if file:
        return Problem(f"{file} is a file, not a folder", fix="choose another path")
    if len(outputs) == 1:
        return None
    parts = dict.fromkeys(f"{n}.{p}" if n != PROJECT else "the project" for n, _, p, _ in outputs)
    if len(parts) > 1:
        what = f"{' and '.join(parts)} would write one file"
        return Problem(what, fix="give each a path of its own")
    images = list_some((f"'{image}'" for _, image, _, _ in outputs), 4)
    what = f"images {images} would write one file"
    return Problem(what, fix="put {image} or another name into the path")


def texts_read(
    graph: Graph, workflow: Workflow, plugins: Sequence[PluginSource] = ()
) -> Iterator[tuple[Path, str]]:
    """Yield the files beside images that a workflow reads, and what they are."""
    folder = workflow.file.parent
    yield workflow.file, "the workflow"
    if workflow.images:
        yield folder / workflow.images, "the sheet of images"
    if workflow.plate_map and not (folder / workflow.plate_map).is_dir():
        yield folder / workflow.plate_map, "the plate map"
    yield from ((each.path, "a plugin") for each in plugins)
    for name, node in graph.nodes.items():
        yield from ((folder / path, f"{what} of '{name}'") for path, what in node.asks)
        if (learning := node.learns) is not None:
            parts = (part for found in graph.parts[name].values() for part in found)
            said = {learning.annotations} if learning.annotations else set()
            for path in sorted(annotation_names(parts) | said):
                yield folder / path, f"the annotations of '{name}'"
            if learning.project:
                yield folder / learning.project, f"the project of '{name}'"


def _files_read(graph: Graph, workflow: Workflow, real: RealPaths) -> Iterator[tuple[str, str]]:
    """Yield the real path of everything a workflow reads, and what it is."""
    yield from ((real.of(path), what) for path, what in texts_read(graph, workflow))
    for name in graph.nodes:
        parts = (part for found in graph.parts[name].values() for part in found)
        pieces = (piece for part in parts if part.source for piece in part.source.pieces)
        for piece in pieces:
            yield from ((real.of(f), f"the input of '{name}'") for f in piece.places)
