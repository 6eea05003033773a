"""What failed, and why."""

from __future__ import annotations

from objclass.report_page.content import ReportContent
from objclass.report_page.markup import Markup, joined, tag
from objclass.report_page.tables import table


def body(content: ReportContent) -> Markup | None:
    """Return the images that have no result."""
    if not content.failures:
        return None
    images = len({image for image, _ in content.failures})
    one = "1 image has no result and is in no count."
    said = one if images == 1 else f"{images} images have no result and are in no count."
    rows = list(content.failures)
    return joined([tag("p", said, class_="warn"), table(("image", "what was wrong"), rows)])
