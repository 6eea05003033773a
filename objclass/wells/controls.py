"""Control wells, named one by one or by what a plate map says, and how they are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from objclass.data.well import read_well
from objclass.errors import Problem, list_some, nearest
from objclass.wells.assay_quality import FEW, robust_ssmd, robust_z_prime

if TYPE_CHECKING:
    from numpy.typing import NDArray

ControlKind = Literal["positive", "negative"]
KINDS: Final[tuple[ControlKind, ...]] = ("positive", "negative")
Facts = Mapping[str, str]
"""What is known of a well: ``well``, ``plate`` where there are plates, and its conditions."""


@dataclass(frozen=True)
class ControlWells:
    """Which wells are controls, as a person says it: ``A01``, ``A01,B01`` or ``drug=DMSO``."""

    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.positive or self.negative)


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


def mark_controls(said: ControlWells, wells: Sequence[Facts]) -> list[str]:
    """Return ``positive``, ``negative`` or nothing for every well."""
    texts = {kind: _parts(said, kind) for kind in KINDS}
    return [
        next((k for k in KINDS if any(_fits(text, facts) for text in texts[k])), "")
        for facts in wells
    ]


def control_problems(said: ControlWells, wells: Sequence[Facts]) -> Iterator[Problem]:
    """Yield what is no well and no condition of any, and wells that are both."""
    for kind in KINDS:
        for text in _parts(said, kind):
            if not any(_fits(text, facts) for facts in wells):
                yield _no_well(kind, text, wells)
    both = [f for f in wells if all(any(_fits(t, f) for t in _parts(said, k)) for k in KINDS)]
    if both:
        got = list_some(dict.fromkeys(map(_called, both)), 4)
        what = f"wells are both positive and negative controls: {got}"
        yield Problem(what, fix="name each once")


def _parts(said: ControlWells, kind: ControlKind) -> list[str]:
    texts = said.positive if kind == "positive" else said.negative
    return [part.strip() for text in texts for part in text.split(",")]


def _fits(text: str, facts: Facts) -> bool:
    name, sign, value = text.partition("=")
    if sign:
        return name in facts and fnmatchcase(facts[name], value)
    return facts["well"] == str(read_well(text) or text)


def _no_well(kind: ControlKind, text: str, wells: Sequence[Facts]) -> Problem:
    name, sign, value = text.partition("=")
    known = dict.fromkeys(facts.get(name, "") for facts in wells) if sign else {}
    if not sign or not any(known):
        known = dict.fromkeys(n for facts in wells for n in facts) if sign else known
        known = known or dict.fromkeys(facts["well"] for facts in wells)
    known = {text: None for text in known if text}
    close = nearest(value if sign and name not in known else text, known)
    fix = f"did you mean {close}?" if close else None
    what = f"controls: no well fits the {kind} '{text}'"
    return Problem(what, expected=list_some(known, 6), fix=fix)


def _called(facts: Facts) -> str:
    return " ".join(filter(None, (facts.get("plate", ""), facts["well"])))


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
        What each is, as :func:`mark_controls` says.
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
