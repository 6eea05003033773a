"""Two projects compared on an audit, weighted for how it was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from objclass.audit.table import DESIGN, POPULATION, SPENT, STRATUM, STRATUM_OBJECTS
from objclass.io.tables import read_rows
from objclass.scoring.truth import TruthScore


def compare_audited(truth: Path, first: TruthScore, second: TruthScore) -> dict[str, Any] | None:
    """Return how two projects differ on an audit; None where the table is none.

    Parameters
    ----------
    truth
        The table.
    first, second
        Both, scored on it.
    """
    import numpy as np

    from objclass.audit.paired import compare_on_audit

    drawn = _strata(truth)
    theirs = {each.place: each for each in second.objects}
    pairs = [
        (each, theirs[each.place])
        for each in first.objects
        if each.place in theirs and each.place[1] in drawn
    ]
    if not pairs:
        return None
    names = first.classes
    order = np.array([names.index(name) for name in second.classes])
    one = np.array([int(np.argmax(a.probability)) for a, _ in pairs])
    two = order[[int(np.argmax(b.probability)) for _, b in pairs]]
    said = np.array([names.index(a.truth) for a, _ in pairs])
    strata = [drawn[a.place[1]] for a, _ in pairs]
    numbers = sorted({number for number, _ in strata})
    sizes = dict(strata)
    codes = np.array([numbers.index(number) for number, _ in strata])
    found = compare_on_audit(
        said, one, two, codes, np.array([sizes[n] for n in numbers]), len(names)
    )
    return {**found, "share_errors": dict(zip(names, found["share_errors"], strict=True))}


def _strata(truth: Path) -> dict[int, tuple[int, int]]:
    """Return line to stratum and its size; empty for a table that is no audit."""
    table = read_rows(truth)
    titles = {title.strip().lower(): cell for cell, title in enumerate(table.header)}
    if not {DESIGN, POPULATION, STRATUM, STRATUM_OBJECTS} <= titles.keys():
        return {}
    found = {}
    for line, cells in table.rows:
        number, size = (cells[titles[name]].strip() for name in (STRATUM, STRATUM_OBJECTS))
        if number.isdecimal() and size.isdecimal() and cells[titles[DESIGN]] != SPENT:
            found[line] = (int(number), int(size))
    return found


def audited_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield how two projects differ on an audit."""
    accuracy = found["accuracy"]
    yield (
        f"on the audit ({found['objects']} objects): accuracy of the second less the first "
        f"{accuracy['difference']:+.3f} {_span(accuracy['interval'])}"
    )
    for name, each in found["share_errors"].items():
        one, two = each["errors"]
        yield (
            f"  share of {name}: off by {100 * one:.1f} and {100 * two:.1f} points, difference "
            f"{100 * each['difference']:+.1f} {_span([100 * v for v in each['interval']], 1)}"
        )


def _span(interval: list[float], digits: int = 3) -> str:
    low, high = interval
    return f"({low:+.{digits}f} to {high:+.{digits}f})"
