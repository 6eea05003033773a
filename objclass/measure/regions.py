"""Regions that belong to an object: rings around it and compartments of its parent.

:func:`in_region` turns a family that measures voxel values into the same family on such a
region: ``intensity_mean-gfp`` becomes ``ring_intensity_mean-gfp``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting
from objclass.measure.frame import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.measure.batches import ReadBoxes
    from objclass.measure.runs import ObjectRuns

ROUNDING = 1.0 + 1e-9


@dataclass(frozen=True)
class Ring:
    """The voxels around an object.

    Parameters
    ----------
    name
        Prefix of its columns.
    around
        Width of the ring in the setting's unit (voxels without one).
    gap
        Distance left free between object and ring.
    others
        Whether voxels of other objects belong to it.

    A voxel is in the ring where the distance from its centre to that of the object's nearest
    voxel is above `gap` and at most ``gap + around``. Rings of neighbours may overlap.
    """

    name: str
    around: float
    gap: float = 0.0
    others: bool = False

    def halo(self, setting: Setting) -> tuple[int, ...]:
        """Voxels per axis that the ring can reach."""
        outer = (self.gap + self.around) * ROUNDING
        return tuple(int(outer / size) for size in setting.voxel)

    def reach(self, frame: Frame, setting: Setting) -> ReadBoxes:
        """What must be read for every object."""
        from objclass.measure.batches import reach_around

        return reach_around(frame.index, frame.shape, self.halo(setting))

    def runs(self, batch: ObjectBatch) -> ObjectRuns:
        """Find the ring of every object of a batch."""
        import numpy as np

        from objclass.measure.kernels.rings import find_rings, widths
        from objclass.measure.runs import label_volume, sorted_runs

        halo = self.halo(batch.setting)
        reach = np.array((0,) * (3 - len(halo)) + halo, np.int64)
        inner = self.gap * self.gap * ROUNDING if self.gap or self.others else -1.0
        outer = (self.gap + self.around) ** 2 * ROUNDING
        own = batch.runs
        found, count = find_rings(
            label_volume(batch.labels),
            own.pieces,
            own.first,
            batch.start_zyx,
            batch.stop_zyx,
            reach,
            reach,
            widths(batch.voxel_zyx, outer, reach),
            widths(batch.voxel_zyx, inner, reach),
            self.others,
        )
        return sorted_runs(found, count, len(batch.ids))


@dataclass(frozen=True)
class Compartment:
    """The voxels of an object's parent, without those of another label image.

    Parameters
    ----------
    name
        Prefix of its columns.
    parent
        Name of the layer with the parents.
    minus
        Name of the layer that is left out, or None.

    Objects without a parent have an empty compartment.
    """

    name: str
    parent: str
    minus: str | None = None

    def halo(self, setting: Setting) -> tuple[int, ...]:
        """Nothing beyond what :meth:`reach` says."""
        return (0,) * setting.dimensions

    def reach(self, frame: Frame, setting: Setting) -> ReadBoxes:
        """What must be read for every object: its box and its parent's."""
        import numpy as np

        from objclass.measure.batches import ReadBoxes, measure_frame, reach_around

        own = reach_around(frame.index, frame.shape, self.halo(setting))
        find = partial(_parent_of, self.parent)
        overlap = Family("parent", _no_columns, find, reads_image=False)
        parents = measure_frame([(overlap, setting)], frame)["parent"].astype(np.uint64)
        index = frame.layers[self.parent].index
        place = np.searchsorted(index.ids, parents)
        has = parents != 0
        start, stop = own.start.copy(), own.stop.copy()
        start[has], stop[has] = index.start[place[has]], index.stop[place[has]]
        return own.united(ReadBoxes(start, stop))

    def runs(self, batch: ObjectBatch) -> ObjectRuns:
        """Find the compartment of every object of a batch."""
        import numpy as np

        from objclass.measure.kernels.parents import find_compartments
        from objclass.measure.parent import overlaps
        from objclass.measure.runs import label_volume, runs_of, sorted_runs

        layer = batch.layers[self.parent]
        parents, _ = overlaps(batch, self.parent)
        known = np.unique(parents[parents != 0])
        place = np.where(parents != 0, np.searchsorted(known, parents), -1)
        minus = label_volume(layer if self.minus is None else batch.layers[self.minus])
        whole = runs_of(layer, known)
        found, count = find_compartments(
            whole.pieces, whole.first, place, minus, self.minus is not None
        )
        return sorted_runs(found, count, len(parents))


Surrounding = Ring | Compartment


def _no_columns(setting: Setting) -> tuple[Column, ...]:
    return ()


def _parent_of(layer: str, batch: ObjectBatch) -> Mapping[str, NDArray[np.generic]]:
    from objclass.measure.parent import overlaps

    return {"parent": overlaps(batch, layer)[0]}


def in_region(family: Family, region: Surrounding) -> Family:
    """Return a family that measures the same on a region of every object.

    Parameters
    ----------
    family
        One whose ``regional`` is true.
    region
        Its name becomes the prefix of all columns and features.
    """
    return replace(
        family,
        columns=partial(_columns, family, region),
        measure=partial(_measure, family, region),
        ring=region.halo,
        reach=region.reach if isinstance(region, Compartment) else None,
        regional=False,
        home="",  # its parts can be sent
    )


def _columns(family: Family, region: Surrounding, setting: Setting) -> tuple[Column, ...]:
    return tuple(_rename(column, region.name) for column in family.columns(setting))


def _measure(
    family: Family, region: Surrounding, batch: ObjectBatch
) -> Mapping[str, NDArray[np.generic]]:
    parts = [
        family.measure(replace(part, where=region.runs(part)))
        for part in batch.parts(region.halo(batch.setting))
    ]
    return {f"{region.name}_{name}": _join(parts, name) for name in parts[0]}


def _join(parts: list[Mapping[str, NDArray[np.generic]]], name: str) -> NDArray[np.generic]:
    """Return a column measured in parts as one."""
    import numpy as np

    return parts[0][name] if len(parts) == 1 else np.concatenate([part[name] for part in parts])


def _rename(column: Column, region: str) -> Column:
    return replace(
        column,
        name=f"{region}_{column.name}",
        feature=f"{region}_{column.feature}",
        definition=f"In the {region}: {column.definition}",
    )
