"""``write: {identities: …}``: the label image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.labels import LabelImage
from objclass.engine.node import JoinedInput, Read, View
from objclass.nodes.export.image import ImageOutput
from objclass.nodes.export.output import ExportRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Voxels = NDArray[Any]


class IdentitiesOutput(ImageOutput):
    """The id of each object on its voxels."""

    name = "identities"
    ending = "ids"
    result_type = "Object Identities"
    default_path: ClassVar[str | None] = "results/{image}_ids.tif"

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the objects."""
        return (asked.origin.voxels,)

    def frame(self, given: JoinedInput, view: View) -> Voxels:
        """Return the ids of one frame."""
        labels: LabelImage = given.load()
        return labels.read()

    def stored(self, array: Voxels) -> Voxels:
        """Return ids as uint16 where they fit, so that every program opens the file."""
        import numpy as np

        return array.astype(np.uint16) if int(array.max(initial=0)) < 2**16 else array
