"""An assessment as a table: one number a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from objclass.data.dataclass import dataclass


@dataclass(frozen=True)
class Measure:
    """One number of an assessment.

    Parameters
    ----------
    measure
        Such as ``recall``.
    of
        The class, column or image it is of; empty for the whole.
    at
        Where it was measured: a fraction of the examples, a least probability; empty else.
    value, low, high
        The number with its 95 % interval; None where there is none.
    """

    measure: str
    of: str
    at: str
    value: float | None
    low: float | None = None
    high: float | None = None


TITLES = ("measure", "of", "at", "value", "low", "high")


def measures(facts: Mapping[str, Any]) -> Iterator[Measure]:
    """Yield every number of an assessment, as :func:`objclass.evaluation.assessment.assess`
    returns it.
    """
    score = facts.get("score")
    if score:
        yield from _scores(score, "")
        yield Measure("Brier score", "", "", facts["brier"])
        yield Measure("calibration error", "", "", facts["reliability"]["error"])
        for name, each in facts["baselines"].items():
            of = str(each.get("class", ""))
            yield Measure(f"accuracy by {name}", of, "", each["accuracy"])
            yield Measure(f"balanced accuracy by {name}", of, "", each["balanced_accuracy"])
        for row in facts["rejection"]:
            at = f"min_probability {row['min_probability']:g}"
            for name, each in row["classes"].items():
                yield Measure("share classified", name, at, each["kept"])
                yield Measure("recall of classified", name, at, each["recall"])
        yield from _feature_sets(facts.get("feature_sets", {}))
    yield from _near(facts.get("evaluation", {}))
    yield from _asked(facts)


def _scores(score: Mapping[str, Any], at: str) -> Iterator[Measure]:
    ends = score.get("balanced_interval") or (None, None)
    yield Measure("accuracy", "", at, score["accuracy"])
    yield Measure("balanced accuracy", "", at, score["balanced_accuracy"], *ends)
    for name, each in score["classes"].items():
        for what in ("recall", "precision", "f1"):
            ends = each.get(f"{what}_interval") or (None, None)
            yield Measure(what, name, at, each[what], *ends)
    for name, row in zip(score["classes"], score["confusion"], strict=True):
        for called, count in zip(score["classes"], row, strict=True):
            yield Measure("objects", name, f"called {called}", count)


def _feature_sets(compared: Mapping[str, Any]) -> Iterator[Measure]:
    """Yield how good each set of columns is, and how much better than another."""
    for name, each in compared.get("sets", {}).items():
        ends = each["balanced_interval"] or (None, None)
        at = f"features {name}"
        yield Measure("balanced accuracy", "", at, each["balanced_accuracy"], *ends)
    for each in compared.get("pairs", ()):
        ends = each["interval"] or (None, None)
        at = f"features {each['second']} less {each['first']}"
        yield Measure("difference of balanced accuracy", "", at, each["difference"], *ends)


def _near(evaluation: Mapping[str, Any]) -> Iterator[Measure]:
    """Yield the score within images, and that of what was held out."""
    near = evaluation.get(str(evaluation.get("neighbours")))
    if isinstance(near, Mapping) and "balanced_accuracy" in near:
        ends = near["balanced_interval"] or (None, None)
        at = str(evaluation["neighbours"]).replace("_", " ")
        yield Measure("balanced accuracy", "", at, near["balanced_accuracy"], *ends)
    held = evaluation.get("hold_out", {})
    if "balanced_accuracy" in held:
        yield from _scores(held, f"held out {held.get('where', '')}".strip())


def _asked(facts: Mapping[str, Any]) -> Iterator[Measure]:
    curve = facts.get("learning_curve")
    if curve:
        for k, fraction in enumerate(curve["fractions"]):
            at = f"{fraction:g} of the examples"
            yield Measure("balanced accuracy", "", at, curve["balanced_accuracy"][k])
            for name, values in curve["recall"].items():
                yield Measure("recall", name, at, values[k])
        for name, each in curve["halved"].items():
            ends = each["interval"] or (None, None)
            yield Measure("loss with half of its examples", name, "", each["loss"], *ends)
    for each in (*facts.get("importance", ()), *facts.get("columns", ())):
        yield Measure("loss when shuffled", each["name"], "", each["loss"])
    for name, each in facts.get("sets", {}).get("classes", {}).items():
        yield Measure("reachable coverage", name, "", each["examples"] / (each["examples"] + 1))
