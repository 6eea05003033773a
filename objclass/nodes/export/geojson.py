"""``write: {geojson: …}``: outlines with class and measurements, for QuPath."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import Prediction
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.outlined import codes, outlined_planes
from objclass.nodes.export.output import (
    ExportOutput,
    ExportRequest,
    OptionalField,
    RowsWritten,
    Sort,
)
from objclass.nodes.export.rows import features_of
from objclass.nodes.export.table import column_names, feature_reads
from objclass.nodes.export.target import Target
from objclass.nodes.identity import ImageIdentities, ImageOnDisk, main_input
from objclass.nodes.input import InputNode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.io.geojson import Features

OUTLINES = Sort("outlines", (".geojson", ".json"), ".geojson")
IMAGE = "raw"
ObjectType = Literal["detection", "annotation", "tile"]


class GeoJsonTarget(Target):
    """One GeoJSON file: its path, and what QuPath takes its objects for."""

    object_type: Annotated[
        ObjectType, Field(description="What objects are in QuPath: annotations can be edited.")
    ] = "detection"


@dataclass(frozen=True)
class GeoJsonLayout(ExportLayout):
    """How outlines are laid out: also their measurements, and what their ids are made of."""

    columns: tuple[str, ...] = ()
    object_type: str = "detection"
    objects: str = ""
    shown: ImageOnDisk | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """What enters the recipe: not where the image lies, for its voxels are read."""
        known = replace(self, shown=None)
        return super(GeoJsonLayout, known).parameters


class GeoJsonOutput(ExportOutput):
    """One polygon per object; in a volume one per object and plane."""

    name = "geojson"
    sort = OUTLINES
    options = GeoJsonTarget
    tells: ClassVar[type[Summary] | None] = RowsWritten
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"columns"})
    ending = "objects"

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse objects of a coarse level: their pixels are not those of the full image."""
        name = main_input(asked.look.nodes) or ""
        node = asked.look.nodes.get(name)
        if isinstance(node, InputNode) and node.level:
            what = "QuPath counts pixels of the full image"
            got, fix = f"level {node.level} of '{name}'", "read level 0, or write roi for ImageJ"
            raise asked.look.problem("write.geojson", what, got=got, fix=fix)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the objects, what was predicted and measured, and which image it is."""
        origin = asked.origin
        image = identifying(asked.look)
        return (origin.voxels, *origin.predicted, *feature_reads(asked), *image)

    def layout(self, asked: ExportRequest) -> GeoJsonLayout:
        """Return the classes with their colours, the columns, and what the objects are."""
        return GeoJsonLayout(
            asked.origin,
            classes=asked.classes,
            colors=asked.colors,
            columns=column_names(asked),
            object_type=asked.options(GeoJsonTarget).object_type,
            objects=str(asked.origin.objects),
            shown=ImageIdentities(asked.look).on_disk(asked.look.image.name),
        )

    def write(self, path: Path, view: View) -> Made:
        """Write a feature per object, or per object and plane."""
        from objclass.io.geojson import geojson_writer

        count = 0
        with geojson_writer(path) as append:
            for given in view.all("objects"):
                for features in _features(view, given):
                    append(features)
                    count += len(features.uuids)
        return Made(summary=RowsWritten(count))


def identifying(look: Look) -> tuple[Read, ...]:
    """Read the image that results are about, so that other voxels make another file."""
    name = main_input(look.nodes)
    if name is None:
        return ()
    main = look.nodes[name].main or look.made[name][0].name
    return (Read(IMAGE, Wire(name, main)),)


def _features(view: View, given: JoinedInput) -> Iterator[Features]:
    """Yield the objects of a frame, plane by plane."""
    from objclass.io.geojson import Features, OutlinePlane, classification
    from objclass.painting.outlines import polygon_texts

    layout = view.part.held(GeoJsonLayout)
    labels: LabelImage = given.load()
    grid, index = labels.header.grid, labels.index
    pairs = zip(layout.classes or (), layout.colors or (), strict=True)
    texts = ["", *(classification(name, color) for name, color in pairs), ""]
    code, values = codes(view, given, index), _measurements(view, given)
    t, known_by = (given.t or 0) + grid.first_frame, _known_by(view, given)
    for plane in outlined_planes(labels):
        text, ends, pieces = polygon_texts(plane.outlines, plane.x, plane.y)
        there = pieces > 0
        rows = plane.rows[there]
        place = (
            OutlinePlane(t, plane.z) if grid.frames is not None or grid.dimensions == 3 else None
        )
        yield Features(
            _uuids(known_by, plane.z if grid.dimensions == 3 else None, index.ids[rows]),
            [str(number) for number in index.ids[rows]],
            text, ends[there], pieces[there], code[rows], texts,
            {name: column[rows] for name, column in values.items()},
            layout.object_type, place,
        )  # fmt: skip


def _measurements(view: View, given: JoinedInput) -> dict[str, NDArray[Any]]:
    """Return probabilities, uncertainty and features of a frame by the titles of the table."""
    layout = view.part.held(GeoJsonLayout)
    found: dict[str, NDArray[Any]] = {}
    if "prediction" in view.given:
        predicted: Prediction = view.at("prediction", given).load()
        for k, name in enumerate(layout.classes or ()):
            found[f"probability-{name}"] = predicted.probability[:, k]
        found["uncertainty"] = predicted.uncertainty
    features = features_of(view, given)
    return found | {name: features[name] for name in layout.columns}


def _known_by(view: View, given: JoinedInput) -> str:
    """Return what the objects of a frame have in their ids: the voxels that they lie in."""
    layout, grid = view.part.held(GeoJsonLayout), given.load().header.grid
    assert layout.shown is not None
    t = (given.t or 0) + grid.first_frame
    frame = "" if grid.frames is None else f" t{t}"
    return f"{layout.shown.digest(t)} {layout.objects}{frame}"


def _uuids(known_by: str, z: int | None, ids: NDArray[np.uint64]) -> list[str]:
    """Return what objects are known by: the same for the same object of the same voxels.

    So QuPath updates objects that are imported again, under whatever name.
    """
    from uuid import NAMESPACE_OID, uuid5

    space = uuid5(NAMESPACE_OID, known_by if z is None else f"{known_by} z{z}")
    return [str(uuid5(space, str(number))) for number in ids]


OUTPUT = GeoJsonOutput()
