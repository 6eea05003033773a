"""Tables of a page, whose columns a reader may sort by."""

from __future__ import annotations

from collections.abc import Sequence

from objclass.report_page.markup import NOTHING, Markup, isolated, joined, tag

Cell = str | int | float | None
MOST = 1000
"""Rows that a page shows; files have all."""


def table(titles: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str = "") -> Markup:
    """Return a table; numbers stand to the right, an unknown value is an empty cell.

    Parameters
    ----------
    titles
        Of the columns.
    rows
        Their cells: text, markup or numbers.
    caption
        What the table says.
    """
    head = tag("tr", *(tag("th", each, scope="col", tabindex="0") for each in titles))
    body = joined(tag("tr", *map(_cell, row)) for row in rows[:MOST])
    said = tag("caption", caption) if caption else NOTHING
    left = len(rows) - MOST
    more = tag("p", f"and {left} more rows", class_="faint") if left > 0 else NOTHING
    inside = joined([said, tag("thead", head), tag("tbody", body)])
    return joined([tag("div", tag("table", inside, class_="sorted"), class_="wide"), more])


def _cell(value: Cell) -> Markup:
    if value is None:
        return tag("td")
    if isinstance(value, int | float):
        return tag("td", number(value), class_="number", data_value=repr(value))
    return tag("td", value if isinstance(value, Markup) else isolated(value))


def number(value: float) -> str:
    """Return a number as people read it: whole ones whole, others with four digits."""
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{value:.4g}"


def cell_of(written: str) -> Cell:
    """Return a cell of a text table as a number where it is one, so that it sorts as one."""
    if not written:
        return None
    try:
        found = float(written)
    except ValueError:
        return written
    if written.isdecimal():
        return written if written.startswith("0") and len(written) > 1 else int(written)
    return found if found == found and abs(found) != float("inf") else written


def share(value: float | None, ends: Sequence[float] | None = None) -> str:
    """Return a share with the ends of its interval: ``0.91 (0.84 to 0.95)``."""
    if value is None:
        return "-"
    return f"{value:.2f}" + (f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else "")


def behind(summary: str, *inside: str) -> Markup:
    """Return what is folded away until somebody opens it; it is printed all the same."""
    return tag("details", tag("summary", summary), *inside)
