"""What became of the annotations."""

from __future__ import annotations

from objclass.report_page.content import ClassifierFacts, ReportContent
from objclass.report_page.markup import Markup, joined, tag
from objclass.report_page.sections.each import each_classifier
from objclass.report_page.tables import table

MEANINGS = {
    "valid": "lie on the object that was annotated",
    "point": "take the object under them: they do not say what it looked like",
    "id": "name an object by its id",
    "reattached": "their object changed and was found again",
    "invalid": "their object changed since: not learned from",
    "background": "lie on no object",
    "conflict": "contradict another row on the same object",
    "ignored": "say to ignore the object",
    "cropped": "lie outside of the cropped image",
    "outside": "lie outside of the image, or are not for this classifier",
    "foreign": "were made on another image",
    "used": "lie on an object and were learned from",
    "not used": "were not learned from; the report of the workflow says why",
    "missing": "name an object that does not exist",
}


def body(content: ReportContent) -> Markup | None:
    """Return how many annotations every classifier has of which kind, and those without use."""
    return each_classifier(content, _classifier)


def _classifier(of: ClassifierFacts) -> Markup | None:
    examples = of.facts.get("evaluation", {}).get("examples") or {}
    shown = []
    if examples:
        total = sum(examples.values())
        rows = [(name, number) for name, number in examples.items()]
        shown += [tag("p", f"It learned from {total} objects."), table(("class", "objects"), rows)]
    if of.statuses:
        rows_ = [(n, k, MEANINGS.get(n, "")) for n, k in of.statuses.items()]
        shown.append(table(("annotations that are", "rows", "what that means"), rows_))
    if of.invalid:
        caption = "Rows that nothing was learned from"
        shown.append(table(("row", "class", "what it is"), list(of.invalid), caption))
    return joined(shown) if shown else None
