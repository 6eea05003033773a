"""The sections of a page, one per file, in the order of this table.

A section is a function from :class:`~objclass.report_page.content.ReportContent` to its body; it
returns None where there is nothing to tell, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable

from objclass.data.dataclass import dataclass
from objclass.report_page.content import ReportContent
from objclass.report_page.markup import Markup
from objclass.report_page.sections import (
    counts,
    failures,
    galleries,
    images,
    importance,
    learned_from,
    learning,
    methods,
    pictures,
    plates,
    probabilities,
    provenance,
    scores,
    spreads,
)

Body = Callable[[ReportContent], Markup | None]


@dataclass(frozen=True)
class ReportSection:
    """One section: its anchor, its title, and what makes its body."""

    name: str
    title: str
    body: Body


SECTIONS = (
    ReportSection("pictures", "Overview", pictures.body),
    ReportSection("counts", "Counts", counts.body),
    ReportSection("plates", "Plates", plates.body),
    ReportSection("scores", "How good is it?", scores.body),
    ReportSection("probabilities", "Probabilities", probabilities.body),
    ReportSection("learning", "Learning curve", learning.body),
    ReportSection("importance", "What it goes by", importance.body),
    ReportSection("features", "Features by class", spreads.body),
    ReportSection("galleries", "Single objects", galleries.body),
    ReportSection("annotations", "Annotations", learned_from.body),
    ReportSection("images", "Images", images.body),
    ReportSection("failures", "Failures", failures.body),
    ReportSection("methods", "Methods", methods.body),
    ReportSection("provenance", "Provenance", provenance.body),
)
