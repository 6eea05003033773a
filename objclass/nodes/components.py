"""``components``: from a segmentation or a label image to objects."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.nodes.sizes import voxels
from objclass.schema.fields import Size, WireField


class ComponentsNode(Node):
    """Number the connected regions of a segmentation, or keep the ids of a label image."""

    version: ClassVar[int] = 1
    main: ClassVar[str | None] = "objects"
    synonyms: ClassVar[dict[str, str]] = {"input": "image", "segmentation": "image"}

    kind: Literal["components"]
    image: Annotated[WireField, Field(description="The segmentation or label image.")]
    ids: Annotated[
        Literal["keep", "relabel"] | None,
        Field(description="Keep the file's ids, or number 1…n; by default what suits the role."),
    ] = None
    min_size: Annotated[Size, Field(description="Smaller objects are dropped.")] = 0
    max_size: Annotated[Size | None, Field(description="Larger objects are dropped.")] = None

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the one part ``objects``."""
        header: ImageHeader | LabelHeader = look.header("image", ImageHeader, LabelHeader)
        is_labels = isinstance(header, LabelHeader)
        file_ids = isinstance(header, LabelHeader) and header.keeps_ids
        ids = self.ids or ("keep" if is_labels else "relabel")
        if isinstance(header, ImageHeader):
            self._check_segmentation(look, header, ids)
        grid = header.grid
        return (
            Part(
                name="objects",
                header=LabelHeader(
                    grid,
                    header.dtype if is_labels and ids == "keep" else "uint32",
                    keeps_ids=is_labels and ids == "keep" and file_ids,
                ),
                parameters={
                    "ids": ids,
                    "min_size": voxels(look, "min_size", self.min_size, grid),
                    "max_size": voxels(look, "max_size", self.max_size, grid),
                },
                reads=(Read("image", look.wire("image"), ("voxels",) if is_labels else ("0",)),),
                times=grid.times,
                version=self.version,
                place=grid.place,
            ),
        )

    def _check_segmentation(self, look: Look, header: ImageHeader, ids: str) -> None:
        if header.role != "segmentation":
            look.problem(
                "image",
                f"'{self.image}' has the role {header.role}",
                expected="role: segmentation or label_image",
                fix=f"set the role of '{self.image}', or use a node of kind threshold",
            )
        if ids == "keep":
            look.problem("ids", "a segmentation has no ids to keep", fix="role: label_image")

    def compute(self, part: Part, view: View) -> Made:
        """Make the label image of one frame."""
        from objclass.nodes.segmenting import components_layer

        return components_layer(view)
