"""Makes label images: whole frames in memory, or by block with the same result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.image import Image
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.artifact import Content, Voxels, pack_index
from objclass.engine.node import Made, View
from objclass.nodes.execution_block import block_shape
from objclass.segmentation.blocks import components_by_block, threshold_by_block
from objclass.segmentation.components import components
from objclass.segmentation.cutting import Blocks
from objclass.segmentation.index import index, index_by_block
from objclass.segmentation.settings import Layer, Report, Settings
from objclass.segmentation.smooth import scaled
from objclass.segmentation.whole import threshold_objects

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[Region], NDArray[np.generic]]


def threshold_layer(layer: str, view: View) -> Made:
    """Make one layer of a ``threshold`` node for one frame."""
    image: Image = view.one("image")
    grid = image.header.grid
    parameters = view.parameters
    settings = settings_of(parameters)
    read = _reader(image, parameters.get("channel", parameters.get("core_channel")), parameters)
    core = _core_reader(image, parameters)
    block = block_shape(view.block, grid) if settings.merge_objects else None
    voxels = view.new_voxels(grid.shape, "float32" if layer == "smoothed" else "uint32")
    whole = Region.whole(grid.shape)
    if block is None:
        core_image = core(whole) if core else None
        made = threshold_objects(read(whole), settings, core_image, (cast(Layer, layer),))
        voxels.write(whole, made.images[cast(Layer, layer)])
        report = made.report
    else:
        blocks = Blocks(grid.shape, block)
        report = threshold_by_block(
            read, blocks, settings, view.scratch, voxels.write, core, cast(Layer, layer)
        )
    if layer == "smoothed":
        return Made(Content({"0": voxels}))
    return _made(view, voxels, grid, _counted(report))


def settings_of(parameters: Mapping[str, Any]) -> Settings:
    """Return what a layer's parameters mean for the segmentation room."""
    names = ("method", "min_size", "max_size", "merge_objects", "core_threshold")
    given = {name: parameters[name] for name in names if name in parameters}
    given.setdefault("method", "hysteresis" if "core_threshold" in parameters else "simple")
    threshold = parameters.get("threshold", parameters.get("core_threshold", 0.0))
    return Settings(sigma=tuple(parameters["sigma"]), threshold=threshold, **given)


def _reader(image: Image, channel: int, parameters: Mapping[str, Any]) -> Read:
    scale = parameters.get("scale")
    if scale is None:
        return lambda region: image.read(channel, region)
    return lambda region: scaled(image.read(channel, region), *scale)


def _core_reader(image: Image, parameters: Mapping[str, Any]) -> Read | None:
    core = parameters.get("core_channel")
    if core is None or core == parameters.get("channel", core):
        return None
    return _reader(image, core, parameters)


def _counted(report: Report) -> dict[str, Any]:
    dropped = {name: count for name, count in asdict(report.dropped).items() if count}
    return {"objects": report.count, "dropped": dropped}


def _made(view: View, voxels: Voxels, grid: Grid, summary: Mapping[str, Any]) -> Made:
    """Add the index to a finished label image."""
    time = (view.t or 0) + grid.first_frame
    block = block_shape(view.block, grid)
    if block is None:
        found = index(voxels.read(Region.whole(grid.shape)), grid.origin, time)
    else:
        found = index_by_block(voxels.read, Blocks(grid.shape, block), grid.origin, time)
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
    grid, header = given.header.grid, view.part.header
    assert isinstance(header, LabelHeader)
    read: Read = given.read if isinstance(given, LabelImage) else _segments(given)
    keep_ids = view.parameters["ids"] == "keep"
    voxels = view.new_voxels(grid.shape, header.dtype)
    limits = view.parameters["min_size"] or 0, view.parameters["max_size"]
    block = block_shape(view.block, grid)
    if block is not None and not keep_ids and limits == (0, None):
        components_by_block(read, Blocks(grid.shape, block), view.scratch, voxels.write)
        return _made(view, voxels, grid, {})
    whole = Region.whole(grid.shape)
    ids = read(whole)
    labels = ids if keep_ids else components(ids)[0]
    labels, dropped = _sized(labels, *limits, renumber=not keep_ids)
    voxels.write(whole, labels.astype(header.dtype, copy=False))
    return _made(view, voxels, grid, {"dropped": dropped})


def _segments(image: Image) -> Read:
    return lambda region: image.read(0, region)


def _sized(
    labels: NDArray[np.generic], minimum: int, maximum: int | None, *, renumber: bool
) -> tuple[NDArray[np.generic], dict[str, int]]:
    """Drop objects by size; ids of a file keep their numbers."""
    import numpy as np

    if minimum == 0 and maximum is None:
        return labels, {}
    ids, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    counts = np.where(ids == 0, 0, counts)
    small = (counts < minimum) & (ids != 0)
    large = (counts > maximum) & (ids != 0) if maximum is not None else np.zeros_like(small)
    keep = ~(small | large) & (ids != 0)
    numbers = np.cumsum(keep) if renumber else ids
    kept = np.where(keep, numbers, 0).astype(labels.dtype)[places].reshape(labels.shape)
    dropped = {"too_small": int(small.sum()), "too_large": int(large.sum())}
    return kept, {name: count for name, count in dropped.items() if count}
