"""How far two channels of an object agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from objclass.data.objects import Column
from objclass.measure.family import Family, ObjectBatch, Setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MANDERS = "Manders et al. 1993, doi:10.1111/j.1365-2818.1993.tb03313.x"
THRESHOLD = 0.15


def columns(setting: Setting) -> tuple[Column, ...]:
    """Coefficients of every pair of channels."""
    return tuple(c for a, b in combinations(setting.channels, 2) for c in _pair(setting, a, b))


def _pair(setting: Setting, a: str, b: str) -> Iterator[Column]:
    above = f"above {_threshold(setting):g} of its maximum in the object"
    yield _column("pearson", a, b, f"Pearson's correlation of {a} and {b}.")
    text = f"Manders' overlap Σab / √(Σa² Σb²) of {a} and {b}."
    yield _column("overlap", a, b, text, MANDERS)
    yield _column("slope", a, b, f"Slope of {b} over {a} by least squares.")
    text = f"Share of {a}'s total where {b} is {above}."
    yield _column("manders", a, b, text, MANDERS)
    text = f"Share of {b}'s total where {a} is {above}."
    yield _column("manders", b, a, text, MANDERS)
    yield _column("spearman", a, b, f"Rank correlation of {a} and {b}.")


def _column(name: str, a: str, b: str, text: str, source: str = "objclass") -> Column:
    full, pair = f"colocalization_{name}", f"{a}-{b}"
    text = f"{text} Missing where undefined."
    return Column(
        f"{full}-{pair}", "colocalization", full, "intensity", "", text, source, channel=pair
    )


def _threshold(setting: Setting) -> float:
    value = setting.options.get("threshold", THRESHOLD)
    return float(value) if isinstance(value, int | float) else THRESHOLD


def measure(batch: ObjectBatch) -> Mapping[str, NDArray[np.float64]]:
    """Measure every pair; the option ``threshold`` sets the share for Manders' coefficients."""
    from objclass.measure.kernels.colocalization import agreements

    runs, share = batch.runs, _threshold(batch.setting)
    values = [runs.values(image) for image in batch.images]
    table = [
        column
        for a, b in combinations(range(len(values)), 2)
        for column in agreements(values[a], values[b], runs.voxel, share).T
    ]
    return {c.name: v for c, v in zip(columns(batch.setting), table, strict=True)}


FAMILY = Family("colocalization", columns, measure, regional=True, uses_spacing=False)
