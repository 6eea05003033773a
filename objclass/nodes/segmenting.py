"""Makes label images: whole frames in memory, or by block with the same result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.artifact import Content, Voxels, pack_index
from objclass.engine.node import Made, View
from objclass.nodes.execution_block import block_shape
from objclass.nodes.resolution import resampled
from objclass.segmentation.automatic import automatic_level_by_block
from objclass.segmentation.blocks import (
    components_by_block,
    smoothed_reader,
    threshold_by_block,
)
from objclass.segmentation.components import components
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.grouping import Grouped, by_value
from objclass.segmentation.holes import fill_holes
from objclass.segmentation.index import index, index_by_block
from objclass.segmentation.rules import OWN, Rules
from objclass.segmentation.runs import runs
from objclass.segmentation.selection import border_ids, mapped, mostly_inside, overlaps
from objclass.segmentation.settings import Layer, Report, Settings
from objclass.segmentation.smooth import scaled
from objclass.segmentation.whole import component_objects, threshold_objects

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[Region], NDArray[np.generic]]


def threshold_layer(layer: str, view: View) -> Made:
    """Make one layer of a ``threshold`` node for one frame."""
    maps = Maps.of(view)
    block = block_shape(view.block, maps.grid)
    settings = maps.settings(block)
    voxels = view.new_voxels(maps.grid.shape, "float32" if layer == "smoothed" else "uint32")
    name = cast(Layer, layer)
    if block is None or not settings.merge_objects:
        report = _whole(maps, settings, name, voxels)
    else:
        blocks = Blocks(maps.grid.shape, block)
        own, cores = maps.own or maps.cores or (), maps.cores
        report = threshold_by_block(
            own, blocks, settings, view.scratch, voxels.write, cores, name, maps.rules
        )
    if layer == "smoothed":
        return Made(Content({"0": voxels}), warnings=maps.warnings(voxels))
    level = {"threshold": settings.threshold} if maps.automatic else {}
    return _made(view, voxels, maps.grid, {**_counted(report), **level}, report.values)


def _whole(maps: Maps, settings: Settings, layer: Layer, voxels: Voxels) -> Report:
    """Make a layer of a frame in memory."""
    whole = Region.whole(maps.grid.shape)
    cores = [read(whole) for read in maps.cores] if maps.cores else None
    own = [read(whole) for read in maps.own] if maps.own else cores or []
    made = threshold_objects(own, settings, cores, (layer,), maps.rules)
    voxels.write(whole, made.images[layer])
    return made.report


@dataclass(frozen=True)
class Maps:
    """The maps of one frame that objects are found in, as readers on the wanted grid.

    Parameters
    ----------
    grid
        Where the objects will lie.
    parameters
        Of the part.
    own, cores
        One reader per map; cores are None where they are searched in the same maps.
    rules
        objclass's own, or those of the program to be compatible with.
    """

    grid: Grid
    parameters: Mapping[str, Any]
    own: tuple[Read, ...] | None
    cores: tuple[Read, ...] | None
    rules: Rules

    @classmethod
    def of(cls, view: View) -> Maps:
        """Return the maps that a step sees."""
        image: Image = view.one("image")
        header = view.part.header
        assert isinstance(header, ImageHeader | LabelHeader)
        parameters = view.parameters
        own, cores = parameters.get("channel"), parameters.get("core_channel")
        same = own is not None and own == cores
        return cls(
            header.grid,
            parameters,
            _readers(image, own, parameters) if own is not None else None,
            _readers(image, cores, parameters) if cores is not None and not same else None,
            rules_of(view.part.variant),
        )

    @property
    def automatic(self) -> bool:
        """True where the level is found from the histogram."""
        return isinstance(self.parameters.get("threshold"), str)

    def settings(self, block: tuple[int, ...] | None) -> Settings:
        """Return what the parameters mean for the segmentation room."""
        settings = settings_of(self.parameters)
        if not self.automatic:
            return settings
        return replace(settings, threshold=self._found_level(settings.sigma, block))

    def _found_level(self, sigma: tuple[float, ...], block: tuple[int, ...] | None) -> float:
        assert self.own is not None
        shape = self.grid.shape
        smoothed = smoothed_reader(self.own[0], shape, sigma, self.rules)
        blocks = Blocks(shape, block or shape)
        return automatic_level_by_block(smoothed, blocks, self.parameters["threshold"])

    def warnings(self, smoothed: Voxels) -> tuple[str, ...]:
        """Return what a person should know of the map's values."""
        high = float(smoothed.read(Region.whole(self.grid.shape)).max(initial=0.0))
        return (f"values go up to {high:g}; maps usually end at 1",) if high > 1.5 else ()


def settings_of(parameters: Mapping[str, Any]) -> Settings:
    """Return what a layer's parameters mean for the segmentation room."""
    names = ("method", "max_size", "merge_objects", "core_threshold")
    given = {name: parameters[name] for name in names if name in parameters}
    given.setdefault("method", "hysteresis" if "core_threshold" in parameters else "simple")
    threshold = parameters.get("threshold", parameters.get("core_threshold", 0.0))
    level = 0.0 if isinstance(threshold, str) else threshold
    smallest = parameters.get("min_size") or 0
    return Settings(tuple(parameters["sigma"]), level, min_size=smallest, **given)


def rules_of(variant: str) -> Rules:
    """Return the rules of a variant: the one place that chooses them."""
    if variant == "ilastik":
        from objclass.segmentation.ilastik import RULES

        return RULES
    return OWN


def _readers(
    image: Image, channels: Sequence[int], parameters: Mapping[str, Any]
) -> tuple[Read, ...]:
    """Return one reader per map: each channel where they are kept apart, else their sum."""
    each = tuple(_reader(image, channel, parameters) for channel in channels)
    if len(each) == 1 or parameters.get("separate"):
        return each
    return (lambda region: _summed([read(region) for read in each]),)


def _summed(maps: Sequence[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    total = maps[0].astype(np.float32)
    for other in maps[1:]:
        total = total + other.astype(np.float32)
    return total


def _reader(image: Image, channel: int, parameters: Mapping[str, Any]) -> Read:
    scale = parameters.get("scale")

    def read(region: Region) -> NDArray[np.generic]:
        voxels = image.read(channel, region)
        return voxels if scale is None else scaled(voxels, *scale)

    return resampled(read, parameters, image.header.grid.shape)


def _counted(report: Report) -> dict[str, Any]:
    dropped = {name: count for name, count in asdict(report.dropped).items() if count}
    return {"objects": report.count, "dropped": dropped}


def _made(
    view: View,
    voxels: Voxels,
    grid: Grid,
    summary: Mapping[str, Any],
    found_in: NDArray[np.uint64] | None = None,
) -> Made:
    """Add the index to a finished label image; `found_in` says which map each id was found in."""
    time = (view.t or 0) + grid.first_frame
    block = block_shape(view.block, grid)
    if block is None:
        found = index(voxels.read(Region.whole(grid.shape)), grid.origin, time)
    else:
        found = index_by_block(voxels.read, Blocks(grid.shape, block), grid.origin, time)
    header = view.part.header
    if isinstance(header, LabelHeader) and header.found_in and found_in is not None:
        found = replace(found, channel=found_in[found.ids.astype("int64")].astype("uint8"))
    summary = {**summary, "objects": len(found)}
    if len(found):
        border = int(found.touches_border.sum())
        summary |= {
            "touches_border": border,
            "median_size": float(sorted(found.size)[len(found) // 2]),
        }
    return Made(Content({"voxels": voxels}, pack_index(found)), summary)


def components_layer(view: View) -> Made:
    """Make the label image of a ``components`` node for one frame."""
    given: Image | LabelImage = view.one("image")
    header = view.part.header
    assert isinstance(header, LabelHeader)
    grid = header.grid
    is_labels = isinstance(given, LabelImage)
    read = resampled(_ids(given), view.parameters, given.header.grid.shape, ids=True)
    voxels = view.new_voxels(grid.shape, header.dtype)
    if is_labels or _looks_around(view):
        return _chosen_objects(view, read, is_labels, voxels)
    step = _STEPS[view.parameters["connectivity"]][grid.dimensions]
    limits = view.parameters["min_size"] or 0, view.parameters["max_size"]
    block = block_shape(view.block, grid)
    if block is None:
        whole = Region.whole(grid.shape)
        labels, report = component_objects(read(whole), step, *limits)
        voxels.write(whole, labels)
    else:
        blocks = Blocks(grid.shape, block)
        report = components_by_block(read, blocks, view.scratch, voxels.write, step, *limits)
    return _made(view, voxels, grid, _counted(report))


_STEPS = {"faces": {2: 1, 3: 1}, "full": {2: 2, 3: 3}}
"""How many axes a step between joined voxels may change."""


def _looks_around(view: View) -> bool:
    """Return True where objects are filled, or dropped for where they lie."""
    p = view.parameters
    return p["fill_holes"] or p["border_objects"] == "remove" or "inside" in view.given


def _ids(given: Image | LabelImage) -> Read:
    if isinstance(given, LabelImage):
        return given.read
    return lambda region: given.read(0, region)


def _chosen_objects(view: View, read: Read, is_labels: bool, voxels: Voxels) -> Made:
    """Find, fill, drop and number the objects of a frame in memory."""
    import numpy as np

    header, p = view.part.header, view.parameters
    assert isinstance(header, LabelHeader)
    whole = Region.whole(header.grid.shape)
    labels: NDArray[Any] = read(whole)
    if not is_labels:
        labels = components(labels, _STEPS[p["connectivity"]][labels.ndim])[0]
    if p["fill_holes"]:
        labels = fill_holes(labels)
    ids, groups = by_value(runs(labels))
    sizes, first = groups.size, first_voxels(groups, labels.shape)
    keep, dropped = _kept(view, labels, ids, sizes)
    targets = np.where(keep, ids, 0)
    if p["ids"] != "keep":
        targets = np.where(keep, ranks_of(np.where(keep, first, labels.size)) + 1, 0)
    if not (keep.all() and np.array_equal(targets, ids)):
        labels = mapped(labels, ids, targets.astype(header.dtype))
    voxels.write(whole, labels.astype(header.dtype, copy=False))
    channels = _channels_of(view, ids, targets) if header.found_in else None
    return _made(view, voxels, header.grid, {"dropped": dropped}, channels)


def first_voxels(groups: Grouped, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the raster position of each object's first voxel."""
    import numpy as np

    z, y, x, _ = groups.table[groups.first[:-1]].astype(np.int64).T
    return np.asarray((z * shape[-2] + y) * shape[-1] + x)


def ranks_of(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return the rank of each value, counted from 0; numbering goes by first voxel."""
    import numpy as np

    ranks = np.empty(len(values), np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks


def _kept(
    view: View, labels: NDArray[Any], ids: NDArray[np.uint64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return which objects stay, and how many do not for each reason."""
    import numpy as np

    p = view.parameters
    reasons: dict[str, NDArray[np.bool_]] = {}
    if "inside" in view.given:
        region = _ids(view.one("inside"))(Region.whole(labels.shape))
        reasons["outside"] = ~mostly_inside(ids, sizes, overlaps(labels, region))
    if p["border_objects"] == "remove":
        reasons["at_border"] = np.isin(ids, border_ids(labels))
    reasons["too_small"] = sizes < (p["min_size"] or 0)
    if p["max_size"] is not None:
        reasons["too_large"] = sizes > p["max_size"]
    keep = np.ones(len(ids), np.bool_)
    dropped = {}
    for name, gone in reasons.items():
        dropped[name] = int((keep & gone).sum())
        keep &= ~gone
    return keep, {name: count for name, count in dropped.items() if count}


def _channels_of(
    view: View, ids: NDArray[np.uint64], targets: NDArray[Any]
) -> NDArray[np.uint64] | None:
    """Return by new id which channel the objects of a threshold were found in."""
    import numpy as np

    index = view.one("image").index
    if index.channel is None or not len(targets):
        return None
    table = np.zeros(int(targets.max()) + 1, np.uint64)
    table[targets.astype(np.int64)] = index.channel[np.searchsorted(index.ids, ids)]
    return table
