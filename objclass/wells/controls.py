"""How control wells are told apart: robust Z' and SSMD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from objclass.data.dataclass import dataclass
from objclass.wells.assay_quality import FEW, robust_ssmd, robust_z_prime
from objclass.wells.control_wells import KINDS, Facts

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ControlQuality:
    """How the controls of one plate are told apart by the share of one class.

    Parameters
    ----------
    plate, name
        The plate, empty where images say none, and the class.
    positive, negative
        How many wells of each have a share.
    positive_median, negative_median
        Percent; None of no wells.
    z_prime, ssmd
        Robust; None where they cannot be told.
    note
        Why not, or why they mean little; empty where nothing is wrong.
    """

    plate: str
    name: str
    positive: int
    negative: int
    positive_median: float | None
    negative_median: float | None
    z_prime: float | None
    ssmd: float | None
    note: str = ""


def judge_controls(
    wells: Sequence[Facts],
    control: Sequence[str],
    shares: Mapping[str, NDArray[np.float64]],
) -> Iterator[ControlQuality]:
    """Yield how controls are told apart, of every plate and class.

    Parameters
    ----------
    wells
        What is known of W wells.
    control
        What each is, as :func:`~objclass.wells.control_wells.mark_controls` says.
    shares
        Class to float64 (W,), percent of objects; not a number of wells that failed or are empty.
    """
    plates = [facts.get("plate", "") for facts in wells]
    for plate in dict.fromkeys(plates):
        here = np.array([each == plate for each in plates])
        for name, values in shares.items():
            told = [values[here & (np.array(control) == kind)] for kind in KINDS]
            yield _judged(plate, name, *told)


def _judged(
    plate: str, name: str, positive: NDArray[np.float64], negative: NDArray[np.float64]
) -> ControlQuality:
    told = [values[np.isfinite(values)] for values in (positive, negative)]
    high, low = (round(float(np.median(v)), 2) if len(v) else None for v in told)
    return ControlQuality(
        plate,
        name,
        len(told[0]),
        len(told[1]),
        high,
        low,
        _number(robust_z_prime(*told)),
        _number(robust_ssmd(*told)),
        "; ".join(_notes(told, (len(positive), len(negative)))),
    )


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def _notes(told: Sequence[NDArray[np.float64]], said: Sequence[int]) -> Iterator[str]:
    """Say what is wrong with the controls of a plate."""
    for kind, values, count in zip(KINDS, told, said, strict=True):
        if len(values) < count:
            yield f"{count - len(values)} of {count} {kind} controls have no objects or failed"
        if not len(values):
            yield f"no {kind} control can be read"
        elif len(values) < FEW:
            yield f"{len(values)} {kind} control{'s' * (len(values) > 1)}: fewer than {FEW}"
    if min(map(len, told)) >= 2:
        spread = any(float(np.median(np.abs(v - np.median(v)))) for v in told)
        if not spread:
            yield "most controls of each kind have the same share: no SSMD"
