"""Images of objects beside their table in HDF5: ``images/<row>/labeling`` and ``/raw``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field

from objclass.data.axes import Grid, to_order
from objclass.data.blocks import Region
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelImage
from objclass.data.lazy_array import LazyArray
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.errors import FieldSetting, advise
from objclass.io.output_formats import HDF5_TABLES
from objclass.nodes.export.output import ExportRequest, RowsWritten
from objclass.nodes.export.raw_frame import RAW, raw_of, raw_read
from objclass.nodes.export.rows import CELL_BYTES, Columns, gathered, rows_of
from objclass.nodes.export.target import Target
from objclass.schema.fields import Count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from objclass.io.hdf5_table import Hdf5Table

Shown = Literal["objects", "whole", "none"]
FRAME = "txyzc"
"""The order of the axes of images in the file, as ilastik has them."""
NO_HDF5 = "remove it, or write an .h5 file"


class TableTarget(Target):
    """One table to write: its path, whose suffix is the format, and options of HDF5."""

    images: Annotated[
        Shown | None,
        Field(
            description="HDF5: cut-outs of all objects (objects, the default), of the raw image "
            "instead the whole (whole), or only the table (none)."
        ),
    ] = None
    margin: Annotated[
        Count | None, Field(description="HDF5: voxels around an object in its cut-outs.")
    ] = None

    @property
    def is_hdf5(self) -> bool:
        """True for a table that images can lie beside."""
        return Path(self.path).suffix.lower() in HDF5_TABLES

    @property
    def shown(self) -> Shown:
        """The images beside the table."""
        return (self.images or "objects") if self.is_hdf5 else "none"

    def elsewhere(self, path: str, suffix: str) -> Self:
        """Return the same table at another path: other formats hold no images."""
        kept = {} if suffix in HDF5_TABLES else {"images": None, "margin": None}
        return self.model_copy(update={"path": path, **kept})


def check_cutouts(asked: ExportRequest) -> None:
    """Report options that have no effect, and what cannot be shown."""
    target, look = asked.options(TableTarget), asked.look
    for name in ("images", "margin"):
        if getattr(target, name) is not None and not target.is_hdf5:
            what = f"{name} is about images of objects in HDF5"
            look.problem(f"write.table.{name}", what, got=target.path, fix=NO_HDF5)
    if target.margin is not None and target.images == "none":
        what = "there are no cut-outs that a margin is about"
        look.problem("write.table.margin", what, fix="remove it, or write images: objects")
    if target.shown == "whole":
        _check_whole(asked)


def _check_whole(asked: ExportRequest) -> None:
    look, field = asked.look, "write.table.images"
    if asked.image is None:
        fix = advise(FieldSetting("image", "raw", quoted=True))
        look.problem(field, "the whole image needs the raw image", fix=fix)
    if len(look.settings.images) > 1 and "{" not in asked.target.path.replace("{result_type}", ""):
        what, way = "one table of several images has no whole image", "put {image} into its path"
        look.problem(field, what, got=asked.target.path, fix=way)


def cutout_reads(asked: ExportRequest) -> tuple[Read, ...]:
    """Read the voxels of the objects, and those of the raw image where the export names one."""
    if asked.options(TableTarget).shown == "none":
        return (asked.origin.index,)
    if asked.image is None:
        return (asked.origin.voxels,)
    return (asked.origin.voxels, raw_read(asked))


def write_hdf5(
    path: Path, pieces: Iterator[Columns], view: View, shown: Shown, margin: int
) -> Made:
    """Write a table with images beside it, a frame at a time.

    Parameters
    ----------
    path
        The file.
    pieces
        The rows of every frame, in the order of the frames of the view.
    view
        With the objects and, where there is one, the raw image.
    shown, margin
        As the target says.
    """
    from objclass.io.aside import written_aside
    from objclass.io.hdf5_table import hdf5_table

    first = next(pieces)
    rows = 0
    need = CELL_BYTES * len(first) * rows_of(first)
    with written_aside(path, need) as aside, hdf5_table(aside, first) as table:
        for group in gathered(_illustrated(view, first, pieces, table, shown, margin)):
            table.append(group)
            rows += rows_of(group)
        if shown == "whole":
            table.add_image("raw", _whole(view), "image")
    return Made(summary=RowsWritten(rows))


def _illustrated(
    view: View,
    first: Columns,
    others: Iterator[Columns],
    table: Hdf5Table,
    shown: Shown,
    margin: int,
) -> Iterator[Columns]:
    """Yield the pieces; the images of their objects are written on the way."""
    row = 0
    for given, piece in zip(view.all("objects"), chain([first], others), strict=True):
        if shown != "none":
            _cut(view, given, table, row, shown, margin)
        row += rows_of(piece)
        yield piece


def _cut(
    view: View, given: JoinedInput, table: Hdf5Table, row: int, shown: Shown, margin: int
) -> None:
    """Write the cut-outs of the objects of a frame."""
    import numpy as np

    labels: LabelImage = given.load()
    index, grid = labels.index, labels.header.grid
    raw = raw_of(view, given) if shown == "objects" and RAW in view.given else None
    for number, object_id in enumerate(index.ids):
        box = around(index.box(number), margin, grid)
        mine = (labels.read(box) == object_id).astype(np.uint8)
        table.add_image(f"{row + number}/labeling", in_file_order(mine, grid), "labeling")
        if raw is not None:
            voxels = read_channels(raw, box)
            table.add_image(f"{row + number}/raw", in_file_order(voxels, grid), "image")


def around(box: Region, margin: int, grid: Grid) -> Region:
    """Return a box with a margin, as far as the image goes."""
    return Region(
        tuple(max(0, start - margin) for start in box.start),
        tuple(min(n, stop + margin) for n, stop in zip(grid.shape, box.stop, strict=True)),
    )


def read_channels(raw: Image, region: Region) -> NDArray[Any]:
    """Return a region of an image, all its channels behind its spatial axes where several."""
    import numpy as np

    channels = [raw.read(k, region) for k in range(len(raw.header.channels))]
    return np.stack(channels, axis=-1) if len(channels) > 1 else channels[0]


def in_file_order(voxels: NDArray[Any], grid: Grid) -> LazyArray:
    """Return voxels along x, y, z, c, without a depth of one plane."""
    spatial = grid.spatial
    axes = spatial + "c" * (voxels.ndim - len(spatial))
    flat = axes if grid.shape[0] > 1 or "z" not in axes else axes.replace("z", "")
    order = "".join(letter for letter in FRAME if letter in flat)
    return LazyArray.of(to_order(voxels, axes, order), order)


def _whole(view: View) -> LazyArray:
    """Return the raw image, all frames and channels, along t, x, y, z, c without single ones."""
    import numpy as np

    frames = view.all(RAW)
    header = frames[0].header
    assert isinstance(header, ImageHeader)
    grid = header.grid
    axes = f"t{grid.spatial}c"
    shape = (len(frames), *grid.shape, len(header.channels))

    def read(region: Region) -> NDArray[Any]:
        inner = Region(region.start[1:-1], region.stop[1:-1])
        channels = range(region.start[-1], region.stop[-1])
        return np.stack([
            np.stack([frames[t].load().read(c, inner) for c in channels], axis=-1)
            for t in range(region.start[0], region.stop[0])
        ])  # fmt: skip

    lengths = dict(zip(axes, shape, strict=True))
    order = "".join(a for a in FRAME if lengths.get(a, 1) > 1)
    return LazyArray(axes, shape, np.dtype(header.dtype), read).ordered(order)
