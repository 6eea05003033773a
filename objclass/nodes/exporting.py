"""Writes what an ``export`` node asks for: images, pictures and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid, to_order
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelImage
from objclass.data.objects import Prediction
from objclass.engine.node import Given, Made, Part, View
from objclass.nodes.ilastik_export import ilastik_columns, in_file_order
from objclass.nodes.table_export import counts_columns, table_columns, table_metadata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Voxels = NDArray[Any]


def written(part: Part, view: View) -> Made:
    """Write one file of an export node."""
    assert part.output is not None
    what: str = view.parameters["what"]
    if what == "table":
        return _table(part.output, part, view)
    if what == "counts":
        return _counts(part.output, view)
    if what == "overlay":
        return _overlay(part.output, view)
    return _image(part.output, what, part, view)


def _table(path: Path, part: Part, view: View) -> Made:
    from objclass.io.tables import write_table

    if view.parameters.get("names") == "ilastik":
        chosen = [c for c in part.payload.columns if c.name in view.parameters["columns"]]
        columns = ilastik_columns(view, chosen)
    else:
        columns = table_columns(view)
    write_table(path, columns, table_metadata(part.payload, columns))
    return Made(summary={"rows": len(next(iter(columns.values())))})


def _counts(path: Path, view: View) -> Made:
    from objclass.io.tables import write_table

    columns = counts_columns(view)
    write_table(path, columns)
    return Made(summary={"rows": len(next(iter(columns.values())))})


def _image(path: Path, what: str, part: Part, view: View) -> Made:
    """Write an image of all frames: painted predictions, ids, or a layer."""
    import numpy as np

    from objclass.io.write import write_image

    given = view.all("layer" if what in _LAYERS else "objects")
    header = given[0].load().header
    frames = [_frame(what, each, view) for each in given]
    grid = header.grid
    stacked: Voxels = np.stack(frames) if grid.frames is not None else frames[0]
    axes = ("t" if grid.frames is not None else "") + grid.spatial
    axes += "c" if what == "probabilities" else ""
    stacked = cut_out(stacked, axes, view.parameters.get("region"), grid)
    if "rescale" in view.parameters:
        stacked = rescaled(stacked, view.parameters["rescale"], view.parameters.get("dtype"))
    if view.parameters.get("names") == "ilastik":
        stacked, axes = in_file_order(stacked, axes, grid)
    elif what == "identities" and "dtype" not in view.parameters:
        stacked = _smallest(stacked)
    if "axes" in view.parameters:
        stacked, axes = to_order(stacked, axes, view.parameters["axes"]), view.parameters["axes"]
    dtype = view.parameters.get("dtype")
    write_image(path, stacked, axes, dtype=dtype, **_described(what, header, view))
    return Made(summary={"shape": list(stacked.shape)})


def cut_out(array: Voxels, axes: str, region: Mapping[str, Any] | None, grid: Grid) -> Voxels:
    """Return a part of an image that is named in coordinates of the uncropped one."""
    if not region:
        return array
    first = dict(zip("tzyx", (grid.first_frame, *grid.origin), strict=True))
    index: list[slice] = []
    for letter in axes:
        part = region.get(letter)
        ends = (part, part + 1) if isinstance(part, int) else part
        start = first.get(letter, 0)
        index.append(
            slice(max(0, ends[0] - start), max(0, ends[1] - start)) if ends else slice(None)
        )
    return array[tuple(index)]


def rescaled(array: Voxels, ranges: Sequence[Sequence[float]], dtype: str | None) -> Voxels:
    """Return values moved linearly from the first of two ranges ``[low, high]`` to the second.

    Half-way values of whole numbers go to the even one, as in ilastik.
    """
    import numpy as np

    (low, high), (new_low, new_high) = ranges
    moved = new_low + (array - np.float64(low)) * ((new_high - new_low) / (high - low))
    if dtype is None or np.dtype(dtype).kind == "f":
        return moved.astype(dtype or np.float32)
    return np.rint(moved).astype(np.int64)


_LAYERS = ("smoothed", "cores", "cores_filtered", "unfiltered")


def _frame(what: str, given: Given, view: View) -> Voxels:
    data: LabelImage | Image = given.load()
    if isinstance(data, Image):
        return data.read(0)
    labels = data.read()
    if what in ("identities", *_LAYERS):
        return labels
    return painted(what, labels, predicted(view, given.t))


def painted(what: str, labels: Voxels, found: Prediction) -> Voxels:
    """Return a label image painted with one thing that was predicted."""
    import numpy as np

    from objclass.painting import paint

    if what == "predictions":
        return paint(labels, found.ids, found.code)
    if what == "uncertainty":
        return paint(labels, found.ids, found.uncertainty.astype(np.float32))
    columns = found.probability.astype(np.float32).T
    return np.stack([paint(labels, found.ids, np.ascontiguousarray(c)) for c in columns], axis=-1)


def predicted(view: View, t: int | None) -> Prediction:
    """Return the predictions of a frame."""
    (given,) = (each for each in view.all("prediction") if each.t == t)
    found: Prediction = given.load()
    return found


def _smallest(ids: Voxels) -> Voxels:
    """Return ids as uint16 where they fit, so that every program opens the file."""
    import numpy as np

    return ids.astype(np.uint16) if int(ids.max(initial=0)) < 2**16 else ids


def _described(what: str, header: Any, view: View) -> dict[str, Any]:
    grid = header.grid
    facts: dict[str, Any] = {"unit": grid.unit}
    if grid.spacing is not None:
        facts["spacing"] = dict(zip("zyx", grid.spacing, strict=True))
    if what == "probabilities":
        facts |= {"channel_names": view.parameters["classes"], "colors": view.parameters["colors"]}
    if what == "predictions":
        facts["colors"] = view.parameters["colors"]
    if "rescale" in view.parameters:
        facts["value_range"] = tuple(view.parameters["rescale"][1])
    if "dataset" in view.parameters:
        facts["dataset"] = view.parameters["dataset"]
    return facts


def _overlay(path: Path, view: View) -> Made:
    """Write outlines in class colours on the raw image; of a time series its middle frame."""
    import numpy as np

    from objclass.io.write import write_image
    from objclass.painting import default_colors, overlay

    given = view.all("objects")
    middle = given[len(given) // 2]
    labels: LabelImage = middle.load()
    raw = _same_frame(view.all("image"), middle.t)
    image: Image = raw.load()
    header: ImageHeader = image.header
    channels = [image.read(k) for k in range(len(header.channels))]
    found = predicted(view, middle.t) if "prediction" in view.given else None
    ids = labels.index.ids
    grid = labels.header.grid
    shown: Voxels = labels.read()
    picture = overlay(
        channels,
        shown,
        ids,
        found.code if found else np.ones(len(ids), np.uint8),
        view.parameters.get("classes", ["objects"]),
        view.parameters.get("colors", default_colors(1)),
        rgb_image=is_rgb(header),
        pixel_size=grid.spacing[2] if grid.spacing and grid.unit else None,
        unit=grid.unit,
        title=_caption(view, middle.t, grid),
    )
    write_image(path, picture, "yxc", rgb=True)
    return Made(summary={"shape": list(picture.shape)})


def _caption(view: View, t: int | None, grid: Grid) -> str:
    """Return what stands below a picture: the image, and of a series of files the frame."""
    names = view.parameters.get("frame_names", {}).get(view.image, [])
    frame = (t or 0) + grid.first_frame
    named = f", t {frame} (file {names[frame]})" if frame < len(names) else ""
    return f"{view.image}{named}"


def is_rgb(header: ImageHeader) -> bool:
    """Return True for images that are meant as colour: three 8-bit channels without names."""
    unnamed = header.channels in (("0", "1", "2"), ("red", "green", "blue"), ("r", "g", "b"))
    return unnamed and header.dtype == "uint8"


def _same_frame(given: Sequence[Given], t: int | None) -> Given:
    return next((each for each in given if each.t == t), given[0])
