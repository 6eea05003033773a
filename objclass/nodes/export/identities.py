"""``write: {identities: …}``: the label image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from objclass.data.labels import LabelImage
from objclass.data.lazy_array import LazyArray
from objclass.engine.artifact import INDEX
from objclass.engine.node import JoinedInput, Read, View
from objclass.nodes.export.image import ImageLayout, ImageOutput
from objclass.nodes.export.output import ExportRequest


class IdentitiesOutput(ImageOutput):
    """The id of each object on its voxels."""

    name = "identities"
    ending = "ids"
    result_type = "Object Identities"
    voxel_bytes: ClassVar[tuple[int, int]] = (2, 8)
    default_path: ClassVar[str | None] = "results/{image}_ids.tif"

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the objects."""
        return (asked.origin.voxels,)

    def frame(self, given: JoinedInput, view: View) -> LazyArray:
        """Return the ids of one frame."""
        labels: LabelImage = given.load()
        return labels.voxels

    def usual_type(
        self, voxels: LazyArray, wanted: ImageLayout, frames: Sequence[JoinedInput]
    ) -> str | None:
        """Return uint16 where the ids fit, so that every program opens the file.

        ilastik's files keep the type.
        """
        from objclass.io.write import extent

        if wanted.names is not None or voxels.dtype.kind not in "ui":
            return None
        largest = _largest_id(frames)
        if largest >= FEW and (largest == math.inf or wanted.region):
            largest = int(extent(voxels)[1])
        return "uint16" if largest < FEW else None


FEW = 2**16


def _largest_id(frames: Sequence[JoinedInput]) -> float:
    """Return the largest id of all frames; infinity where nobody has listed the objects."""
    if any(INDEX not in each.artifact.subtrees for each in frames):
        return math.inf
    indexes = (each.load().index.ids for each in frames)
    return max((int(ids[-1]) for ids in indexes if len(ids)), default=0)


OUTPUT = IdentitiesOutput()
