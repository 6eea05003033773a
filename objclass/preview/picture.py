"""Draws a frame: outlines in class colours, dots on annotated objects, ids where wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from objclass.curation.view import (
    Window,
    box_window,
    is_rgb,
    project,
    sample,
    seen_from_above,
    step_of,
)
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import NOT_SELECTED
from objclass.errors import InputError, Problem
from objclass.preview.frame import PictureFrame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

UNCERTAIN = ("#2C7BB6", "#ABD9E9", "#FFFFBF", "#FDAE61", "#D7191C")
"""From certain to uncertain (ColorBrewer's RdYlBu, which people of any colour vision read)."""
PLAIN = "#F0E442"
"""Outlines of objects without a class."""
NEIGHBORHOOD, SMALLEST = 4, 64
"""An object is shown with this many times its size around it, and at least these voxels."""


@dataclass(frozen=True)
class Style:
    """How a picture is drawn: what colours mean, whether ids are written and objects tinted."""

    color: Literal["class", "uncertainty"] = "class"
    numbers: bool = False
    fill: bool = False


@dataclass(frozen=True)
class Scaling:
    """From voxels of the uncropped image to pixels: every `step`-th voxel, `scale` times."""

    window: Window
    step: int
    scale: int

    def pixel(self, y: int, x: int) -> tuple[float, float]:
        """Return the middle of a voxel in the picture."""
        top, left = self.window.start
        middle = (self.scale - 1) / 2
        rows, columns = (y - top) // self.step, (x - left) // self.step
        return rows * self.scale + middle, columns * self.scale + middle


def window_of(labels: LabelImage, plane: int | str | None, object_id: int | None) -> Window:
    """Return what is shown: the whole plane, or the neighbourhood of an object.

    Raises
    ------
    InputError
        For an object that does not exist.
    """
    grid = labels.header.grid
    z = plane if isinstance(plane, int) else grid.origin[0]
    (y, x), (height, width) = grid.origin[1:], grid.shape[-2:]
    whole = Window(z, (y, x), (y + height, x + width))
    if object_id is None:
        return whole
    box = box_window(labels, object_id, z)
    if box is None:
        what = f"--object {object_id}: this frame has no such object"
        raise InputError(Problem(what, got=f"{len(labels.index)} objects"))
    return box.around(max(SMALLEST, NEIGHBORHOOD * max(box.shape))).inside(grid)


def draw(
    frame: PictureFrame, plane: int | str | None, window: Window, style: Style, title: str
) -> Picture:
    """Return the picture, uint8 (height, width, 3), with a legend below.

    Parameters
    ----------
    frame
        What is drawn.
    plane
        A plane of a volume, ``max`` for a projection, None in 2D.
    window
        The part of the plane that is shown.
    style
        How.
    title
        Start of the legend.
    """
    from objclass.painting import overlay
    from objclass.painting.legend import with_legend
    from objclass.painting.picture import class_entries, enlargement

    step = step_of(window)
    planes, ids = _planes(frame, plane, window, step)
    code, classes, colors = coded(frame, style)
    scaling = Scaling(window, step, enlargement(ids.shape))
    picture = overlay(
        planes, ids, frame.index.ids, code, classes, colors, rgb_image=_is_rgb(frame),
        scale=scaling.scale, fill=style.fill, legend=False,
    )  # fmt: skip
    picture = _mark(picture, frame, ids, scaling, numbers=style.numbers)
    grid = frame.labels.header.grid
    size = grid.spacing[2] * step / scaling.scale if grid.spacing and grid.unit else None
    entries = class_entries(code, classes, colors)
    return with_legend(picture, entries, size, grid.unit, title, _legend(frame))


def _is_rgb(frame: PictureFrame) -> bool:
    return frame.raw is not None and is_rgb(frame.raw.header)


def _planes(
    frame: PictureFrame, plane: int | str | None, window: Window, step: int
) -> tuple[list[NDArray[Any]], NDArray[Any]]:
    """Return the channels and ids in the window, every `step`-th voxel."""
    import numpy as np

    labels, raw = frame.labels, frame.raw
    cut, cut_ids = (project, seen_from_above) if plane == "max" else (sample, sample)
    ids = cut_ids(labels.read, labels.header.grid, window, step)
    if raw is None:
        return [(ids > 0) * np.uint8(120)], ids
    read, grid = raw.read, raw.header.grid
    number = len(raw.header.channels)
    return [
        cut(lambda region, k=k: read(k, region), grid, window, step) for k in range(number)
    ], ids


def coded(
    frame: PictureFrame, style: Style
) -> tuple[NDArray[np.uint8], Sequence[str], Sequence[str]]:
    """Return a code per object from 1, and what the codes are called and coloured."""
    import numpy as np

    found = frame.prediction
    if found is None:
        return np.ones(len(frame.index), np.uint8), ["objects"], [PLAIN]
    if style.color == "class":
        return found.code, list(frame.classes), list(frame.classes.values())
    width = 1 / len(UNCERTAIN)
    known = found.code != NOT_SELECTED
    bins = np.minimum(np.nan_to_num(found.uncertainty) / width, len(UNCERTAIN) - 1)
    shown = np.where(known, bins.astype(np.uint8) + np.uint8(1), np.uint8(NOT_SELECTED))
    ends = [(k * width, (k + 1) * width) for k in range(len(UNCERTAIN))]
    return shown, [f"uncertainty {a:.1f} to {b:.1f}" for a, b in ends], UNCERTAIN


def _legend(frame: PictureFrame) -> list[tuple[str, str]]:
    """Return what dots and the light of the channels mean, with their colours."""
    from objclass.painting.colors import channel_lights

    found = Counter(match.row.class_ for match in frame.annotated)
    order = [*(name for name in frame.classes if name in found), *sorted(found)]
    counts = {name: found[name] for name in dict.fromkeys(order)}
    dots = [(f"dot: {name} ({n} annotated)", _color(frame, name)) for name, n in counts.items()]
    names = frame.raw.header.channels if frame.raw and not _is_rgb(frame) else ()
    return [*dots, *channel_lights(names)]


def _color(frame: PictureFrame, name: str) -> str:
    return frame.classes.get(name, PLAIN)


def _mark(
    picture: Picture, frame: PictureFrame, ids: NDArray[Any], scaling: Scaling, *, numbers: bool
) -> Picture:
    """Return the picture with dots on annotated objects and, if wanted, ids beside all."""
    from objclass.annotations.picture import draw_dots, numbered

    spots = dict(_spots(frame, ids, scaling))
    shown = [match for match in frame.annotated if match.object in spots]
    dots = [spots[match.object] for match in shown]
    picture = draw_dots(picture, dots, [_color(frame, match.row.class_) for match in shown])
    return numbered(picture, list(spots.values()), list(spots), scale=1) if numbers else picture


def _spots(
    frame: PictureFrame, ids: NDArray[Any], scaling: Scaling
) -> Iterator[tuple[int, tuple[float, float]]]:
    """Yield id and pixel of every object that is seen: its deepest voxel, where that is seen."""
    index, origin = frame.index, frame.labels.header.grid.origin
    for object_id, (row, column) in middles(ids).items():
        y, x = (int(v) for v in index.inside[index.row_of(object_id)][-2:])
        deepest = scaling.pixel(y + origin[1], x + origin[2])
        seen = [round((v - (scaling.scale - 1) / 2) / scaling.scale) for v in deepest]
        inside = all(0 <= v < n for v, n in zip(seen, ids.shape, strict=True))
        if inside and ids[seen[0], seen[1]] == object_id:
            yield object_id, deepest
        else:
            middle = (scaling.scale - 1) / 2
            yield object_id, (row * scaling.scale + middle, column * scaling.scale + middle)


def middles(ids: NDArray[Any]) -> dict[int, tuple[int, int]]:
    """Return for every id the pixel of its own that is nearest to the mean of its pixels."""
    import numpy as np

    places = np.argwhere(ids > 0)
    of = ids[ids > 0]
    order = np.argsort(of, kind="stable")
    found, first = np.unique(of[order], return_index=True)
    groups = np.split(places[order], first[1:]) if len(found) else []
    nearest = [group[((group - group.mean(0)) ** 2).sum(1).argmin()] for group in groups]
    return {int(i): (int(y), int(x)) for i, (y, x) in zip(found, nearest, strict=True)}
