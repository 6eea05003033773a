"""``write: {cores: …}``: what a ``threshold`` node makes on its way to objects."""

from __future__ import annotations

from typing import ClassVar

from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelImage
from objclass.data.lazy_array import LazyArray
from objclass.data.wire import Wire
from objclass.engine.node import JoinedInput, Node, Read, View
from objclass.nodes.export.image import ImageOutput
from objclass.nodes.export.output import ExportRequest, OptionalField
from objclass.nodes.threshold import ThresholdNode


class ThresholdLayer(ImageOutput):
    """A part of the ``threshold`` node that makes the objects.

    Parameters
    ----------
    name
        The part.
    """

    takes: ClassVar[frozenset[OptionalField]] = frozenset()
    read: ClassVar[str] = "layer"

    def __init__(self, name: str) -> None:
        self.name = name

    def made_of(self, origin: Node, objects: Node) -> bool:
        """Return whether the objects come from a threshold."""
        return isinstance(objects, ThresholdNode)

    def holds_fractions(self, asked: ExportRequest) -> bool:
        """Return True for a smoothed image, False for label images."""
        parts = asked.look.made.get(asked.origin.objects.node, ())
        return any(p.name == self.name and isinstance(p.header, ImageHeader) for p in parts)

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse a layer that the node does not make."""
        asked.look.part(self._wire(asked), f"write.{self.name}")

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the layer."""
        return (Read(self.read, self._wire(asked)),)

    def _wire(self, asked: ExportRequest) -> Wire:
        return Wire(asked.origin.objects.node, self.name)

    def frame(self, given: JoinedInput, view: View) -> LazyArray:
        """Return the voxels of one frame."""
        data: LabelImage | Image = given.load()
        return data.voxels(0) if isinstance(data, Image) else data.voxels


SMOOTHED = ThresholdLayer("smoothed")
CORES = ThresholdLayer("cores")
CORES_FILTERED = ThresholdLayer("cores_filtered")
UNFILTERED = ThresholdLayer("unfiltered")
