"""``write: {overlay: …}``: outlines in class colours on the raw image, with a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.axes import Grid
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelImage
from objclass.data.objects import Prediction
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.errors import FieldSetting, advise
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.output import PICTURE, ExportOutput, ExportRequest, ShapeWritten
from objclass.nodes.frames import frame_text

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class OverlayLayout(ExportLayout):
    """What a picture says in words and colours: also the size of its voxels, with the unit."""

    pixel_size: tuple[float | str | None, ...] = ()


class OverlayOutput(ExportOutput):
    """A picture of the objects; of a time series its middle frame."""

    name = "overlay"
    sort = PICTURE
    tells: ClassVar[type[Summary] | None] = ShapeWritten
    default_path: ClassVar[str | None] = "results/{image}_overlay.png"
    needs_image: ClassVar[bool] = True

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse to draw on nothing."""
        if asked.image is None:
            needs = "an overlay needs the raw image"
            fix = advise(FieldSetting("image", "raw", quoted=True))
            raise asked.look.problem("write.overlay", needs, fix=fix)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read objects, predictions and every channel of the raw image."""
        look, origin = asked.look, asked.origin
        image: ImageHeader = look.header("image", ImageHeader)
        channels = tuple(str(k) for k in range(len(image.channels)))
        shown = Read("image", look.wire("image"), channels)
        return (origin.voxels, *origin.predicted, shown)

    def layout(self, asked: ExportRequest) -> OverlayLayout:
        """Return what the picture says in words and colours."""
        grid = asked.origin.labels.grid
        return OverlayLayout(
            asked.origin,
            classes=asked.classes,
            colors=asked.colors,
            frame_names=asked.frame_names,
            pixel_size=(*(grid.spacing or ()), grid.unit),
        )

    def write(self, path: Path, view: View) -> Made:
        """Write outlines in class colours on the raw image."""
        from objclass.io.write import write_image

        given = view.all("objects")
        picture = draw(view, given[len(given) // 2])
        write_image(path, picture, "yxc", rgb=True)
        return Made(summary=ShapeWritten(list(picture.shape)))


def draw(view: View, shown: JoinedInput) -> NDArray[Any]:
    """Return the picture of one frame, ``(y, x, 3)``, uint8; of a volume what lies in front."""
    import numpy as np

    from objclass.painting import default_colors, overlay
    from objclass.painting.projection import brightest, nearest_objects

    layout = view.part.held(OverlayLayout)
    labels: LabelImage = shown.load()
    raw: Image = _same_frame(view.all("image"), shown.t).load()
    found: Prediction | None = None
    if "prediction" in view.given:
        found = view.at("prediction", shown).load()
    ids, grid = labels.index.ids, labels.header.grid
    return overlay(
        [brightest(raw.voxels(k)) for k in range(len(raw.header.channels))],
        nearest_objects(labels.voxels, ids),
        ids,
        found.code if found else np.ones(len(ids), np.uint8),
        layout.classes or ("objects",),
        layout.colors or default_colors(1),
        rgb_image=is_rgb(raw.header),
        pixel_size=grid.spacing[2] if grid.spacing and grid.unit else None,
        unit=grid.unit,
        title=_caption(view, shown.t, grid),
    )


def _caption(view: View, t: int | None, grid: Grid) -> str:
    """Return what stands below a picture: the image, and of a series of files the frame."""
    named_frames = view.part.held(OverlayLayout).frame_names or {}
    names = named_frames.get(view.image or "", ())
    frame = (t or 0) + grid.first_frame
    named = f", {frame_text(frame, names)}" if names else ""
    return f"{view.image}{named}"


def is_rgb(header: ImageHeader) -> bool:
    """Return True for images that are meant as colour: three 8-bit channels without names."""
    unnamed = header.channels in (("0", "1", "2"), ("red", "green", "blue"), ("r", "g", "b"))
    return unnamed and header.dtype == "uint8"


def _same_frame(given: Sequence[JoinedInput], t: int | None) -> JoinedInput:
    return next((each for each in given if each.t == t), given[0])
