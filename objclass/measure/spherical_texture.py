"""How an object's brightness varies with the direction from its centre.

From the mean of the object's voxels rays go out in all directions of the plane or of space;
each has the mean of the object's own voxels that it meets (image and mask come from the same
voxels). The circle of 128 rays, or the sphere of 64 × 128, is expanded in frequencies or in
spherical harmonics; the power of degrees 1 to 63 is summed in 17 bands, single up to 8 and
wider from there on. Lengths are physical where a pixel size is known. Every object is looked
at in its standard position, so that turned and mirrored objects have the same spectrum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from objclass.data.axes import SPATIAL
from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "after Gros et al. 2024, doi:10.1371/journal.pcbi.1012349"
EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 20, 25, 32, 40, 51, 64)


def columns(setting: Setting) -> tuple[Column, ...]:
    """Shares of the bands, polarisation and its direction of every channel."""
    return tuple(c for channel in setting.channels for c in _declare(setting, channel))


def _declare(setting: Setting, channel: str) -> Iterator[Column]:
    kind = "frequencies" if setting.dimensions == 2 else "degrees"
    for k, (low, high) in enumerate(pairwise(EDGES)):
        which = f"{low}" if high == low + 1 else f"{low} to {high - 1}"
        text = f"Share of the directional variation at {kind} {which}; missing where even."
        yield _column("spectrum", k, channel, text)
    text = "Root of the share of the first band: 1 where one side is bright, 0 where balanced."
    yield _column("polarization", None, channel, text)
    for axis in SPATIAL[-setting.dimensions :]:
        text = f"{axis} of the unit vector towards the brighter side; missing where none is."
        yield _column("direction", axis, channel, text)


def _column(feature: str, k: int | str | None, channel: str, text: str) -> Column:
    full = f"spherical_texture_{feature}"
    name = full if k is None else f"{full}_{k}"
    return Column(
        f"{name}-{channel}",
        "spherical_texture",
        full,
        "intensity",
        "",
        text,
        SOURCE,
        channel=channel,
        axis_vector=feature == "direction",
    )


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure every channel."""
    table = [
        column
        for k in range(len(batch.setting.channels))
        for column in _measure_channel(batch, k).T
    ]
    return {c.name: v for c, v in zip(columns(batch.setting), table, strict=True)}


def _measure_channel(batch: ObjectBatch, k: int) -> NDArray[np.float64]:
    import numpy as np

    from objclass.measure.kernels.intensity import MEAN, moments
    from objclass.measure.kernels.spherical import BANDS, spectra

    runs, start, d = batch.runs, batch.start_zyx, batch.setting.dimensions
    values = runs.values(batch.images[k])
    table = spectra(
        runs.pieces,
        runs.first,
        runs.voxel,
        values,
        np.ascontiguousarray(moments(values, runs.voxel)[:, MEAN]),
        start,
        batch.stop_zyx,
        batch.voxel_zyx,
        d == 2,
    )
    skip = BANDS + 1 + 3 - d
    return np.concatenate([table[:, : BANDS + 1], table[:, skip:]], axis=1)


FAMILY = Family("spherical_texture", columns, measure, version=2)
