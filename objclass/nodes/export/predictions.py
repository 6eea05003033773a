"""``write: {predictions: …}``: the class of each object painted on its voxels."""

from __future__ import annotations

from typing import Any, ClassVar

from objclass.data.axes import Grid
from objclass.data.lazy_array import LazyArray
from objclass.data.objects import Prediction
from objclass.nodes.export.image import ImageLayout
from objclass.nodes.export.predicted import PredictedImage, in_values


class PredictionsOutput(PredictedImage):
    """The class of each object, 1 to K; 0 is background or not selected, K + 1 unclassified."""

    name = "predictions"
    ending = "classes"
    result_type = "Object Predictions"
    voxel_bytes: ClassVar[tuple[int, int]] = (1, 1)
    colored: ClassVar[bool] = True

    def painted(self, labels: LazyArray, found: Prediction) -> LazyArray:
        """Return a label image painted with the codes of the classes."""
        return in_values(labels, found.ids, found.code)

    def described(self, grid: Grid, wanted: ImageLayout) -> dict[str, Any]:
        """Return what the file says of itself, with the names and colours of the classes."""
        said = {"colors": list(wanted.colors or ()), "classes": list(wanted.classes or ())}
        return {**super().described(grid, wanted), **said}


OUTPUT = PredictionsOutput()
