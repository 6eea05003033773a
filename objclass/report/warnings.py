"""What a node warned of, each thing once: images and frames are named, not repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from objclass.engine.outcome import StepOutcome
from objclass.errors import list_some

MOST = 3
"""Warnings that differ only in their numbers and names are listed up to this many."""
_VARIES = re.compile(r"\S*\d\S*|\S+\.\w{2,5}\b")


def told_warnings(outcomes: Sequence[StepOutcome]) -> Iterator[str]:
    """Yield the warnings of a node's steps.

    One that all images and frames share is said without names. Of those that differ in
    numbers only the first few are said, with the image and frame each belongs to.
    """
    everywhere = {_place(outcome) for outcome in outcomes}
    alike: dict[str, dict[str, set[str]]] = {}
    for outcome in outcomes:
        for text in outcome.warnings:
            texts = alike.setdefault(_VARIES.sub("#", text), {})
            texts.setdefault(text, set()).add(_place(outcome))
    for texts in alike.values():
        yield from _describe(texts, everywhere)


def _place(outcome: StepOutcome) -> str:
    step = outcome.step
    image = f"image '{step.image}'" if step.image else ""
    return ", ".join(filter(None, (image, f"t {step.t}" if step.t is not None else "")))


def _describe(texts: dict[str, set[str]], everywhere: set[str]) -> Iterator[str]:
    for text, places in list(texts.items())[:MOST]:
        named = "" if places == everywhere or places == {""} else list_some(sorted(places), MOST)
        yield f"{text} ({named})" if named else text
    rest = sorted({place for places in list(texts.values())[MOST:] for place in places})
    if rest:
        yield f"the same, with other numbers, of {list_some(rest, MOST)}"
