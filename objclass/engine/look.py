"""What a node may look at while it is checked: headers, images, and where to report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.model import ModelHeader
from objclass.data.objects import FilesHeader, PredictionHeader, TableHeader
from objclass.data.wire import Wire
from objclass.engine.artifact import FactsHeader, Header
from objclass.engine.node import Node, Part, find_part
from objclass.engine.role import PartRole
from objclass.errors import Advice, FieldSetting, Place, Problem, advise, list_some
from objclass.io.source import Source, Stack, WrittenPath

CALLED: dict[type, str] = {
    ImageHeader: "an image",
    LabelHeader: "a label image",
    TableHeader: "a feature table",
    ModelHeader: "a classifier",
    PredictionHeader: "predictions",
    FilesHeader: "files",
    FactsHeader: "records",
}


SAME_SHAPE = "give both the same shape and crop"
SELECT = "name a label image; objects of one class are taken by classifiers only yet (select)"
"""Why predictions are no objects yet."""
OBJECTS_OF = {
    "raw": "find objects first (kind: threshold or components)",
    "prediction_map": "a threshold node finds objects in it: name that",
    "segmentation": "a components node numbers its objects: name that",
}
"""Role of an image to the way to its objects."""


class Unknown(Exception):
    """Raised inside ``check`` when it cannot go on; the problem is already reported."""


@dataclass(frozen=True)
class ImageKey:
    """One image the workflow runs over.

    Parameters
    ----------
    name
        Its names' values joined with ``_``, or the raw file's stem.
    names
        Name to value, in path order.
    files
        Input node to where its voxels lie, as opened and as written.
    nickname, folder
        Stem and folder of its raw file, for paths of exports.
    problems
        Why its files make no image, such as a frame that is missing.
    """

    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[Source, WrittenPath]] = field(default_factory=dict)
    nickname: str = ""
    folder: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The texts of ``{t}`` in the names of its files, one a file; empty without ``{t}``."""
        stacks = (source for source, _ in self.files.values() if isinstance(source, Stack))
        return next((s.values[s.axes.index("t")] for s in stacks if "t" in s.axes), ())


@dataclass
class Findings:
    """Problems and notes collected while a whole workflow is checked, and what nodes keep."""

    problems: list[Problem] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)

    def told(self, images: int) -> list[Problem]:
        """Return the problems, each said once: what holds for every image names none of them."""
        alike: dict[Problem, list[Problem]] = {}
        for problem in self.problems:
            alike.setdefault(replace(problem, images=(), got=None), []).append(problem)
        return [_said_once(group, images) for group in alike.values()]


@dataclass(frozen=True)
class WorkflowSettings:
    """What holds for every node of a workflow.

    Parameters
    ----------
    folder
        Paths are relative to it.
    place
        ``place(node, field)`` in the workflow text.
    memo
        ``memo(what, files, make)`` gives a JSON value that is made once per state of files.
    images
        Every image of this run.
    compatibility
        ``ilastik`` or None.
    trained
        Classifier node to the trained classifier it must use, when a project is reused.
    options
        Run options that change results, such as ``use_valid``.
    used
        ``used(file)`` returns with which images a file was last used, or None.
    """

    folder: Path
    place: Callable[[str, str | None], Place | None]
    memo: Callable[[Any, Sequence[Path], Callable[[], Any]], Any]
    images: Sequence[ImageKey]
    compatibility: str | None = None
    trained: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    families: Mapping[str, Any] = field(default_factory=dict)
    used: Callable[[Path], Mapping[str, Any] | None] = lambda path: None


@dataclass(frozen=True)
class Look:
    """A node's view of its workflow while headers are checked, for one image."""

    name: str
    node: Node
    image: ImageKey
    settings: WorkflowSettings
    made: Mapping[str, tuple[Part, ...]]
    nodes: Mapping[str, Node]
    findings: Findings

    def problem(
        self,
        field: str | None,
        what: str,
        *,
        got: str | None = None,
        expected: str | None = None,
        fix: str | Advice | None = None,
    ) -> Unknown:
        """Report a problem at a field and return the exception to raise if check must stop."""
        self._report(Problem(what, got, expected, fix), field)
        return Unknown(what)

    def passed_on(self, error: Any, field: str | None) -> Unknown:
        """Report the problems of an error raised below, at a field of this node."""
        for problem in error.problems:
            self._report(problem, field)
        return Unknown(str(error))

    def _report(self, problem: Problem, field: str | None) -> None:
        """Add a problem at a field; it belongs to this image until others turn out to share it."""
        place = self.settings.place(self.name, self._key(field))
        images = (self.image.name,) if len(self.settings.images) > 1 else ()
        self.findings.problems.append(problem.at(place, self.name).of(images))

    def _key(self, field: str | None) -> str | None:
        """Return a field as it is written: ``from`` for ``from_``."""
        first, dot, rest = (field or "").partition(".")
        known = type(self.node).model_fields.get(first)
        return f"{known.alias}{dot}{rest}" if known and known.alias else field

    def note(self, text: str) -> None:
        """Tell the user something that is no mistake; said once per run."""
        self.findings.notes[f"{self.name}: {text}"] = None

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what this node works out once for all images."""
        known = self.findings.known
        if (self.name, key) not in known:
            known[self.name, key] = make()
        return known[self.name, key]

    def wire(self, field: str) -> Wire:
        """Return the wire in a field with its part named where the node has a main one."""
        wire: Wire = getattr(self.node, field)
        main = self.nodes[wire.node].main
        return wire if wire.part or main is None else Wire(wire.node, main)

    def of_role(self, node: str, role: PartRole) -> Part | None:
        """Return the part of another node that is for this, None where it has none."""
        return find_part(self.made.get(node, ()), role)

    def part(self, wire: Wire, field: str | None = None) -> Part:
        """Return the part behind a wire."""
        parts = self.made.get(wire.node)
        if parts is None:
            raise Unknown(f"{wire.node} has problems of its own")
        for part in parts:
            if part.name == wire.part:
                return part
        names = list_some(part.name for part in parts)
        predicted = [p.header for p in parts if isinstance(p.header, PredictionHeader)]
        fix = SELECT if any(wire.part in header.classes for header in predicted) else None
        what = f"'{wire.node}' has no part '{wire.part}'"
        raise self.problem(field, what, expected=names, fix=fix)

    def header(self, field: str, *types: type[Any]) -> Any:
        """Return the header that flows into a field; report a wire of the wrong type."""
        wire: Wire = getattr(self.node, field)
        header = self.header_of(wire, field)
        if isinstance(header, types):
            return header
        raise self._wrong_type(field, wire, header, types)

    def header_of(self, wire: Wire, field: str | None = None) -> Header | None:
        """Return the header behind a wire: of a part, or of a whole node."""
        if wire.part is None and wire.node in self.made:
            return self._joined(wire.node, self.made[wire.node])
        return self.part(wire, field).header

    def _joined(self, node: str, parts: tuple[Part, ...]) -> Header | None:
        """Return the header of a whole node; the same object for images that share its parts."""
        known = self.findings.known
        key = ("joined", node, id(parts))
        if key not in known:  # the parts are kept too, so that their id stays theirs
            known[key] = self.nodes[node].joined(node, parts), parts
        header: Header | None = known[key][0]
        return header

    def _wrong_type(
        self, field: str, wire: Wire, header: Header | None, types: tuple[type, ...]
    ) -> Unknown:
        wanted = " or ".join(CALLED[kind] for kind in types)
        gives = CALLED[type(header)] if header else "nothing by itself"
        what = f"'{wire}' in '{self._key(field)}' gives {gives}"
        fix = SELECT if self._is_select(header, types) else None
        if isinstance(header, ImageHeader) and LabelHeader in types:
            return self.problem(field, what, expected=wanted, fix=_objects_of(header, wire))
        return self.problem(field, what, expected=wanted, fix=fix)

    def _is_select(self, header: Header | None, types: tuple[type, ...]) -> bool:
        """Return True where objects are wanted and their classes are given."""
        return isinstance(header, PredictionHeader) and LabelHeader in types

    def same_grid(self, field: str, mine: Grid, other_field: str, other: Grid) -> None:
        """Report two images whose shapes, frames or crops differ."""
        if mine.same_place(other):
            return
        self.findings.known[getattr(self.node, field), "differs", self.image.name] = True
        differs = (
            f"'{getattr(self.node, field)}' is {describe(mine)}, "
            f"'{getattr(self.node, other_field)}' is {describe(other)}"
        )
        fix = self._one_frame(field, mine, other) or self._one_frame(other_field, other, mine)
        fix = fix or self._other_axes(field, mine, other)
        fix = fix or self._other_axes(other_field, other, mine)
        self.problem(field, "shapes differ", got=differs, fix=fix or SAME_SHAPE)

    def is_told_to_differ(self, field: str) -> bool:
        """Return True where a node before said that this image has another shape than objects."""
        return (getattr(self.node, field), "differs", self.image.name) in self.findings.known

    def _one_frame(self, field: str, mine: Grid, other: Grid) -> str | Advice | None:
        """Say how an input gives up its frames, where the other image has none."""
        name = getattr(self.node, field).node
        if mine.frames is None or other.frames is not None or mine.shape != other.shape:
            return None
        if "crop" not in type(self.nodes[name]).model_fields:
            return None
        if getattr(self.nodes[name], "crop", None) is not None:
            return f"{SAME_SHAPE}: t: 0 in the crop of {name} takes its first frame"
        setting = FieldSetting("crop", "{t: 0}", name, quoted=True)
        return advise(setting, ", which takes its first frame")

    def _other_axes(self, field: str, mine: Grid, other: Grid) -> Advice | None:
        """Say which axes of an input may be other ones than it says, by the shapes."""
        name = getattr(self.node, field).node
        if "axes" not in type(self.nodes[name]).model_fields or any(mine.origin):
            return None
        flat, there = mine.shape[-2:], other.shape[-2:]
        if flat != there and flat == there[::-1] and mine.shape[:-2] == other.shape[:-2]:
            letters = f"{mine.spatial[:-2]}xy"
            setting = FieldSetting("axes", letters, name, example=True, quoted=True)
            return advise("y and x seem to be exchanged: name the axes in file order, ", setting)
        if flat == there and mine.spatial == "zyx" and other.spatial == "yx":
            channels = FieldSetting("axes", "cyx", name, quoted=True)
            plane = FieldSetting("crop", "{z: 0}", name, quoted=True)
            return advise("if its planes are channels, ", channels, "; for one plane, ", plane)
        return None


def _objects_of(header: ImageHeader, wire: Wire) -> str | Advice:
    """Say how objects are made of an image, or how it is said that it holds them."""
    way = OBJECTS_OF[header.role]
    if header.role == "prediction_map":
        return way
    setting = FieldSetting("role", "label_image", wire.node, quoted=True)
    return advise(f"{way}; where voxels are ids of objects, ", setting)


def _said_once(alike: Sequence[Problem], images: int) -> Problem:
    """Return one problem for those that differ in their image only, or in what was got there."""
    names = tuple(dict.fromkeys(name for problem in alike for name in problem.images))
    everywhere = len(names) == images and len({problem.got for problem in alike}) == 1
    return replace(alike[0], images=() if everywhere else names)


def describe(grid: Grid) -> str:
    """Return a grid in words: ``3 frames of 512 x 512 (yx)``."""
    size = " x ".join(str(n) for n in grid.shape)
    frames = f"{grid.frames} frames of " if grid.frames is not None else ""
    moved = f" at {tuple(grid.origin)}" if any(grid.origin) else ""
    return f"{frames}{size} ({grid.spatial}){moved}"
