"""One row an image: what was counted, how it lies beside the training images, its quality."""

from __future__ import annotations

from objclass.report_page.content import ReportContent
from objclass.report_page.markup import Markup, joined, tag
from objclass.report_page.tables import cell_of, table

SHIFT = (
    "shift says how far the objects of an image lie outside of those the classifier learned among: "
    "0 is inside. Such images are to be looked at before their counts are believed."
)


def body(content: ReportContent) -> Markup | None:
    """Return the table of all images, where there is one."""
    titles, rows = content.table
    if not rows:
        return None
    cells = [[cell_of(each) for each in row] for row in rows]
    note = tag("p", SHIFT) if "shift" in titles else joined([])
    return joined([note, table(titles, cells)])
