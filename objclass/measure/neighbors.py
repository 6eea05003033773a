"""An object among others: who touches it, how many are near, how far the nearest is."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import TYPE_CHECKING

from objclass.data.lengths import convert
from objclass.data.objects import Column
from objclass.measure.family import Setting, TableFamily
from objclass.measure.frame import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


WITHIN = 10.0
"""Distance that counts as near by default: in um, or in voxels where no unit is known."""
ROUNDING = 1.0 + 1e-9


def columns(setting: Setting) -> tuple[Column, ...]:
    """Counts, touching share and distances of the nearest other object."""
    unit = setting.unit or "voxel"
    within = f"{_within(setting):g} {unit}"
    meanings = {
        "count": ("", f"Other objects whose nearest voxel is at most {within} away."),
        "touching": ("", "Other objects that share a voxel face with it."),
        "touching_share": (
            "",
            "Share of its outer voxel faces that touch another object, by number; faces at the "
            "border of the image (of its crop) count on neither side. Missing without others.",
        ),
        "edge_distance": (
            unit,
            "Distance between the closest voxel centres of it and another object; missing where "
            "it is alone.",
        ),
        "center_distance": (
            unit,
            "Distance from its centre to the nearest other centre; missing where it is alone.",
        ),
    }
    return tuple(
        Column(f"neighbors_{name}", "neighbors", f"neighbors_{name}", "shape", unit, text)
        for name, (unit, text) in meanings.items()
    )


def _within(setting: Setting) -> float:
    value = setting.options.get("within")
    if isinstance(value, int | float):
        return float(value)
    return convert(WITHIN, "um", setting.unit) if setting.unit else WITHIN


def measure(
    frame: Frame, setting: Setting, block: tuple[int, ...] | None = None
) -> Mapping[str, NDArray[np.generic]]:
    """Measure all objects of a frame; the option ``within`` sets the distance for the count."""
    import numpy as np

    table = np.full((len(frame.index), 5), np.nan)
    table[:, 4] = _center_distances(frame, setting, block)
    reach = _reach(frame, setting)
    for rows, values in _measure_blocks(frame, setting, block, reach):
        table[rows, :4] = values
    return {column.name: table[:, k] for k, column in enumerate(columns(setting))}


def _reach(frame: Frame, setting: Setting) -> NDArray[np.int64]:
    """Return how many voxels each object must look around, per axis ``(n, d)``.

    The nearest edge is no farther than the nearest inner voxel of another object.
    """
    import numpy as np

    voxel = np.array(setting.voxel)
    inner = frame.index.inside * voxel
    far = np.maximum(np.sqrt(nearest_squares(inner)), _within(setting)) * ROUNDING
    far = np.where(np.isfinite(far), far, _within(setting) * ROUNDING)
    reach: NDArray[np.int64] = np.maximum(np.floor(far[:, None] / voxel), 1).astype(np.int64)
    return reach


def _measure_blocks(
    frame: Frame, setting: Setting, block: tuple[int, ...] | None, reach: NDArray[np.int64]
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    import numpy as np

    from objclass.measure.batches import BlockObjects, ReadBoxes, batch_of, owned_blocks
    from objclass.measure.kernels.nearest import measure_neighbors
    from objclass.measure.runs import label_volume

    index, d = frame.index, setting.dimensions
    low = np.maximum(index.start - reach, 0)
    boxes = ReadBoxes(low, np.minimum(index.stop + reach, np.array(frame.shape)))

    def measured(owned: BlockObjects) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        batch = batch_of(frame, owned, setting, reads_image=False)
        looks = np.zeros((len(owned.rows), 3), np.int64)
        looks[:, 3 - d :] = reach[owned.rows]
        values = measure_neighbors(
            label_volume(batch.labels),
            batch.ids,
            batch.runs.pieces,
            batch.runs.first,
            batch.start_zyx,
            batch.stop_zyx,
            batch.voxel_zyx,
            looks,
            _within(setting) ** 2 * ROUNDING,
        )
        return owned.rows, values

    return list(frame.each(measured, list(owned_blocks(index, frame.shape, block, boxes))))


def _center_distances(
    frame: Frame, setting: Setting, block: tuple[int, ...] | None
) -> NDArray[np.float64]:
    import numpy as np

    from objclass.measure.batches import measure_frame
    from objclass.measure.position import FAMILY as POSITION

    found = measure_frame([(POSITION, setting)], frame, block)
    center = np.stack([v for name, v in found.items() if "_center_" in name], axis=1)
    squares = nearest_squares(center * np.array(setting.voxel))
    return np.where(np.isfinite(squares), np.sqrt(squares), np.nan)


def nearest_squares(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared distance of each point ``(n, d)`` to the nearest other one.

    Infinite where there is no other. Points are sorted into a grid of about one per cell.
    """
    import numpy as np

    from objclass.measure.kernels.nearest import cells_of, nearest_points

    n, d = points.shape
    if n < 2:
        return np.full(n, np.inf)
    whole = np.concatenate([np.zeros((n, 3 - d)), points], axis=1)
    span = np.ptp(points, axis=0).max()
    side = max(span / max(1.0, sqrt(n) if d == 2 else round(n ** (1 / 3))), 1e-9)
    cell = cells_of(whole, side)
    grid = cell.max(axis=0) + 1
    flat = (cell[:, 0] * grid[1] + cell[:, 1]) * grid[2] + cell[:, 2]
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], np.arange(np.prod(grid) + 1))
    return nearest_points(whole, cell, order, first, grid, side)


FAMILY = TableFamily("neighbors", columns, measure)
