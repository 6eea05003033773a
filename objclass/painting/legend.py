"""The strip below a picture: title, class colours with names and counts, scale bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.painting.colors import rgb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import ImageDraw

PAPER = (255, 255, 255)
INK = (38, 38, 38)
FAINT = (120, 120, 120)
NARROWEST = 360
"""A strip narrower than this cannot hold a legend; the picture is centred above it."""
DEJAVU = Path(__file__).with_name("fonts") / "DejaVuSans.ttf"
"""A free font (its licence lies beside it) with letters that Pillow's own lacks."""
Entry = tuple[str, str, int]


@dataclass(frozen=True)
class LegendItem:
    """One thing in the strip: a swatch (or none), a text and a fainter text."""

    color: str | None
    text: str
    number: str


def with_legend(
    picture: NDArray[np.uint8],
    entries: Sequence[Entry],
    pixel_size: float | None,
    unit: str | None,
    title: str | None,
    lights: Sequence[tuple[str, str]] = (),
) -> NDArray[np.uint8]:
    """Return the picture with a strip below that explains it.

    Parameters
    ----------
    picture
        uint8 ``(height, width, 3)``.
    entries
        Name, colour and number of objects of every class.
    pixel_size, unit
        Size of a pixel of `picture` and its unit; no scale bar where either is unknown.
    title
        First text of the strip.
    lights
        Name and colour of the light of every channel; they follow the classes.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    height, wide = picture.shape[:2]
    width = max(wide, NARROWEST)
    strip = LegendStrip(width, entries, pixel_size, unit, title, lights)
    sheet = Image.new("RGB", (width, height + strip.height), PAPER)
    sheet.paste(Image.fromarray(picture), ((width - wide) // 2, 0))
    strip.draw(ImageDraw.Draw(sheet), height)
    return np.asarray(sheet)


class LegendStrip:
    """The layout of a legend; its height is known before anything is drawn."""

    def __init__(
        self,
        width: int,
        entries: Sequence[Entry],
        pixel_size: float | None,
        unit: str | None,
        title: str | None,
        lights: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.width = width
        self.size = max(13, round(width / 52))
        total = sum(count for _, _, count in entries) if len(entries) > 1 else 0
        items = [LegendItem(None, title, "")] if title else []
        items += [LegendItem(color, name, _number(n, total)) for name, color, n in entries]
        items += [LegendItem(color, name, "") for name, color in lights]
        self.bar = bar_of(pixel_size, unit, width) if pixel_size and unit else None
        texts = [item.text for item in items] + ([self.bar[1]] if self.bar else [])
        self.font = font(self.size, "".join(texts))
        self.items = [self._short(item) for item in items]
        self.rows = list(self._rows())
        self.height = round((len(self.rows) * 1.55 + 0.9) * self.size) if self.rows else 0

    def _length(self, text: str) -> int:
        return int(self.font.getlength(text) + 0.5)

    def _extent(self, item: LegendItem) -> int:
        """Width of an item with the gap behind it."""
        swatch = 1.5 * self.size if item.color else 0
        number = self._length("  " + item.number) if item.number else 0
        return int(swatch + self._length(item.text) + number + 1.8 * self.size)

    def _short(self, item: LegendItem) -> LegendItem:
        """Cut a name that would not fit into a row."""
        room = self.width - 2 * self.size
        text = item.text
        while len(text) > 1 and self._extent(LegendItem(item.color, text, item.number)) > room:
            text = text[:-2] + "…" if text.endswith("…") else text[:-1] + "…"
        return LegendItem(item.color, text, item.number)

    def _rows(self) -> Iterator[list[LegendItem]]:
        """Break the items into rows; the last one leaves room for the scale bar."""
        room = self.width - 2 * self.size
        rows: list[list[LegendItem]] = [[]]
        used = 0
        for item in self.items:
            extent = self._extent(item)
            if used and used + extent > room:
                rows.append([])
                used = 0
            rows[-1].append(item)
            used += extent
        if self.bar and used + self._bar_extent() > room + self.size and rows[-1]:
            rows.append([])
        return iter(rows if rows[0] or self.bar else [])

    def _bar_extent(self) -> int:
        assert self.bar
        return round(self.bar[0] + 0.8 * self.size + self._length(self.bar[1]))

    def draw(self, pen: ImageDraw.ImageDraw, top: int) -> None:
        """Draw the strip from row `top` of the sheet."""
        line = 1.55 * self.size
        for k, row in enumerate(self.rows):
            x = float(self.size)
            middle = top + round(0.45 * self.size + (k + 0.5) * line)
            for item in row:
                self._draw_item(pen, item, round(x), middle)
                x += self._extent(item)
            if k == len(self.rows) - 1 and self.bar:
                self._draw_bar(pen, middle)

    def _draw_item(self, pen: ImageDraw.ImageDraw, item: LegendItem, x: int, middle: int) -> None:
        if item.color:
            half = round(0.46 * self.size)
            box = (x, middle - half, x + 2 * half, middle + half)
            color, edge = rgb([item.color])[0], FAINT  # white channels on white paper
            pen.rounded_rectangle(box, max(2, self.size // 5), fill=color, outline=edge)
            x += round(1.5 * self.size)
        pen.text((x, middle), item.text, fill=INK, font=self.font, anchor="lm")
        x += self._length(item.text)
        if item.number:
            pen.text((x, middle), "  " + item.number, fill=FAINT, font=self.font, anchor="lm")

    def _draw_bar(self, pen: ImageDraw.ImageDraw, middle: int) -> None:
        assert self.bar
        length, text = self.bar
        right = self.width - self.size
        left = right - self._length(text)
        pen.text((left, middle), text, fill=INK, font=self.font, anchor="lm")
        end = left - round(0.8 * self.size)
        thick = max(2, self.size // 6)
        pen.rectangle((end - length + 1, middle - thick, end, middle + thick - 1), fill=INK)


def _number(count: int, total: int) -> str:
    """Return a count with its share, such as ``149 (55 %)``; of one class alone all are."""
    return f"{count} ({100 * count / total:.0f} %)" if total else str(count)


def bar_of(pixel_size: float, unit: str, width: int) -> tuple[int, str]:
    """Return length in pixels and text of a scale bar of a round size, a fifth of the width."""
    from math import floor, log10

    goal = pixel_size * width / 5
    power = 10.0 ** floor(log10(goal))
    length = max(step * power for step in (1, 2, 5) if step * power <= goal * 1.0001)
    shown = f"{length:g} {'µm' if unit == 'um' else unit}"
    return max(1, round(length / pixel_size)), shown


def font(size: int, text: str) -> Any:
    """Return a font that has the letters of `text`.

    Pillow's own font comes first; DejaVu Sans has µ, Greek and Cyrillic. Signs that neither has
    are drawn as boxes.
    """
    from PIL import ImageFont

    if text.isascii():
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(DEJAVU), round(0.9 * size))
