"""Several files stacked along t, z or c, presented as one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate, pairwise, product
from math import prod
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.data.digest import of_bytes
from objclass.errors import InputError, Problem
from objclass.io.chosen import PLAIN, ArrayChoice, UnfoldingReader, unfold, with_lead
from objclass.io.formats import describe, open_reader, vouch
from objclass.io.header import FileHeader, Reader, known_axes, voxel_bytes
from objclass.io.image import FrameReader, Layout
from objclass.io.locator import Locator
from objclass.io.source import Source, Stack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_OPEN = 16


@dataclass(frozen=True)
class StackLayout:
    """How the files' arrays lie in the stacked array.

    Parameters
    ----------
    axes
        Letters of the stacked array: those the files lack first, then the files' own.
    own
        Letters of one file.
    bounds
        Per stacked letter, where each file starts along it, and the total length.
    shape
        Of the stacked array.
    """

    axes: str
    own: str
    bounds: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...]


def describe_source(
    source: Source, axes: str | None = None, chosen: ArrayChoice = PLAIN
) -> tuple[FileHeader, str | None]:
    """Return the header of an array or a stack, and the axes to read it with.

    `axes` are the user's letters for one file, in file order; they overrule the file's.
    `chosen` says how the array of each file is read.

    Raises
    ------
    InputError
        Where a file cannot be read, or differs in shape or type from the first.
    """
    if isinstance(source, Locator):
        return _describe(source, axes, chosen), axes
    headers = [_describe(member, axes, chosen) for member in source.members]
    joint = join(source, headers.__getitem__, axes)
    check_alike(source, headers, joint.own)
    first = headers[0]
    names = first.channels if "c" not in source.axes else _channel_names(source)
    fresh = (1,) * (len(joint.axes) - len(joint.own))
    header = replace(
        first,
        shape=joint.shape,
        axes=joint.axes,
        channels=names,
        notes=_notes(headers),
        chunks=(*fresh, *first.chunks) if first.chunks else None,
    )
    return header, joint.axes if axes else None


def _describe(where: Locator, axes: str | None, chosen: ArrayChoice) -> FileHeader:
    """Return the header of one array as it is read."""
    file = describe(where, mask=chosen.mask)
    return with_lead(file, unfold(file, chosen, axes, where))


def _channel_names(stack: Stack) -> tuple[str, ...] | None:
    """The texts of ``{c}``, unless they are mere numbers."""
    texts = stack.values[stack.axes.index("c")]
    return None if all(text.isdigit() for text in texts) else texts


def _notes(headers: Sequence[FileHeader]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for header in headers for note in header.notes))


def join(
    stack: Stack, header_of: Callable[[int], FileHeader], axes: str | None = None
) -> StackLayout:
    """Return how the files fit together; asks for few headers, one along each axis at most."""
    first = header_of(0)
    own = axes or first.axes
    if own is None or known_axes(own, len(first.shape)) is None:
        raise InputError(
            Problem(
                f"{stack.first}: its axes are not known (shape {first.shape})",
                got=own,
                expected="letters of tczyx, one per axis of one file",
                fix="add axes: …",
            )
        )
    fresh = "".join(letter for letter in stack.axes if letter not in own)
    lengths = dict(zip(own, first.shape, strict=True))
    bounds = []
    for place, letter in enumerate(stack.axes):
        step = prod(stack.shape[place + 1 :])
        along = range(0, stack.shape[place] * step, step)
        axis = own.find(letter)
        counts = [1 if letter in fresh else header_of(number).shape[axis] for number in along]
        bounds.append((0, *accumulate(counts)))
        lengths[letter] = bounds[-1][-1]
    order = fresh + own
    return StackLayout(order, own, tuple(bounds), tuple(lengths[letter] for letter in order))


def check_alike(stack: Stack, headers: Sequence[FileHeader], own: str) -> None:
    """Raise where a file differs from those it is stacked with."""
    first = headers[0]
    for number, (where, header) in enumerate(zip(stack.members, headers, strict=True)):
        expected = list(first.shape)
        for place, letter in enumerate(stack.axes):
            step = prod(stack.shape[place + 1 :])
            twin = headers[number // step % stack.shape[place] * step]
            if letter in own and len(twin.shape) == len(own):
                expected[own.index(letter)] = twin.shape[own.index(letter)]
        if (header.shape, header.dtype) != (tuple(expected), first.dtype):
            raise InputError(
                Problem(
                    f"{where} cannot be stacked with {stack.first}",
                    got=f"shape {header.shape}, {header.dtype}",
                    expected=f"shape {tuple(expected)}, {first.dtype}",
                )
            )


def open_source(source: Source, axes: str | None = None, chosen: ArrayChoice = PLAIN) -> Reader:
    """Return a reader of an array or a stack, in the axis order of `describe_source`.

    However many such readers there are, few files are open.
    """
    if isinstance(source, Stack):
        return open_stack(source, axes, chosen)
    return FileReader(source, chosen, axes)


def open_frames(
    source: Source,
    layout: Layout,
    dtype: str,
    axes: str | None = None,
    chosen: ArrayChoice = PLAIN,
) -> FrameReader:
    """Return a reader of frames, which keeps small ones decoded for whoever reads them next.

    Parameters
    ----------
    source, axes, chosen
        As in :func:`open_source`.
    layout
        Where frames and channels lie.
    dtype
        Of the voxels as they are read.
    """
    reader = open_source(source, axes, chosen)
    known = (source, chosen, axes, layout.axes, layout.spatial, _states(vouch(source)))
    return FrameReader(reader, layout, of_bytes(repr(known).encode()), voxel_bytes(dtype))


def open_stack(stack: Stack, axes: str | None = None, chosen: ArrayChoice = PLAIN) -> StackReader:
    """Return a reader of stacked files.

    `axes` are the letters of one file or of the whole stack (a stack's own letters stand
    before those of a file), None where the files name their axes.
    """
    bare = describe(stack.first, mask=chosen.mask)
    length = max(len(bare.shape), len(chosen.sizes) + len(bare.shape) - 1) if axes else 0
    own = axes[-length:] if axes else None
    first = with_lead(bare, unfold(bare, chosen, own, stack.first))
    joint = join(stack, lambda n: _describe(stack.members[n], own, chosen) if n else first, own)
    return StackReader(stack, joint, first.dtype, chosen)


class FileReader:
    """Reads regions of one file, which is open only as long as it is one of the last used."""

    def __init__(
        self, where: Locator, chosen: ArrayChoice = PLAIN, axes: str | None = None
    ) -> None:
        self._where, self._mask = where, chosen.mask
        found = describe(where, mask=chosen.mask) if chosen.sizes else None
        unfolds = found and unfold(found, chosen, axes, where)
        self._lead = unfolds.lead if unfolds else ()

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`, in the order of the file's axes."""
        with SHARED.reader(self._where, self._mask) as reader:
            return (UnfoldingReader(reader, self._lead) if self._lead else reader).read(index)

    def close(self) -> None:
        """Close the file where it is open."""
        SHARED.close([self._where])


class StackReader:
    """Reads regions of stacked files; only the files touched are opened, few at a time."""

    def __init__(
        self, stack: Stack, joint: StackLayout, dtype: str, chosen: ArrayChoice = PLAIN
    ) -> None:
        self._stack = stack
        self._chosen = chosen
        self._joint = joint
        self._dtype = dtype

    def read(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`, in the stacked axis order."""
        import numpy as np

        joint = self._joint
        spans = [_span(item, n) for item, n in zip(index, joint.shape, strict=True)]
        result = np.empty([b - a for a, b in spans], self._dtype)
        wanted = dict(zip(joint.axes, spans, strict=True))
        parts = [
            list(_parts(bounds, wanted[letter]))
            for letter, bounds in zip(self._stack.axes, joint.bounds, strict=True)
        ]
        for choice in product(*parts):
            self._fill(result, wanted, dict(zip(self._stack.axes, choice, strict=True)))
        drop = tuple(0 if isinstance(item, int) else slice(None) for item in index)
        return result[drop]

    def _fill(
        self,
        result: NDArray[np.generic],
        wanted: dict[str, tuple[int, int]],
        choice: dict[str, tuple[int, int, int, int]],
    ) -> None:
        """Read one file's share: per stacked letter its place, own start and stop, and offset."""
        number = 0
        for letter, count in zip(self._stack.axes, self._stack.shape, strict=True):
            number = number * count + choice[letter][0]
        own = tuple(
            slice(*(choice[letter][1:3] if letter in choice else wanted[letter]))
            for letter in self._joint.own
        )
        array = FileReader(self._stack.members[number], self._chosen, self._joint.own).read(own)
        place = tuple(
            slice(choice[a][3], choice[a][3] + choice[a][2] - choice[a][1])
            if a in choice
            else slice(None)
            for a in self._joint.axes
        )
        result[place] = array

    def close(self) -> None:
        """Close all files of the stack that are open."""
        SHARED.close(self._stack.members)


def _span(item: slice | int, length: int) -> tuple[int, int]:
    if isinstance(item, int):
        return item, item + 1
    start, stop, _ = item.indices(length)
    return start, max(start, stop)


def _parts(bounds: tuple[int, ...], span: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the files that a span touches: place, own start, own stop, offset in the result."""
    for place, (low, high) in enumerate(pairwise(bounds)):
        start, stop = max(low, span[0]), min(high, span[1])
        if start < stop:
            yield place, start - low, stop - low, start - span[0]


@dataclass(frozen=True)
class OpenReader:
    """A reader, and what vouched that its file is unchanged when it was opened."""

    reader: Reader
    files: tuple[Path, ...]
    state: FileStates

    @property
    def is_current(self) -> bool:
        """True where the file was not written anew since."""
        return _states(self.files) == self.state


class OpenFiles:
    """Readers that stay open for the next read: of at most `MOST_OPEN` files nobody is using.

    A file that was written anew since is opened anew.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: OrderedDict[Array, list[OpenReader]] = OrderedDict()

    @contextmanager
    def reader(self, where: Locator, mask: bool = False) -> Iterator[Reader]:
        """Lend a reader of an array to one thread."""
        found = self._spare((where, mask)) or _opened(where, mask)
        try:
            yield found.reader
        finally:
            self._give_back((where, mask), found)

    def _spare(self, array: Array) -> OpenReader | None:
        """Take an idle reader of an array, which is closed where its file was written anew."""
        with self._lock:
            spare = self._idle.get(array)
            found = spare.pop() if spare else None
        if found is None or found.is_current:
            return found
        found.reader.close()
        return None

    def _give_back(self, array: Array, found: OpenReader) -> None:
        with self._lock:
            self._idle.setdefault(array, []).append(found)
            self._idle.move_to_end(array)
            over = self._idle.popitem(last=False)[1] if len(self._idle) > MOST_OPEN else []
        for old in over:
            old.reader.close()

    def close(self, places: Sequence[Locator] | None = None) -> None:
        """Close the readers of some arrays, by default of all, that are not lent."""
        with self._lock:
            arrays = [a for a in self._idle if places is None or a[0] in places]
            idle = [spare for array in arrays for spare in self._idle.pop(array)]
        for each in idle:
            each.reader.close()


Array = tuple[Locator, bool]
"""An array, and whether it is a mask."""
FileStates = tuple[tuple[int, int, int], ...] | None
"""Size, time and identity of some files; None where one is gone."""


def _opened(where: Locator, mask: bool) -> OpenReader:
    files = vouch(where)
    states = _states(files)
    return OpenReader(open_reader(where, mask=mask), files, states)


def _states(files: Sequence[Path]) -> FileStates:
    try:
        found = [path.stat() for path in files]
    except OSError:
        return None
    return tuple((each.st_size, each.st_mtime_ns, each.st_ino) for each in found)


SHARED = OpenFiles()
"""What all readers of this process read through."""
