"""The label images of the training lanes: as the project stores them, or made again.

A project keeps the label images that were on screen when objects were annotated, unless they
were out of date when it was saved. Otherwise they are made again from the lane's files by
ilastik's own rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from objclass.data.axes import Grid, to_order
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem
from objclass.ilastik.contents import InputInfo, ThresholdSettings, Variant
from objclass.ilastik.folder import LARGEST, ProjectGroup, open_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.io.image import FrameReader
    from objclass.io.source import Source
    from objclass.segmentation.settings import SegmentationSettings

INTERNAL_AXES: Final = "txyzc"
RELABELED_AXES: Final = "tzyxc"
_SLICE: Final = re.compile(r"\[\s*(\d{1,9}:\d{1,9}(?:\s*,\s*\d{1,9}:\d{1,9}){4})\s*\]")
_LANE: Final = re.compile(r"\D*(\d{1,6})")


def stored_label_image(path: Path, lane: int, t: int) -> NDArray[np.generic] | None:
    """Return the label image of a frame as the project stores it.

    Parameters
    ----------
    path
        The project.
    lane, t
        Which frame.

    Returns
    -------
    Ids ``(y, x)`` or ``(z, y, x)`` (a z axis of length 1 is dropped), or None where the frame
    is not stored, not completely, or larger than 1 GiB.
    """
    with open_file(path) as root:
        volumes = _thresholded(root, lane), _relabel(root, lane)
        return next((found for blocks in volumes if (found := _frame(blocks, t)) is not None), None)


@dataclass(frozen=True)
class _Block:
    """A stored block: ``ranges`` along t, z, y, x and c, and how to read it as tzyxc."""

    ranges: tuple[tuple[int, int], ...]
    folder: ProjectGroup
    name: str
    axes: str

    def read(self) -> NDArray[np.generic]:
        array = self.folder.array(self.name, "iu", 5)
        return to_order(array, self.axes, RELABELED_AXES)


def _thresholded(root: ProjectGroup, lane: int) -> Iterator[_Block]:
    """Yield the blocks that the prediction and segmentation variants store."""
    folder = _lane(root.folder("ObjectExtraction/LabelImage_v2"), lane)
    if folder is None:
        return
    for name in folder.names():
        ranges = _ranges(folder.attribute(name, "blockSlice"))
        if ranges is not None:
            by_axis = dict(zip(INTERNAL_AXES, ranges, strict=True))
            ordered = tuple(by_axis[axis] for axis in RELABELED_AXES)
            yield _Block(ordered, folder, name, INTERNAL_AXES)


def _relabel(root: ProjectGroup, lane: int) -> Iterator[_Block]:
    """Yield the blocks that the label-image variant stores: one a frame."""
    folder = _lane(root.folder("ObjectExtraction/RelabelData"), lane)
    for number, (_, inside) in enumerate(folder.folders() if folder else ()):
        if "array" in inside:
            shape = inside.array("array", "iu", 5).shape
            ranges = ((number, number + 1), *((0, n) for n in shape[1:]))
            yield _Block(ranges, inside, "array", RELABELED_AXES)


def _lane(folder: ProjectGroup | None, lane: int) -> ProjectGroup | None:
    for name, inside in folder.folders() if folder else ():
        found = _LANE.fullmatch(name)
        if found and int(found[1]) == lane:
            return inside
    return None


def _ranges(text: object) -> tuple[tuple[int, int], ...] | None:
    """Read ``[0:1,0:187,0:73,0:1,0:1]``."""
    found = _SLICE.fullmatch(str(text))
    if found is None:
        return None
    pairs = [part.split(":") for part in found[1].split(",")]
    return tuple((int(a), int(b)) for a, b in pairs)


def _frame(blocks: Iterator[_Block], t: int) -> NDArray[np.generic] | None:
    """Put the blocks of a frame together; None unless they fill it."""
    import numpy as np

    here = [block for block in blocks if block.ranges[0][0] <= t < block.ranges[0][1]]
    stop = [max((block.ranges[axis][1] for block in here), default=0) for axis in (1, 2, 3)]
    size = stop[0] * stop[1] * stop[2]
    if not 0 < size * 4 <= LARGEST:
        return None
    ids = np.zeros(stop, np.uint64)
    filled = 0
    for block in here:
        values = block.read()
        if values.shape != tuple(b - a for a, b in block.ranges):
            return None
        part = values[t - block.ranges[0][0], ..., 0]
        ids[tuple(slice(*r) for r in block.ranges[1:4])] = part
        filled += part.size
    if filled != size:
        return None
    return ids[0] if stop[0] == 1 else ids


@dataclass(frozen=True)
class RecomputedLabelImages:
    """The label images of a lane, made again from its prediction map, mask or label image."""

    grid: Grid
    variant: Variant
    dtype: str
    threshold: ThresholdSettings | None
    scale: tuple[float, float] | None
    reader: FrameReader

    def frame(self, t: int) -> NDArray[np.generic]:
        """Return the ids of a frame, ``(y, x)`` or ``(z, y, x)``, numbered as in ilastik."""
        from objclass.segmentation.components import components

        if self.threshold is None:
            values = self._read(t, 0)
            if self.variant == "label_image":
                return by_appearance(values)
            return components(_whole_numbers(values))[0]
        return self._thresholded(t, self.threshold)

    def close(self) -> None:
        """Give the file back."""
        self.reader.close()

    def _read(self, t: int, channel: int) -> Any:
        frame = t if self.grid.frames is not None else None
        return self.reader.read(frame, channel, Region.whole(self.grid.shape))

    def _thresholded(self, t: int, settings: ThresholdSettings) -> NDArray[np.generic]:
        from objclass.segmentation.ilastik import RULES
        from objclass.segmentation.segment import segment_in_memory
        from objclass.segmentation.smooth import scaled

        used = [settings.channel]
        if settings.method != "simple" and settings.core_channel != settings.channel:
            used.append(settings.core_channel)
        maps = [self._read(t, channel) for channel in used]
        if self.scale is not None and self.scale != (0.0, 1.0):
            maps = [scaled(each, *self.scale) for each in maps]
        core = maps[1] if len(maps) > 1 else None
        how = segmentation_settings(settings, self.grid.dimensions)
        return segment_in_memory(maps[0], how, core, rules=RULES)[0]


def segmentation_settings(settings: ThresholdSettings, dimensions: int) -> SegmentationSettings:
    """Return ilastik's threshold settings in the words of the segmentation room."""
    from objclass.segmentation.settings import SegmentationSettings

    simple = settings.method == "simple"
    return SegmentationSettings(
        sigma=settings.sigma[::-1][-dimensions:],
        threshold=settings.low,
        method="simple" if simple else "hysteresis",
        core_threshold=None if simple else settings.high,
        min_size=settings.min_size,
        max_size=settings.max_size,
        merge_objects=settings.method != "dont_merge",
    )


def remade(
    path: Source, info: InputInfo, variant: Variant, threshold: ThresholdSettings | None
) -> RecomputedLabelImages:
    """Open the file that a lane's objects come from.

    Parameters
    ----------
    path
        The file here, perhaps with an array behind it, or the stack of files.
    info
        What the project says of it.
    variant, threshold
        Of the project.

    Raises
    ------
    InputError
        Where the file cannot be read or its axes do not fit.
    """
    from objclass.io.image import FrameReader, layout_of
    from objclass.io.stack import describe_source, open_source

    file, axes = describe_source(path, info.file_axes or None)
    layout = layout_of(file, axes, crop_of(info))
    scale = info.drange or file.value_range
    if scale is None and file.dtype == "uint8":
        scale = (0.0, 255.0)
    _check_channels(path, threshold, layout.channels)
    reader = FrameReader(open_source(path, info.file_axes or None), layout)
    return RecomputedLabelImages(layout.grid(), variant, file.dtype, threshold, scale, reader)


def _check_channels(path: Source, threshold: ThresholdSettings | None, channels: int) -> None:
    most = max(threshold.channel, threshold.core_channel) if threshold else 0
    if threshold and threshold.method == "simple":
        most = threshold.channel
    if most >= channels:
        got = f"{channels} channels"
        raise InputError(Problem(f"{path.first}: the project uses channel {most}", got=got))


def crop_of(info: InputInfo) -> dict[str, tuple[int, int]] | None:
    """Return the crop of an old project's input, per axis letter."""
    if info.subvolume is None:
        return None
    ends = zip(info.axes, *info.subvolume, strict=True)
    return {letter: (start, stop) for letter, start, stop in ends}


def _whole_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """Return a mask of fractions as one of integers, equal where it was equal."""
    import numpy as np

    if values.dtype.kind != "f":
        return values
    _, inverse = np.unique(values, return_inverse=True)
    numbers = inverse.reshape(values.shape).astype(np.uint32) + 1
    return np.where(values == 0, 0, numbers).astype(np.uint32)


def by_appearance(ids: NDArray[Any]) -> NDArray[np.uint32]:
    """Return ids renumbered 1…n by their first voxel in raster order; pieces stay together."""
    import numpy as np

    found, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(np.where(found == 0, -1, first), kind="stable")
    number = np.empty(len(found), np.uint32)
    number[order] = np.arange(len(found)) + (0 if (found == 0).any() else 1)
    return number[inverse].reshape(ids.shape).astype(np.uint32)
