"""Cut-outs of objects for a gallery: one size, one brightness a frame, outline and scale bar."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from objclass.annotations.match import in_image
from objclass.curation.annotated_objects import Place
from objclass.curation.view import Window, box_window, cut_window, in_colors, in_grey, is_rgb
from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem
from objclass.session.frames import SessionFrame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image as Pixels

    from objclass.data.image import Image

    Picture = NDArray[np.uint8]

SMALLEST, WIDEST = 16, 1024
"""Voxels along a side, at least and at most."""
STRIPES, ROWS = 8, 32
"""The brightness of a frame is found in so many stripes of so many rows."""
INK, SHADE = (255, 255, 255), (0, 0, 0)
FRAMES = 256
"""Frames whose brightness is remembered."""


@dataclass(frozen=True)
class CutOutStyle:
    """How an object is cut out.

    Parameters
    ----------
    size
        Pixels along a side.
    context
        Surroundings on every side, in lengths of the object.
    channels
        Numbers of the channels that are shown; None for all.
    outline
        Colour of its outline; None for none.
    bar
        Draw a scale bar, where the size of a voxel is known.
    """

    size: int = 96
    context: float = 0.5
    channels: tuple[int, ...] | None = None
    outline: str | None = "#FFEB3B"
    bar: bool = True


class CutOuts:
    """Cuts objects out; remembers how bright frames are."""

    def __init__(self) -> None:
        self._limits: dict[Place, list[tuple[float, float]]] = {}
        self._lock = Lock()

    def png(
        self,
        frame: SessionFrame,
        number: int,
        style: CutOutStyle,
        scale: tuple[float, str] | None = None,
    ) -> bytes:
        """Return an object as PNG, in the plane that it is deepest in.

        Parameters
        ----------
        frame, number
            Image and time point, and the id.
        style
            How.
        scale
            Length of a pixel and its unit, for the bar.

        Raises
        ------
        InputError
            Where there is no such object or channel.
        """
        from PIL import Image as PILImage

        window = window_of(frame, number, style.context)
        picture = self._shown(frame, window, style.channels)
        pixels = PILImage.fromarray(picture).resize(
            (style.size, style.size), PILImage.Resampling.BILINEAR
        )
        if style.outline:
            ids = cut_window(frame.labels.read, frame.labels.header.grid, window, "uint64")
            _draw_outline(pixels, ids == number, style.outline)
        if style.bar and scale is not None:
            _draw_bar(pixels, scale[0] * window.shape[1] / style.size, scale[1])
        coded = BytesIO()
        pixels.save(coded, format="PNG", compress_level=1)
        return coded.getvalue()

    def _shown(
        self, frame: SessionFrame, window: Window, channels: Sequence[int] | None
    ) -> Picture:
        raw, grid = frame.raw, frame.labels.header.grid
        if raw is None:
            return in_grey(cut_window(frame.labels.read, grid, window, frame.labels.header.dtype))
        count = len(raw.header.channels)
        chosen = range(count) if channels is None else channels
        if unknown := [k for k in chosen if not 0 <= k < count]:
            what = f"there is no channel {unknown[0]}"
            raise InputError(Problem(what, expected=f"0 to {count - 1}"))
        if not chosen:
            return in_grey(cut_window(frame.labels.read, grid, window, frame.labels.header.dtype))
        planes = [_cut(raw, k, window) for k in chosen]
        limits = [self._frame_limits(frame.place, raw)[k] for k in chosen]
        whole = len(planes) == count and is_rgb(raw.header)
        return in_colors(planes, rgb_image=whole, limits=limits)

    def _frame_limits(self, place: Place, raw: Image) -> list[tuple[float, float]]:
        with self._lock:
            if place not in self._limits:
                if len(self._limits) >= FRAMES:
                    self._limits.pop(next(iter(self._limits)))
                self._limits[place] = frame_limits(raw)
            return self._limits[place]


def frame_limits(raw: Image) -> list[tuple[float, float]]:
    """Return the values of every channel that become dark and full light, from a few stripes."""
    import numpy as np

    from objclass.painting.picture import light_limits

    *depth, height, width = raw.header.grid.shape
    found = []
    for channel in range(len(raw.header.channels)):
        stripes = []
        for k in range(STRIPES):
            top = max(0, (2 * k + 1) * height // (2 * STRIPES) - ROWS // 2)
            z = [(2 * k + 1) * n // (2 * STRIPES) for n in depth]
            region = Region((*z, top, 0), (*(a + 1 for a in z), min(height, top + ROWS), width))
            stripes.append(raw.read(channel, region).ravel())
        found.append(light_limits(np.concatenate(stripes)))
    return found


def window_of(frame: SessionFrame, number: int, context: float) -> Window:
    """Return the square around an object, in the plane that it is deepest in.

    Raises
    ------
    InputError
        Where there is no such object.
    """
    row = frame.index.row_of(number)
    if row < 0:
        raise InputError(Problem(f"image '{frame.place[0]}' has no object {number}"))
    z = in_image(frame.index.inside[row], frame.labels.header.grid)[0]
    box = box_window(frame.labels, number, z)
    assert box is not None
    side = round(max(box.shape) * (1 + 2 * max(0.0, context)))
    return box.around(max(SMALLEST, min(WIDEST, side)))


def _cut(raw: Image, channel: int, window: Window) -> NDArray[Any]:
    header = raw.header
    return cut_window(lambda part: raw.read(channel, part), header.grid, window, header.dtype)


def _draw_outline(pixels: Pixels, inside: NDArray[np.bool_], color: str) -> None:
    """Draw the border of an area, one pixel wide whatever the size of a voxel."""
    import numpy as np
    from PIL import Image as PILImage
    from PIL import ImageColor

    mask = PILImage.fromarray(inside.astype(np.uint8) * 255)
    large = np.asarray(mask.resize(pixels.size, PILImage.Resampling.NEAREST)) > 0
    padded = np.pad(large, 1)
    middle = padded[1:-1, 1:-1]
    around = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    border = PILImage.fromarray(((middle & ~around) * 255).astype(np.uint8))
    pixels.paste(ImageColor.getrgb(color), (0, 0), border)


def _draw_bar(pixels: Pixels, pixel: float, unit: str) -> None:
    """Draw a bar of a round length at the bottom, with its length where there is room."""
    from PIL import ImageDraw

    from objclass.painting.legend import bar_of, font

    width, height = pixels.size
    length, text = bar_of(pixel, unit, 2 * width)
    if not length:
        return
    pen = ImageDraw.Draw(pixels)
    left, low = 4, height - 5
    pen.rectangle((left - 1, low - 1, left + length, low + 2), fill=SHADE)
    pen.rectangle((left, low, left + length - 1, low + 1), fill=INK)
    if width >= 80:
        letters = font(9, text)
        pen.text((left, low - 2), text, fill=INK, font=letters, anchor="ls", stroke_width=1,
                 stroke_fill=SHADE)  # fmt: skip
