"""Puts the agreement of annotators into words, and what was written of merged annotations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isnan
from typing import Any

from objclass.annotations.merge import Fate, RatedObject
from objclass.annotations.rows import rows_of
from objclass.cli.annotation_screen import GAP, align, short
from objclass.curation.merging import (
    AnnotatorComparison,
    AnnotatorPair,
    MergedFile,
    disagreement_cells,
)

SHOWN = 40
"""Disagreements that the screen lists."""
SAID: dict[Fate, str] = {
    "kept": "kept",
    "the same": "say the same as another",
    "settled": "gave way to another",
    "open": "in disagreements left open",
    "left out": "in disagreements left out",
}


def compared_lines(found: AnnotatorComparison) -> Iterator[str]:
    """Yield how far annotators agree, and where they do not."""
    yield from (f"note: {note}" for note in notes(found))
    for pair in found.pairs:
        yield from _pair_lines(found, pair)
    yield from _disagreement_lines(found)


def notes(found: AnnotatorComparison) -> tuple[str, ...]:
    """Return what a person should know of the files."""
    said = []
    for number, (name, each) in enumerate(zip(found.names, found.found, strict=True)):
        said += [f"{name}: {doubt}; {cure}" for doubt, cure in each.doubts]
        if unmatched := found.unmatched(number):
            said.append(f"{name}: {_found_no_object(unmatched)}")
        if found.unclassed[number]:
            said.append(f"{name}: {rows_of(found.unclassed[number])} without a class left out")
    return tuple(said)


def _found_no_object(number: int) -> str:
    them = "it is" if number == 1 else "they are"
    return f"{rows_of(number)} found no object to compare; {them} merged as written"


def _pair_lines(found: AnnotatorComparison, pair: AnnotatorPair) -> Iterator[str]:
    first, second = found.names[pair.first], found.names[pair.second]
    both = "1 object" if pair.objects == 1 else f"{pair.objects} objects"
    alike = f", {pair.alike} alike ({_percent(pair.alike / pair.objects)})" if pair.objects else ""
    yield f"{first} and {second}: {both} classed by both{alike}"
    yield f"{GAP}Cohen's kappa {_kappa(pair)}"
    if pair.objects:
        yield from align(list(_table(first, second, pair)))


def _kappa(pair: AnnotatorPair) -> str:
    kappa = pair.kappa
    if not isnan(kappa.value):
        interval = f"95 %: {kappa.low:.2f} to {kappa.high:.2f}"
        return f"{kappa.value:.2f} ({interval}; chance alone {_percent(kappa.by_chance)} alike)"
    if not pair.objects:
        return "not defined: no object is classed by both"
    return f"not defined: both classed every object {pair.classes[0]}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _table(first: str, second: str, pair: AnnotatorPair) -> Iterator[list[str]]:
    """Yield the classes of the first as rows, those of the second as columns."""
    yield [f"{first} \\ {second}", *pair.classes, "agreement (95 %)"]
    for name, row, on in zip(pair.classes, pair.table, pair.per_class, strict=True):
        yield [name, *map(str, row), f"{on.value:.2f} ({on.low:.2f} to {on.high:.2f})"]


def _disagreement_lines(found: AnnotatorComparison) -> Iterator[str]:
    """Yield the disagreements as a table."""
    number = len(found.disagreements)
    if not number:
        yield "no object is classed differently"
        return
    yield f"{number} {'object is' if number == 1 else 'objects are'} classed differently"
    yield from align(disagreement_cells(found)[: SHOWN + 1])
    if number > SHOWN:
        yield f"{GAP}and {number - SHOWN} more"


def merged_lines(
    found: AnnotatorComparison, written: MergedFile | None, typed: str
) -> Iterator[str]:
    """Yield what was written, or how to write it."""
    if written is None:
        yield f"next    objclass annotations merge {typed} -o NEW.csv"
        yield "            writes one table, and the disagreements with cut-outs"
        return
    fates = Counter(written.merged.fates.values())
    total = sum(fates.values())
    said = ", ".join(f"{fates[fate]} {SAID[fate]}" for fate in SAID if fates[fate])
    yield f"wrote   {short(written.table)}{GAP}{rows_of(len(written.merged.rows))}"
    yield f"            of {rows_of(total)}: {said}"
    if written.disagreements and written.picture:
        yield f"wrote   {short(written.disagreements)}{GAP}the disagreements"
        yield f"wrote   {short(written.picture)}{GAP}their cut-outs, each with lines and classes"
    if fates["open"]:
        yield f"next    fill in the empty classes of {short(written.table)}"
        yield "            the column note tells who said what"


def compared_json(found: AnnotatorComparison, written: MergedFile | None) -> dict[str, Any]:
    """Return everything as JSON values."""
    fates = Counter(written.merged.fates.values()) if written else Counter()
    files = [written.table, written.disagreements, written.picture] if written else []
    return {
        "files": [_annotator(found, number) for number in range(len(found.names))],
        "pairs": [_pair(found, pair) for pair in found.pairs],
        "disagreements": [_disagreement(rated) for rated in found.disagreements],
        "objects": len(found.objects),
        "rows": len(written.merged.rows) if written else 0,
        "fates": dict(fates),
        "written": [str(file) for file in files if file],
        "notes": list(notes(found)),
    }


def _annotator(found: AnnotatorComparison, number: int) -> dict[str, Any]:
    return {
        "name": found.names[number],
        "rows": len(found.rows(number)),
        "objects": sum(bool(rated.ratings[number]) for rated in found.objects),
        "unmatched": found.unmatched(number),
        "unclassed": found.unclassed[number],
    }


def _pair(found: AnnotatorComparison, pair: AnnotatorPair) -> dict[str, Any]:
    kappa = pair.kappa
    return {
        "first": found.names[pair.first],
        "second": found.names[pair.second],
        "objects": pair.objects,
        "alike": pair.alike,
        "kappa": kappa.value,
        "low": kappa.low,
        "high": kappa.high,
        "by_chance": kappa.by_chance,
        "classes": pair.classes,
        "table": pair.table,
        "per_class": [
            {"class": name, "agreement": on.value, "low": on.low, "high": on.high}
            for name, on in zip(pair.classes, pair.per_class, strict=True)
        ],
    }


def _disagreement(rated: RatedObject) -> dict[str, Any]:
    t, z, y, x = rated.place
    said = [{"file": m.row.file, "line": m.row.line, "class": m.row.class_} for m in rated.matches]
    return {"image": rated.image, "t": t, "z": z, "y": y, "x": x,
            "object": rated.object, "said": said}  # fmt: skip
