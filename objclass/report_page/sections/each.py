"""What several sections do for every classifier that has something to tell."""

from __future__ import annotations

from collections.abc import Callable

from objclass.report_page.content import ClassifierFacts, ReportContent
from objclass.report_page.markup import Markup, isolated, joined, tag


def each_classifier(
    content: ReportContent, told: Callable[[ClassifierFacts], Markup | None]
) -> Markup | None:
    """Return what is told of every classifier, below its name where there are several."""
    found = [(each.name, body) for each in content.classifiers if (body := told(each))]
    if not found:
        return None
    if len(content.classifiers) == 1:
        return found[0][1]
    return joined(joined([tag("h3", isolated(name)), body]) for name, body in found)
