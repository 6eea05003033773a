"""What is done to every pixel of a small picture: outlines, smooth steps, colours.

Nothing here is compiled: a picture is drawn once, and compiling loops over it took longer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROWS = 64
"""So many rows are coloured at once, so that what is computed for them stays in the cache."""


def rims(labels: NDArray[np.uint32], width: int) -> NDArray[np.bool_]:
    """Return where a pixel of an object has another id within `width` pixels along an axis.

    Outlines lie inside their object, so that touching objects show both.
    """
    edge: NDArray[np.bool_] = np.zeros(labels.shape, np.bool_)
    for distance in range(1, width + 1):
        for along, other in ((edge, labels), (edge.T, labels.T)):
            differs = other[distance:] != other[:-distance]
            along[distance:] |= differs
            along[:-distance] |= differs
    edge &= labels != 0
    return edge


def double(labels: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the labels twice as large, with diagonal steps half as high ("Scale2x").

    A quarter of a pixel takes the id of two neighbours that meet at its corner where they
    agree and the other two do not (Mazzoleni 2001, AdvanceMAME).
    """
    around = np.pad(labels, 1, mode="edge")
    up, down = around[:-2, 1:-1], around[2:, 1:-1]
    left, right = around[1:-1, :-2], around[1:-1, 2:]
    mixed = (up != down) & (left != right)
    out = labels.repeat(2, axis=0).repeat(2, axis=1)
    for y, row in enumerate((up, down)):
        for x, column in enumerate((left, right)):
            np.copyto(out[y::2, x::2], column, where=mixed & (row == column))
    return out


def tint(
    picture: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    rim: NDArray[np.bool_],
    colors: NDArray[np.uint8],
    share: float,
    shade: float,
) -> None:
    """Colour objects in place: outlines fully, insides by `share`, pixels beside by `shade`."""
    beside = np.zeros(rim.shape, np.bool_)
    for along, outline in ((beside, rim), (beside.T, rim.T)):
        along[1:] |= outline[:-1]
        along[:-1] |= outline[1:]
    shown = _tints(colors, share, shade)
    for top in range(0, len(picture), ROWS):
        rows = slice(top, top + ROWS)
        kind = codes[rows].astype(np.intp) * 3 + np.where(rim[rows], 2, beside[rows])
        kind *= 256
        for k in range(3):
            picture[rows, :, k] = shown[k].take(kind + picture[rows, :, k])


def _tints(colors: NDArray[np.uint8], share: float, shade: float) -> NDArray[np.uint8]:
    """Return what becomes of a value, by channel, code and inside, beside or outline; flat."""
    inside = np.where(np.arange(len(colors)) > 0, share, 0.0)[:, None, None]
    light = np.array([1.0, shade])[:, None]
    out = np.empty((3, len(colors), 3, 256), np.uint8)
    for k, color in enumerate(colors.T):
        mixed = np.arange(256) * (1.0 - inside) + color[:, None, None] * inside
        out[k, :, :2] = mixed * light + 0.5
        out[k, :, 2] = color[:, None]
    return out.reshape(3, -1)
