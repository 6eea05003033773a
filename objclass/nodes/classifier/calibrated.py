"""What prediction sets of a classifier go by, as a project keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from objclass.data.digest import of_value
from objclass.engine.artifact import FactsHeader
from objclass.engine.node import Part
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole


@dataclass(frozen=True)
class Calibration:
    """Unseen probabilities of the own class, ascending, by class; held by the part of a project."""

    scores: Mapping[str, Sequence[float]]


def kept_calibration(facts: Mapping[str, Any], classes: Sequence[str]) -> tuple[Part, ...]:
    """Return the part that hands out what a project keeps; none where it keeps nothing sound.

    Parameters
    ----------
    facts
        The evaluation of a trained classifier, from a project of anybody.
    classes
        Its classes.
    """
    told = facts.get("calibration")
    if not isinstance(told, Mapping) or not all(_is_sound(told.get(name)) for name in classes):
        return ()
    scores = {name: [float(each) for each in told[name]] for name in classes}
    return (
        Part(
            "calibration",
            FactsHeader("calibration"),
            {"calibration": {CONTENT: of_value(scores)}},
            joins=frozenset({"image", "t"}),
            asked=False,
            role=PartRole.CALIBRATION,
            payload=Calibration(scores),
        ),
    )


def _is_sound(scores: object) -> bool:
    return isinstance(scores, list) and all(
        isinstance(each, int | float) and 0 <= each <= 1 for each in scores
    )
