"""From a prediction map to objects, for a frame that fits into memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from objclass.segmentation.pieces import ComponentRuns
from objclass.segmentation.rules import OWN, SegmentationRules
from objclass.segmentation.runs import painted
from objclass.segmentation.settings import (
    DroppedObjects,
    Layer,
    SegmentationReport,
    SegmentationSettings,
)
from objclass.segmentation.sizes import apply, by_first_voxel, counts, outside, renumber, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Map = NDArray[np.float32]

OBJECTS: tuple[Layer, ...] = ("objects",)


@dataclass(frozen=True)
class Layers:
    """The layers that were asked for, each of the shape of the image.

    Parameters
    ----------
    images
        By name. ``smoothed`` float32 (the brightest of several maps); the others are uint32
        label images numbered by first voxel: ``cores`` (hysteresis), ``cores_filtered``
        (those of allowed size), ``unfiltered`` (objects before the size filter), ``objects``.
    report
        Number of objects, what they are made of and what was dropped.
    """

    images: dict[Layer, NDArray[np.generic]] = field(repr=False)
    report: SegmentationReport

    @property
    def objects(self) -> NDArray[np.uint32]:
        """The final label image."""
        return self.images["objects"].astype(np.uint32, copy=False)


def threshold_objects(
    image: NDArray[np.generic] | Sequence[NDArray[np.generic]],
    settings: SegmentationSettings,
    core_image: NDArray[np.generic] | Sequence[NDArray[np.generic]] | None = None,
    layers: Collection[Layer] = OBJECTS,
    rules: SegmentationRules = OWN,
) -> Layers:
    """Return the objects of a prediction map and the layers asked for.

    Parameters
    ----------
    image
        ``(y, x)`` or ``(z, y, x)``, any number type, already scaled. A list of such maps, one
        per class, keeps touching objects of different classes apart.
    settings
        Smoothing, method, levels and size limits.
    core_image
        Where cores are searched, by default `image`; smoothed alike.
    layers
        Which images to make.
    rules
        Of objclass or of another program.
    """
    frame = _Frame(settings, rules, frozenset(layers))
    maps = frame.smoothed(image)
    if "smoothed" in layers:
        frame.made["smoothed"] = maps[0] if len(maps) == 1 else np.maximum.reduce(maps)
    if settings.method == "simple":
        pieces = ComponentRuns.of(rules.foreground(maps, settings.threshold))
        report = frame.finished(pieces, DroppedObjects())
    else:
        report = frame.hysteresis(maps, None if core_image is None else frame.smoothed(core_image))
    return Layers(frame.made, report)


def component_objects(
    values: NDArray[np.generic],
    connectivity: int = 1,
    min_size: int = 0,
    max_size: int | None = None,
) -> tuple[NDArray[np.uint32], SegmentationReport]:
    """Return the components of a segmentation whose size is allowed, numbered by first voxel.

    Parameters
    ----------
    values
        ``(y, x)`` or ``(z, y, x)``, bool or integers; 0 is background.
    connectivity
        As in :func:`objclass.segmentation.components.components`.
    min_size, max_size
        Limits in voxels, both inclusive; None is no limit.
    """
    found = ComponentRuns.of(values, connectivity)
    kept = found.kept(within(found.sizes, min_size, max_size))
    small, large = outside(found.sizes, min_size, max_size)
    report = SegmentationReport(
        kept.count, DroppedObjects(too_small=small, too_large=large), kept.values
    )
    return kept.image(), report


@dataclass(frozen=True)
class _Frame:
    """One frame on its way from maps to objects; `made` collects the layers."""

    settings: SegmentationSettings
    rules: SegmentationRules
    layers: frozenset[Layer]
    made: dict[Layer, NDArray[np.generic]] = field(default_factory=dict)

    def smoothed(self, image: NDArray[np.generic] | Sequence[NDArray[np.generic]]) -> list[Map]:
        maps = [image] if isinstance(image, np.ndarray) else list(image)
        sigma = self.rules.sigma(self.settings.sigma, maps[0].shape)
        return [self.rules.smooth(one, sigma) for one in maps]

    def finished(self, pieces: ComponentRuns, dropped: DroppedObjects) -> SegmentationReport:
        """Paint `pieces`, filter them by size and paint what stays."""
        if "unfiltered" in self.layers:
            self.made["unfiltered"] = pieces.image()
        final = pieces.filtered(self.settings)
        if "objects" in self.layers:
            self.made["objects"] = final.image()
        small, large = pieces.outside(self.settings)
        dropped = replace(dropped, too_small=small, too_large=large)
        return SegmentationReport(final.count, dropped, final.values)

    def hysteresis(self, maps: list[Map], core_maps: list[Map] | None) -> SegmentationReport:
        """Keep the low components that hold a core, or grow the cores inside them."""
        cores, dropped = self.cores(maps if core_maps is None else core_maps)
        if not {"unfiltered", "objects"} & self.layers:
            return SegmentationReport(cores.count, dropped, cores.values)
        maps = list(self.rules.low_maps(maps, core_maps))
        mask = self.rules.foreground(maps, self.settings.threshold)
        low = ComponentRuns.of(mask)
        holds = np.zeros(low.count + 1, bool)
        holds[low.held(cores)[:, 1]] = True
        dropped = replace(dropped, without_core=low.count - int(holds.sum()))
        if self.settings.merge_objects:
            return self.finished(low.kept(holds), dropped)
        del low
        return self.finished_growth(self.grown(cores, maps, mask), cores, dropped)

    def cores(self, maps: list[Map]) -> tuple[ComponentRuns, DroppedObjects]:
        """Return the cores of allowed size."""
        found = ComponentRuns.of(self.rules.foreground(maps, self.settings.high))
        cores = found.filtered(self.settings)
        if "cores" in self.layers:
            self.made["cores"] = found.image()
        if "cores_filtered" in self.layers:
            self.made["cores_filtered"] = cores.image()
        small, large = found.outside(self.settings)
        return cores, DroppedObjects(cores_too_small=small, cores_too_large=large)

    def grown(
        self, cores: ComponentRuns, maps: list[Map], mask: NDArray[np.generic]
    ) -> NDArray[np.uint32]:
        """Grow every core inside the low mask of its class."""
        level = self.settings.threshold
        if len(maps) == 1:
            return self.rules.grow(cores.image(), maps[0], level)
        out = np.zeros(mask.shape, np.uint32)
        ids = np.arange(cores.count + 1, dtype=np.uint32)
        for k, one in enumerate(maps, start=1):
            inside = np.where(mask == k, one, np.float32(-np.inf))
            seeds = painted(cores.found, np.where(cores.values == k, ids, 0)[cores.ids])
            out += self.rules.grow(seeds, inside, level)
        return out

    def finished_growth(
        self, grown: NDArray[np.uint32], cores: ComponentRuns, dropped: DroppedObjects
    ) -> SegmentationReport:
        """Number one object per core by first voxel, filter by size and number again."""
        highest = int(grown.max(initial=0))
        by_place = by_first_voxel(grown, highest)
        values = np.ones(highest + 1, np.uint64)
        values[by_place[: cores.count + 1]] = cores.values[: highest + 1]
        grown = apply(grown, by_place)
        sizes = counts(grown, highest)
        if "unfiltered" in self.layers:
            self.made["unfiltered"] = grown
        limits = self.settings.min_size, self.settings.max_size
        keep = within(sizes, *limits)
        if "objects" in self.layers:
            self.made["objects"] = apply(grown, renumber(keep))
        small, large = outside(sizes, *limits)
        dropped = replace(dropped, too_small=small, too_large=large)
        keep[0] = True
        values[0] = 0
        return SegmentationReport(int(keep.sum()) - 1, dropped, values[keep])
