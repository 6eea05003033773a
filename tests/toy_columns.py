"""Columns as a small feature table has them, and entries that choose among them."""

from __future__ import annotations

from typing import Any

from objclass.data.objects import Column


def column(name: str, group: str, channel: str | None = None, **more: bool) -> Column:
    """Return a column whose family is the first word behind a region."""
    feature = name.removesuffix(f"-{channel}").rstrip("_0123456789")
    family = feature.removeprefix("ring_").partition("_")[0]
    return Column(name, family, feature, group, "", "", channel=channel, **more)  # type: ignore[arg-type]


COLUMNS = (
    column("position_center_y", "location"),
    column("position_center_x", "location"),
    column("size_voxels", "shape"),
    column("axes_radius_0", "shape"),
    column("axes_radius_1", "shape"),
    column("axes_axis_0", "shape", axis_vector=True),
    column("intensity_mean-gfp", "intensity", "gfp"),
    column("intensity_mean-dna", "intensity", "dna"),
    column("intensity_total-gfp", "intensity", "gfp"),
    column("intensity_range-gfp", "intensity", "gfp", image_wide=True),
    column("ring_intensity_mean-gfp", "intensity", "gfp"),
)

ENTRIES: list[Any] = [
    "size",
    "axes_radius",
    "intensity_mean-dna",
    "group:shape",
    "*-gfp",
    "all",
    "-axes",
    "-group:location",
    "-intensity_*",
    {"intensity": ["mean", "total"], "channels": ["gfp"]},
    {"intensity": [], "channels": ["dna"]},
    {"axes": None},
]
