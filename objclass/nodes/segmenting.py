"""Makes label images: whole frames in memory, or by block with the same result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from objclass.data.axes import Grid
from objclass.data.blocks import Region, block_shape
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import Index, LabelHeader
from objclass.engine.artifact import Content, Voxels, pack_index
from objclass.engine.node import Made, View
from objclass.nodes.resolution import resample
from objclass.nodes.variants import rules_of
from objclass.segmentation.automatic import automatic_level, automatic_level_by_block
from objclass.segmentation.blocks import (
    smoothed_reader,
    threshold_by_block,
)
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.index import See, index, index_by_block
from objclass.segmentation.rules import SegmentationRules
from objclass.segmentation.settings import Layer, SegmentationReport, SegmentationSettings
from objclass.segmentation.smooth import scaled
from objclass.segmentation.whole import threshold_objects

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[Region], NDArray[np.generic]]


def threshold_layer(layer: str, view: View) -> Made:
    """Make one layer of a ``threshold`` node for one frame."""
    maps = FrameMaps.of(view)
    block = block_shape(view.block, maps.grid)
    settings = maps.settings(block)
    voxels = view.new_voxels(maps.grid.shape, "float32" if layer == "smoothed" else "uint32")
    name = cast(Layer, layer)
    if block is None or not settings.merge_objects:
        report = _whole(maps, settings, name, voxels)
    else:
        blocks = Blocks(maps.grid.shape, block)
        report = threshold_by_block(
            maps.own, blocks, settings, view.scratch, voxels.write, maps.cores, name, maps.rules
        )
    warnings = maps.warnings(settings)
    if layer == "smoothed":
        return Made(Content({"0": voxels}), warnings=warnings)
    level = {"threshold": settings.threshold} if maps.automatic else {}
    return made_labels(view, voxels, {**counted(report), **level}, report.values, warnings)


def _whole(
    maps: FrameMaps, settings: SegmentationSettings, layer: Layer, voxels: Voxels
) -> SegmentationReport:
    """Make a layer of a frame in memory."""
    whole = Region.whole(maps.grid.shape)
    cores = [read(whole) for read in maps.cores] if maps.cores else None
    own = [read(whole) for read in maps.own]
    made = threshold_objects(own, settings, cores, (layer,), maps.rules)
    voxels.write(whole, made.images[layer])
    return made.report


@dataclass
class LargestValue:
    """The highest value that was read."""

    value: float = 0.0

    def watching(self, read: Read) -> Read:
        """Return a reader that notes what it reads."""

        def watched(region: Region) -> NDArray[np.generic]:
            voxels: NDArray[Any] = read(region)
            self.value = max(self.value, float(voxels.max(initial=0)))
            return voxels

        return watched


UNSCALED = 1.5
"""A map of probabilities ends at 1; a little more can be an overshoot of its maker."""


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

    def settings(self, block: tuple[int, ...] | None) -> SegmentationSettings:
        """Return what the parameters mean for the segmentation room."""
        settings = settings_of(self.parameters)
        if not self.automatic:
            return settings
        return replace(settings, threshold=self._found_level(settings.sigma, block))

    def _found_level(self, sigma: tuple[float, ...], block: tuple[int, ...] | None) -> float:
        """Return the level of the smoothed map; of several maps, of the brightest at each voxel."""
        method, shape = self.parameters["threshold"], self.grid.shape
        each = [smoothed_reader(read, shape, sigma, self.rules) for read in self.own]

        def brightest(region: Region) -> NDArray[np.generic]:
            return _unite([read(region) for read in each])

        if block is None:
            return automatic_level(brightest(Region.whole(shape)), method)
        return automatic_level_by_block(brightest, Blocks(shape, block), method)

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


def _unite(maps: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the brightest value at each voxel."""
    import numpy as np

    return maps[0] if len(maps) == 1 else np.fmax.reduce(list(maps))


def settings_of(parameters: Mapping[str, Any]) -> SegmentationSettings:
    """Return what a layer's parameters mean for the segmentation room."""
    names = ("method", "max_size", "merge_objects", "core_threshold")
    given = {name: parameters[name] for name in names if name in parameters}
    given.setdefault("method", "hysteresis" if "core_threshold" in parameters else "simple")
    threshold = parameters.get("threshold", parameters.get("core_threshold", 0.0))
    level = 0.0 if isinstance(threshold, str) else threshold
    smallest = parameters.get("min_size") or 0
    return SegmentationSettings(tuple(parameters["sigma"]), level, min_size=smallest, **given)


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


def counted(report: SegmentationReport) -> dict[str, Any]:
    """Return what a summary tells of a report."""
    return {"dropped": {name: count for name, count in asdict(report.dropped).items() if count}}


def made_labels(
    view: View,
    voxels: Voxels,
    summary: Mapping[str, Any],
    found_in: NDArray[np.uint64] | None = None,
    warnings: tuple[str, ...] = (),
    original: NDArray[np.uint64] | None = None,
    doubts: Callable[[Index], Iterable[str]] = lambda found: (),
    see: See = lambda ids, objects: None,
) -> Made:
    """Add the index to a finished label image.

    `found_in` says by id which map an object was found in, `original` which id it had in its
    file; `doubts` says what is odd about the objects, whose
    shapes `see` has seen before.
    """
    header = view.part.header
    assert isinstance(header, LabelHeader)
    grid = header.grid
    time = (view.t or 0) + grid.first_frame
    block = block_shape(view.block, grid)
    if block is None:
        found = index(voxels.read(Region.whole(grid.shape)), grid.origin, time, see)
    else:
        blocks = Blocks(grid.shape, block)
        found = index_by_block(voxels.read, blocks, grid.origin, time, see=see)
    if header.found_in and found_in is not None:
        found = replace(found, channel=found_in[found.ids.astype("int64")].astype("uint8"))
    if original is not None:
        found = replace(found, original=original[found.ids.astype("int64")])
    warnings += tuple(doubts(found))
    told = _summarize(view.part.name, found, summary)
    return Made(Content({"voxels": voxels}, pack_index(found)), told, warnings)


def _summarize(layer: str, found: Index, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a label image; only objects count as objects of the node."""
    if layer != "objects":
        return {layer: len(found)}
    told = {**summary, "objects": len(found)}
    if len(found):
        told["touches_border"] = int(found.touches_border.sum())
        told["median_size"] = float(sorted(found.size)[len(found) // 2])
    return told
