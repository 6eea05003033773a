"""A paragraph for the methods of a paper."""

from __future__ import annotations

from collections import Counter

from objclass.report_page.content import ReportContent
from objclass.report_page.markup import Markup, joined, tag
from objclass.report_page.methods import methods_text
from objclass.report_page.tables import behind, table


def body(content: ReportContent) -> Markup | None:
    """Return the paragraph, and the definition of every feature with its source."""
    paragraph = tag("blockquote", *(tag("p", each) for each in methods_text(content)))
    columns = content.provenance.columns
    note = tag("p", "Ready to be copied and shortened; every number is from this page.",
               class_="faint")  # fmt: skip
    if not columns:
        return joined([note, paragraph])
    titles = ("feature", "unit", "definition", "source")
    sources = Counter(source for *_, source in columns)
    said = f"definitions of all {len(columns)} features, from {len(sources)} sources"
    return joined([note, paragraph, behind(said, table(titles, list(columns)))])
