"""The overlay: an image in which one sees what was found and what it was called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from objclass.data.objects import code_names
from objclass.painting.colors import UNCLASSIFIED, channel_colors, rgb
from objclass.painting.filling import paint
from objclass.painting.legend import with_legend

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SIDE = 1100
"""Small images are doubled while their longer side stays within this."""
LARGEST = 16
LARGE = 2000
"""From this longer side on outlines are two pixels wide."""
COARSE = 8
"""From this enlargement on they are three pixels wide, so that they are seen on large voxels."""
FILL, FILL_ON_COLOR = 0.28, 0.2
"""Share of the class colour inside an object, on grey or light and on a colour picture."""
SHADE = 0.55
"""Brightness beside an outline, so that it stands out on bright and on dark images."""
MUTED = 0.6
"""Share of colour that several channels keep, so that class colours stay the brightest."""
LOW, HIGH = 0.3, 99.8
"""Percentiles that become black and full light."""
SAMPLE = 1_000_000
BAND = 256
"""Rows turned into light at a time, which keeps memory low on large images."""


def overlay(
    channels: Sequence[NDArray[Any]],
    labels: NDArray[np.integer[Any]],
    ids: NDArray[np.uint64],
    code: NDArray[np.uint8],
    classes: Sequence[str],
    colors: Sequence[str],
    *,
    rgb_image: bool = False,
    projection: Literal["max", "middle"] = "max",
    pixel_size: float | None = None,
    unit: str | None = None,
    scale: int | None = None,
    fill: bool = True,
    legend: bool = True,
    title: str | None = None,
    lights: Sequence[tuple[str, str]] = (),
    limits: Sequence[tuple[float, float]] | None = None,
) -> Picture:
    """Draw the objects in the colours of their classes over the image.

    Parameters
    ----------
    channels
        Raw channels ``(y, x)`` or ``(z, y, x)`` of any dtype.
    labels
        Label image of the same shape.
    ids, code
        Object ids (n,), ascending, and their class codes: 1…K a class, K + 1 "unclassified",
        0 an object that is not selected, which gets no colour.
        An object of the label image that is not in `ids` gets no colour.
    classes, colors
        Names and colours ``#RRGGBB`` of the K classes.
    rgb_image
        The three channels are the red, green and blue of a colour picture, which is shown as
        it is. Otherwise every channel is stretched between percentiles; one is shown in grey,
        several are added up as coloured light.
    projection
        What a volume shows: ``max`` is the brightest voxel along z and, of the objects, the
        one nearest to z = 0; ``middle`` is the plane in the middle of both.
    pixel_size, unit
        Size of a pixel along x and its unit, for the scale bar; none without them.
    scale
        Whole factor of enlargement; None enlarges small images.
    fill
        False to leave the insides of objects as they are, where their colours are to be judged.
    legend
        Whether a strip with classes, counts and scale bar is added below. Without it and with
        ``scale=1`` the picture has the size of the image.
    title
        Text at the start of the legend, such as the image's name.
    lights
        Name and colour of the light that each channel is shown in, for the legend.
    limits
        Values of each channel that become dark and full light; by default found in the image.

    Returns
    -------
    NDArray
        uint8 ``(height, width, 3)``.

    Raises
    ------
    ValueError
        When a channel and the label image differ in shape.
    InputError
        For a colour that is none.
    """
    if any(channel.shape != labels.shape for channel in channels) or not channels:
        raise ValueError("raw channels must have the shape of the label image")
    planes = [_raw_plane(channel, projection) for channel in channels]
    rows = _object_plane(labels, ids, projection)
    scale = scale or enlargement(rows.shape)
    picture = enlarge(_show(planes, rgb_image, limits), scale)
    rows = _enlarged_rows(rows, scale)
    share = (FILL_ON_COLOR if rgb_image else FILL) if fill else 0.0
    width = 3 if scale >= COARSE else 2 if scale > 1 or max(rows.shape) >= LARGE else 1
    picture = _color(picture, rows, code, [*colors, UNCLASSIFIED], share, width)
    if not legend:
        return picture
    size = pixel_size / scale if pixel_size else None
    return with_legend(picture, class_entries(code, classes, colors), size, unit, title, lights)


def enlargement(shape: tuple[int, ...]) -> int:
    """Return the power of two that makes a small image large enough to look at."""
    scale = 1
    while scale < LARGEST and 2 * scale * max(shape) <= SIDE:
        scale *= 2
    return scale


def _raw_plane(channel: NDArray[Any], projection: str) -> NDArray[Any]:
    """Return a plane of a volume; a plane stays as it is."""
    if channel.ndim == 2:
        return channel
    if projection == "middle":
        return _middle(channel)
    brightest: NDArray[Any] = channel.max(axis=0)
    return brightest


def _object_plane(
    labels: NDArray[np.integer[Any]], ids: NDArray[np.uint64], projection: str
) -> NDArray[np.uint32]:
    """Return 1 + the row of the object at each pixel of the shown plane, 0 without one."""
    import numpy as np

    rows = np.arange(1, len(ids) + 1, dtype=np.uint32)
    if labels.ndim == 2:
        return paint(labels, ids, rows)
    if projection == "middle":
        return paint(_middle(labels), ids, rows)
    seen = np.zeros(labels.shape[1:], np.uint32)
    for plane in labels:
        np.copyto(seen, paint(plane, ids, rows), where=seen == 0)
    return seen


def _middle(volume: NDArray[Any]) -> NDArray[Any]:
    plane: NDArray[Any] = volume[len(volume) // 2]
    return plane


def _show(
    planes: Sequence[NDArray[Any]],
    rgb_image: bool,
    limits: Sequence[tuple[float, float]] | None = None,
) -> Picture:
    """Return raw channels as a picture: colour as it is, others as stretched light."""
    import numpy as np

    if rgb_image and all(plane.dtype == np.uint8 for plane in planes[:3]):
        return np.stack(planes[:3], axis=-1)
    pure = ("#FF0000", "#00FF00", "#0000FF")
    colors = rgb(pure if rgb_image else channel_colors(len(planes)))
    muted = MUTED if len(planes) > 1 and not rgb_image else 1.0
    limits = limits or [light_limits(plane) for plane in planes]
    if rgb_image:
        limits = [(min(low for low, _ in limits), max(high for _, high in limits))] * 3
    out = np.empty((*planes[0].shape, 3), np.uint8)
    for top in range(0, len(out), BAND):
        band = slice(top, top + BAND)
        light = np.zeros(out[band].shape, np.float32)
        for plane, color, ends in zip(planes, colors, limits, strict=False):
            light += _stretched(plane[band], *ends)[..., None] * np.array(color, np.float32)
        grey = light.mean(axis=-1, keepdims=True)
        out[band] = np.clip(grey + muted * (light - grey) + 0.5, 0, 255)
    return out


def light_limits(plane: NDArray[Any]) -> tuple[float, float]:
    """Return the values of a channel that become dark and full light."""
    import numpy as np

    some = plane.reshape(-1)[:: max(1, plane.size // SAMPLE)].astype(np.float64)
    some = some[np.isfinite(some)]
    if len(some) == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(some, (LOW, HIGH)))
    if high <= low:
        low, high = float(some.min()), float(some.max())
    return low, high if high > low else low + 1.0


def _stretched(plane: NDArray[Any], low: float, high: float) -> NDArray[np.float32]:
    """Return a channel from 0 at `low` to 1 at `high`; NaN is dark."""
    import numpy as np

    light = np.clip((plane.astype(np.float64) - low) / (high - low), 0, 1)
    return np.nan_to_num(light).astype(np.float32)


def enlarge(picture: Picture, scale: int) -> Picture:
    """Return a picture enlarged smoothly, so that its pixels do not look like structure."""
    import numpy as np
    from PIL import Image

    if scale == 1:
        return picture
    height, width = picture.shape[:2]
    size = (width * scale, height * scale)
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def _enlarged_rows(rows: NDArray[np.uint32], scale: int) -> NDArray[np.uint32]:
    """Return object rows enlarged; factors of two smooth the steps of diagonal outlines."""
    import numpy as np

    from objclass.painting.pixels import double

    rows = np.ascontiguousarray(rows)
    while scale % 2 == 0:
        rows, scale = double(rows), scale // 2
    return rows.repeat(scale, axis=0).repeat(scale, axis=1)


def _color(
    picture: Picture,
    rows: NDArray[np.uint32],
    code: NDArray[np.uint8],
    colors: Sequence[str],
    share: float,
    width: int,
) -> Picture:
    """Tint the objects of a picture and draw outlines of `width` pixels, in place."""
    import numpy as np

    from objclass.painting.pixels import rims, tint

    table = np.array([(0, 0, 0), *rgb(colors)], np.uint8)
    codes = np.append(np.zeros(1, np.uint8), np.minimum(code, len(colors)).astype(np.uint8))[rows]
    rim = rims(rows, width) & (codes > 0)
    tint(picture, codes, rim, table, share, SHADE if width > 1 else 1.0)
    return picture


def class_entries(
    code: NDArray[np.uint8], classes: Sequence[str], colors: Sequence[str]
) -> list[tuple[str, str, int]]:
    """Return name, colour and number of objects of every class, unclassified ones last."""
    import numpy as np

    counts = np.bincount(code, minlength=len(classes) + 2)
    entries = [
        (name, color, int(n)) for name, color, n in zip(classes, colors, counts[1:], strict=False)
    ]
    left = int(counts[len(classes) + 1 :].sum())
    return [*entries, (code_names(classes)[-1], UNCLASSIFIED, left)] if left else entries
