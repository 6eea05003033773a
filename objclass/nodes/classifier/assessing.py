"""What a classifier computes of its quality only when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from objclass.engine.artifact import Content, Record
from objclass.engine.node import Made, View
from objclass.evaluation.assessment import assess, calibrate_sets
from objclass.evaluation.prediction_sets import Calibration
from objclass.nodes.classifier.embedded import SETS
from objclass.nodes.classifier.learning import LearnedRows, grouping, joined
from objclass.nodes.classifier.scored_apart import HELD_OUT


def calibration(view: View) -> Made:
    """Say how probable examples are of their own class for what has not seen them.

    What was trained before brings its own along.
    """
    if "examples" not in view.given:
        return Made(Content(record=Record({}, asdict(view.part.held(Calibration)))))
    learned = joined(view)
    found = calibrate_sets(view.one("model"), learned.examples, grouping(view, learned))
    return Made(Content(record=Record({}, asdict(found))))


def assessment(view: View) -> Made:
    """Say everything there is to say of how good the classifier is."""
    learned = joined(view)
    held = joined(view, HELD_OUT).examples if HELD_OUT in view.given else None
    numbers = {name: k for k, name in enumerate(learned.examples.columns)}
    together: Mapping[str, list[str]] = view.parameters["together"]
    columns = {name: [numbers[c] for c in found] for name, found in together.items()}
    model = view.one("model")
    sets: Mapping[str, list[str]] = view.parameters.get(SETS, {})
    facts = assess(model, learned.examples, grouping(view, learned), columns, held, sets)
    if held is not None:
        facts["evaluation"]["hold_out"] |= {"where": view.parameters["hold_out"]}
    mistakes = [_placed(each, learned, model.classes) for each in facts.get("mistakes", ())]
    return Made(Content(record=Record({}, {**facts, "mistakes": mistakes})))


def _placed(
    mistake: Mapping[str, Any], learned: LearnedRows, classes: tuple[str, ...]
) -> dict[str, Any]:
    """Return a suspected mistake with its image, its place and the names of its classes."""
    row = int(mistake["row"])
    names = {name: classes[mistake[name]] for name in ("said", "suggested")}
    t, z, y, x = learned.position[row].tolist()
    place = {"image": learned.image[row], "t": t, "z": z, "y": y, "x": x}
    return {**place, "object": learned.object[row], **mistake, **names}
