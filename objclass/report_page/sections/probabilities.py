"""Whether probabilities mean what they say, and what a least probability leaves."""

from __future__ import annotations

from objclass.report_page.content import ClassifierFacts, ReportContent
from objclass.report_page.figures import curves
from objclass.report_page.markup import Markup, joined, tag
from objclass.report_page.sections.each import each_classifier
from objclass.report_page.tables import behind, share, table


def body(content: ReportContent) -> Markup | None:
    """Return the reliability of every classifier that was assessed."""
    return each_classifier(content, _classifier)


def _classifier(of: ClassifierFacts) -> Markup | None:
    if "reliability" not in of.facts:
        return None
    told = of.facts["reliability"]
    points = [(each["said"], each["right"]) for each in told["bins"]]
    said = (
        "Where a point lies on the dotted line, the classifier is right as often as it says. Below "
        "the line it is too sure of itself, above it too modest. "
        f"On average the two lie {told['error']:.2f} apart; Brier score {of.facts['brier']:.2f} "
        "(0 is best, 2 worst)."
    )
    drawn = curves({"this classifier": ("#0072B2", points)}, "reliability", "probability said",
                   "share that is right", diagonal=True)  # fmt: skip
    rows = [
        (f"{each['from']:.1f} to {each['to']:.1f}", share(each["said"]), share(each["right"]),
         each["objects"])
        for each in told["bins"]
    ]  # fmt: skip
    titles = ("probability", "mean said", "share right", "objects")
    return joined([tag("p", said), drawn, table(titles, rows), *_rejection(of)])


def _rejection(of: ClassifierFacts) -> list[Markup]:
    rows = of.facts.get("rejection") or ()
    if not rows:
        return []
    names = list(rows[0]["classes"])
    titles = ("class", *(f"at least {row['min_probability']:g}" for row in rows))
    cells = []
    for name in names:
        found = [row["classes"][name] for row in rows]
        cells.append((name, *(f"{share(e['kept'])} ({share(e['recall'])})" for e in found)))
    caption = "Share that still gets a class with min_probability, and the recall of those"
    return [behind("what a least probability would leave", table(titles, cells, caption))]
