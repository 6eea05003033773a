"""The parts of a classifier that say how good it is: none is in the path of its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from objclass.data.wire import Wire
from objclass.engine.artifact import FactsHeader
from objclass.engine.look import Look
from objclass.engine.node import Join, Part, Read
from objclass.engine.role import PartRole
from objclass.nodes.annotated import TrainingAnnotations
from objclass.nodes.classifier.summary import EvaluationSummary

EVERYTHING: frozenset[Join] = frozenset({"image", "t"})


def evaluated_parts(
    look: Look,
    parameters: Mapping[str, Any],
    reads: tuple[Read, ...],
    training: TrainingAnnotations,
    version: int,
) -> tuple[Part, ...]:
    """Return the part that scores with every run.

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
    """
    made = Read("model", Wire(look.name, "model"))
    return (
        Part(
            "evaluation",
            FactsHeader("evaluation"),
            parameters,
            (made, *reads),
            joins=EVERYTHING,
            version=version,
            role=PartRole.EVALUATION,
            tells=EvaluationSummary,
            payload=training,
        ),
    )
