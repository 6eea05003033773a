"""``input``: a file on disk as an image, a prediction map, a segmentation or a label image."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.foreground import Foreground
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.engine.kind import ImageReading
from objclass.engine.look import ImageKey, Look
from objclass.engine.node import Node, Part
from objclass.engine.role import PartRole
from objclass.errors import InputError
from objclass.io.chosen import ArrayChoice
from objclass.io.formats import vouch
from objclass.io.header import FileHeader
from objclass.io.image import Crop, Layout, image_header, layout_of
from objclass.io.source import Source, WrittenPath
from objclass.io.stack import describe_source
from objclass.nodes.contract import check_layout, expect, in_one_unit, unit_of
from objclass.nodes.frames import step_notes
from objclass.nodes.masks import MASKS, foreground_of, mask_crop, refused_channels
from objclass.nodes.source import FileSource
from objclass.schema.fields import (
    AxesText,
    Count,
    CropField,
    DurationField,
    FilePath,
    Name,
    Names,
    PixelSizeField,
    ValueRange,
)
from objclass.schema.foreground import NONZERO, ForegroundField

AsRead = tuple[Layout, ImageHeader | LabelHeader, Grid]
"""Which axis of a file is which, what the node makes of it, and the grid without cuts."""
PageCount = Annotated[int, Field(ge=1)]
"""How many pages of a file lie along an axis."""


class InputNode(Node):
    """Refer to a file; its voxels are read when needed and never copied."""

    main: ClassVar[str | None] = "image"
    synonyms: ClassVar[dict[str, str]] = {
        "file": "path",
        "filename": "path",
        "axis_order": "axes",
        "channel_names": "channels",
        "spacing": "pixel_size",
        "voxel_size": "pixel_size",
        "region": "crop",
        "type": "role",
        "drange": "value_range",
        "object_value": "foreground",
        "mask_value": "foreground",
    }

    kind: Literal["input"]
    path: Annotated[
        FilePath,
        Field(description="The file, relative to the workflow; {name} makes images of many files."),
    ]
    axes: Annotated[
        AxesText | None,
        Field(description="Letters of tczyx in file order, where the file is silent."),
    ] = None
    series: Annotated[
        Name | Count | None,
        Field(description="Which image of a TIFF with several: its name, or its number from 0."),
    ] = None
    sizes: Annotated[
        dict[Literal["t", "c", "z"], PageCount] | None,
        Field(description="{t: 3, c: 2}: a file's pages are frames, planes, channels in turn."),
    ] = None
    channels: Annotated[Names | None, Field(description="Channel names in order.")] = None
    pixel_size: Annotated[
        PixelSizeField | None,
        Field(description="Such as 0.65 um, or {z: 2 um, y: 0.65 um, x: 0.65 um}."),
    ] = None
    time_step: Annotated[
        DurationField | None, Field(description="Time between frames, such as 5 min.")
    ] = None
    role: Annotated[
        Literal["raw", "prediction_map", "segmentation", "label_image"],
        Field(description="What the voxels mean."),
    ] = "raw"
    foreground: Annotated[
        ForegroundField,
        Field(description="Segmentations: nonzero, 2, [1, 3], {above: 127} or {below: 128}."),
    ] = NONZERO
    value_range: Annotated[
        ValueRange | None, Field(description="[low, high] that the voxel values span.")
    ] = None
    crop: Annotated[
        CropField | None,
        Field(description="{z: [200, 456], t: 0}: a pair keeps the axis, an integer drops it."),
    ] = None
    level: Annotated[int | None, Field(ge=0, description="Level of an image pyramid.")] = None

    @property
    def chosen(self) -> ArrayChoice:
        """How each file is read."""
        return ArrayChoice(dict((self.sizes or {}).items()), self.role in MASKS)

    def source_of(self, image: ImageKey, name: str) -> tuple[Source, WrittenPath]:
        """Return where an image's voxels lie, as opened and as written; `name` is the node's."""
        source, named = image.files[name]
        return source.at(self.series, self.level), named

    @property
    def reads_image(self) -> ImageReading | None:
        """The image it refers to."""
        return ImageReading(self.path, self.role)

    def check(self, look: Look) -> tuple[Part, ...]:
        """Return the one part ``image``, which refers to the file."""
        source, named = self.source_of(look.image, look.name)
        file, axes = self._described(look, source, named)
        layout, header, whole = self._as_read(look, file, axes, source, named)
        for note in (*file.notes, *step_notes(look, source)):
            look.note(note)
        refers = FileSource(
            source,
            named,
            layout,
            header,
            whole,
            self.axes,
            self.chosen,
            file.dtype,
            chunks=file.chunks,
            held=file.stored,
        )
        return (
            Part(
                "image",
                header,
                times=header.grid.times,
                source=refers,
                asked=False,
                version=self.version,
                role=PartRole.IMAGE,
            ),
        )

    def _as_read(
        self, look: Look, file: FileHeader, axes: str | None, source: Source, named: WrittenPath
    ) -> AsRead:
        """Return how a file is read; the same objects as before where it says the same.

        The first image is what the others are compared with, so it is not like them. Whether
        the channels of a mask are alike, its header does not say.
        """
        said = file, axes, unit_of(look)
        key, known = (look.name, "as read"), look.findings.known
        if key in known and known[key][0] == said:
            alike: AsRead = known[key][1]
            return alike
        is_first, problems = expect(look)[0] is None, len(look.findings.problems)
        found = self._worked_out(look, file, axes, source, named)
        by_voxels = self.role in MASKS and "c" in (axes or file.axes or "")
        if not is_first and not by_voxels and len(look.findings.problems) == problems:
            known[key] = said, found
        return found

    def _worked_out(
        self, look: Look, file: FileHeader, axes: str | None, source: Source, named: WrittenPath
    ) -> AsRead:
        crop: Crop | None = self.crop.parts if self.crop else None
        try:
            if self.role in MASKS:
                crop = mask_crop(look, file, axes, crop, source, named, self.chosen)
            layout = layout_of(file, axes, crop)
        except InputError as error:
            raise look.passed_on(error, "crop" if self.crop and file.axes else "axes") from None
        check_layout(look, layout)
        foreground = foreground_of(look, self.role, file, self.foreground)
        header = in_one_unit(look, file, self._header(look, file, layout, foreground))
        dropped = {a: kept for a, kept in (crop or {}).items() if a == "c" or isinstance(kept, int)}
        return layout, header, layout_of(file, axes, dropped).grid()

    def _described(
        self, look: Look, source: Source, named: WrittenPath
    ) -> tuple[FileHeader, str | None]:
        def make() -> Any:
            header, axes = describe_source(source, self.axes, self.chosen)
            return [dict(vars(header)), axes]

        kind = "mask described" if self.chosen.mask else "described"
        key = [kind, named, self.axes, *source.key, *self.chosen.key]
        try:
            facts, axes = look.settings.memo(key, vouch(source), make)
        except InputError as error:
            told = {"series": self.series, "level": self.level, "sizes": self.sizes or None}
            field = next((name for name, said in told.items() if said is not None), "path")
            raise look.passed_on(error, field) from None
        return header_from(facts), axes

    def _header(
        self, look: Look, file: FileHeader, layout: Layout, foreground: Foreground | None
    ) -> ImageHeader | LabelHeader:
        size = self.pixel_size
        sizes = (
            {a: v for a, v in zip("zyx", (size.z, size.y, size.x), strict=True) if v}
            if size
            else None
        )
        try:
            header = image_header(
                file,
                layout,
                channels=self.channels,
                spacing=sizes,
                unit=size.unit if size else None,
                time_step=str(self.time_step) if self.time_step else None,
                role=self.role,
                value_range=self.value_range,
            )
        except InputError as error:
            raise look.passed_on(error, "channels") from None
        if self.role == "prediction_map" and header.dtype == "uint8" and not header.value_range:
            return replace(header, value_range=(0.0, 255.0))
        if self.role not in MASKS:
            return header
        if layout.channels > 1:
            raise refused_channels(look, self.role, layout)
        if foreground is not None:
            return replace(header, dtype="uint8", foreground=foreground)
        return self._labels(look, header)

    def _labels(self, look: Look, header: ImageHeader) -> ImageHeader | LabelHeader:
        dtype = "uint64" if header.dtype.endswith("64") else "uint32"
        if self.role == "segmentation":
            is_float = header.dtype.startswith("float")
            return replace(header, dtype=dtype) if is_float else header
        return LabelHeader(header.grid, dtype, keeps_ids=True)


def header_from(facts: dict[str, Any]) -> FileHeader:
    """Return a file's header from what is remembered of it."""
    texts: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()
    }
    return FileHeader(**texts)


def grid_of(part: Part) -> Grid:
    """Return the grid of an input's part."""
    assert isinstance(part.header, ImageHeader | LabelHeader)
    return part.header.grid
