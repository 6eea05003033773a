"""Control wells, named one by one or by what a plate map says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final, Literal

from objclass.data.dataclass import dataclass
from objclass.data.well import read_well
from objclass.errors import Problem, list_some, nearest

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
