"""Objects to compare with the library sphericaltexture, and how ilastik's plugin calls it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from objclass.measure.batches import measure_frame
from objclass.measure.family import Setting
from objclass.measure.frame import Frame
from objclass.measure.ilastik import FAMILY
from objclass.measure.ilastik_names import CIRCLE, SPHERE
from objclass.testing import index_of

Case = tuple[NDArray[np.generic], NDArray[np.bool_], tuple[int, ...]]


def ellipsoid(
    shape: tuple[int, ...], center: tuple[int, ...], radii: tuple[float, ...]
) -> NDArray[np.bool_]:
    places = np.indices(shape)
    parts = (((p - c) / r) ** 2 for p, c, r in zip(places, center, radii, strict=True))
    inside: NDArray[np.bool_] = np.sum(list(parts), axis=0) <= 1
    return inside


def grain(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Whole numbers without order, the same on every machine."""
    k = np.arange(np.prod(shape), dtype=np.uint64)
    return ((k * 2654435761 + 12345) % 4294967296 // 16777216).astype(np.uint8).reshape(shape)


PLANE, SPACE = (120, 140), (24, 40, 50)
WIDE, NARROW = (30, 30), (3, 3)
MASKS = {
    "ellipse": ellipsoid(PLANE, (60, 70), (10, 15)),
    "large": ellipsoid(PLANE, (60, 70), (50, 60)),
    "voxel": ellipsoid(PLANE, (60, 70), (0.1, 0.1)),
    "line": ellipsoid(PLANE, (60, 70), (0.1, 20)),
    "corner": ellipsoid(PLANE, (0, 0), (8, 9)),
    "ring": ellipsoid(PLANE, (60, 70), (12, 12)) & ~ellipsoid(PLANE, (60, 70), (6, 6)),
    "body": ellipsoid(SPACE, (12, 20, 25), (5, 9, 11)),
    "body_voxel": ellipsoid(SPACE, (12, 20, 25), (0.1, 0.1, 0.1)),
    "body_sheet": ellipsoid(SPACE, (23, 20, 25), (0.1, 8, 8)),
}
FLAT = grain(PLANE)
SLOPE = np.broadcast_to(np.arange(140, dtype=np.uint8), PLANE)
DEEP = grain(SPACE)
CASES: dict[str, Case] = {
    **{f"{k}, margin 30": (FLAT, MASKS[k], WIDE) for k in list(MASKS)[:6]},
    **{f"{k}, margin 3": (FLAT, MASKS[k], NARROW) for k in ("ellipse", "voxel", "line")},
    "ellipse on a slope": (SLOPE, MASKS["ellipse"], WIDE),
    "ellipse, float": (FLAT.astype(np.float32) / 7, MASKS["ellipse"], NARROW),
    "ellipse, partly negative": (FLAT.astype(np.float32) - 100, MASKS["ellipse"], NARROW),
    "ellipse, nothing bright": (FLAT * np.uint8(0), MASKS["ellipse"], WIDE),
    "ellipse, even": (FLAT * np.uint8(0) + np.uint8(7), MASKS["ellipse"], WIDE),
    "body": (DEEP, MASKS["body"], (1, 30, 30)),
    "body, margin 2": (DEEP, MASKS["body"], (2, 2, 2)),
    "one voxel of a volume": (DEEP, MASKS["body_voxel"], (1, 30, 30)),
    "sheet at the border of a volume": (DEEP, MASKS["body_sheet"], (1, 30, 30)),
    "body, even": (DEEP * np.uint8(0) + np.uint8(9), MASKS["body"], (1, 30, 30)),
}


def ours(case: Case) -> list[float]:
    """Return the spectrum and behind it the direction, as the family measures them."""
    image, mask, margin = case
    labels = mask.astype(np.uint8)
    frame = Frame(
        mask.shape,
        (0,) * mask.ndim,
        lambda region: labels[region.slices],
        {"raw": lambda region: image[region.slices]},
        index_of(labels),
    )
    spectrum, direction = CIRCLE if mask.ndim == 2 else SPHERE
    options = {
        "features": [spectrum, direction],
        "margin": dict(zip("zyx"[-mask.ndim :], margin, strict=True)),
    }
    setting = Setting(mask.ndim, ("raw",), (str(image.dtype),), (None,), options=options)
    values = measure_frame([(FAMILY, setting)], frame)
    names = [f"ilastik_{spectrum}_{k}" for k in range(20)]
    names += [name for name in values if name.startswith(f"ilastik_{direction}")]
    return [float(values[name][0]) for name in names]


def theirs(case: Case, library: Any) -> list[float]:
    """Return what ilastik's plugin gets from the library: a wide image and a tight mask."""
    image, mask, margin = case
    inside = np.argwhere(mask)
    low, high = inside.min(axis=0), inside.max(axis=0) + 1
    tight = mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    # ilastik's end of a box is the voxel behind it, to which it adds one
    first, last = np.maximum(low - margin, 0), np.minimum(high + margin + 1, mask.shape)
    wide = image[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
    if mask.ndim == 2:
        tight, wide = tight[None], wide[None]
    with np.errstate(all="ignore"):
        found = library.process_image(np.ascontiguousarray(wide.T), np.ascontiguousarray(tight.T))
    parts = (found[f"Intensity {k}"] for k in ("Condensed Spectrum", "Polarization Direction"))
    return [float(np.float32(value)) for value in np.nan_to_num(np.concatenate([*parts]))]


def library_for(dimensions: int, generator: Any) -> Any:
    """Return the library's generator as the plugin makes it."""
    kinds = ["Condensed Spectrum", "Polarization Direction"]
    return generator(ndim=dimensions, projections=["Intensity"], output_types=kinds)
