"""Figures as SVG: bars with intervals, curves, histograms and plates.

Every mark has a title, which browsers show when the mouse rests on it. Classes differ by colour
and by dashes, so that no figure is read by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from unicodedata import east_asian_width

from objclass.data.dataclass import dataclass
from objclass.data.well import Well, read_well
from objclass.report_page.markup import Attribute, Markup, element, joined, tag

DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2")
INK, FAINT, GRID = "#222", "#5f5f5f", "#d9d9d9"
WIDTH, ROW = 620, 26
CIVIDIS = ("#00224E", "#35456C", "#666970", "#948E77", "#C8B866", "#FEE838")
"""From low to high; people of any colour vision read it (Nunez, Anderton and Renslow 2018)."""


@dataclass(frozen=True)
class Bar:
    """One bar: what it is called, how long it is (in the unit of the axis), and its interval."""

    name: str
    value: float | None
    ends: Sequence[float] | None = None
    color: str = "#4477AA"
    said: str = ""


def svg(width: float, height: float, label: str, *inside: str) -> Markup:
    """Return a figure of this size, which shrinks with the page."""
    return element(
        "svg",
        {"viewBox": f"0 0 {width:g} {height:g}", "role": "img", "aria-label": label,
         "style": f"max-width:{width:g}px", "direction": "ltr"},
        *inside,
    )  # fmt: skip


def text(x: float, y: float, said: str, **more: Attribute) -> Markup:
    """Return a line of text."""
    return tag("text", said, x=x, y=y, **{"fill": INK, **more})


def shortened(name: str, widest: int) -> str:
    """Return a name that takes no more than so many letters; wide letters count as two."""
    taken, kept = 0, ""
    for letter in name:
        taken += 2 if east_asian_width(letter) in "WF" else 1
        if taken > widest:
            return kept[:-1] + "…"
        kept += letter
    return kept


def bars(rows: Sequence[Bar], label: str, most: float = 1.0, unit: str = "") -> Markup:
    """Return bars below one another, from 0 to `most`, with whiskers for intervals."""
    left, right = 190, 90
    across = WIDTH - left - right
    most = _round_up(most)
    scale = across / most
    height = len(rows) * ROW + 26
    marks = [*_ticks(left, scale, most, height - 22, unit)]
    for k, bar in enumerate(rows):
        y = k * ROW + 4
        marks.append(text(left - 8, y + 13, shortened(bar.name, 26), text_anchor="end"))
        value = bar.value or 0.0
        said = tag("title", f"{bar.name}: {bar.said}")
        marks.append(tag("rect", said, x=left, y=y, width=max(value * scale, 0.5), height=ROW - 8,
                         fill=bar.color, stroke=INK, stroke_width=0.5))  # fmt: skip
        reach = value
        if bar.ends:
            low, high = (left + end * scale for end in bar.ends)
            path = f"M{low:.1f} {y + 9}H{high:.1f}M{low:.1f} {y + 5}v8M{high:.1f} {y + 5}v8"
            marks.append(tag("path", d=path, stroke=INK, fill="none", stroke_width=1.5))
            reach = max(value, bar.ends[1])
        marks.append(text(left + reach * scale + 6, y + 13, bar.said.partition(" (")[0]))
    return svg(WIDTH, height, label, *marks)


def _round_up(most: float) -> float:
    """Return the next number of which a quarter reads well: 1, 2, 4, 6, 8 times a power of ten."""
    power = 10.0 ** floor(log10(most)) if most > 0 else 1.0
    return next(k * power for k in (1, 2, 4, 6, 8, 10) if k * power >= most * (1 - 1e-9))


def _ticks(left: float, scale: float, most: float, height: float, unit: str) -> list[Markup]:
    marks = []
    for k in range(5):
        x = left + scale * most * k / 4
        marks.append(tag("path", d=f"M{x:.1f} 0V{height:g}", stroke=GRID))
        said = f"{most * k / 4:.3g}{unit}"
        marks.append(text(x, height + 16, said, text_anchor="middle", fill=FAINT))
    return marks


def curves(
    series: Mapping[str, tuple[str, Sequence[tuple[float, float]]]],
    label: str,
    x_title: str,
    y_title: str,
    *,
    diagonal: bool = False,
) -> Markup:
    """Return curves in a frame from 0 to 1 along both axes.

    Parameters
    ----------
    series
        Name to colour and points (x, y).
    label, x_title, y_title
        What it shows, and what its axes are.
    diagonal
        Whether the line of equal values is drawn.
    """
    left, top, side, tall = 60, 10, 330, 240

    def at(x: float, y: float) -> tuple[float, float]:
        return left + x * side, top + (1 - y) * tall

    marks = list(_frame(left, top, side, tall, x_title, y_title))
    if diagonal:
        marks.append(tag("path", d=f"M{left} {top + tall}L{left + side} {top}", stroke=FAINT,
                         stroke_dasharray="3 3"))  # fmt: skip
    for k, (name, (color, points)) in enumerate(series.items()):
        spots = [at(*point) for point in points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        dash = DASHES[k % len(DASHES)] or None
        mine = [tag("path", d=path, fill="none", stroke=color, stroke_width=2.5,
                    stroke_dasharray=dash)]  # fmt: skip
        for (x, y), (u, v) in zip(spots, points, strict=True):
            said = tag("title", f"{name}: {v:.2f} at {u:.2f}")
            mine.append(tag("circle", said, cx=x, cy=y, r=4, fill=color, stroke=INK))
        y = top + 14 + 20 * k
        mine.append(tag("path", d=f"M{left + side + 14} {y - 4}h26", stroke=color,
                        stroke_width=2.5, stroke_dasharray=dash))  # fmt: skip
        mine.append(text(left + side + 46, y, shortened(name, 24)))
        marks.append(tag("g", *mine, class_="mark"))
    return svg(WIDTH, max(top + tall + 44, 24 + 20 * len(series)), label, *marks)


def _frame(
    left: float, top: float, side: float, tall: float, x_title: str, y_title: str
) -> list[Markup]:
    marks = []
    for k in range(5):
        x, y = left + side * k / 4, top + tall * (1 - k / 4)
        marks.append(tag("path", d=f"M{x:.1f} {top}v{tall}M{left} {y:.1f}h{side}", stroke=GRID))
        marks.append(text(x, top + tall + 16, f"{k / 4:g}", text_anchor="middle", fill=FAINT))
        marks.append(text(left - 6, y + 4, f"{k / 4:g}", text_anchor="end", fill=FAINT))
    marks.append(text(left + side / 2, top + tall + 36, x_title, text_anchor="middle"))
    turned = f"rotate(-90 14 {top + tall / 2:g})"
    middle = top + tall / 2
    return [*marks, text(14, middle, y_title, text_anchor="middle", transform=turned)]


def histogram(
    edges: Sequence[float],
    bins: Mapping[str, Sequence[int]],
    colors: Mapping[str, str],
    label: str,
) -> Markup:
    """Return the outlines of one histogram a class, each as shares of the objects of its class."""
    width, tall, left = 300, 120, 6
    shares = {name: _shares(counts) for name, counts in bins.items()}
    most = max((max(each, default=0.0) for each in shares.values()), default=0.0) or 1.0
    step = (width - 2 * left) / max(len(edges) - 1, 1)
    marks = [tag("path", d=f"M{left} {tall}H{width - left}", stroke=FAINT)]
    for k, (name, each) in enumerate(shares.items()):
        path = f"M{left} {tall}"
        for b, value in enumerate(each):
            path += f"V{tall - value / most * (tall - 8):.1f}H{left + (b + 1) * step:.1f}"
        said = tag("title", name)
        marks.append(tag("path", said, d=path + f"V{tall}", fill=colors[name], fill_opacity=0.12,
                         stroke=colors[name], stroke_width=2, class_="mark",
                         stroke_dasharray=DASHES[k % len(DASHES)] or None))  # fmt: skip
    ends = (f"{edges[0]:.4g}", f"{edges[-1]:.4g}")
    marks.append(text(left, tall + 15, ends[0], fill=FAINT))
    marks.append(text(width - left, tall + 15, ends[1], text_anchor="end", fill=FAINT))
    return svg(width, tall + 20, label, *marks)


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]


def swatch(name: str, color: str, k: int = 0) -> Markup:
    """Return a class with its colour and its dashes, as figures draw it."""
    line = tag("path", d="M0 6h26", stroke=color, stroke_width=5,
               stroke_dasharray=DASHES[k % len(DASHES)] or None)  # fmt: skip
    box = tag("rect", x=30, y=0, width=12, height=12, fill=color, stroke=INK)
    drawn = element("svg", {"viewBox": "0 0 44 12", "width": 44, "height": 12,
                            "aria-hidden": "true"}, line, box)  # fmt: skip
    return tag("span", drawn, " ", tag("bdi", name), class_="swatch")


def legend(classes: Mapping[str, str]) -> Markup:
    """Return all classes with their colours."""
    return tag("p", *(swatch(n, c, k) for k, (n, c) in enumerate(classes.items())), class_="legend")


def plate(wells: Mapping[str, float], label: str) -> Markup | None:
    """Return a plate seen from above with one number a well; None where names are no wells."""
    placed = {name: place for name in wells if (place := read_well(name)) is not None}
    if not placed or len(placed) < len(wells):
        return None
    rows = _whole([place.row for place in placed.values()], (8, 16, 32))
    columns = _whole([place.column for place in placed.values()], (12, 24, 48))
    cell = 44 if columns <= 12 else 26
    low, high = min(wells.values()), max(wells.values())
    marks = [text(28 + cell * (c + 0.5), 14, str(c + 1), text_anchor="middle", fill=FAINT)
             for c in range(columns)]  # fmt: skip
    marks += [text(20, 22 + cell * (r + 0.6), _row_letters(r + 1), text_anchor="end", fill=FAINT)
              for r in range(rows)]  # fmt: skip
    by_place = {place: name for name, place in placed.items()}
    for r in range(rows):
        for c in range(columns):
            name = by_place.get(Well(r + 1, c + 1))
            x, y = 28 + cell * c, 20 + cell * r
            marks.append(_well(x, y, cell, name, wells[name] if name else None, low, high))
    return svg(34 + cell * columns, 26 + cell * rows, label, *marks)


def _well(
    x: float, y: float, side: float, name: str | None, value: float | None, low: float, high: float
) -> Markup:
    if name is None or value is None:
        return tag("rect", x=x, y=y, width=side - 2, height=side - 2, fill="none", stroke=GRID)
    share = (value - low) / (high - low) if high > low else 0.5
    color = CIVIDIS[min(int(share * len(CIVIDIS)), len(CIVIDIS) - 1)]
    said = tag("title", f"{name}: {value:.4g}")
    box = tag("rect", said, x=x, y=y, width=side - 2, height=side - 2, fill=color)
    if side < 40:
        return box
    ink = "#fff" if share < 0.6 else "#000"
    written = text(x + side / 2 - 1, y + side / 2 + 4, _in_well(value), text_anchor="middle",
                   fill=ink, font_size=12, style="pointer-events:none")  # fmt: skip
    return joined([box, written])


def _in_well(value: float) -> str:
    """Return a number that fits into a well: at most five letters, but for very large ones."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{round(value, 2) + 0.0:.2f}"


def _row_letters(row: int) -> str:
    return str(Well(row, 1)).rstrip("0123456789")


def _whole(given: Sequence[int], sizes: Sequence[int]) -> int:
    """Return the smallest size of a plate that holds all."""
    return next((size for size in sizes if max(given) <= size), sizes[-1])
