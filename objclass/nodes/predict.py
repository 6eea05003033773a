"""``predict``: class, probabilities and uncertainty of every object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.model import TRAINING_RANGE, Model, ModelHeader
from objclass.data.objects import PredictionHeader, TableHeader, code_names
from objclass.engine.artifact import Content, pack_prediction
from objclass.engine.look import Look, Unknown
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.nodes.lacking import way_on
from objclass.nodes.tables import table_reads, table_values
from objclass.schema.fields import Probability, WireField

KIND = "predict"
NAMED = 3
"""Columns that are named where an image lies outside of training."""


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

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the one part ``predictions``."""
        table: TableHeader = look.header("features", TableHeader)
        model: ModelHeader = look.header("classifier", ModelHeader)
        known = {column.name: column for column in table.columns}
        missing = [name for name in model.columns if name not in known]
        if missing:
            raise self._lacking(look, missing)
        wire = look.wire("classifier")
        header = PredictionHeader(
            model.classes, model.colors, table.objects, table, wire, self.min_probability
        )
        columns = [known[name] for name in model.columns]
        times = look.part(table.objects).times
        return (
            Part(
                "predictions",
                header,
                {"min_probability": self.min_probability},
                (Read("model", wire), *table_reads(table, columns)),
                times=times,
                version=1,
                recipe_kind=KIND,
            ),
        )

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
        from objclass.classification import predict
        from objclass.classification.shift import find_moves

        model: Model = view.one("model")
        ids, values = table_values(view)
        found = predict(model, ids, values, view.parameters["min_probability"])
        names = code_names(model.classes) if part.parameters["min_probability"] else model.classes
        counts = {name: int((found.code == k + 1).sum()) for k, name in enumerate(names)}
        summary: dict[str, Any] = {"objects": len(ids), "classes": counts}
        far = find_moves(model.facts.get(TRAINING_RANGE), values)
        if far:
            summary["shift"] = {"columns": len(far), "named": [str(m) for m in far[:NAMED]]}
        return Made(Content(record=pack_prediction(found)), summary)


class PredictNode(PredictionFields):
    """Classify every object of the feature table."""

    kind: Literal["predict"]
