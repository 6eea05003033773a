"""``write: {montage: …}``: every image as a small overlay, those of a well side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import Prediction
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.errors import FieldSetting, advise, list_some, nearest
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.output import PICTURE, ExportOutput, ExportRequest, ShapeWritten
from objclass.nodes.export.overlay import cut_plane, is_rgb, light, seen, some
from objclass.nodes.export.raw_frame import raw_of, raw_read
from objclass.nodes.export.target import Target
from objclass.nodes.placeholder import placeholders
from objclass.schema.fields import Names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = list[NDArray[np.uint8]]

SIDE = 260
"""Pixels of the longer side of an image, where nobody says."""
WELL = "well"
MOST_PIXELS = 250_000_000
"""Of a sheet: what few programs open, and takes 750 MB to draw."""


class MontageTarget(Target):
    """One montage to write: its path, whose suffix is the format, and what it shows."""

    by: Annotated[
        Names | None,
        Field(description="Image names whose images stand together, by default well."),
    ] = None
    side: Annotated[
        int | None,
        Field(ge=32, le=2000, description=f"Pixels of an image's longer side, by default {SIDE}."),
    ] = None
    plane: Annotated[
        Literal["max", "middle"] | None,
        Field(description="Of a volume: the brightest voxels (max) or the middle plane."),
    ] = None

    def elsewhere(self, path: str, suffix: str) -> Self:
        """Return the same montage at another path."""
        return self.model_copy(update={"path": path})


@dataclass(frozen=True)
class MontageLayout(ExportLayout):
    """How a montage is laid out: by which names, how large, and which plane."""

    by: tuple[str, ...] = ()
    side: int = SIDE
    plane: str | None = None
    pixel_size: tuple[float | str | None, ...] = ()


@dataclass
class Drawn:
    """What a montage is made of: the pictures by group, and what its legend says."""

    groups: dict[str, list[Any]] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    codes: list[Any] = field(default_factory=list)
    sizes: set[float | None] = field(default_factory=set)


class MontageOutput(ExportOutput):
    """Small overlays of all images on one sheet, all in one light."""

    name = "montage"
    sort = PICTURE
    options = MontageTarget
    tells: ClassVar[type[Summary] | None] = ShapeWritten
    needs_image: ClassVar[bool] = True
    joins_images: ClassVar[bool] = True
    in_batch: ClassVar[bool] = False

    def check_file(self, asked: ExportRequest, suffix: str) -> None:
        """Report names that no image has, and a plane of what is flat."""
        target, look = asked.options(MontageTarget), asked.look
        known = list(look.image.names)
        for name in target.by or ():
            if name not in known:
                close = nearest(name, known)
                fix = f"did you mean {close}?" if close else "remove it: all images stand together"
                what, expected = f"no image has a name '{name}'", list_some(known) or None
                look.problem("write.montage.by", what, expected=expected, fix=fix)
        if target.plane is not None and "z" not in asked.origin.labels.grid.spatial:
            says, got = "plane: the image has no axis z", target.plane
            look.problem("write.montage.plane", says, got=got, fix="remove it")

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse to draw on nothing."""
        if asked.image is None:
            fix = advise(FieldSetting("image", "raw", quoted=True))
            raise asked.look.problem("write.montage", "a montage needs the raw image", fix=fix)
        _check_sheet(asked)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read objects, predictions and every channel of the raw images."""
        return (asked.origin.voxels, *asked.origin.predicted, raw_read(asked))

    def layout(self, asked: ExportRequest) -> MontageLayout:
        """Return what stands together, and how large."""
        target, grid = asked.options(MontageTarget), asked.origin.labels.grid
        usual = (WELL,) if WELL in asked.look.image.names else ()
        return MontageLayout(
            asked.origin,
            classes=asked.classes,
            colors=asked.colors,
            by=usual if target.by is None else target.by,
            side=target.side or SIDE,
            plane=target.plane,
            pixel_size=(*(grid.spacing or ()), grid.unit),
        )

    def write(self, path: Path, view: View) -> Made:
        """Write the sheet with a legend below."""
        import numpy as np

        from objclass.io.picture_write import write_picture
        from objclass.painting import default_colors
        from objclass.painting.legend import with_legend
        from objclass.painting.montage import arrange
        from objclass.painting.picture import class_entries

        layout = view.part.held(MontageLayout)
        frames = one_frame_each(view.all("objects"))
        drawn = _drawn(view, frames)
        classes = layout.classes or ("objects",)
        colors = layout.colors or default_colors(1)
        entries = class_entries(np.concatenate(drawn.codes), classes, colors)
        (size,) = drawn.sizes if len(drawn.sizes) == 1 else (None,)
        unit = layout.pixel_size[-1]
        notes = {name: f"{number:,}" for name, number in drawn.objects.items()}
        title = f"{len(frames):,} image{'s' if len(frames) > 1 else ''}"
        named = str(unit) if unit else None
        picture = with_legend(arrange(drawn.groups, notes), entries, size, named, title)
        write_picture(path, picture)
        return Made(summary=ShapeWritten(list(picture.shape)))


def _check_sheet(asked: ExportRequest) -> None:
    """Refuse a sheet that is too large to be drawn, or to be opened."""
    apart = set(placeholders(asked.target.path)) - {"result_type"}
    count = 1 if apart else len(asked.look.settings.images)
    side = asked.options(MontageTarget).side or SIDE
    if count * side**2 <= MOST_PIXELS:
        return
    small = max(32, int((MOST_PIXELS / count) ** 0.5))
    way = "put a name such as {plate} into its path"
    fix = f"{way}, or write side: {small}" if count * small**2 <= MOST_PIXELS else way
    raise asked.look.problem(
        "write.montage",
        "the sheet would be too large",
        got=f"{count:,} images of {side} pixels",
        expected=f"at most {MOST_PIXELS // 10**6} million pixels",
        fix=fix,
    )


def one_frame_each(given: Sequence[JoinedInput]) -> list[JoinedInput]:
    """Return the middle frame of every image."""
    frames: dict[str, list[JoinedInput]] = {}
    for each in given:
        frames.setdefault(each.image, []).append(each)
    return [of_image[len(of_image) // 2] for of_image in frames.values()]


def _drawn(view: View, frames: Sequence[JoinedInput]) -> Drawn:
    """Draw every image."""
    layout, drawn = view.part.held(MontageLayout), Drawn()
    ends = [light(raw_of(view, each), layout.plane) for each in some(frames)]
    alike = len({len(each) for each in ends}) == 1
    common = [(min(a for a, _ in e), max(b for _, b in e)) for e in zip(*ends, strict=alike)]
    limits = common if alike else None
    for each in frames:
        names = layout.images[each.image]
        group = " ".join(names[name] for name in layout.by)
        drawn.groups.setdefault(group, []).append(_tile(view, each, limits, drawn))
        drawn.objects[group] = drawn.objects.get(group, 0) + len(drawn.codes[-1])
    return drawn


def _tile(
    view: View, shown: JoinedInput, limits: Sequence[tuple[float, float]] | None, drawn: Drawn
) -> NDArray[Any]:
    """Return one image as a small overlay."""
    import numpy as np

    from objclass.painting import default_colors, overlay
    from objclass.painting.montage import shrunk, thinned, zoom
    from objclass.painting.projection import nearest_objects

    layout, raw = view.part.held(MontageLayout), raw_of(view, shown)
    labels: LabelImage = shown.load()
    grid, ids = labels.header.grid, labels.index.ids
    found: Prediction | None = None
    if "prediction" in view.given:
        found = view.at("prediction", shown).load()
    code = found.code if found else np.ones(len(ids), np.uint8)
    step, scale = zoom((grid.shape[-2], grid.shape[-1]), layout.side)
    channels = range(len(raw.header.channels))
    drawn.codes.append(code)
    drawn.sizes.add(grid.spacing[2] * step / scale if grid.spacing and grid.unit else None)
    return overlay(
        [shrunk(seen(raw.voxels(k), layout.plane, grid.origin[0]), step) for k in channels],
        thinned(nearest_objects(cut_plane(labels.voxels, layout.plane, grid.origin[0]), ids), step),
        ids,
        code,
        layout.classes or ("objects",),
        layout.colors or default_colors(1),
        rgb_image=is_rgb(raw.header),
        scale=scale,
        legend=False,
        limits=limits,
    )


OUTPUT = MontageOutput()
