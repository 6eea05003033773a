"""Cut-outs of annotations that are probably wrong, so that a person can look at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.annotations.match import in_image
from objclass.curation.annotated_objects import AnnotatedObjects, Place, whole
from objclass.curation.close_up import close_up, fit_size
from objclass.curation.png import write_picture
from objclass.curation.starting import INK, channel_legend, place_text
from objclass.curation.tiles import Tile, sheet
from objclass.curation.view import PlaneCutter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_TILES = 96
"""Suspected mistakes that are drawn, the worst first."""
Mistake = Mapping[str, Any]


def write_mistakes(found: AnnotatedObjects, mistakes: Sequence[Mistake], name: str) -> Path | None:
    """Write a sheet of cut-outs beside the annotation file; return where, None without any.

    Parameters
    ----------
    found
        The objects of now.
    mistakes
        The worst first, each with ``place``, ``image``, ``t`` (of the uncropped image),
        ``object``, ``said``, ``suggested``, ``own`` and ``probability``.
    name
        Stands behind the name of the annotation file, as ``nuclei_mistakes.png``.
    """
    if not mistakes:
        return None
    target = found.path.with_name(f"{found.path.stem}_{name}.png")
    return write_picture(target, whole(found.job.store, lambda: draw_mistakes(found, mistakes)))


def draw_mistakes(found: AnnotatedObjects, mistakes: Sequence[Mistake]) -> NDArray[np.uint8]:
    """Return a sheet of the worst, each outlined, with its line and both classes."""
    drawn = mistakes[:MOST_TILES]
    viewer = PlaneCutter()
    tiles = [_tile(found, each, viewer) for each in drawn]
    return sheet(tiles, channel_legend(found.raw(_place(found, drawn[0]))))


def _place(found: AnnotatedObjects, mistake: Mistake) -> Place:
    """Return image and frame of the label image that an annotated object lies in."""
    grid = found.grids[mistake["image"]]
    frame = None if grid.frames is None else mistake["t"] - grid.first_frame
    return mistake["image"], frame


def _tile(found: AnnotatedObjects, mistake: Mistake, viewer: PlaneCutter) -> Tile:
    place, number = _place(found, mistake), int(mistake["object"])
    labels = found.labels[place]
    inside = labels.index.inside[labels.index.row_of(number)]
    voxel = in_image(inside, labels.header.grid)
    shown = close_up(viewer, place, found.raw(place), labels, number, voxel)
    says, perhaps = (
        f"{mistake[name]} {mistake[share]:.2f}"
        for name, share in (("said", "own"), ("suggested", "probability"))
    )
    words = (f"perhaps {perhaps}", place_text(found, place, voxel[0]), shown.remark)
    title = f"{mistake['place'].rpartition(':')[2]}: {says}"
    return Tile(fit_size(shown, [INK]), title, "  ".join(word for word in words if word))
