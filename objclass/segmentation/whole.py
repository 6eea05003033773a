"""From a prediction map to objects, for a frame that fits into memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from objclass.segmentation.components import run_components
from objclass.segmentation.growth import grow
from objclass.segmentation.hysteresis import touching
from objclass.segmentation.runs import Runs, painted, run_counts, runs
from objclass.segmentation.settings import Dropped, Layer, Report, Settings
from objclass.segmentation.sizes import (
    apply,
    by_first_voxel,
    counts,
    outside,
    renumbered,
    within,
)
from objclass.segmentation.smooth import gaussian
from objclass.segmentation.threshold import level

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Layers:
    """The layers that were asked for, each of the shape of the image.

    Parameters
    ----------
    images
        By name. ``smoothed`` float32; the others are uint32 label images numbered by first
        voxel: ``cores`` (hysteresis), ``cores_filtered`` (those of allowed size),
        ``unfiltered`` (objects before the size filter) and ``objects``.
    report
        Number of objects and what was dropped.
    """

    images: dict[Layer, NDArray[np.generic]] = field(repr=False)
    report: Report

    @property
    def objects(self) -> NDArray[np.uint32]:
        """The final label image."""
        return self.images["objects"].astype(np.uint32, copy=False)


@dataclass(frozen=True)
class _Pieces:
    """Runs and the id of each; `sizes` int64 (count + 1,) in voxels."""

    found: Runs
    ids: NDArray[np.uint32]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, mask: NDArray[np.bool_]) -> _Pieces:
        found = runs(mask)
        ids, count = run_components(found)
        return cls(found, ids, run_counts(found, ids, count))

    def kept(self, keep: NDArray[np.bool_]) -> _Pieces:
        """Return only the kept ids, renumbered in order."""
        sizes = np.concatenate([[0], self.sizes[keep]])
        return _Pieces(self.found, renumbered(keep)[self.ids], sizes)

    def filtered(self, settings: Settings) -> _Pieces:
        """Return the ids whose size is allowed."""
        return self.kept(within(self.sizes, settings.min_size, settings.max_size))

    def outside(self, settings: Settings) -> tuple[int, int]:
        return outside(self.sizes, settings.min_size, settings.max_size)

    def image(self) -> NDArray[np.uint32]:
        return painted(self.found, self.ids)


def threshold_objects(
    image: NDArray[np.generic],
    settings: Settings,
    core_image: NDArray[np.generic] | None = None,
    layers: Collection[Layer] = ("objects",),
) -> Layers:
    """Return the objects of a prediction map and the layers asked for.

    Parameters
    ----------
    image
        ``(y, x)`` or ``(z, y, x)``, any number type, already scaled.
    settings
        Smoothing, method, levels and size limits.
    core_image
        Where cores are searched, by default `image`; smoothed alike.
    layers
        Which images to make.
    """
    smoothed = gaussian(image, settings.sigma)
    made: dict[Layer, NDArray[np.generic]] = {}
    if "smoothed" in layers:
        made["smoothed"] = smoothed
    if settings.method == "simple":
        report = _simple(smoothed, settings, layers, made)
    else:
        core_map = smoothed if core_image is None else gaussian(core_image, settings.sigma)
        report = _hysteresis(smoothed, core_map, settings, layers, made)
    return Layers(made, report)


def _simple(
    smoothed: NDArray[np.float32],
    settings: Settings,
    layers: Collection[Layer],
    made: dict[Layer, NDArray[np.generic]],
) -> Report:
    pieces = _Pieces.of(level(smoothed, settings.threshold))
    return _finished(pieces, settings, layers, made, Dropped())


def _finished(
    pieces: _Pieces,
    settings: Settings,
    layers: Collection[Layer],
    made: dict[Layer, NDArray[np.generic]],
    dropped: Dropped,
) -> Report:
    """Paint `pieces`, filter them by size and paint what stays."""
    if "unfiltered" in layers:
        made["unfiltered"] = pieces.image()
    final = pieces.filtered(settings)
    if "objects" in layers:
        made["objects"] = final.image()
    small, large = pieces.outside(settings)
    return Report(len(final.sizes) - 1, replace(dropped, too_small=small, too_large=large))


def _hysteresis(
    smoothed: NDArray[np.float32],
    core_map: NDArray[np.float32],
    settings: Settings,
    layers: Collection[Layer],
    made: dict[Layer, NDArray[np.generic]],
) -> Report:
    all_cores = _Pieces.of(level(core_map, settings.high))
    cores = all_cores.filtered(settings)
    if "cores" in layers:
        made["cores"] = all_cores.image()
    if "cores_filtered" in layers:
        made["cores_filtered"] = cores.image()
    small, large = all_cores.outside(settings)
    dropped = Dropped(cores_too_small=small, cores_too_large=large)
    if not {"unfiltered", "objects"} & set(layers):
        return Report(len(cores.sizes) - 1, dropped)
    mask = level(smoothed, settings.threshold)
    low = _Pieces.of(mask)
    holds = np.zeros(len(low.sizes), bool)
    holds[touching(low.found, low.ids, cores.found, cores.ids)[:, 1]] = True
    dropped = replace(dropped, without_core=len(holds) - 1 - int(holds.sum()))
    if settings.merge_objects:
        return _finished(low.kept(holds), settings, layers, made, dropped)
    return _grown(cores, smoothed, mask, settings, layers, made, dropped)


def _grown(
    cores: _Pieces,
    smoothed: NDArray[np.float32],
    mask: NDArray[np.bool_],
    settings: Settings,
    layers: Collection[Layer],
    made: dict[Layer, NDArray[np.generic]],
    dropped: Dropped,
) -> Report:
    """Grow every core inside the low mask; one object per core."""
    grown = grow(cores.image(), smoothed, mask)
    grown = apply(grown, by_first_voxel(grown, len(cores.sizes) - 1))
    sizes = counts(grown, int(grown.max(initial=0)))
    if "unfiltered" in layers:
        made["unfiltered"] = grown
    keep = within(sizes, settings.min_size, settings.max_size)
    if "objects" in layers:
        made["objects"] = apply(grown, renumbered(keep))
    small, large = outside(sizes, settings.min_size, settings.max_size)
    return Report(int(keep.sum()), replace(dropped, too_small=small, too_large=large))
