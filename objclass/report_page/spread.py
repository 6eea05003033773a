"""How features are spread: histograms and quartiles of classes, from arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.report_page.content import ColumnSpread, Facts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 24
SHOWN, ALIKE = 6, 2
"""Features that are shown, and how many of one family and channel."""
ENDS = (0.5, 99.5)
"""Percentiles between which bins lie; what is beyond counts in the first and the last bin."""


def main_columns(facts: Facts, columns: Sequence[Column]) -> list[Column]:
    """Return the features that matter most, but few that say nearly the same.

    Parameters
    ----------
    facts
        Of an assessment; without one the first columns are taken.
    columns
        Those that a classifier goes by.
    """
    known = {each.name: each for each in columns}
    names = [e["name"] for e in facts.get("columns", ()) if e["name"] in known] or list(known)
    alike = Counter[tuple[str, str | None]]()
    found: list[Column] = []
    left: list[Column] = []
    for each in (known[name] for name in names):
        alike[each.family, each.channel] += 1
        kept = found if alike[each.family, each.channel] <= ALIKE else left
        kept.append(each)
    return [*found, *left][:SHOWN]


def spread(
    column: Column, values: NDArray[np.floating], code: NDArray[np.integer], classes: Sequence[str]
) -> ColumnSpread | None:
    """Return how one feature is spread in every class; None where no value is known.

    Parameters
    ----------
    column
        What was measured.
    values
        float (n,), NaN where nothing could be measured.
    code
        Int (n,): 1…K is the class; other objects are left out.
    classes
        Their names.
    """
    import numpy as np

    known = np.isfinite(values) & (code >= 1) & (code <= len(classes))
    if not known.any():
        return None
    values, code = values[known].astype(np.float64), code[known]
    low, high = np.percentile(values, ENDS)
    if not high > low:
        low, high = low - 0.5, low + 0.5
    edges = np.linspace(low, high, BINS + 1)
    bins, quartiles = {}, {}
    for k, name in enumerate(classes, start=1):
        mine = values[code == k]
        counts, _ = np.histogram(np.clip(mine, low, high), edges)
        bins[name] = tuple(int(n) for n in counts)
        if len(mine):
            q = np.percentile(mine, (25, 50, 75))
            quartiles[name] = (float(q[0]), float(q[1]), float(q[2]))
    return ColumnSpread(
        column.name, column.unit, column.definition, column.source,
        tuple(float(e) for e in edges), bins, quartiles,
    )  # fmt: skip


def spreads(
    columns: Sequence[Column],
    table: Mapping[str, NDArray[np.floating]],
    code: NDArray[np.integer],
    classes: Sequence[str],
) -> list[ColumnSpread]:
    """Return the spread of every column that has known values."""
    found = (spread(each, table[each.name], code, classes) for each in columns)
    return [each for each in found if each]
