"""The parts of a classifier that say how good it is: none is in the path of its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from objclass.data.objects import Column
from objclass.data.wire import Wire
from objclass.engine.artifact import FactsHeader
from objclass.engine.look import Look
from objclass.engine.node import Join, Part, Read
from objclass.engine.role import PartRole
from objclass.nodes.annotated import TrainingAnnotations
from objclass.nodes.classifier.summary import EvaluationSummary

ASSESSMENT = "assessment"
ASSESSED = 2
"""Version of what is told when asked: 2 gives differences the width that few objects allow."""
CALIBRATION = "calibration"
CALIBRATED = 2
"""Version of what sets go by: 2 keeps the group of every example."""
EVERYTHING: frozenset[Join] = frozenset({"image", "t"})


def evaluated_parts(
    look: Look,
    parameters: Mapping[str, Any],
    reads: tuple[Read, ...],
    training: TrainingAnnotations,
    version: int,
    columns: Sequence[Column],
    compared: Mapping[str, Any],
) -> tuple[Part, ...]:
    """Return the part that scores with every run, and the one that says everything when asked.

    Parameters
    ----------
    look
        Of the classifier.
    parameters
        How rows of examples are read, and what is scored apart.
    reads
        The examples, the matches for the gate, and what is held out.
    training
        What the annotation files say.
    version
        Of the classifier.
    columns
        What it learns from.
    compared
        The parameter with columns that are compared as sets.
    """
    made = Read("model", Wire(look.name, "model"))
    scored = Part(
        "evaluation",
        FactsHeader("evaluation"),
        parameters,
        (made, *reads),
        joins=EVERYTHING,
        version=version,
        role=PartRole.EVALUATION,
        tells=EvaluationSummary,
        payload=training,
    )
    together = {**parameters, "together": _together(columns), **compared}
    return (
        scored,
        _when_asked(scored, ASSESSMENT, PartRole.ASSESSMENT, together, ASSESSED),
        _when_asked(scored, CALIBRATION, PartRole.CALIBRATION, parameters, CALIBRATED),
    )


def _when_asked(
    scored: Part, name: str, role: PartRole, parameters: Mapping[str, Any], version: int = 1
) -> Part:
    """Return a part that reads what the scores read and is made only when somebody asks."""
    header = FactsHeader(name)
    return Part(
        name, header, parameters, scored.reads,
        joins=EVERYTHING, asked=False, version=version, role=role, payload=scored.payload,
    )  # fmt: skip


def _together(columns: Sequence[Column]) -> dict[str, list[str]]:
    """Return the columns whose values are shuffled together: of one family and channel."""
    found: dict[str, list[str]] = {}
    for column in columns:
        name = f"{column.family} of {column.channel}" if column.channel else column.family
        found.setdefault(name, []).append(column.name)
    return found
