"""Which object of another label image an object belongs to, such as the cell of a nucleus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting, TableFamily
from objclass.measure.frame import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYER = "parents"


def columns(setting: Setting) -> tuple[Column, ...]:
    """Id of the parent, the share inside it and how many objects have the same parent."""
    return (
        Column(
            "parent_id",
            "parent",
            "parent_id",
            "location",
            "",
            "Id of the parent that holds most of the object; 0 where less than half lies inside.",
        ),
        Column(
            "parent_share",
            "parent",
            "parent_share",
            "shape",
            "",
            "Share of the object's voxels inside the parent that holds most of them.",
        ),
        Column(
            "parent_children",
            "parent",
            "parent_children",
            "shape",
            "",
            "Objects with the same parent, itself included; missing without a parent.",
        ),
    )


def measure(
    frame: Frame, setting: Setting, block: tuple[int, ...] | None = None
) -> Mapping[str, NDArray[np.generic]]:
    """Find the parent of every object in the layer ``parents``."""
    from objclass.measure.batches import measure_frame

    found = measure_frame([(OVERLAP, setting)], frame, block)
    ids = found["parent_id"]
    return {**found, "parent_children": siblings(ids)}


def siblings(parents: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return how many objects share each object's parent, NaN for parent 0."""
    import numpy as np

    _, inverse, counts = np.unique(parents, return_inverse=True, return_counts=True)
    return np.where(parents != 0, counts[inverse].astype(np.float64), np.nan)


def children(parents: NDArray[np.generic], ids: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many objects each of `ids` is parent of: the count column of the parents' table.

    Parameters
    ----------
    parents
        uint64 (n,): ``parent_id`` of the objects.
    ids
        uint64 (m,), ascending: ids of the parents.
    """
    import numpy as np

    known, counts = np.unique(parents[parents != 0], return_counts=True)
    result = np.zeros(len(ids), np.int64)
    place = np.searchsorted(ids, known)
    result[place] = counts
    return result


def overlaps(
    batch: ObjectBatch, layer: str = LAYER
) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """Return id of the parent of every object of a batch, 0 for none, and the share inside it."""
    import numpy as np

    from objclass.measure.kernels.parents import largest_overlaps
    from objclass.measure.runs import label_volume

    runs = batch.runs
    ids, counts = largest_overlaps(label_volume(batch.layers[layer]), runs.pieces, runs.first)
    share = counts / runs.size
    return np.where(2 * counts >= runs.size, ids, np.uint64(0)), share


def _measure_overlap(batch: ObjectBatch) -> Mapping[str, NDArray[np.generic]]:
    ids, share = overlaps(batch)
    return {"parent_id": ids, "parent_share": share}


def _overlap_columns(setting: Setting) -> tuple[Column, ...]:
    return columns(setting)[:2]


def _layers(setting: Setting) -> tuple[str, ...]:
    return (LAYER,)


OVERLAP = Family("parent", _overlap_columns, _measure_overlap, reads_image=False)
FAMILY = TableFamily("parent", columns, measure, layers=_layers, uses_spacing=False)
