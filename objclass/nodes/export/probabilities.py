"""``write: {probabilities: …}``: one channel per class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.axes import Grid
from objclass.data.objects import Prediction
from objclass.nodes.export.image import ImageLayout
from objclass.nodes.export.output import ExportRequest
from objclass.nodes.export.predicted import PredictedImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Voxels = NDArray[Any]


class ProbabilitiesOutput(PredictedImage):
    """The probability of each class, one channel per class, 32-bit floats."""

    name = "probabilities"
    result_type = "Object Probabilities"
    channels: ClassVar[str] = "c"
    colored: ClassVar[bool] = True

    def holds_fractions(self, asked: ExportRequest) -> bool:
        """Return True: probabilities are fractions."""
        return True

    def painted(self, labels: Voxels, found: Prediction) -> Voxels:
        """Return a label image painted with every probability, channels last."""
        import numpy as np

        from objclass.painting import paint

        columns = found.probability.astype(np.float32).T
        painted = [paint(labels, found.ids, np.ascontiguousarray(c)) for c in columns]
        return np.stack(painted, axis=-1)

    def described(self, grid: Grid, wanted: ImageLayout) -> dict[str, Any]:
        """Return what the file says of itself, with names and colours of the classes."""
        named = {"channel_names": list(wanted.classes or ()), "colors": list(wanted.colors or ())}
        return {**super().described(grid, wanted), **named}
