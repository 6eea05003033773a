"""Runs a feature family over the frame that a features step sees."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from objclass.data.blocks import block_shape
from objclass.data.image import Image
from objclass.data.labels import LabelImage
from objclass.data.objects import ObjectTable, TableHeader
from objclass.engine.node import Part, View
from objclass.errors import RunError
from objclass.measure.batches import extent_of, measure_frame
from objclass.measure.crops import CropTooLarge
from objclass.measure.family import Family, Setting
from objclass.measure.frame import Frame, OtherLabels
from objclass.measure.plugin import FeatureWarning
from objclass.nodes.families import FamilyPart
from objclass.nodes.features.too_large import too_large

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.measure.frame import Reader

LAYER = "layer:"


Spans = dict[str, list[float]]
"""Channel to the smallest and largest value of the objects."""


def measure_part(part: Part, view: View) -> tuple[ObjectTable, tuple[str, ...], Spans]:
    """Return the selected columns of one family for one frame, and what went wrong.

    Also which values the objects hold, where columns go over a range that may not fit them.
    """
    import numpy as np

    plan = part.held(FamilyPart)
    objects: LabelImage = view.one("objects")
    frame = frame_seen(part, view, objects)
    if plan.digest is None:  # a plugin need not know of threads
        frame = replace(frame, each=view.each)
    setting = _setting(plan.setting, part)
    block = block_shape(view.block, objects.header.grid)
    with complaints() as found:
        values = measure_family(part, frame, block)
    columns = {name: np.asarray(values[name]) for name in part.parameters["measure"]}
    spans = _spans(part, setting, frame, values, block) if len(frame.index) else {}
    return ObjectTable(frame.index.ids, columns), tuple(found), spans


def measure_family(
    part: Part, frame: Frame, block: tuple[int, ...] | None = None
) -> Mapping[str, NDArray[np.generic]]:
    """Return what the family of a part measures on a frame: column name to values (n,).

    Raises
    ------
    RunError
        Where an object needs more memory than this process may take.
    """
    plan = part.held(FamilyPart)
    setting = _setting(plan.setting, part)
    try:
        if isinstance(plan.family, Family):
            return measure_frame([(plan.family, setting)], frame, block)
        return plan.family.measure(frame, setting, block)
    except CropTooLarge as crop:
        raise RunError(too_large(crop, frame)) from None


def _spans(
    part: Part,
    setting: Setting,
    frame: Frame,
    values: Mapping[str, NDArray[np.generic]],
    block: tuple[int, ...] | None,
) -> Spans:
    """Return the values that the objects hold per channel, for columns that go over a range."""
    import numpy as np

    plan = part.held(FamilyPart)
    assert isinstance(part.header, TableHeader)
    if not part.header.definitions[plan.part].over_range or not isinstance(plan.family, Family):
        return {}
    start = plan.part.removesuffix(plan.family.name) + "intensity"
    names = {c: (f"{start}_min-{c}", f"{start}_max-{c}") for c in setting.channels}
    if all(low in values and high in values for low, high in names.values()):
        known = {c: [values[n][np.isfinite(values[n])] for n in pair] for c, pair in names.items()}
        return {
            c: [float(low.min()), float(high.max())] for c, (low, high) in known.items() if low.size
        }
    looking = replace(plan.family, extent=lambda setting: True)
    return {c: list(span) for c, span in extent_of([(looking, setting)], frame, block).items()}


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


def frame_seen(part: Part, view: View, objects: LabelImage) -> Frame:
    """Return the frame that a part measures, with the channels and label images it reads."""
    grid = objects.header.grid
    images: dict[str, Reader] = {}
    if "image" in view.given:
        image: Image = view.one("image")
        for name in part.parameters["channels"]:
            channel = image.header.channels.index(name)
            images[name] = partial(image.read, channel)
    names = [name for name in view.given if name.startswith(LAYER)]
    others: dict[str, LabelImage] = {name.removeprefix(LAYER): view.one(name) for name in names}
    layers = {name: OtherLabels(labels.read, labels.index) for name, labels in others.items()}
    origin = grid.origin[-grid.dimensions :]
    return Frame(grid.shape, origin, objects.read, images, objects.index, layers)


def _setting(setting: Setting, part: Part) -> Setting:
    """Return the setting with the channels that are read and the columns that are wanted."""
    used = part.parameters.get("channels", [])
    keep = [k for k, name in enumerate(setting.channels) if name in used]
    return replace(
        setting,
        only=frozenset(part.parameters["measure"]),
        channels=tuple(setting.channels[k] for k in keep),
        dtypes=tuple(setting.dtypes[k] for k in keep),
        ranges=tuple(setting.ranges[k] for k in keep),
    )
