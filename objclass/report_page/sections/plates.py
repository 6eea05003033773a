"""Plates seen from above."""

from __future__ import annotations

from collections.abc import Iterator

from objclass.report_page.content import ReportContent, Table
from objclass.report_page.figures import plate
from objclass.report_page.markup import Markup, isolated, joined, tag
from objclass.report_page.tables import behind, cell_of, table

TITLES = {
    "positive_wells": "positive",
    "negative_wells": "negative",
    "positive_median_pct": "% of positive",
    "negative_median_pct": "% of negative",
    "z_prime": "Z'",
    "ssmd": "SSMD",
}
"""Column of a table of controls to what it is called on the page, where room is scarce."""
MEANS = (
    "Positive and negative are numbers of control wells; % is the median share of a class in "
    "them. Z' is the robust Z'-factor of that share (above 0.5 an assay is called excellent, below "
    "0 the controls overlap), SSMD the robust strictly standardized mean difference of positive "
    "and negative wells."
)


def body(content: ReportContent) -> Markup | None:
    """Return one map for every number that wells have."""
    shown = []
    for each in content.plates:
        drawn = plate(each.wells, each.title)
        if drawn is not None:
            numbers = behind("numbers", table(("well", each.title), list(each.wells.items())))
            shown.append(tag("div", tag("h3", isolated(each.title)), drawn, numbers))
    controls = [_controls(*each) for each in content.controls.items() if each[1][1]]
    return joined([*_maps(shown), *controls]) if shown or controls else None


def _maps(shown: list[Markup]) -> Iterator[Markup]:
    if not shown:
        return
    note = (
        "Dark is low, light is high, on a scale of its own for each map; empty wells have no value."
    )
    yield tag("p", note, class_="faint")
    yield tag("div", *shown, class_="plates")


def _controls(name: str, of: Table) -> Markup:
    """Return how control wells are told apart."""
    titles, rows = [TITLES.get(title, title) for title in of[0]], of[1]
    cells = [[cell_of(cell) for cell in row] for row in rows]
    title = ("Controls of ", isolated(name)) if name else ("Controls",)
    return joined([tag("h3", *title), tag("p", MEANS, class_="faint"), table(titles, cells)])
