"""Makes label images block by block; a frame in memory is the case of one block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, field, fields, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from objclass.data.axes import Grid
from objclass.data.blocks import Region, block_shape
from objclass.data.dataclass import dataclass
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import Index, LabelHeader
from objclass.data.memory_share import memory_share
from objclass.engine.artifact import Content, Voxels, pack_index
from objclass.engine.node import Made, Part, View
from objclass.engine.summary import Summary
from objclass.nodes.counted import LabelImageSummary, LayerSummary
from objclass.nodes.mask_voxels import covering
from objclass.nodes.resolution import resample
from objclass.nodes.variants import rules_of
from objclass.segmentation.automatic import automatic_level
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.found_objects import FoundObjects
from objclass.segmentation.index import IndexInParts, See, pass_by
from objclass.segmentation.plausible import background_like
from objclass.segmentation.rules import SegmentationRules
from objclass.segmentation.segment import segment, smoothed_reader, write_smoothed
from objclass.segmentation.settings import Layer, SegmentationReport, SegmentationSettings
from objclass.segmentation.smooth import scaled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[Region], NDArray[np.generic]]


def threshold_layer(layer: str, view: View) -> Made:
    """Make one layer of a ``threshold`` node for one frame."""
    maps = FrameMaps.of(view)
    blocks = maps.blocks(view)
    settings = maps.settings(blocks)
    if layer == "smoothed":
        smoothed = view.new_voxels(maps.grid.shape, "float32")
        write_smoothed(maps.own, blocks, settings.sigma, smoothed.write, maps.rules)
        return Made(Content({"0": smoothed}), warnings=maps.warnings(settings))
    found = segment(
        maps.own, blocks, settings, view.scratch, maps.cores, cast(Layer, layer), maps.rules
    )
    labels = IndexedLabels.of(view, *sizes_by_id(found))
    found.paint(labels.write)
    level = settings.threshold if maps.automatic else None
    report = found.report
    dropped = counted(report)
    told = maps.warnings(settings)
    if len(found.sizes) == 1 and not dropped:
        told += maps.darkness(settings)
    return labels.made(dropped, report.values, told, doubts=partial(_cover, maps), level=level)


def _cover(maps: FrameMaps, index: Index) -> Iterator[str]:
    """Yield that an object is as large as the background is, as of a channel of background."""
    for row in background_like(index, maps.grid.shape)[:1]:
        what = covering(index, int(row), maps.grid.shape, "object")
        yield f"{what}; if it is background, take another channel of the map"


def frame_blocks(view: View, grid: Grid, whole: bool = False) -> Blocks:
    """Return how a frame is cut: into execution blocks, or, in memory, not at all.

    What cannot be cut may take what the process may; threads share it.
    """
    block = None if whole else block_shape(view.block, grid)
    share = memory_share()
    most_bytes = None if share is None else share.for_voxels
    return Blocks(grid.shape, block or grid.shape, each=view.each, most_bytes=most_bytes)


def sizes_by_id(found: FoundObjects) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the ids 1…n of the objects that were found, and their sizes."""
    import numpy as np

    return np.arange(1, len(found.sizes), dtype=np.uint64), found.sizes[1:]


@dataclass
class LargestValue:
    """The highest value that was read, from several threads."""

    value: float = 0.0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def watching(self, read: Read) -> Read:
        """Return a reader that notes what it reads."""

        def watched(region: Region) -> NDArray[np.generic]:
            voxels: NDArray[Any] = read(region)
            highest = float(voxels.max(initial=0))
            with self._lock:
                self.value = max(self.value, highest)
            return voxels

        return watched


UNSCALED = 1.5
"""A map of probabilities ends at 1; a little more can be an overshoot of its maker."""
FAR_BELOW = 0.1
"""Part of the level; a map of a field without objects has noise above it."""


@dataclass(frozen=True)
class FrameMaps:
    """The maps of one frame that objects are found in, as readers on the wanted grid.

    Parameters
    ----------
    grid
        Where the objects will lie.
    parameters
        Of the part.
    own, cores
        One reader per map; cores are None where they are searched in the same maps. The
        layers of cores have no other maps than those of the cores.
    rules
        objclass's own, or those of the program to be compatible with.
    brightest
        What the maps hold at most, where they should end at 1.
    """

    grid: Grid
    parameters: Mapping[str, Any]
    own: tuple[Read, ...]
    cores: tuple[Read, ...] | None
    rules: SegmentationRules
    brightest: LargestValue

    @classmethod
    def of(cls, view: View) -> FrameMaps:
        """Return the maps that a step sees."""
        image: Image = view.one("image")
        header = view.part.header
        assert isinstance(header, ImageHeader | LabelHeader)
        parameters, brightest = view.parameters, LargestValue()
        cores = parameters.get("core_channel")
        own = parameters.get("channel", cores)

        def readers(channels: Sequence[int]) -> tuple[Read, ...]:
            return _readers(image, channels, parameters, brightest)

        return cls(
            header.grid,
            parameters,
            readers(own),
            None if cores is None or cores == own else readers(cores),
            rules_of(view.part.variant),
            brightest,
        )

    @property
    def automatic(self) -> bool:
        """True where the level is found from the histogram."""
        return isinstance(self.parameters.get("threshold"), str)

    def blocks(self, view: View) -> Blocks:
        """Return how the frame is cut; growth by some rules needs it whole."""
        whole = not (settings_of(self.parameters).merge_objects or self.rules.grows_apart)
        return frame_blocks(view, self.grid, whole)

    def settings(self, blocks: Blocks) -> SegmentationSettings:
        """Return what the parameters mean for the segmentation room."""
        settings = settings_of(self.parameters)
        if not self.automatic:
            return settings
        return replace(settings, threshold=self._found_level(settings.sigma, blocks))

    def _found_level(self, sigma: tuple[float, ...], blocks: Blocks) -> float:
        """Return the level of the smoothed map; of several maps, of the brightest at each voxel."""
        method, shape = self.parameters["threshold"], self.grid.shape
        each = [smoothed_reader(read, shape, sigma, self.rules) for read in self.own]

        def brightest(region: Region) -> NDArray[np.generic]:
            return _unite([read(region) for read in each])

        return automatic_level(brightest, blocks, method)

    def warnings(self, settings: SegmentationSettings) -> tuple[str, ...]:
        """Return what a person should know of the values and the level found."""
        told = []
        high, level = self.brightest.value, settings.threshold
        if high > UNSCALED and level <= 1:
            told.append(
                f"values go up to {high:g}, the level is {level:g}: if a map does not span 0 to "
                "1, give its input a value_range"
            )
        core = settings.core_threshold
        if self.automatic and core is not None and level > core:
            how = self.parameters["threshold"]
            told.append(f"{how} found the level {level:g}, above the core_threshold {core:g}")
        return tuple(told)

    def darkness(self, settings: SegmentationSettings) -> tuple[str, ...]:
        """Return why there are no objects, where the maps are far too dark for the level."""
        high, level = self.brightest.value, settings.threshold
        if not 0 < high < FAR_BELOW * level:
            return ()
        return (
            f"no object: values go up to {high:.3g}, far below the level {level:g}; is it the "
            "right file, and does its value_range fit?",
        )


def _unite(maps: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the brightest value at each voxel."""
    import numpy as np

    return maps[0] if len(maps) == 1 else np.fmax.reduce(list(maps))


def settings_of(parameters: Mapping[str, Any]) -> SegmentationSettings:
    """Return what a layer's parameters mean for the segmentation room."""
    names = {each.name for each in fields(SegmentationSettings)}
    given = {n: value for n, value in parameters.items() if n in names and value is not None}
    given.setdefault("method", "hysteresis" if "core_threshold" in parameters else "simple")
    level = given.get("threshold", given.get("core_threshold", 0.0))
    given["threshold"] = 0.0 if isinstance(level, str) else level
    return SegmentationSettings(**given | {"sigma": tuple(parameters["sigma"])})


def _readers(
    image: Image, channels: Sequence[int], parameters: Mapping[str, Any], brightest: LargestValue
) -> tuple[Read, ...]:
    """Return one reader per map: each channel where they are kept apart, else their sum."""
    each = tuple(_reader(image, channel, parameters, brightest) for channel in channels)
    if len(each) == 1 or parameters.get("separate"):
        return each
    return (lambda region: _add_up([read(region) for read in each]),)


def _add_up(maps: Sequence[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    total = maps[0].astype(np.float32)
    for other in maps[1:]:
        total = total + other.astype(np.float32)
    return total


def _reader(
    image: Image, channel: int, parameters: Mapping[str, Any], brightest: LargestValue
) -> Read:
    scale, header = parameters.get("scale"), image.header

    def read(region: Region) -> NDArray[np.generic]:
        voxels = image.read(channel, region)
        return voxels if scale is None else scaled(voxels, *scale)

    fractions = scale is not None or header.dtype.startswith("float")
    watched = brightest.watching(read) if fractions else read
    return resample(watched, parameters, header.grid.shape)


def counted(report: SegmentationReport) -> dict[str, int]:
    """Return why objects were left out, to how many."""
    return {name: count for name, count in asdict(report.dropped).items() if count}


@dataclass(frozen=True)
class IndexedLabels:
    """The label image of a step, indexed as it is written.

    Parameters
    ----------
    view
        Of the step.
    voxels
        Where the ids go.
    index
        Takes them on the way.
    """

    view: View
    voxels: Voxels
    index: IndexInParts

    @classmethod
    def of(
        cls,
        view: View,
        ids: NDArray[np.uint64],
        sizes: NDArray[np.int64],
        see: See = pass_by,
    ) -> IndexedLabels:
        """Begin the label image of a step; `ids` (ascending) and `sizes` are its objects.

        `see` looks at the shapes of objects on the way.
        """
        header = view.part.header
        assert isinstance(header, LabelHeader)
        grid = header.grid
        time = (view.t or 0) + grid.first_frame
        index = IndexInParts(grid.shape, (ids, sizes), grid.origin, time, see)
        return cls(view, view.new_voxels(grid.shape, header.dtype), index)

    def write(self, region: Region, ids: NDArray[np.generic]) -> None:
        """Write and index a region."""
        self.voxels.write(region, ids)
        self.index.add(region, ids)

    def made(
        self,
        dropped: Mapping[str, int],
        found_in: NDArray[np.uint64] | None = None,
        warnings: tuple[str, ...] = (),
        original: NDArray[np.uint64] | None = None,
        doubts: Callable[[Index], Iterable[str]] = lambda found: (),
        level: float | None = None,
    ) -> Made:
        """Return the label image with its index, once every voxel has been written.

        `dropped` says why objects were left out and how many, `level` which level was found,
        `found_in` by id which map an object was found in, `original` which id it had in
        its file; `doubts` says what is odd about the objects.
        """
        part, found = self.view.part, self.index.finished()
        assert isinstance(part.header, LabelHeader)
        if part.header.found_in and found_in is not None:
            found = replace(found, channel=found_in[found.ids.astype("int64")].astype("uint8"))
        if original is not None:
            found = replace(found, original=original[found.ids.astype("int64")])
        warnings += tuple(doubts(found))
        told = _summarize(part, found, dropped, level)
        return Made(Content({"voxels": self.voxels}, pack_index(found)), told, warnings)


def _summarize(
    part: Part, found: Index, dropped: Mapping[str, int], level: float | None
) -> Summary:
    """Return what is told of a label image; only objects count as objects of the node."""
    if part.tells is LayerSummary:
        return LayerSummary(part.name, len(found))
    at_border = int(found.touches_border.sum()) if len(found) else None
    middle = float(sorted(found.size)[len(found) // 2]) if len(found) else None
    return LabelImageSummary(
        len(found), dropped, level, touches_border=at_border, median_size=middle
    )
