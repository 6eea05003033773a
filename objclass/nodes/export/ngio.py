"""``write: {ngio: …}``: a feature table of Fractal, inside an OME-Zarr image or alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from objclass.data.dataclass import dataclass
from objclass.engine.node import Made, View
from objclass.io.feature_table import KEY, Backend
from objclass.io.label_group import LABELS, TABLES, is_inside
from objclass.nodes.export.dialect import (
    PREDICTED,
    USER,
    DialectOutput,
    measurements,
    rows_of_frames,
    whole_ids,
)
from objclass.nodes.export.identities import IdentitiesOutput
from objclass.nodes.export.output import ExportRequest, RowsWritten, Sort
from objclass.nodes.export.rows import Columns, rows_of
from objclass.nodes.export.table import TableLayout, table_metadata
from objclass.nodes.export.target import Target
from objclass.schema.fields import Name

FEATURE_TABLE = Sort("feature table", (".zarr",), ".zarr")
KEPT = ("z", "y", "x", "touches_border", "stamp")
"""Columns that are neither a class nor a measurement."""


class FeatureTableTarget(Target):
    """One feature table: its path, its label image, and the format of its file."""

    label: Annotated[
        Name | None, Field(description="The label image of the same OME-Zarr that it is about.")
    ] = None
    backend: Annotated[Backend, Field(description="The format of its file.")] = "parquet"

    def elsewhere(self, path: str, suffix: str) -> FeatureTableTarget:
        """Return the same table at another path; alone it is about no label image."""
        return self.model_copy(update={"path": path, "label": None})


@dataclass(frozen=True)
class FeatureTableLayout(TableLayout):
    """How a feature table is laid out: also its label image, and the format of its file."""

    label: str | None = None
    backend: Backend = "parquet"


class NgioOutput(DialectOutput):
    """One row per object of an image, in Fractal's words."""

    name = "ngio"
    sort = FEATURE_TABLE
    options = FeatureTableTarget
    group: ClassVar[str] = TABLES
    ending = "features"

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse a time series, and a label image that cannot be found."""
        look, target = asked.look, asked.options(FeatureTableTarget)
        frames = asked.origin.labels.grid.frames
        if frames is not None and frames > 1:
            what = "a feature table has one row per label, and ids begin anew in every frame"
            fix = "write table or anndata, or one frame (crop: {t: [0, 1]})"
            raise look.problem("write.ngio", what, got=f"{frames} frames", fix=fix)
        inside = is_inside(Path(target.path))
        if target.label is not None and not inside:
            what = "a label image is named from a table inside the same OME-Zarr image"
            got, fix = target.path, "remove label, or write scan.ome.zarr/tables/NAME"
            look.problem("write.ngio.label", what, got=got, fix=fix)
        if inside and label_of(asked) is None:
            what = "the table does not say which label image its rows are objects of"
            fix = "add label: NAME, or identities: IMAGE.ome.zarr/labels/NAME to write"
            look.problem("write.ngio", what, got=target.path, fix=fix)

    def layout(self, asked: ExportRequest) -> FeatureTableLayout:
        """Return the columns, the label image and the format."""
        plain = super().layout(asked)
        backend = asked.options(FeatureTableTarget).backend
        return FeatureTableLayout(**vars(plain), label=label_of(asked), backend=backend)

    def write(self, path: Path, view: View) -> Made:
        """Write the table and what it says of itself."""
        from objclass.io.feature_table import FeatureTable, feature_table_writer

        layout = view.part.held(FeatureTableLayout)
        rows = _rows(view)
        first = next(rows)
        numbers = tuple(measurements(first, layout))
        classes = [name for name in (USER, PREDICTED) if name in first]
        others = [name for name in first if name not in (KEY, *classes, *numbers)]
        said = FeatureTable(numbers, classes, others, layout.label, layout.backend)
        count = 0
        with feature_table_writer(path, said, table_metadata(layout.origin, first)) as append:
            for piece in chain([first], rows):
                append(piece)
                count += rows_of(piece)
        return Made(summary=RowsWritten(count))


def label_of(asked: ExportRequest) -> str | None:
    """Return the label image that a table is about: as said, or written into the same image."""
    target = asked.options(FeatureTableTarget)
    image = target.path.rpartition(f"/{TABLES}/")[0]
    beside, _, name = asked.written.get(IdentitiesOutput.name, "").rpartition("/")
    fits = image and beside == f"{image}/{LABELS}" and "{" not in name
    return name if target.label is None and fits else target.label


def _rows(view: View) -> Iterator[Columns]:
    for piece, layout in rows_of_frames(view):
        kept = {name: piece[name] for name in (*KEPT, USER, PREDICTED) if name in piece}
        yield {KEY: whole_ids(piece), **kept, **measurements(piece, layout)}


OUTPUT = NgioOutput()
