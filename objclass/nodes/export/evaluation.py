"""``write: {evaluation: …}``: how good the classifier is, with everything that can be told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from objclass.engine.artifact import Record
from objclass.engine.node import Made, Node, Read, View
from objclass.engine.role import PartRole
from objclass.engine.summary import Summary
from objclass.evaluation.tidy import TITLES, measures
from objclass.nodes.export.origin import assessed
from objclass.nodes.export.output import ExportOutput, ExportRequest, RowsWritten, Sort
from objclass.nodes.export.rows import Columns, write_rows

EVALUATION = Sort("evaluation", (".csv", ".json"), ".csv")


class EvaluationOutput(ExportOutput):
    """Scores, their intervals, and what follows from them; nothing of other images."""

    name = "evaluation"
    sort = EVALUATION
    tells: ClassVar[type[Summary] | None] = RowsWritten
    joins_images: ClassVar[bool] = True
    of_batch: ClassVar[bool] = True

    def made_of(self, origin: Node, objects: Node) -> bool:
        """Return False: other images have no annotations to score with."""
        return False

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse what is no prediction of a classifier that learns here."""
        if not assessed(asked.look, asked.origin):
            what = f"'{asked.from_}' is not predicted by a classifier that learns here"
            fix = "export from its predict node; objclass evaluate PROJECT --truth scores projects"
            raise asked.look.problem(f"write.{self.name}", what, fix=fix)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the assessment of the classifier."""
        return assessed(asked.look, asked.origin)

    def write(self, path: Path, view: View) -> Made:
        """Write one number a row, or all facts as JSON."""
        record: Record = view.one(PartRole.ASSESSMENT.value)
        if path.suffix.lower() == ".csv":
            rows = list(measures(record.facts))
            columns: Columns = {title: [getattr(row, title) for row in rows] for title in TITLES}
            return write_rows(path, [columns])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record.facts, indent=1) + "\n", encoding="utf-8")
        return Made(summary=RowsWritten(len(record.facts)))


OUTPUT = EvaluationOutput()
