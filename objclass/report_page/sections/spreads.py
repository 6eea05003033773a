"""How the main features are spread in every class."""

from __future__ import annotations

from objclass.report_page.content import ClassifierFacts, ColumnSpread, ReportContent
from objclass.report_page.figures import histogram, legend
from objclass.report_page.markup import Markup, isolated, joined, tag
from objclass.report_page.sections.each import each_classifier
from objclass.report_page.tables import Cell, behind, table


def body(content: ReportContent) -> Markup | None:
    """Return histograms and quartiles of every classifier's main features."""
    return each_classifier(content, _classifier)


def _classifier(of: ClassifierFacts) -> Markup | None:
    if not of.spreads:
        return None
    which = "The features that matter most" if of.facts.get("columns") else "The first features"
    said = f"{which}, for {of.spread_of}. Each outline holds one class and has the same area."
    drawn = tag("div", *(_figure(each, of) for each in of.spreads), class_="spreads")
    rows: list[tuple[Cell, ...]] = [
        (each.column, name, sum(each.bins[name]), *each.quartiles[name], each.unit)
        for each in of.spreads
        for name in each.quartiles
    ]
    titles = ("feature", "class", "objects", "lower quartile", "median", "upper quartile", "unit")
    numbers = behind("numbers", table(titles, rows))
    return joined([tag("p", said), legend(of.classes), drawn, numbers])


def _figure(each: ColumnSpread, of: ClassifierFacts) -> Markup:
    drawn = histogram(each.edges, each.bins, of.classes, each.column)
    unit = f" ({each.unit})" if each.unit else ""
    caption = tag("figcaption", tag("b", isolated(each.column), unit), each.definition)
    return tag("figure", caption, drawn)
