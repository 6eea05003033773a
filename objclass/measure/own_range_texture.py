"""Texture over each object's own range of values: contrast does not count, only pattern.

An object of a few dim grey levels and one of thousands give the same numbers where their
pattern is the same. Measured where it is named, because :mod:`objclass.measure.texture`, over
one range for all, tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting
from objclass.measure.texture import declare, textures_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "own_range_texture"


def columns(setting: Setting) -> tuple[Column, ...]:
    """Haralick's features of every channel."""
    return tuple(c for k in range(len(setting.channels)) for c in declare(NAME, setting, k))


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure every channel between each object's smallest and largest value."""
    channels = range(len(batch.setting.channels))
    table = [column for k in channels for column in textures_of(batch, k, None).T]
    return {c.name: v for c, v in zip(columns(batch.setting), table, strict=True)}


FAMILY = Family(NAME, columns, measure, uses_spacing=False)
