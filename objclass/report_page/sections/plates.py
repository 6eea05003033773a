"""Plates seen from above."""

from __future__ import annotations

from objclass.report_page.content import ReportContent
from objclass.report_page.figures import plate
from objclass.report_page.markup import Markup, isolated, joined, tag
from objclass.report_page.tables import behind, table


def body(content: ReportContent) -> Markup | None:
    """Return one map for every number that wells have."""
    shown = []
    for each in content.plates:
        drawn = plate(each.wells, each.title)
        if drawn is not None:
            numbers = behind("numbers", table(("well", each.title), list(each.wells.items())))
            shown.append(tag("div", tag("h3", isolated(each.title)), drawn, numbers))
    if not shown:
        return None
    note = (
        "Dark is low, light is high, on a scale of its own for each map; empty wells have no value."
    )
    return joined([tag("p", note, class_="faint"), tag("div", *shown, class_="plates")])
