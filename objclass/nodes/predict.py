"""``predict``: class, probabilities and uncertainty of every object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from objclass.data.dataclass import dataclass
from objclass.data.model import TRAINING_RANGE, Model, ModelHeader, SelectedClasses
from objclass.data.objects import (
    Column,
    Prediction,
    PredictionHeader,
    TableHeader,
    code_names,
)
from objclass.data.wire import Wire
from objclass.engine.artifact import Content, FactsHeader, Record, pack_prediction
from objclass.engine.kind import Predicting
from objclass.engine.look import Look, Unknown
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.engine.role import PartRole
from objclass.nodes.counted import ObjectSummary, moved, sum_up
from objclass.nodes.lacking import way_on
from objclass.nodes.scaled import normalized, scale_reads
from objclass.nodes.tables import table_reads, table_values
from objclass.schema.fields import Probability, WireField

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KIND = "predict"
Coverage = Annotated[float, Field(gt=0, lt=1)]
"""A share between 0 and 1."""
UNCOUNTED = "uncounted"
"""Parameter that names the classes that are left out of counts; only there where some are."""
SELECTED = "selected"
"""The earlier predictions that say which objects get a class, and their codes for it."""
NAMED = 3
"""Columns that are named where an image lies outside of training."""


@dataclass(frozen=True)
class Shift:
    """How the objects of a frame differ from those of training.

    Parameters
    ----------
    columns
        Number of columns that moved.
    named
        The farthest of them in words.
    distance
        How far outside the farthest lies, in widths of its range; None where nobody noted it.
    """

    columns: int
    named: tuple[str, ...]
    distance: float | None = None


@dataclass(frozen=True)
class PredictionSummary(ObjectSummary):
    """What is told of predictions.

    Parameters
    ----------
    objects
        How many there are.
    classes
        Class to objects.
    shift
        How they differ from training; None where they do not, and of what was merged.
    uncounted
        Classes that are left out of counts; None where all are counted.
    imputed
        Objects in which medians of training stand for missing values; None where none does.
    not_selected
        Objects that the classifier is not for; None where it is for all. They are not among
        `objects`.
    """

    kind: ClassVar[str] = "predictions"

    classes: Mapping[str, int] = field(default_factory=dict)
    shift: Shift | None = None
    uncounted: Sequence[str] | None = None
    imputed: int | None = None
    not_selected: int | None = None

    @classmethod
    def of_json(cls, record: Mapping[str, Any]) -> Self:
        """Return what was told."""
        told = record.get("shift")
        shift = Shift(**{**told, "named": tuple(told["named"])}) if told else None
        return cls(
            record["objects"],
            record["classes"],
            shift,
            record.get(UNCOUNTED),
            record.get("imputed"),
            record.get("not_selected"),
        )

    @classmethod
    def merged(cls, told: Sequence[Self]) -> Self:
        """Return the sums."""
        counts = sum_up(each.classes for each in told)
        imputed = sum(each.imputed or 0 for each in told) or None
        others = [n for each in told if (n := each.not_selected) is not None]
        return cls(
            sum(each.objects for each in told),
            counts,
            None,
            told[0].uncounted,
            imputed,
            sum(others) if others else None,
        )

    @property
    def counts(self) -> Mapping[str, int]:
        """Class to objects, of the classes that are counted."""
        return {n: count for n, count in self.classes.items() if n not in (self.uncounted or ())}

    @property
    def not_counted(self) -> int | None:
        """Objects of classes that are left out of counts; None where all are counted."""
        names = self.uncounted
        return None if names is None else sum(self.classes.get(name, 0) for name in names)

    @property
    def others(self) -> int | None:
        """Objects that the classifier is not for; None where it is for all."""
        return self.not_selected

    @property
    def facts(self) -> dict[str, Any]:
        """``classes`` and ``objects``; ``not_counted`` where classes are left out."""
        counts = dict(self.counts)
        left_out = {n: self.classes.get(n, 0) for n in self.uncounted or ()}
        more: dict[str, Any] = {"not_counted": left_out} if left_out else {}
        if self.not_selected is not None:
            more["not_selected"] = self.not_selected
        return {"classes": counts, "objects": self.objects, **more}

    def sentences(self, before: Self | None = None) -> Iterator[str]:
        """Yield how many objects there are and were, of each class, and of those not counted."""
        yield moved(self, before)
        if self.classes:
            yield ", ".join(f"{n} {name}" for name, n in self.counts.items())
        if self.uncounted:
            left_out = (f"{self.classes.get(name, 0)} {name}" for name in self.uncounted)
            yield f"not counted: {', '.join(left_out)}"
        if self.not_selected is not None:
            yield f"not selected: {self.not_selected}"
        if self.imputed:
            yield f"medians of training for missing values of {self.imputed} objects"


class PredictionFields(Node):
    """What ``predict`` and ``blockwise`` share: the same recipe, so the same result."""

    main: ClassVar[str | None] = "predictions"
    alike: ClassVar[bool] = True
    synonyms: ClassVar[dict[str, str]] = {"model": "classifier", "table": "features"}

    features: Annotated[WireField, Field(description="The feature table.")]
    classifier: Annotated[WireField, Field(description="The trained classifier.")]
    min_probability: Annotated[
        Probability, Field(description="Less certain objects are called unclassified.")
    ] = 0.0

    @property
    def predicts(self) -> Predicting | None:
        """What it predicts from."""
        return Predicting(self.features, self.classifier, self.min_probability)

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the one part ``predictions``."""
        table: TableHeader = look.header("features", TableHeader)
        model: ModelHeader = look.header("classifier", ModelHeader)
        return (self.predicted(look, table, model, look.part(table.objects).times),)

    def used(self, look: Look, table: TableHeader, model: ModelHeader) -> list[Column]:
        """Return the columns that the classifier learned from, as a table has them."""
        known = {column.name: column for column in table.columns}
        missing = [name for name in model.columns if name not in known]
        if missing:
            raise self._lacking(look, missing)
        return [known[name] for name in model.columns]

    def predicted(
        self, look: Look, table: TableHeader, model: ModelHeader, times: tuple[int | None, ...]
    ) -> Part:
        """Return the part that predicts the objects of a table."""
        wire = look.wire("classifier")
        header = PredictionHeader(
            model.classes,
            model.colors,
            table.objects,
            table,
            wire,
            self.min_probability,
            model.uncounted,
            model.selected,
        )
        columns = self.used(look, table, model)
        uncounted = {UNCOUNTED: list(model.uncounted)} if model.uncounted else {}
        selected, selecting = self._selected(look, table, model.selected)
        return Part(
            "predictions",
            header,
            {"min_probability": self.min_probability, **uncounted, **selected},
            (
                Read("model", wire),
                *selecting,
                *scale_reads(look, wire.node),
                *table_reads(table, columns),
            ),
            times=times,
            version=1,
            recipe_kind=KIND,
            tells=PredictionSummary,
        )

    def _selected(
        self, look: Look, table: TableHeader, selected: SelectedClasses | None
    ) -> tuple[dict[str, Any], tuple[Read, ...]]:
        """Return what a recipe holds of a selection, and what is read for it."""
        if selected is None:
            return {}, ()
        if selected.objects != table.objects:
            what = f"'{self.classifier}' is for {selected}, which are other objects than these"
            got, expected = f"'{table.objects}'", f"'{selected.objects}'"
            raise look.problem("features", what, got=got, expected=expected)
        # until the first is trained, no code of it is known
        codes = dict(zip(selected.classes, selected.codes, strict=False))
        return {SELECTED: codes}, (Read(SELECTED, selected.predictions, ("ids", "code")),)

    def _lacking(self, look: Look, missing: Sequence[str]) -> Unknown:
        """Report columns that were learned from and are not measured here."""
        return look.problem(
            "features",
            f"'{self.features}' lacks columns that '{self.classifier}' learned from",
            got=f"no {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else ""),
            fix=way_on(look, missing[0]),
        )

    def compute(self, part: Part, view: View) -> Made:
        """Predict the objects of one frame."""
        from objclass.classification import count_imputed, predict_selected
        from objclass.classification.shift import find_moves

        model: Model = view.one("model")
        ids, measured = table_values(view)
        values = normalized(view, measured)
        inside = _find_selected(view)
        found = predict_selected(model, ids, values, inside, view.parameters["min_probability"])
        names = code_names(model.classes) if part.parameters["min_probability"] else model.classes
        counts = {name: int((found.code == k + 1).sum()) for k, name in enumerate(names)}
        far = find_moves(model.facts.get(TRAINING_RANGE), values)
        said = tuple(str(moved) for moved in far[:NAMED])
        shift = Shift(len(far), said, far[0].distance) if far else None
        summary = PredictionSummary(
            len(ids) if inside is None else int(inside.sum()),
            counts,
            shift,
            view.parameters.get(UNCOUNTED),
            count_imputed(model, values, inside),
            None if inside is None else int((~inside).sum()),
        )
        return Made(Content(record=pack_prediction(found)), summary)


def _find_selected(view: View) -> NDArray[np.bool_] | None:
    """Return which objects of the one frame that a step sees are selected; None for all."""
    if SELECTED not in view.given:
        return None
    import numpy as np

    earlier: Prediction = view.one(SELECTED)
    return np.isin(earlier.code, list(view.parameters[SELECTED].values()))


class PredictNode(PredictionFields):
    """Classify every object of the feature table."""

    kind: Literal["predict"]
    coverage: Annotated[
        Coverage | None,
        Field(description="Sets of classes, of which so many hold the true one, for each class."),
    ] = None

    @property
    def predicts(self) -> Predicting | None:
        """What it predicts from."""
        return Predicting(self.features, self.classifier, self.min_probability, self.coverage)

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return ``predictions``, and ``sets`` where a coverage is asked for."""
        parts = super().check(look)
        return parts if self.coverage is None else (*parts, self._sets(look, parts[0]))

    def _sets(self, look: Look, predictions: Part) -> Part:
        """Return the part that says which classes an object may have."""
        classifier = look.wire("classifier").node
        kept = look.of_role(classifier, PartRole.CALIBRATION)
        if kept is None:
            what = f"'{classifier}' was trained without a coverage, so nothing says what sets need"
            fix = "train it again in a workflow whose predict node has a coverage, or remove this"
            raise look.problem("coverage", what, fix=fix)
        return Part(
            "sets",
            FactsHeader("sets"),
            {"coverage": self.coverage},
            (
                Read("predictions", Wire(look.name, predictions.name), ("ids", "probability")),
                Read("calibration", Wire(classifier, kept.name)),
            ),
            times=predictions.times,
            asked=False,
            version=2,
            role=PartRole.SETS,
            payload=predictions.header,
        )

    def compute(self, part: Part, view: View) -> Made:
        """Predict the objects of one frame, or say which classes they may have."""
        return _sets(view) if part.role is PartRole.SETS else super().compute(part, view)


def _sets(view: View) -> Made:
    """Return the sets of the objects of one frame; what is not reached is warned of."""
    from objclass.evaluation.prediction_sets import (
        Calibration,
        coverage_words,
        prediction_sets,
        thresholds,
    )

    coverage: float = view.parameters["coverage"]
    calibration = Calibration(**view.one("calibration").facts)
    found = thresholds(calibration, coverage)
    prediction: Prediction = view.one("predictions")
    classes = view.part.held(PredictionHeader).classes
    sets = prediction_sets(prediction.probability, classes, found)
    few = tuple(f"coverage: {each}" for each in coverage_words(calibration, found, coverage))
    return Made(Content(record=Record({"ids": prediction.ids, "sets": sets})), warnings=few)
