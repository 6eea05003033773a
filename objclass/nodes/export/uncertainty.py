"""``write: {uncertainty: …}``: how close the two most probable classes of each object are."""

from __future__ import annotations

from typing import ClassVar

from objclass.data.lazy_array import LazyArray
from objclass.data.objects import Prediction
from objclass.nodes.export.output import ExportRequest
from objclass.nodes.export.predicted import PredictedImage, in_values


class UncertaintyOutput(PredictedImage):
    """1 - (p1 - p2) of the two largest probabilities, 32-bit floats."""

    name = "uncertainty"
    result_type = "Object Uncertainty"
    voxel_bytes: ClassVar[tuple[int, int]] = (4, 4)

    def holds_fractions(self, asked: ExportRequest) -> bool:
        """Return True: uncertainties are fractions."""
        return True

    def painted(self, labels: LazyArray, found: Prediction) -> LazyArray:
        """Return a label image painted with the uncertainties."""
        import numpy as np

        shown = np.nan_to_num(found.uncertainty)  # an object that is not selected is background
        return in_values(labels, found.ids, shown.astype(np.float32))


OUTPUT = UncertaintyOutput()
