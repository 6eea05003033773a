"""How many objects of which class there are."""

from __future__ import annotations

from collections.abc import Mapping

from objclass.report_page.content import ObjectCounts, ReportContent
from objclass.report_page.figures import Bar, bars
from objclass.report_page.markup import NOTHING, Markup, isolated, joined, tag
from objclass.report_page.tables import Cell, behind, cell_of, table

PREDICTED = (
    "These are counts of predictions, not corrected for the mistakes of the classifier. "
    "objclass audit draws objects to class blind, by which shares are corrected."
)

EMPTY = "An empty cell is an image without a result, which is not 0."


def body(content: ReportContent) -> Markup | None:
    """Return the shares of classes with what is known of their errors, and counts per image."""
    found = [_counts(each, several=len(content.counts) > 1) for each in content.counts]
    return joined(found) if found else None


def totals(counts: ObjectCounts) -> Mapping[str, int]:
    """Return the objects of every class over all images."""
    return {name: sum(row[2].get(name) or 0 for row in counts.rows) for name in counts.classes}


def _counts(counts: ObjectCounts, *, several: bool) -> Markup:
    title = tag("h3", isolated(counts.name)) if several else NOTHING
    if not counts.classes:
        return joined([title, _by_image(counts)])
    note = tag("p", _how(counts), class_=None if counts.method else "warn")
    return joined([title, note, *_shares(counts), *_corrected(counts), _by_image(counts)])


def _how(counts: ObjectCounts) -> str:
    """Return how the shares were corrected, and whether bars show them."""
    if not counts.method:
        return PREDICTED
    return f"{counts.method}." if counts.shares else f"{counts.method}. Bars show predictions."


def _shares(counts: ObjectCounts) -> list[Markup]:
    found = totals(counts)
    total = sum(found.values())
    rows: list[tuple[Cell, ...]] = []
    marks: list[Bar] = []
    for name, number in found.items():
        plain = number / total if total else None
        ends = counts.shares.get(name)
        value = ends[0] if ends else plain
        said = "-" if value is None else f"{100 * value:.1f} %"
        if ends:
            said += f" ({100 * ends[1]:.1f} to {100 * ends[2]:.1f})"
        rows.append((name, number, _percent(plain), *([said] if ends else [])))
        value = None if value is None else 100 * value
        bounds = [100 * end for end in ends[1:]] if ends else None
        marks.append(Bar(name, value, bounds, counts.classes[name], said))
    titles: tuple[str, ...] = ("class", "objects called so", "share called so")
    titles = (*titles, "corrected share (95 %)") if counts.shares else titles
    most = max([1.0, *(max(bar.value or 0, bar.ends[1] if bar.ends else 0) for bar in marks)])
    return [bars(marks, "share of every class", most, " %"), table(titles, rows)]


def _corrected(counts: ObjectCounts) -> list[Markup]:
    """Return the table of an audit, where counts are grouped."""
    titles, rows = counts.corrected
    cells = [[cell_of(each) for each in row] for row in rows]
    return [table(titles, cells, "Corrected shares in percent")] if rows else []


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _by_image(counts: ObjectCounts) -> Markup:
    titles = ("image", "objects", *counts.classes)
    rows = [
        (name, objects, *(classes.get(c) for c in counts.classes))
        for name, objects, classes in counts.rows
    ]
    lost = any(objects is None for _, objects, _ in counts.rows)
    shown = table(titles, rows, EMPTY if lost else "")
    return shown if len(rows) <= 8 else behind(f"all {len(rows)} images", shown)
