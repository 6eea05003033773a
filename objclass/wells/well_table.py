"""The table over plates: one row a well, with counts, shares and enrichment of every class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.dataclass import dataclass
from objclass.data.well import read_well
from objclass.wells.control_wells import ControlWells, mark_controls
from objclass.wells.controls import ControlQuality, judge_controls
from objclass.wells.enrichment import score_enrichment

if TYPE_CHECKING:
    from numpy.typing import NDArray

Columns = dict[str, list[Any]]
COUNT, SHARE, SCORE = "n_", "pct_", "enrichment_"
"""How the columns of a class begin."""
KEPT = 1024
"""Plates whose scores are kept: one of 384 wells takes about a second."""


@dataclass(frozen=True)
class PlateTable:
    """Every well of all plates, and how the controls of each plate are told apart."""

    wells: Columns
    controls: tuple[ControlQuality, ...] = ()


def score_plates(
    plates: Sequence[str], counts: NDArray[np.integer], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the enrichment of every well against its own plate.

    Parameters
    ----------
    plates
        The plate of each of W wells.
    counts
        Int (W, K): objects of every class.
    known
        Bool (W,): False of wells that have no result; they are in no prior.

    Returns
    -------
    scores
        Float64 (W, K); not a number where nothing tells.
    """
    scores, names = np.full(counts.shape, np.nan), np.array(plates, object)
    for plate in dict.fromkeys(plates):
        mine = (names == plate) & known
        found = np.ascontiguousarray(counts[mine], np.int64)
        scores[mine] = _scored(found.shape, found.tobytes())
    return scores


@lru_cache(KEPT)
def _scored(shape: tuple[int, int], counts: bytes) -> NDArray[np.float64]:
    """Return the enrichment of a plate, which files, screen and document all tell."""
    return score_enrichment(np.frombuffer(counts, np.int64).reshape(shape))


def plate_table(
    counted: Mapping[str, Sequence[Any]],
    facts: Sequence[str],
    controls: ControlWells,
) -> PlateTable:
    """Return the table over plates from the counts of their wells.

    Parameters
    ----------
    counted
        Columns of counts, one row a well: `facts`, among them ``well``; then how many images
        and objects there are; ``n_CLASS`` and ``pct_CLASS``; None in wells that failed.
    facts
        Names of columns that say what a well is, in order.
    controls
        Which wells are controls.
    """
    columns = {name: list(values) for name, values in counted.items()}
    wells = [
        dict(zip(facts, values, strict=True))
        for values in zip(*(columns[name] for name in facts), strict=True)
    ]
    counts = [name for name in columns if name.startswith(COUNT) and name not in facts]
    names = [name.removeprefix(COUNT) for name in counts]
    scores = score_plates([w.get("plate", "") for w in wells], *_counts(columns, names))
    said = mark_controls(controls, wells)
    known = {name: columns.pop(name) for name in facts}
    table = {**known, **_places(known["well"])} | ({"control": said} if controls else {}) | columns
    table |= {f"{SCORE}{name}": list(map(_score, scores[:, k])) for k, name in enumerate(names)}
    shares = {name: np.array(columns[f"{SHARE}{name}"], np.float64) for name in names}
    return PlateTable(table, tuple(judge_controls(wells, said, shares)) if controls else ())


def _counts(columns: Columns, names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    known = np.array([count is not None for count in columns["objects"]], bool)
    counts = [[n or 0 for n in columns[f"{COUNT}{name}"]] for name in names]
    return np.array(counts, np.int64).reshape(len(names), len(known)).T, known


def _places(wells: Sequence[str]) -> Columns:
    """Return the row, a letter, and the column of wells; None of what is called otherwise."""
    found = [read_well(name) for name in wells]
    return {
        "row": [str(well)[:-2] if well else None for well in found],
        "column": [well.column if well else None for well in found],
    }


def _score(value: float) -> float | None:
    return round(float(value), 4) + 0.0 if np.isfinite(value) else None


def control_columns(controls: Sequence[ControlQuality]) -> Columns:
    """Return the table of control qualities, one row a plate and class."""
    plates = [each.plate for each in controls]
    return ({"plate": plates} if any(plates) else {}) | {
        "class": [each.name for each in controls],
        "positive_wells": [each.positive for each in controls],
        "negative_wells": [each.negative for each in controls],
        "positive_median_pct": [each.positive_median for each in controls],
        "negative_median_pct": [each.negative_median for each in controls],
        "z_prime": [each.z_prime for each in controls],
        "ssmd": [each.ssmd for each in controls],
        "note": [each.note for each in controls],
    }
