"""What was found, seen in the images."""

from __future__ import annotations

from objclass.report_page.content import PagePicture, ReportContent
from objclass.report_page.figures import legend
from objclass.report_page.markup import NOTHING, Markup, isolated, joined, tag


def body(content: ReportContent) -> Markup | None:
    """Return the images with their objects outlined in the colours of their classes."""
    if not content.pictures:
        return None
    grid = "pictures one" if len(content.pictures) == 1 else "pictures"
    classes = content.counts[0].classes if content.counts else {}
    said = tag("p", content.pictures_of, class_="faint") if content.pictures_of else NOTHING
    shown = tag("div", *map(figure, content.pictures), class_=grid)
    return joined([said, legend(classes) if classes else NOTHING, shown])


def figure(picture: PagePicture) -> Markup:
    """Return a picture with what stands below it."""
    small = tag("small", isolated(picture.remark)) if picture.remark else NOTHING
    image = tag(
        "img", src=picture.source, width=picture.width, height=picture.height,
        alt=f"{picture.title} {picture.remark}".strip(), loading="lazy",
    )  # fmt: skip
    return tag("figure", image, tag("figcaption", isolated(picture.title), small))
