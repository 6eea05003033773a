"""Everything there is to say of how good a classifier is, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from objclass.report.scores import matrix_lines, score_lines

GAP = "  "
LISTED = 10
"""Suspected mistakes that are shown; all stand in the files."""
SHOWN = 6
"""Columns whose importance is shown."""
MISTAKES = ("annotation", "image", "at", "says", "probability", "perhaps", "probability")
SHARES = ("recall", "precision", "f1")
LEAST = 0.005
"""Loss from which on columns are shown."""
Facts = Mapping[str, Any]


def assessment_lines(facts: Facts) -> Iterator[str]:
    """Yield what a person reads of an assessment.

    Parameters
    ----------
    facts
        As :func:`objclass.evaluation.assessment.assess` returns it.
    """
    yield from score_lines(facts["evaluation"])
    if "skipped" in facts:
        return
    yield ""
    yield from _class_lines(facts)
    yield ""
    yield from _blind_lines(facts)
    yield from _probability_lines(facts)
    yield ""
    yield from _rejection_lines(facts)
    yield ""
    yield from _curve_lines(facts["learning_curve"])
    yield from _importance_lines(facts)
    yield from _set_lines(facts["sets"])


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _with_ends(value: float | None, ends: Sequence[float] | None) -> str:
    return _share(value) + (f" ({ends[0]:.2f} to {ends[1]:.2f})" if ends else "")


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows of cells with their columns in line."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        yield GAP.join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()


def _class_lines(facts: Facts) -> Iterator[str]:
    """Yield recall, precision and F1 of every class, and what was held out."""
    yield from _interval_lines(facts)
    balanced = _with_ends(facts["score"]["balanced_accuracy"], facts["score"]["balanced_interval"])
    yield f"held out: {_held(facts)}; balanced accuracy with these intervals {balanced}"
    if isinstance(compared := facts.get("feature_sets"), Mapping):
        yield ""
        yield from feature_set_lines(compared, facts["intervals_by"])


def feature_set_lines(compared: Facts, by: str) -> Iterator[str]:
    """Yield how good features are that were measured, an embedding and both, and if it is chance.

    Parameters
    ----------
    compared
        As :func:`objclass.evaluation.feature_sets.compare_feature_sets` returns it.
    by
        What is drawn again for the intervals.
    """
    yield "learned from, on the same held-out objects"
    rows = [(GAP + "features", "columns", "balanced accuracy")]
    for name, each in compared["sets"].items():
        balanced = _with_ends(each["balanced_accuracy"], each["balanced_interval"])
        rows.append((GAP + name, str(each["columns"]), balanced))
    yield from table(rows)
    for each in compared["pairs"]:
        ends, less = each["interval"], f"{GAP}{each['second']} less {each['first']}"
        line = f"{less}: {_change(each['difference'])}"
        if ends is None:
            yield f"{line} (no interval: all are of one {by})"
        else:
            may = "; may be chance" if ends[0] <= 0 <= ends[1] else ""
            yield f"{line} ({ends[0]:+.2f} to {ends[1]:+.2f}, {by}s drawn again in pairs{may})"


def _interval_lines(facts: Facts) -> Iterator[str]:
    """Yield recall, precision and F1 of every class, and how their intervals were made."""
    rows: list[tuple[str, ...]] = [("class", "examples", "recall", "precision", "F1")]
    for name, each in facts["score"]["classes"].items():
        shares = [
            _with_ends(each[n], each.get(f"{n}_interval")) for n in ("recall", "precision", "f1")
        ]
        rows.append((name, str(each["examples"]), *shares))
    yield from table(rows)
    drawn, by = facts["drawn"], facts["intervals_by"]
    if by == "object":
        yield "intervals: 95 %, as of objects that are independent (Wilson's)"
    else:
        yield f"intervals: 95 %, Wilson's, or wider where {drawn} {by}s are drawn again and again"
    if by == "object" and facts["by"] != "object":
        yield f"there are too few {facts['by']}s to draw again: the truth is wider than these say"


def _held(facts: Facts) -> str:
    return "parts of the examples" if facts["by"] == "object" else f"whole {facts['by']}s"


def _blind_lines(facts: Facts) -> Iterator[str]:
    chance, most = facts["baselines"]["chance"], facts["baselines"]["majority"]
    right, even = facts["score"]["accuracy"], chance["balanced_accuracy"]
    yield (
        f"right: {right:.2f} of all; always saying {most['class']} gets {most['accuracy']:.2f},"
        f" guessing {chance['accuracy']:.2f} (balanced accuracy of both: {even:.2f})"
    )


def _probability_lines(facts: Facts) -> Iterator[str]:
    reliability = facts["reliability"]
    yield (
        f"probabilities: Brier score {facts['brier']:.2f} (0 is best, 2 worst); on average they lie"
        f" {reliability['error']:.2f} from the share that is right"
    )
    for each in reliability["bins"]:
        said, right = each["said"], each["right"]
        span = f"{each['from']:.1f} to {each['to']:.1f}"
        yield f"{GAP}said {span} (mean {said:.2f}): right {right:.2f} of {each['objects']}"


def _rejection_lines(facts: Facts) -> Iterator[str]:
    """Yield what a least probability leaves of every class, and name the class it empties."""
    rows = facts["rejection"]
    names = list(rows[0]["classes"])
    yield "still classified at a min_probability of (in brackets the recall of those)"
    titles = ("class", *(f"{row['min_probability']:g}" for row in rows))
    cells = [titles]
    for name in names:
        found = [row["classes"][name] for row in rows]
        said = (f"{_share(each['kept'])} ({_share(each['recall'])})" for each in found)
        cells.append((name, *said))
    yield from table(cells)
    for name in names:
        gone = [row["min_probability"] for row in rows if row["classes"][name]["kept"] == 0]
        if gone:
            yield f"a min_probability of {gone[0]:g} leaves no {name} at all"


def _curve_lines(curve: Facts) -> Iterator[str]:
    pairs = zip(curve["fractions"], curve["balanced_accuracy"], strict=True)
    said = ", ".join(f"{value:.2f} with {fraction:.0%}" for fraction, value in pairs)
    yield f"learning: balanced accuracy {said} of the examples"
    for name, each in curve["halved"].items():
        change = f"{_change(-each['loss'])}{_span(each['interval'])}"
        yield f"{GAP}without half of the examples of {name} it changes by {change}"
    if curve["most"]:
        yield f"more annotations of {curve['most']} would help most"
    else:
        yield "no class stands out of which more annotations would help most"


def _span(loss: Sequence[float] | None) -> str:
    return f" ({_change(-loss[1])} to {_change(-loss[0])})" if loss else ""


def _change(value: float) -> str:
    """Return a difference with its sign; nothing is 0.00."""
    return f"{value:+.2f}" if round(value, 2) else "0.00"


def _importance_lines(facts: Facts) -> Iterator[str]:
    every = (*facts["importance"][:SHOWN], *facts["columns"][:SHOWN])
    rows = [each for each in every if each["loss"] >= LEAST]
    if not rows:
        yield "no column alone matters: shuffling any changes little"
        return
    yield "without (shuffled), balanced accuracy changes by"
    cells = [(GAP + each["name"], f"{-each['loss']:+.3f}", _columns(each)) for each in rows]
    yield from table(cells)


def _columns(each: Facts) -> str:
    return "" if each["columns"] == 1 else f"{each['columns']} columns together"


def _set_lines(sets: Facts) -> Iterator[str]:
    yield from (f"coverage: {each}" for each in sets.get("not_promised", ()))


def mistake_lines(mistakes: Sequence[Facts], most: int | None = LISTED) -> Iterator[str]:
    """Yield annotations that are probably wrong, the worst first, with where they stand.

    Parameters
    ----------
    mistakes
        With ``place`` (where their file is at hand), ``axes``, ``image``, ``y``, ``x``,
        ``said``, ``suggested``, ``own`` and ``probability``.
    most
        How many; None for all.
    """
    shown = mistakes if most is None else mistakes[:most]
    if not shown:
        yield "no annotation is contradicted by what has not learned from it"
        return
    titles = ("image", "at (t z) y x", "says", "probability", "perhaps", "probability")
    located = "place" in shown[0]
    rows = [("annotation", *titles) if located else titles]
    for each in shown:
        place = " ".join(str(each[axis]) for axis in each["axes"])
        said = (each["said"], _share(each["own"]), each["suggested"], _share(each["probability"]))
        row = (each["image"], place, *said)
        rows.append((each["place"], *row) if located else row)
    yield from table(rows)
    if len(shown) < len(mistakes):
        yield f"and {len(mistakes) - len(shown)} more"


def truth_lines(facts: Facts) -> Iterator[str]:
    """Yield how good predictions are on objects of other images with a known class."""
    score, images = facts["score"], facts["images"]
    yield from (f"note: {note}" for note in facts["notes"])
    balanced = _with_ends(score["balanced_accuracy"], score["balanced_interval"])
    where = "1 image" if images == 1 else f"{images} images"
    yield f"balanced accuracy {balanced} on {score['scored']} objects of {where}"
    missed = facts["missed"]
    if missed:
        yield f"{len(missed)} rows lie on no object, the first is {missed[0]}: not scored"
    yield from matrix_lines(score)
    yield ""
    yield from _interval_lines(facts)
    yield ""
    yield from _blind_lines(facts)
    yield from _probability_lines(facts)
    yield ""
    yield from _rejection_lines(facts)


def paired_lines(paired: Facts, names: Sequence[str]) -> Iterator[str]:
    """Yield how two projects differ on the same objects."""
    ends, by = paired["interval"], paired["intervals_by"]
    first, second = paired["balanced_accuracy"]
    yield ""
    both = f"{first:.2f} {names[0]}, {second:.2f} {names[1]}"
    yield f"on the {paired['objects']} objects of both: {both}"
    more = f"difference {paired['difference']:+.2f}"
    if ends is None:
        yield f"{more} (no interval: all are of one {by})"
    else:
        yield f"{more} ({ends[0]:+.2f} to {ends[1]:+.2f}, {by}s drawn again in pairs)"
    yield (
        f"right by one alone: {paired['only_first']} and {paired['only_second']};"
        f" p = {paired['p']:.2g} (McNemar, objects taken as independent)"
    )
    if ends is None or ends[0] <= 0 <= ends[1]:
        yield "so the difference may be chance"
