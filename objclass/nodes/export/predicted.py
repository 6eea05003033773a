"""What all outputs share that paint a prediction on the voxels of its objects."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.labels import LabelImage
from objclass.data.lazy_array import LazyArray
from objclass.data.objects import Prediction
from objclass.engine.node import JoinedInput, Node, Read, View
from objclass.nodes.export.image import ImageLayout, ImageOutput
from objclass.nodes.export.output import ExportRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PredictedImage(ImageOutput):
    """An image of something that was predicted.

    Attributes
    ----------
    colored
        True where the colours of the classes stand in the file.
    """

    colored: ClassVar[bool] = False

    def made_of(self, origin: Node, objects: Node) -> bool:
        """Return whether a node predicts."""
        return origin.predicts is not None

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse what predicts nothing."""
        if asked.origin.prediction is None:
            gives = f"'{asked.from_}' gives no predictions"
            fix = "export from a predict node"
            raise asked.look.problem(f"write.{self.name}", gives, fix=fix)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read objects and predictions."""
        return (asked.origin.voxels, *asked.origin.predicted)

    def layout(self, asked: ExportRequest) -> ImageLayout:
        """Return the layout with the classes."""
        colors = asked.colors if self.colored else None
        return replace(super().layout(asked), classes=asked.classes, colors=colors)

    def frame(self, given: JoinedInput, view: View) -> LazyArray:
        """Return one frame, painted."""
        labels: LabelImage = given.load()
        return self.painted(labels.voxels, view.at("prediction", given).load())

    @abstractmethod
    def painted(self, labels: LazyArray, found: Prediction) -> LazyArray:
        """Return a label image painted with what was predicted."""


def in_values(labels: LazyArray, ids: NDArray[np.uint64], values: NDArray[Any]) -> LazyArray:
    """Return a label image with the value of every object on its voxels, 0 elsewhere."""
    from objclass.painting import painter

    return labels.mapped(painter(ids, values, voxels=labels.size), values.dtype)
