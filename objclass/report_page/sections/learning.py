"""What more annotations would bring."""

from __future__ import annotations

from objclass.report_page.content import ClassifierFacts, ReportContent
from objclass.report_page.figures import curves
from objclass.report_page.markup import Markup, isolated, joined, tag
from objclass.report_page.sections.each import each_classifier
from objclass.report_page.tables import share, table


def body(content: ReportContent) -> Markup | None:
    """Return the learning curve of every classifier that was assessed."""
    return each_classifier(content, _classifier)


def _classifier(of: ClassifierFacts) -> Markup | None:
    curve = of.facts.get("learning_curve")
    if not curve:
        return None
    fractions = curve["fractions"]
    series = {"balanced accuracy": ("#222222", _pairs(fractions, curve["balanced_accuracy"]))}
    for name, values in curve["recall"].items():
        series[f"recall {name}"] = (of.classes.get(name, "#4477AA"), _pairs(fractions, values))
    drawn = curves(series, "learning curve", "share of the examples", "balanced accuracy, recall")
    rows = [(name, *(share(dict(p).get(f)) for f in fractions)) for name, (_, p) in series.items()]
    titles = ("", *(f"{100 * fraction:.0f} % of the examples" for fraction in fractions))
    return joined([_advice(curve["most"]), drawn, table(titles, rows)])


def _pairs(fractions: list[float], values: list[float | None]) -> list[tuple[float, float]]:
    return [(f, v) for f, v in zip(fractions, values, strict=True) if v is not None]


def _advice(most: str | None) -> Markup:
    rising = "A curve that still rises at its right end promises more from more annotations. "
    if most is None:
        return tag("p", rising, "No class stands out of which more would help most.")
    return tag("p", rising, "More annotations of ", tag("b", isolated(most)), " would help most.")
