"""Runs a feature family over the frame that a features step sees."""

from __future__ import annotations

from objclass.data.image import Image
from objclass.data.labels import LabelImage
from objclass.data.objects import ObjectTable, TableHeader
from objclass.engine.node import Part, View
from objclass.measure.batches import measure_frame
from objclass.measure.families import family
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.nodes.execution_block import block_shape


def measured(part: Part, view: View) -> ObjectTable:
    """Return the selected columns of one family for one frame."""
    import numpy as np

    assert isinstance(part.header, TableHeader)
    objects: LabelImage = view.one("objects")
    frame = _frame(part, view, objects)
    setting = _setting(part, objects)
    block = block_shape(view.block, objects.header.grid)
    values = measure_frame([(family(part.name), setting)], frame, block)
    columns = {name: np.asarray(values[name]) for name in part.parameters["measure"]}
    return ObjectTable(objects.index.ids, columns)


def _frame(part: Part, view: View, objects: LabelImage) -> Frame:
    grid = objects.header.grid
    images = {}
    if "image" in view.given:
        image: Image = view.one("image")
        for name in part.parameters["channels"]:
            channel = image.header.channels.index(name)
            images[name] = lambda region, channel=channel: image.read(channel, region)
    origin = grid.origin[-grid.dimensions :]
    return Frame(grid.shape, origin, objects.read, images, objects.index)


def _setting(part: Part, objects: LabelImage) -> Setting:
    grid = objects.header.grid
    parameters = part.parameters
    channels = tuple(parameters.get("channels", ()))
    ranges = tuple(tuple(r) if r else None for r in parameters.get("value_range", ()))
    size = parameters.get("pixel_size")
    return Setting(
        dimensions=grid.dimensions,
        channels=channels,
        dtypes=("",) * len(channels),
        ranges=ranges,
        spacing=tuple(size[:-1]) if size else None,
        unit=size[-1] if size else None,
        options=parameters.get("options", {}),
    )
