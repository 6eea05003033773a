"""How good a classifier is: the confusion matrix, and shares of every class with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from objclass.report_page.content import ClassifierFacts, Facts, ReportContent
from objclass.report_page.figures import Bar, bars
from objclass.report_page.markup import Markup, element, isolated, joined, tag
from objclass.report_page.sections.each import each_classifier
from objclass.report_page.tables import Cell, share, table

SHARES = {
    "recall": "Recall: of the objects that a person called so, the share that the classifier "
    "calls so too.",
    "precision": "Precision: of the objects that the classifier calls so, the share that a person "
    "called so too.",
}
DARKEST = (8, 69, 148)
"""Colour of a cell that holds its whole row (ColorBrewer's Blues)."""
WAYS = {
    "out_of_bag": "objects of the same images, by trees that have not seen them (out of bag)",
    "cross_validation": "objects of the same images, left out in turn (cross-validation)",
}


def body(content: ReportContent) -> Markup | None:
    """Return how good every classifier is."""
    return each_classifier(content, _classifier)


def _classifier(of: ClassifierFacts) -> Markup | None:
    if "score" in of.facts:
        told = of.facts["score"]
        return joined([*_headline(of.facts), *_feature_sets(of.facts),
                       *_matrix_part(told, _held(of.facts)),
                       *_bars(of, told), *_blind(of.facts)])  # fmt: skip
    evaluation = of.facts.get("evaluation", {})
    ways = list(_ways(evaluation))
    if ways:
        name, told = ways[0]
        return joined([_ways_table(evaluation), *_matrix_part(told, name), *_bars(of, told)])
    skipped = of.facts.get("skipped") or evaluation.get("skipped")
    return tag("p", f"No estimate: {skipped}", class_="warn") if skipped else None


def _held(facts: Facts) -> str:
    by = facts["by"]
    if by == "object":
        return "parts of the examples held out in turn; objects of the same images were known"
    return f"whole {by}s held out in turn"


def _headline(facts: Facts) -> Iterator[Markup]:
    told = facts["score"]
    said = f"Balanced accuracy {share(told['balanced_accuracy'], told['balanced_interval'])}"
    yield tag("p", tag("b", said), f" on {told['scored']} annotated objects ({_held(facts)}).")
    if facts["by"] == "object":
        why = facts.get("not_by_group")
        reason = f" ({why})" if why else ""
        yield tag("p", f"New images are not judged by this{reason}: they may look different. "
                  "Annotate objects of several images to know.", class_="warn")  # fmt: skip
    yield _ways_table(facts["evaluation"])


def _feature_sets(facts: Facts) -> Iterator[Markup]:
    """Yield what measured features, an embedding and both are worth, side by side."""
    compared = facts.get("feature_sets")
    if not isinstance(compared, Mapping):
        return
    rows: list[tuple[Cell, ...]] = [
        (name, each["columns"], share(each["balanced_accuracy"], each["balanced_interval"]))
        for name, each in compared["sets"].items()
    ]
    titles = ("learned from", "columns", "balanced accuracy (95 %)")
    yield table(titles, rows, "Features side by side, on the same held-out objects")
    pairs: list[tuple[Cell, ...]] = []
    for each in compared["pairs"]:
        ends = each["interval"]
        span = f" ({ends[0]:+.2f} to {ends[1]:+.2f})" if ends else ""
        chance = "may be chance" if ends is None or ends[0] <= 0 <= ends[1] else ""
        less = f"{each['second']} less {each['first']}"
        pairs.append((less, f"{each['difference']:+.2f}{span}", chance))
    yield table(("", "difference (95 %)", ""), pairs, "Differences, in pairs")


def _ways(evaluation: Facts) -> Iterator[tuple[str, Facts]]:
    for name, told in evaluation.items():
        if isinstance(told, Mapping) and "confusion" in told:
            yield _way(name), told


def _way(name: str) -> str:
    if name.startswith("by_"):
        return f"other {name.removeprefix('by_')}s, held out in turn (grouped)"
    return WAYS.get(name, name.replace("_", " "))


def _ways_table(evaluation: Facts) -> Markup:
    rows: list[tuple[Any, ...]] = []
    for name, told in evaluation.items():
        if not isinstance(told, Mapping):
            continue
        if "confusion" in told:
            balanced = share(told["balanced_accuracy"], told.get("balanced_interval"))
            rows.append((_way(name), balanced, share(told["accuracy"]), told["scored"], ""))
        elif "skipped" in told:
            rows.append((_way(name), "-", "-", None, f"not known: {told['skipped']}"))
    titles = ("tried on", "balanced accuracy (95 %)", "accuracy", "objects", "")
    return table(titles, rows, "Grouped and ungrouped estimates") if rows else joined([])


def _matrix_part(told: Facts, how: str) -> Iterator[Markup]:
    yield tag("h3", "Confusion matrix")
    yield tag("p", f"Rows: what a person said; columns: what the classifier says ({how}). The "
              "framed diagonal is right; darker is a larger share of the row.")  # fmt: skip
    yield matrix(list(told["classes"]), told["confusion"])


def matrix(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> Markup:
    """Return the confusion matrix as a table whose cells are shaded by their share of the row."""
    head = tag("tr", tag("td"), *(tag("th", isolated(n), scope="col") for n in classes),
               tag("th", "all", scope="col"))  # fmt: skip
    rows = []
    for k, (name, counts) in enumerate(zip(classes, confusion, strict=True)):
        total = sum(counts)
        cells = (_cell(n, total, right=j == k) for j, n in enumerate(counts))
        rows.append(
            tag("tr", tag("th", isolated(name), scope="row"), *cells, tag("td", str(total)))
        )
    inside = joined([tag("thead", head), tag("tbody", *rows)])
    return tag("div", tag("table", inside, class_="matrix"), class_="wide")


def _cell(number: int, total: int, *, right: bool) -> Markup:
    part = number / total if total else 0.0
    shade = ",".join(str(round(255 + (end - 255) * part)) for end in DARKEST)
    style = f"background:rgb({shade});color:{'#fff' if part > 0.6 else '#222'}"
    said = f"{number} of {total} ({100 * part:.0f} %)"
    return element("td", {"style": style, "title": said, "class": "right" if right else None},
                   str(number))  # fmt: skip


def _bars(of: ClassifierFacts, told: Facts) -> Iterator[Markup]:
    classes = told["classes"]
    for which, means in SHARES.items():
        rows = []
        for name, each in classes.items():
            ends = each.get(f"{which}_interval")
            color = of.classes.get(name, "#4477AA")
            rows.append(Bar(name, each[which], ends, color, share(each[which], ends)))
        yield tag("h3", which.capitalize())
        yield tag("p", means)
        yield bars(rows, f"{which} of every class")
    cells: list[tuple[Cell, ...]] = [
        (name, each["examples"],
         *(share(each[w], each.get(f"{w}_interval")) for w in ("recall", "precision", "f1")))
        for name, each in classes.items()
    ]  # fmt: skip
    titles = ("class", "examples", "recall (95 %)", "precision (95 %)", "F1 (95 %)")
    yield table(titles, cells)


def _blind(facts: Facts) -> Iterator[Markup]:
    chance, most = facts["baselines"]["chance"], facts["baselines"]["majority"]
    right = facts["score"]["accuracy"]
    unit = facts["intervals_by"]
    made = (
        "Wilson's intervals, as of objects that are independent"
        if unit == "object"
        else f"Wilson's intervals, or wider where whole {unit}s are drawn again and again"
    )
    yield tag(
        "p",
        f"{100 * right:.0f} % of all are right; always saying ", isolated(most["class"]),
        f" would get {100 * most['accuracy']:.0f} %, guessing {100 * chance['accuracy']:.0f} %. "
        f"Intervals: 95 %, {made}.", class_="faint",
    )  # fmt: skip
