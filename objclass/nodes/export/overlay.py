"""``write: {overlay: …}``: outlines in class colours on the raw image, with a legend."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelImage
from objclass.data.lazy_array import LazyArray
from objclass.data.objects import Prediction
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.errors import FieldSetting, advise
from objclass.io.picture_write import ANIMATED
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.output import PICTURE, ExportOutput, ExportRequest, ShapeWritten
from objclass.nodes.export.raw_frame import raw_of, raw_read
from objclass.nodes.export.target import Target, spans_of
from objclass.nodes.frames import frame_text, time_of
from objclass.schema.fields import Count, Positive

if TYPE_CHECKING:
    from numpy.typing import NDArray


LOOKED_AT = 40
"""Frames of a film, about, whose light is that of all."""
SECONDS = 0.3
"""How long a frame is shown where nobody says."""
GIF = "remove it, or write a .gif"


class OverlayTarget(Target):
    """One picture to write: its path, whose suffix is the format, and what it shows."""

    plane: Annotated[
        Literal["max", "middle"] | Count | None,
        Field(
            description="Of a volume: the brightest voxels along z (max, the default), the plane "
            "in the middle, or one by its number in the uncropped image."
        ),
    ] = None
    t: Annotated[
        Literal["all"] | Count | None,
        Field(
            description="Of a series: a frame by its number in the uncropped image, by default "
            "the middle one; all, the default of .gif, for one after the other."
        ),
    ] = None
    seconds: Annotated[
        Positive | None, Field(description=f"GIF: how long a frame is shown, by default {SECONDS}.")
    ] = None

    @property
    def is_animated(self) -> bool:
        """True where one frame after the other is shown."""
        return Path(self.path).suffix.lower() == ANIMATED and self.t in (None, "all")

    def elsewhere(self, path: str, suffix: str) -> Self:
        """Return the same picture of another image: numbers are those of the image they name."""
        update: dict[str, object] = {"path": path}
        update |= {} if isinstance(self.plane, str) else {"plane": None}
        update |= {} if isinstance(self.t, str) else {"t": None}
        return self.model_copy(update=update)


@dataclass(frozen=True)
class OverlayLayout(ExportLayout):
    """What a picture says in words and colours: also the size of its voxels, with the unit, and
    which plane and frames it shows.
    """

    pixel_size: tuple[float | str | None, ...] = ()
    plane: int | str | None = None
    t: int | str | None = None
    seconds: float | None = None


class OverlayOutput(ExportOutput):
    """A picture of the objects; of a time series its middle frame, or all of them as GIF."""

    name = "overlay"
    sort = PICTURE
    options = OverlayTarget
    tells: ClassVar[type[Summary] | None] = ShapeWritten
    default_path: ClassVar[str | None] = "results/{image}_overlay.png"
    needs_image: ClassVar[bool] = True

    def check_file(self, asked: ExportRequest, suffix: str) -> None:
        """Report planes and frames that there are not, and options that have no effect."""
        target, grid = asked.options(OverlayTarget), asked.origin.labels.grid
        look, field = asked.look, f"write.{self.name}"
        spans = spans_of(grid)
        for letter, part in (("z", target.plane), ("t", target.t)):
            name = "plane" if letter == "z" else "t"
            has = letter in grid.spatial if letter == "z" else grid.frames is not None
            if part is not None and not has:
                says, fix = f"{name}: the image has no axis {letter}", "remove it"
                look.problem(f"{field}.{name}", says, got=str(part), fix=fix)
            elif isinstance(part, int) and not spans[letter][0] <= part < spans[letter][1]:
                low, high = spans[letter]
                says, expected = f"there is no such place along {letter}", f"{low} to {high - 1}"
                look.problem(f"{field}.{name}", says, got=str(part), expected=expected)
        if target.t == "all" and not target.is_animated:
            look.problem(f"{field}.t", "a picture shows one frame", got=target.path, fix=GIF)
        if target.seconds is not None and not (target.is_animated and grid.frames is not None):
            what = "seconds are about frames that follow each other"
            look.problem(f"{field}.seconds", what, got=target.path, fix=GIF)

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse to draw on nothing."""
        if asked.image is None:
            needs = "an overlay needs the raw image"
            fix = advise(FieldSetting("image", "raw", quoted=True))
            raise asked.look.problem("write.overlay", needs, fix=fix)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read objects, predictions and every channel of the raw image."""
        return (asked.origin.voxels, *asked.origin.predicted, raw_read(asked))

    def layout(self, asked: ExportRequest) -> OverlayLayout:
        """Return what the picture says in words and colours."""
        grid, target = asked.origin.labels.grid, asked.options(OverlayTarget)
        animated = target.is_animated and grid.frames is not None
        return OverlayLayout(
            asked.origin,
            classes=asked.classes,
            colors=asked.colors,
            frame_names=asked.frame_names,
            time_step=asked.time_step,
            pixel_size=(*(grid.spacing or ()), grid.unit),
            plane=target.plane,
            t="all" if animated else target.t,
            seconds=(target.seconds or SECONDS) if animated else None,
        )

    def write(self, path: Path, view: View) -> Made:
        """Write outlines in class colours on the raw image."""
        from objclass.io.picture_write import write_picture, write_pictures

        layout, given = view.part.held(OverlayLayout), view.all("objects")
        if layout.seconds is not None:
            film = Film(view)
            write_pictures(path, film, layout.seconds)
            return Made(summary=ShapeWritten([len(film), *film[0].shape]))
        picture = draw(view, _shown(given, layout))
        write_picture(path, picture)
        return Made(summary=ShapeWritten(list(picture.shape)))


class Film(Sequence[Any]):
    """The pictures of all frames, each drawn when it is asked for; all in one light."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._frames = view.all("objects")
        self.picture = lru_cache(1)(self._draw)

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, number: Any) -> Any:
        """Return the picture of a frame; IndexError behind the last."""
        return self.picture(number)

    def _draw(self, number: int) -> Any:
        return draw(self._view, self._frames[number], self._limits)

    @cached_property
    def _limits(self) -> list[tuple[float, float]]:
        """What is dark and light in every channel: the same in all frames, or they flicker."""
        plane = self._view.part.held(OverlayLayout).plane
        frames = some(self._frames)
        found = [light(raw_of(self._view, each), plane) for each in frames]
        return [
            (min(a for a, _ in ends), max(b for _, b in ends)) for ends in zip(*found, strict=True)
        ]


def some(frames: Sequence[JoinedInput]) -> Sequence[JoinedInput]:
    """Return some frames that stand for all of a long series."""
    return frames[:: max(1, len(frames) // LOOKED_AT)]


def _shown(given: Sequence[JoinedInput], layout: OverlayLayout) -> JoinedInput:
    """Return the frame that is asked for, by default the middle one."""
    first = given[0].header.grid.first_frame  # type: ignore[union-attr]
    return given[layout.t - first if isinstance(layout.t, int) else len(given) // 2]


def light(raw: Image, plane: int | str | None) -> list[tuple[float, float]]:
    """Return the values of every channel that become dark and full light."""
    from objclass.painting.picture import light_limits

    depth = raw.header.grid.origin[0]
    return [
        light_limits(seen(raw.voxels(k), plane, depth)) for k in range(len(raw.header.channels))
    ]


def seen(volume: LazyArray, plane: int | str | None, first: int) -> NDArray[Any]:
    """Return what is shown of a volume, ``(y, x)``: a plane of it, or the brightest voxels."""
    from objclass.painting.projection import brightest

    return brightest(cut_plane(volume, plane, first))


def cut_plane(volume: LazyArray, plane: int | str | None, first: int) -> LazyArray:
    """Return one plane of a volume, counted in the uncropped image, as a volume; or all."""
    if plane in (None, "max") or "z" not in volume.axes:
        return volume
    z = plane - first if isinstance(plane, int) else volume.length("z") // 2
    return volume.cut({"z": (z, z + 1)})


def draw(
    view: View, shown: JoinedInput, limits: Sequence[tuple[float, float]] | None = None
) -> NDArray[Any]:
    """Return the picture of one frame, ``(y, x, 3)``, uint8; of a volume what lies in front."""
    import numpy as np

    from objclass.painting import default_colors, overlay
    from objclass.painting.projection import nearest_objects

    layout = view.part.held(OverlayLayout)
    labels: LabelImage = shown.load()
    raw = raw_of(view, shown)
    found: Prediction | None = None
    if "prediction" in view.given:
        found = view.at("prediction", shown).load()
    ids, grid = labels.index.ids, labels.header.grid
    first = grid.origin[0]
    return overlay(
        [seen(raw.voxels(k), layout.plane, first) for k in range(len(raw.header.channels))],
        nearest_objects(cut_plane(labels.voxels, layout.plane, first), ids),
        ids,
        found.code if found else np.ones(len(ids), np.uint8),
        layout.classes or ("objects",),
        layout.colors or default_colors(1),
        rgb_image=is_rgb(raw.header),
        pixel_size=grid.spacing[2] if grid.spacing and grid.unit else None,
        unit=grid.unit,
        title=_caption(view, shown.t, grid),
        limits=limits,
    )


def _caption(view: View, t: int | None, grid: Grid) -> str:
    """Return what stands below a picture: the image, its plane, its frame and the time of it."""
    layout = view.part.held(OverlayLayout)
    names = (layout.frame_names or {}).get(view.image or "", ())
    frame = (t or 0) + grid.first_frame
    told = [view.image or ""]
    if layout.plane not in (None, "max"):
        middle = grid.origin[0] + grid.shape[0] // 2
        told.append(f"z {middle if layout.plane == 'middle' else layout.plane}")
    if names or layout.t is not None or layout.time_step:
        told.append(frame_text(frame, names))
    if layout.time_step:
        step, unit = layout.time_step
        digits = len(f"{step:g}".partition(".")[2])  # the same in all frames
        told.append(f"{time_of(frame, layout.time_step):.{digits}f} {unit}")
    return ", ".join(told)


def is_rgb(header: ImageHeader) -> bool:
    """Return True for images that are meant as colour: three 8-bit channels without names."""
    unnamed = header.channels in (("0", "1", "2"), ("red", "green", "blue"), ("r", "g", "b"))
    return unnamed and header.dtype == "uint8"


OUTPUT = OverlayOutput()
