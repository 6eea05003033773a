"""``write: {probabilities: …}``: one channel per class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.lazy_array import LazyArray
from objclass.data.objects import Prediction
from objclass.nodes.export.image import ImageLayout
from objclass.nodes.export.output import ExportRequest
from objclass.nodes.export.predicted import PredictedImage, in_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Voxels = NDArray[Any]


class ProbabilitiesOutput(PredictedImage):
    """The probability of each class, one channel per class, 32-bit floats."""

    name = "probabilities"
    result_type = "Object Probabilities"
    voxel_bytes: ClassVar[tuple[int, int]] = (4, 4)
    channels: ClassVar[str] = "c"
    colored: ClassVar[bool] = True

    def holds_fractions(self, asked: ExportRequest) -> bool:
        """Return True: probabilities are fractions."""
        return True

    def painted(self, labels: LazyArray, found: Prediction) -> LazyArray:
        """Return a label image painted with every probability, channels last."""
        import numpy as np

        ids = labels.with_last_kept()  # files with planes ask for one class after the other
        shown = np.nan_to_num(found.probability)  # an object that is not selected is background
        columns = np.ascontiguousarray(shown.astype(np.float32).T)
        classes = [in_values(ids, found.ids, column) for column in columns]

        def read(region: Region) -> Voxels:
            inner = Region(region.start[:-1], region.stop[:-1])
            wanted = classes[region.start[-1] : region.stop[-1]]
            return np.stack([each.read(inner) for each in wanted], axis=-1)

        shape = (*labels.shape, len(classes))
        return LazyArray(f"{labels.axes}{self.channels}", shape, columns.dtype, read)

    def described(self, grid: Grid, wanted: ImageLayout) -> dict[str, Any]:
        """Return what the file says of itself, with names and colours of the classes."""
        named = {"channel_names": list(wanted.classes or ()), "colors": list(wanted.colors or ())}
        return {**super().described(grid, wanted), **named}


OUTPUT = ProbabilitiesOutput()
