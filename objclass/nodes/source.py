"""The file behind an input: never copied, known by the digests of what is read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid
from objclass.data.blocks import Region, bands, chunks_in
from objclass.data.dataclass import dataclass
from objclass.data.foreground import Foreground
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.artifact import Content, pack_index
from objclass.engine.input_files import change_error
from objclass.engine.node import DigestedFile, FileGroup, piece_of
from objclass.errors import Problem, RunError
from objclass.io.chosen import PLAIN, ArrayChoice
from objclass.io.formats import vouch
from objclass.io.header import voxel_bytes
from objclass.io.image import FrameReader, Layout, kept_ranges
from objclass.io.locator import Locator
from objclass.io.source import Source, WrittenPath

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.nodes.mask_voxels import VoxelCheck
    from objclass.nodes.missing import MissingCheck


HIGHEST_ID = {"float32": 2.0**32, "float64": 2.0**63}
"""Stored type of ids → what they must be below, to be held as uint32 and uint64."""
LOOKED_FOR = 3
"""Raised when voxels are read otherwise, or more is looked for in them."""


@dataclass(frozen=True)
class FileSource:
    """One file, or files stacked along an axis, read as the frames of an image.

    Parameters
    ----------
    place
        Where the array lies as opened, or the stack.
    named
        The same in the words of the workflow; stands in what is remembered, so that a folder
        can be moved with its cache.
    layout
        Which axis is which, and the crop.
    header
        What the input node makes of it.
    whole
        Grid of the image without cuts.
    axes
        The user's axis letters of one file, where the files do not say.
    chosen
        How the array of each file is read.
    stored
        Voxel type of the files.
    chunks
        Edges of the chunks that a file decodes at once, in the order of its axes.
    held
        Bytes that the files hold of the voxels, as far as they say.
    """

    place: Source
    named: WrittenPath
    layout: Layout
    header: ImageHeader | LabelHeader
    whole: Grid
    axes: str | None = None
    chosen: ArrayChoice = PLAIN
    stored: str = ""
    chunks: tuple[int, ...] | None = None
    held: int | None = None

    def uncropped(self) -> Grid:
        """Return the grid of the image without cuts (dropped axes stay dropped)."""
        return self.whole

    @cached_property
    def pieces(self) -> tuple[FileGroup, ...]:
        """One piece per frame where every frame has a file of its own, else one for all."""
        times = self.header.grid.times
        per_frame = self._numbers_per_frame()
        if isinstance(self.place, Locator) or per_frame is None:
            return (FileGroup(self._key(self.named), self.place.files, times, vouch(self.place)),)
        pieces = []
        for t in times:
            numbers = per_frame[t or 0]
            members = tuple(self.place.members[n] for n in numbers)
            frame = replace(self.place, members=members)
            key = self._key([self.named[n] for n in numbers], t)
            pieces.append(FileGroup(key, frame.files, (t,), vouch(frame)))
        return tuple(pieces)

    def _numbers_per_frame(self) -> list[list[int]] | None:
        """Return the places of each frame's files in the stack."""
        if isinstance(self.place, Locator) or "t" not in self.place.axes:
            return None
        stack = self.place
        place = stack.axes.index("t")
        if stack.shape[place] != self._all_frames():
            return None
        inner = 1
        for length in stack.shape[place + 1 :]:
            inner *= length
        frames: list[list[int]] = [[] for _ in range(stack.shape[place])]
        for number in range(len(stack.members)):
            frames[number // inner % stack.shape[place]].append(number)
        return frames

    def _all_frames(self) -> int | None:
        return self.layout.length("t") if self.layout.range_of("t")[0] == 0 else None

    def _key(self, named: str | Sequence[str], t: int | None = None) -> dict[str, Any]:
        """Name what is read from some files, or from those of one frame, field by field."""
        key: dict[str, Any] = {
            "path": named if isinstance(named, str) else list(named),
            "axes": self.layout.axes,
            "crop": kept_ranges(self.layout, t),
            "role": self.header.role if isinstance(self.header, ImageHeader) else "label_image",
            "dtype": self.header.dtype,
        }
        if not self.looked_at:  # raw images and maps are read alike
            key["role"] = "image"
        where = self.place.first
        key |= {} if where.series is None else {"series": where.series}
        key |= {} if where.level is None else {"level": where.level}
        sizes = ", ".join(f"{letter}: {length}" for letter, length in self.chosen.sizes.items())
        key |= {"sizes": f"{{{sizes}}}"} if sizes else {}  # a text, since their order counts
        if self.looked_at or self._is_float:
            key["checks"] = LOOKED_FOR
        return key if self.foreground is None else {**key, "foreground": str(self.foreground)}

    @cached_property
    def _reader(self) -> FrameReader:
        from objclass.io.stack import open_frames

        stored = self.stored or self.header.dtype
        return open_frames(self.place, self.layout, stored, self.axes, self.chosen)

    def close(self) -> None:
        """Close the files; reading opens them again."""
        reader = self.__dict__.pop("_reader", None)
        if reader is not None:
            reader.close()

    def __getstate__(self) -> dict[str, Any]:
        """Leave open files behind: another process opens its own."""
        return {name: value for name, value in vars(self).items() if name != "_reader"}

    @property
    def foreground(self) -> Foreground | None:
        """What the objects of a segmentation hold; None where they are what is not 0."""
        return self.header.foreground if isinstance(self.header, ImageHeader) else None

    def read(self, t: int | None, channel: int, region: Region) -> NDArray[np.generic]:
        """Return the voxels of a region in the header's dtype."""
        self._check_room(t, region)
        return self._used(t, channel, region, self._reader.read(t, channel, region))

    def _used(
        self, t: int | None, channel: int, region: Region, voxels: NDArray[np.generic]
    ) -> NDArray[np.generic]:
        """Return voxels of the file as the workflow uses them."""
        if self.foreground is not None:
            from objclass.segmentation.foreground import select

            return select(voxels, self.foreground)
        if voxels.dtype.kind in "if" and self.looked_at:
            self._refuse_fractions(t, voxels, region)
            self._refuse_negative(t, voxels)
        if voxels.dtype.kind == "f" and not self.looked_at:
            voxels = self._with_missing(t, channel, voxels)
        return voxels.astype(self.header.dtype, copy=False)

    def _check_room(self, t: int | None, region: Region) -> None:
        """Raise where a region does not fit into memory, or its file holds next to nothing."""
        from objclass.io.room import LARGE, TRACE, check_room, hollow

        needed = prod(region.shape) * voxel_bytes(self.header.dtype)
        if needed < LARGE:
            return
        if self.held is not None and isinstance(self.place, Locator) and needed > TRACE * self.held:
            fix = "run it by block (kind: blockwise), or crop it"
            raise RunError(hollow(self._name(t), needed, self.held, fix))
        check_room(self._name(t), needed)

    def _with_missing(
        self, t: int | None, channel: int, voxels: NDArray[np.generic]
    ) -> NDArray[np.generic]:
        """Return voxels in which NaN stands for infinity, and note that some are missing."""
        from objclass.nodes.missing import all_finite, without_infinite

        if all_finite(voxels):
            return voxels
        self._incomplete.add((t, channel))
        return without_infinite(voxels)

    @cached_property
    def _incomplete(self) -> set[tuple[int | None, int]]:
        """Frames and channels in which missing voxels were read."""
        return set()

    def told(self, t: int | None) -> tuple[str, ...]:
        """Return what reading a frame showed since the last time somebody asked."""
        from objclass.nodes.missing import missing_voxels

        found = sorted(channel for frame, channel in self._incomplete if frame == t)
        self._incomplete.difference_update((t, channel) for channel in found)
        return tuple(
            sentence
            for channel in found
            for sentence in missing_voxels(self._called(t, channel), self._stored(t, channel))
        )

    def _stored(self, t: int | None, channel: int) -> Iterator[NDArray[np.generic]]:
        """Yield the voxels of a frame as the file has them, some rows at a time."""
        return (self._reader.read(t, channel, band) for band in self._bands())

    def _bands(self) -> Iterator[Region]:
        """Yield the regions in which a frame is read from end to end."""
        layout = self.layout
        voxel = max(voxel_bytes(self.header.dtype), voxel_bytes(self.stored or "uint8"))
        places = [layout.axes.index(letter) for letter in layout.spatial]
        edges = tuple(self.chunks[place] for place in places) if self.chunks else None
        return bands(layout.shape, voxel, edges)

    def _called(self, t: int | None, channel: int) -> str:
        """Name a frame, and its channel where there are several."""
        channels = self.header.channels if isinstance(self.header, ImageHeader) else ()
        name = self._name(t)
        return f"{name}, channel {channels[channel]}" if len(channels) > 1 else name

    @property
    def _is_float(self) -> bool:
        return self.header.dtype.startswith("float")

    def _refuse_negative(self, t: int | None, voxels: NDArray[Any]) -> None:
        if voxels.size and voxels.min() < 0:
            fix = "save it with 0 where there is no object, and ids from 1"
            what = "ids" if self._is_label_image else "values"
            got = str(int(voxels.min()))
            raise RunError(Problem(f"{self._name(t)} has {what} below 0", got=got, fix=fix))

    def extent(self) -> dict[str, Any] | None:
        """Look for the smallest and largest finite value; return an ``Extent`` as JSON."""
        from objclass.io.extent import extent_of

        grid = self.header.grid
        channels = len(self.header.channels) if isinstance(self.header, ImageHeader) else 1
        try:
            found = extent_of(self.read, grid.times, channels, grid.shape)
        finally:
            self.close()
        return asdict(found) if found else None

    def _refuse_fractions(self, t: int | None, voxels: NDArray[Any], region: Region) -> None:
        """Raise where a value of a float file is no whole number that its type holds exactly."""
        import numpy as np

        if voxels.dtype.kind != "f":
            return
        fits = np.isfinite(voxels) & (voxels == np.rint(voxels))
        fits &= voxels < HIGHEST_ID[voxels.dtype.name]
        if fits.all():
            return
        grid = self.header.grid
        place = np.argwhere(~fits)[0]
        starts = zip(grid.spatial, place, region.start, grid.origin[-len(place) :], strict=True)
        where = ", ".join(f"{axis} {p + start + origin}" for axis, p, start, origin in starts)
        what = "ids" if self._is_label_image else "values of a segmentation"
        fix = "save it as uint16 or uint32, or is it a prediction_map?"
        got = f"{voxels[tuple(place)]:g} at {where}"
        raise RunError(
            Problem(f"{self._name(t)} holds numbers that are no {what}", got, "whole numbers", fix)
        )

    @property
    def looked_at(self) -> bool:
        """True for segmentations and label images: their ids are checked before they are used."""
        return getattr(self.header, "role", "") not in ("raw", "prediction_map")

    def digest(self, t: int | None, subtree: str) -> DigestedFile:
        """Read a frame and return the digest of a channel, of ids, or of the index of objects."""
        if subtree == "index":
            return self._index(t)
        return self._voxels(t, 0 if subtree == "voxels" else int(subtree))

    def _index(self, t: int | None) -> DigestedFile:
        from objclass.nodes.mask_voxels import LabelCheck, label_warnings
        from objclass.segmentation.fragments import ScatteredObjects
        from objclass.segmentation.index import index_of_parts

        grid = self.header.grid
        check, scattered = LabelCheck(self._may_be_rounded), ScatteredObjects()
        time = (t or 0) + grid.first_frame

        def read(region: Region) -> NDArray[np.generic]:
            voxels = self.read(t, 0, region)
            check.see(voxels)
            return voxels

        bands = list(self._bands())
        try:
            found = index_of_parts(read, bands, grid.shape, grid.origin, time, scattered.see)
        except LookupError:
            raise change_error(piece_of(self, t).files[0]) from None
        content = Content(record=pack_index(found))
        told = (*check.finished(()), *label_warnings(found, grid.shape, scattered))
        return DigestedFile(content.artifact().digest, content, told)

    def _name(self, t: int | None) -> str:
        """Return the file of a frame as the workflow calls it."""
        if isinstance(self.named, str):
            return self.named
        per_frame = self._numbers_per_frame()
        return self.named[per_frame[t or 0][0] if per_frame else 0]

    def _voxels(self, t: int | None, channel: int) -> DigestedFile:
        from objclass.engine.content import ChunkDigests

        shape = self.header.grid.shape
        chunks = ChunkDigests(shape, self.header.dtype)
        check, missing = self._check(t), self._missing_check(t, channel)
        kept = self._reader.keeps(t, channel)
        for band in self._bands():
            self._check_room(t, band)
            stored = self._reader.read(t, channel, band)
            if missing is not None:
                missing.see(stored)
            voxels = self._used(t, channel, band, stored)
            if kept and voxels is stored:  # its digests serve whoever asks which image it is
                for chunk in chunks_in(band, shape):
                    chunks.note(chunk, self._reader.digest(t, channel, chunk))
            else:
                chunks.add(band, voxels)
            if check is not None:
                check.see(voxels)
        checks = [each for each in (check, missing) if each is not None]
        told = [text for each in checks for text in each.finished(self._stored(t, channel))]
        return DigestedFile(chunks.whole(), warnings=tuple(told))

    def _missing_check(self, t: int | None, channel: int) -> MissingCheck | None:
        """Return what looks for missing voxels of the file; None where it can have none.

        Ids and masks without `foreground` are refused where they hold one.
        """
        may_be = self.stored.startswith("float") if self.foreground else self._is_float
        if not may_be:
            return None
        from objclass.nodes.missing import MissingCheck

        return MissingCheck(self._called(t, channel))

    def _check(self, t: int | None) -> VoxelCheck | None:
        """Return what looks at the used voxels of a mask on their way, or None."""
        if not self.looked_at:
            return None
        from objclass.nodes.mask_voxels import LabelCheck, SegmentationCheck

        if self._is_label_image:
            return LabelCheck(self._may_be_rounded)
        return SegmentationCheck(self._name(t), self.foreground)

    @property
    def _is_segmentation(self) -> bool:
        return isinstance(self.header, ImageHeader) and self.header.role == "segmentation"

    @property
    def _is_label_image(self) -> bool:
        return isinstance(self.header, LabelHeader)

    @property
    def _may_be_rounded(self) -> bool:
        """True where ids are stored as 32-bit floats."""
        return self._is_label_image and self.stored == "float32"

    def open(self, t: int | None, record: Callable[[], Any]) -> Image | LabelImage:
        """Return a frame, read lazily."""
        if isinstance(self.header, ImageHeader):
            return Image(self.header, lambda channel, region: self.read(t, channel, region))
        from objclass.engine.artifact import unpack_index

        return LabelImage(
            self.header, lambda region: self.read(t, 0, region), lambda: unpack_index(record())
        )
