"""What prediction sets of a classifier go by, as a project keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from objclass.data.digest import of_value
from objclass.engine.artifact import FactsHeader
from objclass.engine.node import Part
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole
from objclass.evaluation.prediction_sets import Calibration

OLD: Final = {"group": "", "together": "the project does not say which examples belong together"}
"""What is said of a project that keeps scores without groups, as earlier versions wrote it."""


def kept_calibration(facts: Mapping[str, Any], classes: Sequence[str]) -> tuple[Part, ...]:
    """Return the part that hands out what a project keeps; none where it keeps nothing sound.

    Parameters
    ----------
    facts
        The evaluation of a trained classifier, from a project of anybody.
    classes
        Its classes.
    """
    found = _read(facts.get("calibration"), classes)
    if found is None:
        return ()
    return (
        Part(
            "calibration",
            FactsHeader("calibration"),
            {"calibration": {CONTENT: of_value(asdict(found))}},
            joins=frozenset({"image", "t"}),
            asked=False,
            role=PartRole.CALIBRATION,
            payload=found,
        ),
    )


def _read(told: object, classes: Sequence[str]) -> Calibration | None:
    """Return what a project keeps; an earlier version kept no groups. None if unsound."""
    if not isinstance(told, Mapping):
        return None
    by_group = isinstance(told.get("scores"), Mapping)
    scores = told["scores"] if by_group else told
    groups = told.get("groups") if by_group else dict.fromkeys(classes, ())
    words = [told.get(key) if by_group else OLD[key] for key in OLD]
    if not isinstance(groups, Mapping) or not all(isinstance(each, str) for each in words):
        return None
    if not all(_is_sound(scores.get(n), groups.get(n), by_group) for n in classes):
        return None
    return Calibration(
        {name: [float(each) for each in scores[name]] for name in classes},
        {name: [int(each) for each in groups[name]] for name in classes},
        *(str(each) for each in words),
    )


def _is_sound(scores: object, groups: object, by_group: bool) -> bool:
    """Return True for ascending numbers from 0 to 1, and as many groups where there are some."""
    if not isinstance(scores, list) or (by_group and not isinstance(groups, list)):
        return False
    if not all(isinstance(each, int | float) and 0 <= each <= 1 for each in scores):
        return False
    known = groups if isinstance(groups, list) else [0] * len(scores)
    whole = all(isinstance(each, int) for each in known) and len(known) == len(scores)
    return whole and scores == sorted(scores)
