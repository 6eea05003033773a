"""A frame as layers of napari: data, attributes and kind, made without napari.

Everything lies in the voxels of the uncropped image: arrays are moved to where the crop begins,
points have the coordinates of an annotation table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from objclass.curation.view import is_rgb
from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.image import Image
from objclass.data.objects import code_names
from objclass.preview.frame import PictureFrame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MINE = "objclass_class"
"""Key of a layer's metadata: the class that its points are annotations of."""


@dataclass(frozen=True)
class LayerData:
    """What napari needs to make one layer.

    Parameters
    ----------
    data
        Voxels, or the coordinates of points (n, 2 or 3).
    attributes
        Keyword arguments of the layer: ``name``, ``scale``, ``translate``, ``features`` …
    kind
        Its type.
    """

    data: NDArray[np.generic]
    attributes: Mapping[str, object]
    kind: Literal["image", "labels", "points"]

    @property
    def as_tuple(self) -> tuple[NDArray[np.generic], dict[str, object], str]:
        """The layer data tuple of napari's plugins."""
        return self.data, dict(self.attributes), self.kind


class ViewedLayer(Protocol):
    """What is read of a layer after a person has worked on it."""

    @property
    def data(self) -> NDArray[np.generic]:
        """Coordinates of points, or anything else."""

    @property
    def metadata(self) -> Mapping[str, object]:
        """Where :data:`MINE` may stand."""


@dataclass(frozen=True)
class PlacedPoint:
    """A point that somebody has placed: the voxel in the uncropped image, and its class."""

    voxel: tuple[int, ...]
    class_: str


def layers_of(frame: PictureFrame, name: str) -> tuple[LayerData, ...]:
    """Return the layers of a frame, the lowest first.

    Parameters
    ----------
    frame
        What is shown: the image under the objects, the objects, their classes and annotations.
    name
        What the label image is called.

    Returns
    -------
    tuple of LayerData
        One image per channel (one for a colour picture), the ids with what is known of each
        object, the predicted classes where there are any, and a layer of points per class.
    """
    found = [*(_images(frame.raw) if frame.raw else ()), _ids(frame, name)]
    if frame.prediction is not None:
        found.append(_predicted(frame))
    return (*found, *_points(frame))


def points_of(layers: Iterable[ViewedLayer]) -> tuple[PlacedPoint, ...]:
    """Return the points of the layers that stand for classes, each in its nearest voxel."""
    import numpy as np

    found = []
    for layer in layers:
        name = layer.metadata.get(MINE)
        if isinstance(name, str):
            voxels = np.floor(np.asarray(layer.data, np.float64) + 0.5).astype(np.int64)
            found += [PlacedPoint(tuple(map(int, voxel)), name) for voxel in voxels]
    return tuple(found)


def _where(grid: Grid) -> dict[str, object]:
    """Where the voxels of a grid lie, in the unit of its spacing."""
    scale = _scale(grid)
    first = grid.origin[-grid.dimensions :]
    return {"scale": scale, "translate": tuple(k * s for k, s in zip(first, scale, strict=True))}


def _scale(grid: Grid) -> tuple[float, ...]:
    return (grid.spacing or (1.0, 1.0, 1.0))[-grid.dimensions :]


def _images(raw: Image) -> Iterator[LayerData]:
    import numpy as np

    header = raw.header
    channels = [raw.read(k) for k in range(len(header.channels))]
    where = _where(header.grid)
    if is_rgb(header):
        yield LayerData(np.stack(channels, -1), {"name": "image", "rgb": True, **where}, "image")
        return
    for channel, name in zip(channels, header.channels, strict=True):
        yield LayerData(channel, {"name": name, "blending": "additive", **where}, "image")


def _ids(frame: PictureFrame, name: str) -> LayerData:
    """The label image; its features say what is known of every object."""
    import numpy as np

    grid, index = frame.labels.header.grid, frame.index
    features: dict[str, object] = {"index": index.ids, "size": index.size}
    made = frame.prediction
    if made is not None:
        features["class"] = np.array(["", *code_names(tuple(frame.classes))])[made.code]
        features["uncertainty"] = made.uncertainty
    said = {match.object: match.row.class_ for match in frame.annotated}
    features["annotated"] = np.array([said.get(int(n), "") for n in index.ids], dtype=str)
    shown = {"name": name, "features": features, "visible": made is None, **_where(grid)}
    return LayerData(frame.labels.read(), shown, "labels")


def _predicted(frame: PictureFrame) -> LayerData:
    """The classes as a label image: 1 is the first."""
    import numpy as np

    made, ids = frame.prediction, frame.labels.read()
    assert made is not None
    rows = np.searchsorted(made.ids, ids.ravel()).reshape(ids.shape)
    code = np.append(made.code, np.uint8(0))
    classes = np.where(ids != 0, code[rows], np.uint8(0))
    colors: dict[int | None, str] = {None: "transparent", 0: "transparent"}
    colors |= dict(enumerate(frame.classes.values(), 1))
    names = ["", *frame.classes]
    features = {"index": np.arange(len(names)), "class": np.array(names)}
    said = {"name": "classes", "colormap": colors, "opacity": 0.5, "features": features}
    return LayerData(classes, {**said, **_where(frame.labels.header.grid)}, "labels")


def _points(frame: PictureFrame) -> Iterator[LayerData]:
    """One layer for each class: to annotate, select it and place a point inside an object."""
    import numpy as np

    grid = frame.labels.header.grid
    by_class: dict[str, list[Sequence[int]]] = {name: [] for name in frame.classes}
    for match in frame.annotated:
        if match.voxel is not None:
            by_class.setdefault(match.row.class_, []).append(match.voxel[-grid.dimensions :])
    for name, voxels in by_class.items():
        said = {
            "name": name,
            "face_color": frame.classes.get(name, "#ffff00"),
            "border_color": "white",
            "size": 5,
            "ndim": grid.dimensions,
            "scale": _scale(grid),
            "metadata": {MINE: name},
        }
        coordinates = np.array(voxels, np.float64).reshape(-1, grid.dimensions)
        yield LayerData(coordinates, said, "points")
