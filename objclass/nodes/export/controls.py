"""``write: {controls: …}``: how well control wells are told apart, one row a plate and class."""

from __future__ import annotations

from pathlib import Path

from objclass.engine.node import Made, View
from objclass.errors import FieldSetting, advise
from objclass.nodes.export.output import ExportRequest
from objclass.nodes.export.rows import write_rows
from objclass.nodes.export.wells import WellsOutput, plates_of


class ControlsOutput(WellsOutput):
    """Robust Z' and SSMD of the shares of every class."""

    name = "controls"

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse to judge controls that nobody named."""
        if asked.controls is None:
            fix = advise(FieldSetting("controls", "{positive: A01, negative: A02}"))
            raise asked.look.problem("write.controls", "no wells are named as controls", fix=fix)
        super().check_inputs(asked)

    def write(self, path: Path, view: View) -> Made:
        """Write one row a plate and class."""
        from objclass.wells.well_table import control_columns

        return write_rows(path, [control_columns(plates_of(view).controls)])


OUTPUT = ControlsOutput()
