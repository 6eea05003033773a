"""Ties files to images: axes and crop become frames, channels and a grid of voxels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from objclass.data.axes import SPATIAL, Grid, example_axes
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.digest import of_chunk
from objclass.data.image import ImageHeader, Role
from objclass.errors import FieldSetting, InputError, Problem, advise, list_some, raise_all
from objclass.io.header import FileHeader, Reader, known_axes
from objclass.io.kept_frames import KEPT, KeptFrame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Crop = Mapping[str, int | Sequence[int]]


@dataclass(frozen=True)
class Layout:
    """Where in a file's array the frames, channels and voxels of an image lie.

    Parameters
    ----------
    axes
        The file's axis letters in file order.
    ranges
        First and one past the last voxel kept per axis, in file coordinates.
    dropped
        Letters whose axis a crop took away by an integer.
    """

    axes: str
    ranges: tuple[tuple[int, int], ...]
    dropped: str = ""

    def range_of(self, letter: str) -> tuple[int, int]:
        """First and one past the last voxel of an axis; ``(0, 1)`` where there is none."""
        return self.ranges[self.axes.index(letter)] if letter in self.axes else (0, 1)

    def length(self, letter: str) -> int:
        """Number of voxels kept along an axis; 1 where there is none."""
        start, stop = self.range_of(letter)
        return stop - start

    @property
    def spatial(self) -> str:
        """``zyx``, or ``yx`` where z is missing, dropped or of length 1."""
        return SPATIAL if self.length("z") > 1 else "yx"

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the spatial axes."""
        return tuple(self.length(letter) for letter in self.spatial)

    @property
    def frames(self) -> int | None:
        """Number of time points; None without a time axis."""
        return self.length("t") if "t" in self.axes and "t" not in self.dropped else None

    @property
    def channels(self) -> int:
        """Number of channels, at least 1."""
        return self.length("c")

    def grid(
        self,
        spacing: Mapping[str, float] | None = None,
        unit: str | None = None,
        time_step: str | None = None,
    ) -> Grid:
        """Return the image's grid; a spacing that lacks an axis of the image is not used."""
        sizes = dict(spacing or {})
        known = set(self.spatial) <= set(sizes)
        voxel = (sizes.get("z", 1.0), sizes["y"], sizes["x"]) if known else None
        starts = [self.range_of(letter)[0] for letter in SPATIAL]
        return Grid(
            shape=self.shape,
            frames=self.frames,
            origin=(starts[0], starts[1], starts[2]),
            first_frame=self.range_of("t")[0],
            spacing=voxel,
            unit=unit if voxel else None,
            time_step=time_step,
            axes="".join(letter for letter in self.axes if letter not in self.dropped),
        )

    def index(self, t: int | None, channel: int, region: Region) -> tuple[slice | int, ...]:
        """Return the file index of a region of one channel in one frame (all after cropping)."""
        edges = dict(zip(self.spatial, region.slices, strict=True))
        picks = {"t": t or 0, "c": channel}

        def along(letter: str, start: int) -> slice | int:
            if letter in edges:
                return slice(start + edges[letter].start, start + edges[letter].stop)
            return start + picks.get(letter, 0)

        return tuple(along(a, start) for a, (start, _) in zip(self.axes, self.ranges, strict=True))


def layout_of(file: FileHeader, axes: str | None = None, crop: Crop | None = None) -> Layout:
    """Return how a file's axes are read.

    Parameters
    ----------
    file
        The file's header.
    axes
        The user's axis letters in file order; they overrule the file's.
    crop
        Per axis letter a pair ``(start, stop)``, which keeps the axis, or an integer, which
        drops it; in file coordinates.

    Raises
    ------
    InputError
        With every problem found: axes unknown or not fitting, crop outside the image.
    """
    letters = _letters(file, axes)
    lengths = dict(zip(letters, file.shape, strict=True))
    crop = crop or {}
    raise_all(problem for item in crop.items() for problem in _crop_problems(*item, lengths))
    ranges = tuple(_kept(crop.get(letter), length) for letter, length in lengths.items())
    dropped = "".join(letter for letter in letters if isinstance(crop.get(letter), int))
    return Layout(letters, ranges, dropped)


def _letters(file: FileHeader, axes: str | None) -> str:
    """The axis letters to use, or raise where nobody knows them or they do not fit."""
    if axes is None and file.axes is None:
        raise InputError(
            Problem(
                f"the file does not name its axes (shape {file.shape})",
                expected="letters of tczyx in file order",
                fix=advise(FieldSetting("axes", _example(file), example=True)),
            )
        )
    letters = axes or file.axes or ""
    if known_axes(letters, len(file.shape)) is None:
        raise InputError(
            Problem(
                f"axes {letters} do not fit the file",
                got=f"shape {file.shape}",
                expected=f"{len(file.shape)} different letters of tczyx, among them y and x",
                fix=advise(FieldSetting("axes", _example(file), verb="write", example=True)),
            )
        )
    return letters


def _example(file: FileHeader) -> str:
    """Return axes that fit a file: those it names, else usual ones of as many letters."""
    return file.axes or example_axes(file.shape)


def _crop_problems(
    letter: str, wanted: int | Sequence[int], lengths: Mapping[str, int]
) -> list[Problem]:
    """What is wrong with one axis of a crop."""
    if letter not in lengths:
        what = f"crop names axis {letter}, which the file does not have"
        return [Problem(what, expected=f"one of {list_some(lengths)}")]
    length = lengths[letter]
    numbers = [wanted] if isinstance(wanted, int) else list(wanted)
    if not isinstance(wanted, int) and len(numbers) != 2:
        return [Problem(f"crop of axis {letter} is no pair", got=str(numbers))]
    if letter in "yx" and isinstance(wanted, int):
        fix = f"write [{wanted}, {wanted + 1}] to keep it"
        return [Problem(f"crop would drop axis {letter}, which an image needs", fix=fix)]
    start, stop = (numbers[0], numbers[-1] + 1) if isinstance(wanted, int) else numbers
    if 0 <= start < stop <= length:
        return []
    got = str(wanted if isinstance(wanted, int) else list(numbers))
    return [
        Problem(
            f"crop of axis {letter} does not lie in the image",
            got=got,
            expected=f"within [0, {length}]"
            if not isinstance(wanted, int)
            else f"0 to {length - 1}",
        )
    ]


def _kept(wanted: int | Sequence[int] | None, length: int) -> tuple[int, int]:
    """First and one past the last voxel kept."""
    if wanted is None:
        return 0, length
    return (wanted, wanted + 1) if isinstance(wanted, int) else (wanted[0], wanted[1])


def image_header(
    file: FileHeader,
    layout: Layout,
    *,
    channels: Sequence[str] | None = None,
    spacing: Mapping[str, float] | None = None,
    unit: str | None = None,
    time_step: str | None = None,
    role: Role = "raw",
    value_range: tuple[float, float] | None = None,
) -> ImageHeader:
    """Return the image's header; what the user gives overrules what the file says.

    Raises
    ------
    InputError
        Where the number of channel names is not the number of channels, or names repeat.
    """
    size, of = (spacing, unit) if spacing else (file.spacing, file.unit)
    return ImageHeader(
        grid=layout.grid(size, of, time_step or file.time_step),
        channels=channel_names(file, layout, channels),
        dtype=file.dtype,
        role=role,
        value_range=value_range or file.value_range,
    )


def channel_names(
    file: FileHeader, layout: Layout, given: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return one name per channel kept: the user's, else the file's, else ``"0"``, ``"1"``, …."""
    start, stop = layout.range_of("c")
    total = file.shape[layout.axes.index("c")] if "c" in layout.axes else 1
    names = tuple(given or file.channels or ())
    if given and len(given) != total:
        got, expected = f"{len(given)} names: {list_some(given)}", f"{total}, one a channel"
        raise InputError(Problem("channels do not fit the file", got=got, expected=expected))
    if len(set(names)) < len(names) and given:
        raise InputError(Problem("channel names repeat", got=list_some(names)))
    if len(names) != total or len(set(names)) < total:
        names = tuple(map(str, range(total)))
    return names[start:stop]


class FrameReader:
    """Reads one channel of a region of one frame, in the order ``(z,) y, x``.

    Parameters
    ----------
    reader
        Of the whole array.
    layout
        Where frames and channels lie in it.
    file
        Names the file in its present state, and how it is read; empty where nothing is kept.
    voxel_bytes
        Of one voxel.
    """

    def __init__(
        self, reader: Reader, layout: Layout, file: str = "", voxel_bytes: int = 8
    ) -> None:
        self._reader = reader
        self.layout = layout
        self._file = file
        self._bytes = prod(layout.shape) * voxel_bytes

    def read(self, t: int | None, channel: int, region: Region) -> NDArray[np.generic]:
        """Return the voxels of a region as a C-contiguous array of its shape.

        Parameters
        ----------
        t
            Frame, counted after cropping; None for an image without time.
        channel
            Channel, counted after cropping.
        region
            Voxels ``(y, x)`` or ``(z, y, x)``, counted after cropping.
        """
        kept = self._kept(t, channel)
        return kept.voxels[region.slices].copy() if kept else self._decode(t, channel, region)

    def keeps(self, t: int | None, channel: int) -> bool:
        """Return True where a frame is kept decoded, with the digests that were asked for."""
        return self._kept(t, channel) is not None

    def digest(self, t: int | None, channel: int, chunk: Region) -> str:
        """Return the digest of the voxels of a chunk as the file has them."""
        kept = self._kept(t, channel)
        if kept is None:
            return of_chunk(self._decode(t, channel, chunk))
        if chunk not in kept.digests:
            kept.digests[chunk] = of_chunk(kept.voxels[chunk.slices])
        return kept.digests[chunk]

    def _kept(self, t: int | None, channel: int) -> KeptFrame | None:
        """Return a frame that is kept in memory; None for one that is read from its file."""
        if not self._file:
            return None
        whole = Region.whole(self.layout.shape)
        index = str(self.layout.index(t, channel, whole))
        return KEPT.frame(self._file, index, self._bytes, lambda: self._decode(t, channel, whole))

    def _decode(self, t: int | None, channel: int, region: Region) -> NDArray[np.generic]:
        import numpy as np

        layout = self.layout
        array = self._reader.read(layout.index(t, channel, region))
        found = [letter for letter in layout.axes if letter in layout.spatial]
        order = [found.index(letter) for letter in layout.spatial]
        return np.ascontiguousarray(array.transpose(order))

    def close(self) -> None:
        """Give the file back."""
        self._reader.close()


@lru_cache(1024)
def kept_ranges(layout: Layout, t: int | None) -> dict[str, Any]:
    """Return first and one past the last voxel per axis, of a dropped axis its one index.

    Images that are laid out alike share it.
    """
    kept: dict[str, Any] = dict(zip(layout.axes, map(list, layout.ranges), strict=True))
    kept |= {letter: layout.range_of(letter)[0] for letter in layout.dropped}
    return kept if t is None else kept | {"t": [t, t + 1]}
