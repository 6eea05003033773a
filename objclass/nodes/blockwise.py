"""``blockwise``: the predictions of ``predict``, with the nodes above it run by block."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.objects import TableHeader
from objclass.engine.look import Look
from objclass.engine.node import Part
from objclass.errors import InputError
from objclass.nodes.predict import PredictionFields
from objclass.schema.fields import OUTSIDE_RECIPE, WholePerAxis, whole_per_axis


class BlockwiseNode(PredictionFields):
    """Predict, and run the nodes above block by block: the same result with bounded memory."""

    synonyms: ClassVar[dict[str, str]] = {"block_size": "block", "halo_size": "halo"}

    kind: Literal["blockwise"]
    block: Annotated[
        WholePerAxis,
        Field(
            description="Edge of a block in voxels, one number or per axis; never changes results.",
            json_schema_extra={OUTSIDE_RECIPE: True},
        ),
    ] = 512
    mode: Annotated[
        Literal["exact", "halo"], Field(description="exact: as on the whole image.")
    ] = "exact"
    halo: Annotated[WholePerAxis | None, Field(description="Context of a block in mode halo.")] = (
        None
    )

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the one part ``predictions``, whose recipe is that of ``predict``."""
        if self.mode == "halo":
            raise look.problem(
                "mode",
                "mode halo (ilastik's scheme) is not built yet",
                fix="mode: exact gives the whole-image result",
            )
        if self.halo is not None:
            look.problem("halo", "halo belongs to mode halo; exact needs none", fix="remove it")
        table: TableHeader = look.header("features", TableHeader)
        header = look.part(table.objects).header
        assert isinstance(header, ImageHeader | LabelHeader)
        try:
            edges = whole_per_axis(self.block, header.grid.spatial, "block")
        except InputError as error:
            raise look.passed_on(error, "block") from None
        if any(n < 1 for n in edges):
            raise look.problem("block", "a block has no voxels", got=str(edges[0]))
        return super().check(look)

    def block_by_axis(self) -> dict[str, int]:
        """Return the block's edge per axis."""
        z, y, x = whole_per_axis(self.block, "zyx") if self._has_z() else (1, *self._plane())
        return {"z": z, "y": y, "x": x} if self._has_z() else {"y": y, "x": x}

    def _has_z(self) -> bool:
        return not hasattr(self.block, "z") or getattr(self.block, "z", None) is not None

    def _plane(self) -> tuple[int, int]:
        y, x = whole_per_axis(self.block, "yx")
        return y, x
