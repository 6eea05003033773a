"""A workflow as written: the top level, its nodes, and where everything stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from objclass.data.dataclass import dataclass
from objclass.errors import Place, Problem, nearest, raise_all
from objclass.schema.base import Fields, Frozen, fields_by_key
from objclass.schema.names import FilePath, Name
from objclass.schema.nodes import read_nodes
from objclass.schema.override import override
from objclass.schema.rule import show
from objclass.schema.source import Keys, YamlMapping

VERSION: Final = 1


class TopLevelFields(Frozen):
    """The top level of a workflow, without its nodes."""

    version: Literal[1]
    """The version of the language."""
    title: Name | None = None
    """What the workflow is for, in a few words."""
    project: FilePath | None = None
    """The project file to write; default: the workflow's name with .objclass.h5."""
    images: FilePath | None = None
    """A table of images whose columns are the names used in paths."""
    plate_map: FilePath | None = None
    """What is in the wells: a table, or an OME-Zarr plate; its columns become names of images."""
    compatibility: Literal["ilastik"] | None = None
    """ilastik: compute as ilastik does, voxel by voxel."""
    plugins: tuple[FilePath, ...] = ()
    """Python files with feature families of your own."""


@dataclass(frozen=True)
class Workflow:
    """A checked workflow.

    Parameters
    ----------
    file
        The workflow's file; paths are relative to its folder.
    source
        Text and places.
    heading
        The top level.
    nodes
        Name → node, in file order.
    """

    file: Path
    source: YamlMapping
    heading: TopLevelFields
    nodes: Mapping[str, Fields] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text, verbatim, without what ``--set`` changed."""
        return self.source.text

    @property
    def title(self) -> str | None:
        """What the workflow is for."""
        return self.heading.title

    @property
    def project(self) -> str | None:
        """The project file as written."""
        return self.heading.project

    @property
    def images(self) -> str | None:
        """The table of images as written."""
        return self.heading.images

    @property
    def plate_map(self) -> str | None:
        """The plate map as written."""
        return self.heading.plate_map

    @property
    def compatibility(self) -> Literal["ilastik"] | None:
        """``ilastik`` or None."""
        return self.heading.compatibility

    @property
    def plugins(self) -> tuple[str, ...]:
        """Python files with feature families, as written."""
        return self.heading.plugins

    def place(self, node: str, field: str | None = None) -> Place:
        """Return where a node, or one of its fields, is written.

        Parameters
        ----------
        node
            The node's name, or a key of the top level where no node is called so.
        field
            A field, or with dots what is inside: ``write.table``, ``use.2``. A field that is
            not written has the place of the node.
        """
        if node not in self.nodes:
            return self.source.place((node,))
        if field is None:
            return self.source.key_place(("nodes", node))
        steps = field.split(".")
        keys: Keys = ("nodes", node, *(int(s) if s.isdecimal() else s for s in steps))
        written = self.source.find(keys) or self.source.find(keys[:3])
        return self.source.place(keys) if written else self.source.key_place(("nodes", node))

    def resolve(self, path: str) -> Path:
        """Return a path of the workflow as the program opens it, relative to `file`'s folder."""
        return self.file.parent / path


def load(
    workflow: Path | str,
    kinds: Mapping[str, type[Fields]],
    sets: Sequence[str] = (),
    file: Path | None = None,
) -> Workflow:
    """Read and check a workflow, as far as that goes without reading any other file.

    Parameters
    ----------
    workflow
        A file (`Path`), or the YAML itself (`str`).
    kinds
        Every kind of node by its name.
    sets
        Changes such as ``nuclei.threshold=0.45``.
    file
        The file a text came from, for places and relative paths.

    Raises
    ------
    InputError
        With all problems at once, in the order of the file.
    """
    if isinstance(workflow, Path):
        path, source = workflow, YamlMapping.read(workflow)
    else:
        path = file or Path("workflow.yaml")
        source = YamlMapping.parse(workflow, str(path))
    changed, unset = override(source, sets, kinds)
    heading, above = _heading(changed)
    nodes, below = read_nodes(changed, kinds)
    raise_all([*source.problems, *unset, *above, *below])
    assert heading is not None  # a heading that does not validate is a problem
    return Workflow(path, changed, heading, nodes)


def _heading(source: YamlMapping) -> tuple[TopLevelFields | None, list[Problem]]:
    data = {key: value for key, value in source.data.items() if key != "nodes"}
    problems = [problem for problem in (_version(source),) if problem]
    known = fields_by_key(TopLevelFields)
    problems += [_unknown_at_top(key, source) for key in data if key not in known]
    written = {key: value for key, value in data.items() if key in known}
    try:
        return TopLevelFields.model_validate({**written, "version": VERSION}), problems
    except ValidationError as error:
        from objclass.schema.explain import explain  # not needed for a right workflow

        return None, problems + explain(error, TopLevelFields, source, ())


def _version(source: YamlMapping) -> Problem | None:
    written = source.find(("version",))
    if written is None:
        place = Place(source.file, 1, 1)
        return Problem("version is missing", fix=f"start with version: {VERSION}", place=place)
    version = written.content
    if type(version) is not bool and isinstance(version, int) and version == VERSION:
        return None
    what = f"this objclass reads version {VERSION}"
    newer = isinstance(version, int) and version > VERSION
    fix = "a newer objclass reads it: pip install --upgrade objclass" if newer else None
    got = show(written.plain())
    return Problem(what, got=got, fix=fix or f"write version: {VERSION}", place=written.place)


def _unknown_at_top(key: str, source: YamlMapping) -> Problem:
    from objclass.schema.unknown import unknown_key

    place = source.key_place((key,))
    if source.find((key, "kind")) is not None:
        return Problem(f"'{key}' is a node", fix="move it under nodes:", place=place)
    known = [*fields_by_key(TopLevelFields), "nodes"]
    close = nearest(key, known)
    if close is None or close != "nodes":
        return unknown_key(key, [TopLevelFields], "a workflow").at(place)
    return Problem(f"a workflow has no field '{key}'", fix="did you mean nodes?", place=place)
