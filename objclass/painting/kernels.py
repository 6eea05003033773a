"""The loops over voxels: table lookup, search, outlines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from objclass.data.kernel import kernel

Labels = NDArray[np.integer[Any]]


@kernel
def dense(
    labels: Labels, first: np.uint64, table: NDArray[Any], out: NDArray[Any]
) -> None:  # pragma: no cover
    """Look up ``table[id - first]``; every other id, negative ones too, finds the last entry."""
    last = np.uint64(len(table) - 1)
    for i in range(labels.size):
        out[i] = table[min(np.uint64(labels[i]) - first, last)]


@kernel
def sparse(
    labels: Labels, ids: NDArray[np.uint64], values: NDArray[Any], out: NDArray[Any]
) -> None:  # pragma: no cover
    """Look up by binary search, once per run of equal ids; unknown ids find the last value."""
    n = len(ids)
    run = labels[0] if labels.size else 0
    value = values[n]
    known = False
    for i in range(labels.size):
        if labels[i] != run or not known:
            run = labels[i]
            known = True
            wanted = np.uint64(run)
            low, high = 0, n
            while low < high:
                middle = (low + high) // 2
                if ids[middle] < wanted:
                    low = middle + 1
                else:
                    high = middle
            value = values[low] if low < n and ids[low] == wanted else values[n]
        out[i] = value


@kernel
def rims(labels: NDArray[np.uint32], width: int) -> NDArray[np.bool_]:  # pragma: no cover
    """Return where a pixel of an object has another id within `width` pixels along an axis.

    Outlines lie inside their object, so that touching objects show both.
    """
    height, wide = labels.shape
    out = np.zeros((height, wide), np.bool_)
    for y in range(height):
        for x in range(wide):
            here = labels[y, x]
            if here == 0:
                continue
            for d in range(1, width + 1):
                if (
                    labels[max(y - d, 0), x] != here
                    or labels[min(y + d, height - 1), x] != here
                    or labels[y, max(x - d, 0)] != here
                    or labels[y, min(x + d, wide - 1)] != here
                ):
                    out[y, x] = True
                    break
    return out


@kernel
def double(labels: NDArray[np.uint32]) -> NDArray[np.uint32]:  # pragma: no cover
    """Return the labels twice as large, with diagonal steps half as high ("Scale2x").

    A quarter of a pixel takes the id of two neighbours that meet at its corner where they
    agree and the other two do not (Mazzoleni 2001, AdvanceMAME).
    """
    height, wide = labels.shape
    out = np.empty((2 * height, 2 * wide), labels.dtype)
    for y in range(height):
        for x in range(wide):
            here = labels[y, x]
            up, down = labels[max(y - 1, 0), x], labels[min(y + 1, height - 1), x]
            left, right = labels[y, max(x - 1, 0)], labels[y, min(x + 1, wide - 1)]
            mixed = up != down and left != right
            out[2 * y, 2 * x] = left if mixed and left == up else here
            out[2 * y, 2 * x + 1] = right if mixed and up == right else here
            out[2 * y + 1, 2 * x] = left if mixed and left == down else here
            out[2 * y + 1, 2 * x + 1] = right if mixed and down == right else here
    return out


@kernel
def tint(
    picture: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    rim: NDArray[np.bool_],
    colors: NDArray[np.uint8],
    share: float,
    shade: float,
) -> None:  # pragma: no cover
    """Colour objects in place: outlines fully, insides by `share`, pixels beside by `shade`."""
    height, wide = codes.shape
    for y in range(height):
        for x in range(wide):
            code = codes[y, x]
            if rim[y, x]:
                for k in range(3):
                    picture[y, x, k] = colors[code, k]
                continue
            above, below = rim[max(y - 1, 0), x], rim[min(y + 1, height - 1), x]
            beside = rim[y, max(x - 1, 0)] or rim[y, min(x + 1, wide - 1)]
            light = shade if above or below or beside else 1.0
            inside = share if code > 0 else 0.0
            for k in range(3):
                mixed = picture[y, x, k] * (1.0 - inside) + colors[code, k] * inside
                picture[y, x, k] = np.uint8(mixed * light + 0.5)
