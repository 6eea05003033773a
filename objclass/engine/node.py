"""The contract of a node: fields, ``check``, ``gate`` and ``compute``.

A node is a frozen pydantic model. ``check`` knows headers only and says which parts it has, what
each makes and reads; ``gate`` may hold one back; ``compute`` makes it from a view of its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar

from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.ordered import OrderedMap
from objclass.data.wire import Wire
from objclass.engine.artifact import Artifact, Content, Header, Voxels
from objclass.engine.files import FilesState
from objclass.engine.kind import NodeKind
from objclass.engine.pin import Pin, Shelf
from objclass.engine.role import PartRole
from objclass.engine.summary import Summary, Told

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.scratch import MakeScratch
    from objclass.engine.look import Look
    from objclass.engine.reason import Reason

Join = Literal["t", "image"]
Held = TypeVar("Held")


@dataclass(frozen=True)
class Read:
    """What a part reads over one wire.

    Parameters
    ----------
    name
        What ``compute`` calls it.
    wire
        The part that provides it.
    subtrees
        The subtrees that enter the recipe (channels, columns, ``index``); None for all, none
        for what only the gate looks at.
    as_set
        For joins over images: empty records are left out and order does not matter.
    """

    name: str
    wire: Wire
    subtrees: tuple[str, ...] | None = None
    as_set: bool = False


@dataclass(frozen=True)
class FileGroup:
    """Files of a source that belong together, and the frames they hold.

    Parameters
    ----------
    key
        Names the content read from them, field by field as JSON: path, axes, crop, ….
    files
        The files or folders.
    times
        Their frames.
    vouch
        What is looked at to know that they are unchanged, again after every step: the files
        themselves, or some of those in a folder.
    """

    key: Mapping[str, Any]
    files: tuple[Path, ...]
    times: tuple[int | None, ...]
    vouch: tuple[Path, ...]

    @property
    def places(self) -> tuple[Path, ...]:
        """The files, and the folders inside a folder that hold what vouches for it."""
        inside = (path.parent for path in self.vouch if path not in self.files)
        return tuple(dict.fromkeys((*self.files, *inside)))


@dataclass(frozen=True)
class DigestedFile:
    """What reading a subtree of a file taught.

    Parameters
    ----------
    digest
        Of the subtree.
    content
        What is worth keeping of it (an index).
    warnings
        Sentences for the user; they are repeated by cached runs.
    """

    digest: str
    content: Content | None = None
    warnings: tuple[str, ...] = ()


class Source(Protocol):
    """A file that an input refers to: never copied, known by the digests of its content."""

    @property
    def pieces(self) -> tuple[FileGroup, ...]:
        """The files on disk, and what vouches for what is remembered of them."""

    def uncropped(self) -> Grid:
        """Return the grid of the image without cuts."""

    def digest(self, t: int | None, subtree: str) -> DigestedFile:
        """Read voxels and return a subtree's digest, and what else they tell."""

    def open(self, t: int | None, record: Callable[[], Any]) -> Any:
        """Return the data of a frame, read lazily; ``record()`` loads kept content."""

    def close(self) -> None:
        """Close files; one that is needed again is opened again."""

    def told(self, t: int | None) -> tuple[str, ...]:
        """Return what reading a frame showed since the last time somebody asked."""

    @property
    def looked_at(self) -> bool:
        """True where voxels must be looked at before they are used (ids, a background)."""


def piece_of(source: Source, t: int | None) -> FileGroup:
    """Return the files that hold a frame."""
    return next(piece for piece in source.pieces if t in piece.times)


@dataclass(frozen=True)
class Part:
    """One named output of a node for one image.

    Parameters
    ----------
    name
        As in the wire ``node.part``.
    header
        What it makes.
    parameters
        Validated JSON that enters the recipe; its keys are the field names shown in reasons.
    reads, times
        What it reads; its frames: time points, or ``(None,)``.
    joins
        The axes it joins over.
    version, recipe_kind
        Raised when results change; kind in the recipe where it is not the node's.
    variant
        Such as ``ilastik``; enters the recipe.
    place
        First ``(t, z, y, x)`` in the uncropped image, where results hold such as nothing read
        tells; enters the recipe, frame by frame.
    asked
        False for parts that are made only when somebody reads them.
    eager
        True for parts made as soon as all they read is made, also under ``--until``.
    recalls
        True for parts that look at pins of earlier runs; only these may pin.
    source, output
        For inputs the file referred to; for exports the path written.
    role, tells
        What it is for, None where its header says all; the type of its summary, if it tells any.
    payload
        What ``compute`` and ``gate`` need beside parameters, of a type of the node; see `held`.
    elsewhere
        Parameters that only say on which machine it is made: what another one made is kept.
    working, whole
        Bytes per voxel beside what it reads and makes, None where it holds few voxels; and
        whether it is made of a whole frame where others are made by block.
    """

    name: str
    header: Header
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple[Read, ...] = ()
    times: tuple[int | None, ...] = (None,)
    joins: frozenset[Join] = frozenset()
    version: int = 1
    recipe_kind: str | None = None
    variant: str = ""
    place: tuple[int, ...] | None = None
    asked: bool = True
    eager: bool = False
    recalls: bool = False
    source: Source | None = None
    output: Path | None = None
    role: PartRole | None = None
    tells: type[Summary] | None = None
    payload: object = None
    elsewhere: frozenset[str] = frozenset()
    working: int | None = None
    whole: bool = False

    def held(self, kind: type[Held]) -> Held:
        """Return the payload, which is of this type.

        Raises
        ------
        TypeError
            Where the part holds none, or another.
        """
        if not isinstance(self.payload, kind):
            raise TypeError(f"part {self.name} holds {self.payload!r}, no {kind.__name__}")
        return self.payload

    def held_if(self, kind: type[Held]) -> Held | None:
        """Return the payload where it is of this type, else None."""
        return self.payload if isinstance(self.payload, kind) else None


def find_part(parts: Iterable[Part], role: PartRole) -> Part | None:
    """Return the part of this role, None where there is none."""
    return next((part for part in parts if part.role is role), None)


@dataclass(frozen=True)
class Made:
    """What ``compute`` returns.

    Parameters
    ----------
    content
        What is kept; empty for files.
    summary
        What is told to people, of the type that the part tells; kept with the trace so that a
        cached run can repeat it.
    warnings
        Sentences for the user.
    pins
        What cleaning must keep, with the tags it is found by later.
    """

    content: Content = field(default_factory=Content)
    summary: Summary | None = None
    warnings: tuple[str, ...] = ()
    pins: tuple[Pin, ...] = ()


def not_loaded() -> Any:
    """Stand where data would be loaded: a gate sees what is known of them, and no more."""
    raise LookupError("only the step itself may load what it reads")


@dataclass(frozen=True)
class JoinedInput:
    """One artifact as a part sees it: where it comes from and its data.

    Parameters
    ----------
    image, t
        Where it belongs.
    artifact, header, summary, preimage
        What is known of it.
    wire
        What it comes over.
    source, state
        For what lies in files: how they are read, and their sizes and times when the digests
        were known to be theirs.
    load
        Gives the data; only while the step runs.
    """

    image: str
    t: int | None
    artifact: Artifact
    header: Header
    summary: Summary | None
    preimage: Mapping[str, Any] = field(default_factory=dict)
    wire: Wire = field(default_factory=lambda: Wire(""))
    source: Source | None = None
    state: FilesState = None
    load: Callable[[], Any] = not_loaded

    def told(self, kind: type[Told]) -> Told:
        """Return the summary, which is of this type."""
        if not isinstance(self.summary, kind):
            raise TypeError(f"{self.wire} tells {self.summary!r}, no {kind.__name__}")
        return self.summary


@dataclass(frozen=True)
class View:
    """What one step may see: its parameters and inputs, and nothing else.

    Parameters
    ----------
    part
        The part to make.
    image, t
        The image and frame; None where the part joins them.
    given
        Read name to what came over its wire: one :class:`JoinedInput`, several for joins.
    new_voxels
        ``new_voxels(shape, dtype)`` gives an array of the store to write into.
    scratch
        ``scratch(shape, dtype)`` gives a temporary array that may lie on disk.
    block
        Execution block per axis, or None for the whole frame; never changes a result.
    each
        Works on blocks, several at a time where processors are free for this step.
    pins
        For parts that recall: tag to what earlier runs pinned.
    shelf
        Where pinned content lies, if it still does.
    """

    part: Part
    image: str | None
    t: int | None
    given: Mapping[str, tuple[JoinedInput, ...]]
    new_voxels: Callable[[tuple[int, ...], str], Voxels]
    scratch: MakeScratch
    block: Mapping[str, int] | None = None
    each: OrderedMap = map
    pins: Mapping[str, Pin] = field(default_factory=dict)
    shelf: Shelf | None = None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The validated parameters of the part."""
        return self.part.parameters

    def one(self, name: str) -> Any:
        """Return the data of an input that is not joined."""
        (given,) = self.given[name]
        return given.load()

    def all(self, name: str) -> tuple[JoinedInput, ...]:
        """Return every artifact of a joined input, by image and frame."""
        return self.given[name]

    def at(self, name: str, like: JoinedInput) -> JoinedInput:
        """Return the artifact of a joined input that is of the same image and frame."""
        return self._frames[name][like.image, like.t]

    def of_image(self, name: str, image: str) -> tuple[JoinedInput, ...]:
        """Return the artifacts of a joined input that are of one image and hold anything."""
        return tuple(self._images.get(name, {}).get(image, ()))

    @cached_property
    def _frames(self) -> Mapping[str, Mapping[tuple[str, int | None], JoinedInput]]:
        return {
            name: {(each.image, each.t): each for each in found}
            for name, found in self.given.items()
        }

    @cached_property
    def _images(self) -> Mapping[str, Mapping[str, Sequence[JoinedInput]]]:
        images: dict[str, dict[str, list[JoinedInput]]] = {}
        for name, found in self.given.items():
            for each in (each for each in found if each.artifact.subtrees):
                images.setdefault(name, {}).setdefault(each.image, []).append(each)
        return images

    def keep(self, array: NDArray[np.generic]) -> Voxels:
        """Write a whole frame into the store."""
        from objclass.data.blocks import Region

        voxels = self.new_voxels(array.shape, str(array.dtype))
        voxels.write(Region.whole(array.shape), array)
        return voxels


class Node(NodeKind):
    """Base of every node kind."""

    version: ClassVar[int] = 1
    main: ClassVar[str | None] = None
    """The part a wire without a part means; None when the parts join to one header."""
    alike: ClassVar[bool] = False
    """True where ``check`` looks at headers alone, never at the image, its files or what the
    nodes above are made of: images with the same headers then share their parts."""

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the node's parts for one image, from headers only; report problems."""
        raise NotImplementedError

    def joined(self, name: str, parts: Sequence[Part]) -> Header | None:
        """Return the header a wire to the whole node carries."""
        return {part.name: part.header for part in parts}.get(self.main or "")

    def gate(self, part: Part, given: Mapping[str, tuple[JoinedInput, ...]]) -> Reason | None:
        """Return why this part may not run now, or None."""
        return None

    def compute(self, part: Part, view: View) -> Made:
        """Make one part."""
        raise NotImplementedError
