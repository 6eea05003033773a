"""Which features a classifier goes by."""

from __future__ import annotations

from collections.abc import Sequence

from objclass.report_page.content import ClassifierFacts, Facts, ReportContent
from objclass.report_page.figures import Bar, bars
from objclass.report_page.markup import Markup, joined, tag
from objclass.report_page.sections.each import each_classifier
from objclass.report_page.tables import behind, table

SHOWN = 10
MEANS = (
    "What balanced accuracy loses when the values of a group of features are shuffled among "
    "held-out objects (permutation importance, Breiman 2001). Single features that say the same "
    "hide each other, so groups are shuffled together first."
)


def body(content: ReportContent) -> Markup | None:
    """Return the permutation importance of every classifier that was assessed."""
    return each_classifier(content, _classifier)


def _classifier(of: ClassifierFacts) -> Markup | None:
    groups, single = of.facts.get("importance") or (), of.facts.get("columns") or ()
    if not groups and not single:
        return None
    shown = groups[:SHOWN]
    most = max([0.01, *(each["loss"] for each in shown)])
    rows = [Bar(e["name"], max(e["loss"], 0.0), _ends(e), said=f"{e['loss']:.3f}") for e in shown]
    drawn = bars(rows, "importance of groups of features", most * 1.15)
    return joined([tag("p", MEANS), drawn, _table("group", groups),
                   behind("single features", _table("feature", single))])  # fmt: skip


def _ends(each: Facts) -> tuple[float, float]:
    low, high = each["loss"] - each["sd"], each["loss"] + each["sd"]
    return max(low, 0.0), max(high, 0.0)


def _table(what: str, rows: Sequence[Facts]) -> Markup:
    titles = (what, "features", "loss", "spread over shuffles (sd)")
    cells = [(e["name"], e["columns"], float(e["loss"]), float(e["sd"])) for e in rows]
    return table(titles, cells)
