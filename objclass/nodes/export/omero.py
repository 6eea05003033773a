"""``write: {omero: …}``: a table for ``omero metadata populate``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from objclass.data.dataclass import dataclass
from objclass.engine.node import Made, View
from objclass.io.omero_table import omero_writer
from objclass.nodes.export.dialect import (
    PREDICTED,
    USER,
    DialectOutput,
    measurements,
    rows_of_frames,
    whole_ids,
)
from objclass.nodes.export.output import ExportRequest, RowsWritten, Sort
from objclass.nodes.export.rows import Columns, gathered, rows_of
from objclass.nodes.export.table import TableLayout
from objclass.nodes.identity import ImageIdentities

OMERO = Sort("OMERO table", (".csv",), ".csv")


@dataclass(frozen=True)
class OmeroLayout(TableLayout):
    """How a table for OMERO is laid out: also what OMERO calls the images."""

    files: tuple[tuple[str, str], ...] = ()


class OmeroOutput(DialectOutput):
    """One row per image, frame and object, with the types of columns in front."""

    name = "omero"
    sort = OMERO
    joins_images: ClassVar[bool] = True
    ending = "omero"

    def layout(self, asked: ExportRequest) -> OmeroLayout:
        """Return the columns, and the file of every image."""
        known = ImageIdentities(asked.look)
        files = tuple((image.name, _named(known, image)) for image in asked.look.settings.images)
        return OmeroLayout(**vars(super().layout(asked)), files=files)

    def write(self, path: Path, view: View) -> Made:
        """Write the table, piece after piece."""
        count = 0
        with omero_writer(path) as append:
            for rows in gathered(_rows(view)):
                append(rows)
                count += rows_of(rows)
        return Made(summary=RowsWritten(count))


def _named(known: ImageIdentities, image: Any) -> str:
    return next((name for name in known.called(image) if name), image.name)


def _rows(view: View) -> Iterator[Columns]:
    layout = view.part.held(OmeroLayout)
    files = dict(layout.files)
    for piece, _ in rows_of_frames(view):
        where = _where(piece, layout.images, files)
        place = {name.upper(): piece[name] for name in "tzyx" if name in piece}
        said = {name: piece[name] for name in (PREDICTED, USER) if name in piece}
        kept = {"Object": whole_ids(piece), **place, **said}
        yield {**where, **kept, **measurements(piece, layout)}


def _where(
    piece: Columns, images: Mapping[str, Mapping[str, str]], files: Mapping[str, str]
) -> Columns:
    """Return the columns by which OMERO finds the image of a row: plate and well, or its name."""
    plates = all({"plate", "well"} <= names.keys() for names in images.values())
    if plates:
        return {"Plate": piece["plate"], "Well": piece["well"], "Image": piece["image"]}
    return {"Image Name": [files.get(image, image) for image in piece["image"]]}


OUTPUT = OmeroOutput()
