"""Cut-outs of single objects: typical ones, uncertain ones, and suspected mistakes."""

from __future__ import annotations

from objclass.report_page.content import ClassifierFacts, CutOutGallery, ReportContent
from objclass.report_page.gallery_pool import MISTAKEN, RANDOM, TYPICAL, UNCERTAIN
from objclass.report_page.markup import Markup, isolated, joined, tag
from objclass.report_page.sections.each import each_classifier
from objclass.report_page.sections.pictures import figure
from objclass.report_page.tables import behind, table

MEANS = "Cut-outs of the image itself, each object outlined. "
KINDS = {
    TYPICAL: "Typical objects are those whose class is most probable. ",
    RANDOM: "Objects at random show what is counted as a class. ",
    UNCERTAIN: "Uncertain ones are those whose two best classes are nearly as probable. ",
    MISTAKEN: "Suspected mistakes are annotations that classifiers contradict which have not "
    "learned from them. ",
}


def body(content: ReportContent) -> Markup | None:
    """Return the galleries of every classifier."""
    return each_classifier(content, _classifier)


def _classifier(of: ClassifierFacts) -> Markup | None:
    if not of.galleries:
        return None
    shown = {each.what for each in of.galleries}
    means = MEANS + "".join(text for what, text in KINDS.items() if what in shown)
    return joined([tag("p", means.strip()), *map(_gallery, of.galleries)])


def _gallery(each: CutOutGallery) -> Markup:
    rows = [(tile.title, tile.remark) for tile in each.tiles]
    return joined([
        tag("h3", f"{each.what}: ", isolated(each.class_)),
        tag("div", *map(figure, each.tiles), class_="tiles"),
        behind("as a table", table(("object", ""), rows)),
    ])  # fmt: skip
