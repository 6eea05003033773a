"""Runs a feature family over the frame that a features step sees."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from objclass.data.image import Image
from objclass.data.labels import LabelImage
from objclass.data.objects import ObjectTable
from objclass.engine.node import Part, View
from objclass.measure.batches import measure_frame
from objclass.measure.family import Family, Setting
from objclass.measure.frame import Frame, Layer
from objclass.measure.plugin import FeatureWarning
from objclass.nodes.execution_block import block_shape
from objclass.nodes.families import Plan

if TYPE_CHECKING:
    from objclass.measure.frame import Reader

LAYER = "layer:"


def measured(part: Part, view: View) -> tuple[ObjectTable, tuple[str, ...]]:
    """Return the selected columns of one family for one frame, and what went wrong."""
    import numpy as np

    plan: Plan = part.payload
    objects: LabelImage = view.one("objects")
    frame = _frame(part, view, objects)
    setting = _setting(plan.setting, part)
    block = block_shape(view.block, objects.header.grid)
    with complaints() as found:
        if isinstance(plan.family, Family):
            values = measure_frame([(plan.family, setting)], frame, block)
        else:
            values = dict(plan.family.measure(frame, setting, block))
    columns = {name: np.asarray(values[name]) for name in part.parameters["measure"]}
    return ObjectTable(frame.index.ids, columns), tuple(found)


@contextmanager
def complaints() -> Iterator[list[str]]:
    """Collect what plugins could not measure, and let every other warning through."""
    found: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FeatureWarning)
        yield found
    for each in caught:
        if issubclass(each.category, FeatureWarning):
            found.append(str(each.message))
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _frame(part: Part, view: View, objects: LabelImage) -> Frame:
    grid = objects.header.grid
    images: dict[str, Reader] = {}
    if "image" in view.given:
        image: Image = view.one("image")
        for name in part.parameters["channels"]:
            channel = image.header.channels.index(name)
            images[name] = partial(image.read, channel)
    names = [name for name in view.given if name.startswith(LAYER)]
    others: dict[str, LabelImage] = {name.removeprefix(LAYER): view.one(name) for name in names}
    layers = {name: Layer(labels.read, labels.index) for name, labels in others.items()}
    origin = grid.origin[-grid.dimensions :]
    return Frame(grid.shape, origin, objects.read, images, objects.index, layers)


def _setting(setting: Setting, part: Part) -> Setting:
    """Return the setting with the channels that are read."""
    used = part.parameters.get("channels", [])
    keep = [k for k, name in enumerate(setting.channels) if name in used]
    return replace(
        setting,
        channels=tuple(setting.channels[k] for k in keep),
        dtypes=tuple(setting.dtypes[k] for k in keep),
        ranges=tuple(setting.ranges[k] for k in keep),
    )
