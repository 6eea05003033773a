"""The file behind an input: never copied, known by the digests of what is read from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid
from objclass.data.blocks import Region, slabs
from objclass.data.foreground import Foreground
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.artifact import Content, pack_index
from objclass.engine.node import Digested, Piece
from objclass.errors import Problem, RunError, listed
from objclass.io.chosen import PLAIN, Chosen
from objclass.io.formats import split_inner
from objclass.io.image import FrameReader, Layout
from objclass.io.source import Stack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HIGHEST_ID = {"float32": 2.0**32, "float64": 2.0**63}
"""Stored type of ids → what they must be below, to be held as uint32 and uint64."""
EXACT = 2**24
"""Up to here a 32-bit float holds every whole number."""
NO_BACKGROUND = "no voxel is 0, so there is no background; if an id stands for it, save it as 0"
ROUNDED = (
    "its ids are stored as float32 and go up to {:,}; above 16,777,216 that type holds only every "
    "second number or fewer, so that objects may share an id: save it as uint32"
)


@dataclass(frozen=True)
class FileSource:
    """One file, or files stacked along an axis, read as the frames of an image.

    Parameters
    ----------
    path
        The path as opened, or the stack.
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
    foreground
        What the objects of a segmentation hold; None where they are what is not 0.
    chosen
        Which array of each file is read, and how its pages unfold.
    stored
        Voxel type of the files.
    """

    path: str | Stack
    named: str | tuple[str, ...]
    layout: Layout
    header: ImageHeader | LabelHeader
    whole: Grid
    axes: str | None = None
    foreground: Foreground | None = None
    chosen: Chosen = PLAIN
    stored: str = ""

    def uncropped(self) -> Grid:
        """Return the grid of the image without cuts (dropped axes stay dropped)."""
        return self.whole

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """One piece per frame where every frame has a file of its own, else one for all."""
        times = self.header.grid.times
        per_frame = self._numbers_per_frame()
        if isinstance(self.path, str) or per_frame is None:
            return (Piece(self._key(self.named), files_of(self.path), times),)
        pieces = []
        for t in times:
            numbers = per_frame[t or 0]
            files = dict.fromkeys(Path(split_inner(self.path.paths[n])[0]) for n in numbers)
            key = self._key([self.named[n] for n in numbers], t)
            pieces.append(Piece(key, tuple(files), (t,)))
        return tuple(pieces)

    def _numbers_per_frame(self) -> list[list[int]] | None:
        """Return the places of each frame's files in the stack."""
        if isinstance(self.path, str) or "t" not in self.path.axes:
            return None
        stack = self.path
        place = stack.axes.index("t")
        if stack.shape[place] != self._all_frames():
            return None
        inner = 1
        for length in stack.shape[place + 1 :]:
            inner *= length
        frames: list[list[int]] = [[] for _ in range(stack.shape[place])]
        for number in range(len(stack.paths)):
            frames[number // inner % stack.shape[place]].append(number)
        return frames

    def _all_frames(self) -> int | None:
        return self.layout.length("t") if self.layout.range_of("t")[0] == 0 else None

    def _key(self, named: str | Sequence[str], t: int | None = None) -> Any:
        """Name what is read from some files, or from those of one frame."""
        layout = self.layout
        ranges = dict(zip(layout.axes, map(list, layout.ranges), strict=True))
        if t is not None:
            ranges["t"] = [t, t + 1]
        kind = type(self.header).__name__
        facts = [layout.axes, ranges, layout.dropped, kind, self.header.dtype]
        key = ["input", named, *facts, *self.chosen.key]
        return key if self.foreground is None else [*key, str(self.foreground)]

    @cached_property
    def _reader(self) -> FrameReader:
        from objclass.io.stack import open_source

        source = open_source(self.path, self.axes, self.chosen)
        return FrameReader(source, self.layout)

    def close(self) -> None:
        """Close the files; reading opens them again."""
        reader = self.__dict__.pop("_reader", None)
        if reader is not None:
            reader.close()

    def read(self, t: int | None, channel: int, region: Region) -> NDArray[np.generic]:
        """Return the voxels of a region in the header's dtype."""
        voxels = self._reader.read(t, channel, region)
        if self.foreground is not None:
            from objclass.segmentation.foreground import selected

            return selected(voxels, self.foreground)
        if voxels.dtype.kind in "if" and (self._is_segmentation or self._is_label_image):
            self._refuse_fractions(t, voxels, region)
            self._refuse_negative(t, voxels)
        return voxels.astype(self.header.dtype, copy=False)

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
        fits = (voxels == np.rint(voxels)) & (voxels < HIGHEST_ID[voxels.dtype.name])
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

    def digest(self, t: int | None, subtree: str) -> Digested:
        """Read a frame and return the digest of a channel, of ids, or of the index of objects."""
        if subtree == "index":
            return self._index(t)
        return self._voxels(t, 0 if subtree == "voxels" else int(subtree))

    def _index(self, t: int | None) -> Digested:
        from objclass.segmentation.index import index

        grid = self.header.grid
        voxels = self.read(t, 0, Region.whole(grid.shape))
        time = (t or 0) + grid.first_frame
        content = Content(record=pack_index(index(voxels, grid.origin, time)))
        said = self._warnings(bool(voxels.all()), int(voxels.max()))
        return Digested(content.artifact().digest, content, said)

    def _name(self, t: int | None) -> str:
        """Return the file of a frame as the workflow calls it."""
        if isinstance(self.named, str):
            return self.named
        per_frame = self._numbers_per_frame()
        return self.named[per_frame[t or 0][0] if per_frame else 0]

    def _voxels(self, t: int | None, channel: int) -> Digested:
        from objclass.engine.content import ChunkDigests

        shape = self.header.grid.shape
        chunks = ChunkDigests(shape, self.header.dtype)
        full, highest = True, 0
        for slab in slabs(shape):
            voxels = self.read(t, channel, slab)
            full = full and bool(voxels.all())
            highest = max(highest, int(voxels.max())) if self._may_be_rounded else 0
            chunks.add(slab, voxels)
        if full and self._is_segmentation:
            self._refuse_no_background(t)
        return Digested(chunks.whole(), warnings=self._warnings(full, highest))

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

    def _warnings(self, full: bool, highest: int = 0) -> tuple[str, ...]:
        """Tell of objects that leave no voxel free, and of ids that may have been rounded."""
        if not self._is_label_image:
            return ()
        said = [NO_BACKGROUND] if full else []
        said += [ROUNDED.format(highest)] if self._may_be_rounded and highest > EXACT else []
        return tuple(said)

    def _refuse_no_background(self, t: int | None) -> None:
        import numpy as np

        values = np.unique(self.read(t, 0, Region.whole(self.header.grid.shape)))
        raise RunError(
            Problem(
                f"{self._name(t)} has no background: no voxel is 0",
                got=f"values {listed(values, 6)}",
                expected="0 where there is no object",
                fix="export it with background 0, or use a label image",
            )
        )

    def open(self, t: int | None, record: Callable[[], Any]) -> Image | LabelImage:
        """Return a frame, read lazily."""
        if isinstance(self.header, ImageHeader):
            return Image(self.header, lambda channel, region: self.read(t, channel, region))
        from objclass.engine.artifact import unpack_index

        return LabelImage(
            self.header, lambda region: self.read(t, 0, region), lambda: unpack_index(record())
        )


def files_of(path: str | Stack) -> tuple[Path, ...]:
    """Return the files on disk behind a path or stack."""
    paths = (path,) if isinstance(path, str) else path.paths
    return tuple(dict.fromkeys(Path(split_inner(each)[0]) for each in paths))
