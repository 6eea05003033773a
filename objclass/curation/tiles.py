"""A sheet of small pictures, each with a number to find its row by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image, ImageDraw

    Picture = NDArray[np.uint8]

SIDE = 168
"""Pixels of a tile."""
GAP = 10
TEXT = 13
PAPER = (255, 255, 255)
INK = (38, 38, 38)
FAINT = (110, 110, 110)
WIDEST = 8
"""Tiles in a row."""


@dataclass(frozen=True)
class Tile:
    """One small picture.

    Parameters
    ----------
    picture
        uint8 (SIDE, SIDE, 3).
    title
        What stands below, such as the line of a row and its class.
    remark
        A fainter line below that.
    """

    picture: Picture
    title: str
    remark: str = ""


def sheet(tiles: Sequence[Tile], legend: Sequence[tuple[str, str]] = ()) -> Picture:
    """Return all tiles on one sheet.

    Parameters
    ----------
    tiles
        In reading order.
    legend
        Colour ``#RRGGBB`` and meaning of what is drawn in them, below all tiles.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    columns = max(1, min(WIDEST, len(tiles)))
    rows = -(-len(tiles) // columns)
    has_remarks = any(tile.remark for tile in tiles)
    cell = (SIDE + GAP, SIDE + GAP + round(1.4 * TEXT) * (2 if has_remarks else 1))
    strips = _legend_rows(legend, columns * cell[0] + GAP)
    height = rows * cell[1] + GAP + len(strips) * round(1.8 * TEXT)
    paper = Image.new("RGB", (columns * cell[0] + GAP, height), PAPER)
    pen = ImageDraw.Draw(paper)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        _paste(paper, pen, tile, (GAP + column * cell[0], GAP + row * cell[1]))
    for number, strip in enumerate(strips):
        _put_legend(pen, strip, height - round((len(strips) - number) * 1.8 * TEXT))
    return np.asarray(paper).copy()


def _paste(
    paper: Image.Image, pen: ImageDraw.ImageDraw, tile: Tile, corner: tuple[int, int]
) -> None:
    from PIL import Image

    x, y = corner
    paper.paste(Image.fromarray(tile.picture), corner)
    below = y + SIDE + 2
    for text, ink in ((tile.title, INK), (tile.remark, FAINT)):
        pen.text((x, below), _short(text), fill=ink, font=_font(text))
        below += round(1.4 * TEXT)


def _short(text: str) -> str:
    """Return a text cut to the width of a tile."""
    font = _font(text)
    while text and font.getlength(text) > SIDE:
        text = text.removesuffix("…")[:-1] + "…" if len(text) > 1 else ""
    return text


def _font(text: str) -> Any:
    from objclass.painting.legend import font

    return font(TEXT, text)


def _legend_rows(legend: Sequence[tuple[str, str]], width: int) -> list[list[tuple[int, str, str]]]:
    """Break the legend into rows: x, colour and text of each entry."""
    rows: list[list[tuple[int, str, str]]] = [[]] if legend else []
    x = GAP
    for color, text in legend:
        extent = round(2.2 * TEXT + _font(text).getlength(text)) + TEXT
        if rows[-1] and x + extent > width:
            rows.append([])
            x = GAP
        rows[-1].append((x, color, text))
        x += extent
    return rows


def _put_legend(
    pen: ImageDraw.ImageDraw, entries: Sequence[tuple[int, str, str]], top: int
) -> None:
    for x, color, text in entries:
        pen.rectangle((x, top + 1, x + TEXT, top + 1 + TEXT), fill=color, outline=FAINT)
        pen.text((x + round(1.6 * TEXT), top), text, fill=INK, font=_font(text))
