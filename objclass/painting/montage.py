"""Many small pictures in one: those of a group side by side under its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from objclass.data.well import read_well
from objclass.painting.legend import FAINT, INK, PAPER, font

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

GAP = 4
"""Pixels between the pictures of a group."""
BETWEEN = 18
"""Pixels between groups."""
WIDER = 1.6
"""Groups that are no wells stand in rows, so that the sheet is about this much wider than high."""
Place = tuple[int, int]


def shrunk(plane: NDArray[Any], step: int) -> NDArray[Any]:
    """Return a plane with the mean of every ``step`` by ``step`` pixels, in its own type."""
    import numpy as np

    if step == 1:
        return plane
    height, width = (n // step for n in plane.shape)
    tiles = plane[: height * step, : width * step].reshape(height, step, width, step)
    mean = tiles.mean(axis=(1, 3), dtype=np.float64)
    small: NDArray[Any] = np.rint(mean) if plane.dtype.kind in "ui" else mean
    return small.astype(plane.dtype)


def thinned(rows: NDArray[Any], step: int) -> NDArray[Any]:
    """Return ids with one of every ``step`` by ``step`` pixels, that in their middle."""
    height, width = (n // step for n in rows.shape)
    return rows[step // 2 :: step, step // 2 :: step][:height, :width]


def zoom(shape: tuple[int, int], side: int) -> tuple[int, int]:
    """Return by how much a picture is shrunk, and by how much enlarged, to fit a side.

    >>> zoom((1000, 900), 250), zoom((48, 64), 260)
    ((4, 1), (1, 4))
    """
    step = max(1, min(ceil(max(shape) / side), *shape))  # a narrow one keeps a pixel
    scale = 1
    while step == 1 and 2 * scale * max(shape) <= side:
        scale *= 2
    return step, scale


def arrange(
    groups: Mapping[str, Sequence[Picture]], notes: Mapping[str, str] | None = None
) -> Picture:
    """Return one picture of all: a block per group, its name above its pictures.

    Groups that are called like wells (``B03``) stand as on their plate, rows and columns without
    any picture left out; others stand in rows, in the order they are given.

    Parameters
    ----------
    groups
        Name to pictures, uint8 ``(height, width, 3)`` of any size.
    notes
        Name to what stands behind it, fainter.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    blocks = {name: _block(pictures) for name, pictures in groups.items()}
    cell = tuple(max(block.shape[k] for block in blocks.values()) for k in (0, 1))
    size = max(14, min(cell) // 14)
    head = round(1.6 * size) if any(blocks) else 0
    said = notes or {}
    places = _places(list(blocks), cell)
    height = (max(row for row, _ in places.values()) + 1) * (cell[0] + head + BETWEEN) + BETWEEN
    width = (max(column for _, column in places.values()) + 1) * (cell[1] + BETWEEN) + BETWEEN
    sheet = Image.new("RGB", (width, height), PAPER)
    pen, letters = ImageDraw.Draw(sheet), font(size, "".join((*blocks, *said.values())))
    for name, (row, column) in places.items():
        x = BETWEEN + column * (cell[1] + BETWEEN)
        y = BETWEEN + row * (cell[0] + head + BETWEEN)
        pen.text((x, y + head // 2), name, fill=INK, font=letters, anchor="lm")
        behind = x + letters.getlength(f"{name}  ")
        if name:
            pen.text((behind, y + head // 2), said.get(name, ""), FAINT, letters, anchor="lm")
        sheet.paste(Image.fromarray(blocks[name]), (x, y + head))
    return np.asarray(sheet)


def _block(pictures: Sequence[Picture]) -> Picture:
    """Return the pictures of a group in a grid that is about square."""
    import numpy as np

    height, width = (max(p.shape[k] for p in pictures) for k in (0, 1))
    columns = ceil(sqrt(len(pictures)))
    rows = ceil(len(pictures) / columns)
    shape = (rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3)
    block = np.full(shape, PAPER, np.uint8)
    for number, picture in enumerate(pictures):
        y = number // columns * (height + GAP)
        x = number % columns * (width + GAP)
        block[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return block


def _places(names: Sequence[str], cell: tuple[int, ...]) -> dict[str, Place]:
    """Return row and column of every group."""
    found = [well for name in names if (well := read_well(name))]
    if len(set(found)) == len(names):
        rows = sorted({well.row for well in found})
        columns = sorted({well.column for well in found})
        places = [(rows.index(well.row), columns.index(well.column)) for well in found]
        return dict(zip(names, places, strict=True))
    across = max(1, round(sqrt(len(names) * WIDER * cell[0] / cell[1])))
    return {name: divmod(number, across) for number, name in enumerate(names)}
