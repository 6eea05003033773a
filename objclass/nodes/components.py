"""``components``: from a segmentation or a label image to objects."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.look import Look
from objclass.engine.node import Made, Node, Part, Read, View
from objclass.engine.role import PartRole
from objclass.nodes.counted import LabelImageSummary
from objclass.nodes.resolution import factors_to
from objclass.nodes.sizes import limits
from objclass.schema.fields import Size, WireField


class ComponentsNode(Node):
    """Number the connected regions of a segmentation, or keep the ids of a label image."""

    version: ClassVar[int] = 1
    main: ClassVar[str | None] = "objects"
    alike: ClassVar[bool] = True
    synonyms: ClassVar[dict[str, str]] = {"input": "image", "segmentation": "image"}

    kind: Literal["components"]
    image: Annotated[WireField, Field(description="The segmentation or label image.")]
    ids: Annotated[
        Literal["keep", "relabel"] | None,
        Field(description="Keep the file's ids, or number 1…n; by default what suits the role."),
    ] = None
    connectivity: Annotated[
        Literal["faces", "full"],
        Field(description="Segmentations: voxels join over faces, or also over corners."),
    ] = "faces"
    fill_holes: Annotated[
        bool, Field(description="Background that one object encloses becomes part of it.")
    ] = False
    inside: Annotated[
        WireField | None,
        Field(description="A mask or label image: objects with at most half inside are dropped."),
    ] = None
    border_objects: Annotated[
        Literal["keep", "remove"], Field(description="Objects that touch the image's border.")
    ] = "keep"
    min_size: Annotated[Size, Field(description="Smaller objects are dropped.")] = 0
    max_size: Annotated[Size | None, Field(description="Larger objects are dropped.")] = None
    like: Annotated[
        WireField | None,
        Field(description="Image whose finer or coarser grid the objects are brought to first."),
    ] = None

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the one part ``objects``."""
        given: ImageHeader | LabelHeader = look.header("image", ImageHeader, LabelHeader)
        header, factors = factors_to(look, given)
        file_ids = isinstance(header, LabelHeader) and header.keeps_ids
        ids = self.ids or ("keep" if file_ids else "relabel")
        if isinstance(header, ImageHeader):
            self._check_segmentation(look, header, ids)
        elif self.connectivity == "full":
            fix = "a label image says itself which voxels belong together"
            look.problem("connectivity", "connectivity is for segmentations", fix=fix)
        keeps = ids == "keep"
        found_in = header.found_in if isinstance(header, LabelHeader) else ()
        made = LabelHeader(
            header.grid, header.dtype if keeps else "uint32", keeps and file_ids, found_in
        )
        parameters = self._parameters(look, header.grid, ids, factors)
        if file_ids and not keeps:
            parameters["original_ids"] = True
        return (
            Part(
                name="objects",
                header=made,
                parameters=parameters,
                reads=self._reads(look, header),
                times=header.grid.times,
                version=self.version,
                place=header.grid.place,
                role=PartRole.OBJECTS,
                tells=LabelImageSummary,
                working=0,
            ),
        )

    def _parameters(
        self, look: Look, grid: Grid, ids: str, factors: dict[str, list[int]] | None
    ) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "ids": ids,
            "connectivity": self.connectivity,
            "fill_holes": self.fill_holes,
            "border_objects": self.border_objects,
            **limits(look, self.min_size, self.max_size, grid),
        }
        return parameters | ({"factors": factors} if factors else {})

    def _reads(self, look: Look, header: ImageHeader | LabelHeader) -> tuple[Read, ...]:
        """Read ids, and of a threshold that kept channels apart also the index that says so."""
        index = ("index",) if isinstance(header, LabelHeader) and header.found_in else ()
        image = Read("image", look.wire("image"), (*_voxels(header), *index))
        if self.inside is None:
            return (image,)
        region: ImageHeader | LabelHeader = look.header("inside", ImageHeader, LabelHeader)
        if isinstance(region, ImageHeader) and region.role != "segmentation":
            what = f"'{self.inside}' has the role {region.role}"
            fix = f"set the role of '{self.inside}'"
            look.problem("inside", what, expected="role: segmentation or label_image", fix=fix)
        look.same_grid("like" if self.like else "image", header.grid, "inside", region.grid)
        return (image, Read("inside", look.wire("inside"), _voxels(region)))

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
        from objclass.nodes.filtering import components_layer

        return components_layer(view)


def _voxels(header: ImageHeader | LabelHeader) -> tuple[str, ...]:
    """Return the subtree that holds the voxels."""
    return ("voxels",) if isinstance(header, LabelHeader) else ("0",)
