"""``write: {anndata: …}``: objects as AnnData, which SpatialData takes as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from objclass.data.dataclass import dataclass
from objclass.data.objects import code_names
from objclass.engine.node import Made, View
from objclass.nodes.export.dialect import (
    PREDICTED,
    USER,
    DialectOutput,
    measurements,
    rows_of_frames,
    whole_ids,
)
from objclass.nodes.export.output import ExportRequest, RowsWritten, Sort
from objclass.nodes.export.rows import Columns, filled, join, rows_of
from objclass.nodes.export.table import TableLayout
from objclass.nodes.export.target import Target
from objclass.nodes.placeholder import fill, placeholders
from objclass.schema.fields import Name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.io.anndata_file import AnnotatedMatrix

ANNDATA = Sort("AnnData", (".h5ad",), ".h5ad")
REGION, INSTANCE = "region", "instance_id"
"""Columns by which SpatialData finds the label image, and the object in it, of a row."""


class AnnDataTarget(Target):
    """One AnnData file: its path, and how SpatialData calls the label image."""

    region: Annotated[
        Name | None,
        Field(description="Name of the label image in SpatialData; may hold {image}."),
    ] = None


@dataclass(frozen=True)
class AnnDataLayout(TableLayout):
    """How an AnnData file is laid out: also what the label image of an image is called."""

    region: str = ""


class AnnDataOutput(DialectOutput):
    """One row per image, frame and object: features in ``X``, all else in ``obs``."""

    name = "anndata"
    sort = ANNDATA
    options = AnnDataTarget
    joins_images: ClassVar[bool] = True
    gathered: ClassVar[str] = "objects"
    ending = "objects"

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse where the library is not installed, and a name that means several images."""
        from objclass.io.anndata_file import missing_library

        problem = missing_library()
        if problem is not None:
            raise asked.look.problem("write.anndata", problem.what, fix=problem.fix)
        _check_region(asked)

    def layout(self, asked: ExportRequest) -> AnnDataLayout:
        """Return the columns and what label images are called."""
        named = asked.options(AnnDataTarget).region
        several = len(asked.look.settings.images) > 1
        usual = f"{{image}}_{asked.origin.objects.node}" if several else asked.origin.objects.node
        return AnnDataLayout(**vars(super().layout(asked)), region=named or usual)

    def write(self, path: Path, view: View) -> Made:
        """Write all rows at once: AnnData holds a matrix as a whole."""
        from objclass.io.anndata_file import write_anndata

        layout = view.part.held(AnnDataLayout)
        found = list(rows_of_frames(view))
        whole = join([filled(piece, list(found[0][0])) for piece, _ in found])
        write_anndata(path, _matrix(whole, layout))
        return Made(summary=RowsWritten(rows_of(whole)))


def _check_region(asked: ExportRequest) -> None:
    """Refuse names that nobody knows, and one label image for the objects of several images."""
    look, field, region = asked.look, "write.anndata.region", asked.options(AnnDataTarget).region
    if region is None:
        return
    fill(look, field, region, {"image": look.image.name})
    apart = {*placeholders(region), *placeholders(asked.target.path)} - {"result_type"}
    if len(look.settings.images) > 1 and not apart:
        what, got = "objects of several images would be of one label image", region
        raise look.problem(field, what, got=got, fix=f"call it {{image}}_{region}")


def _matrix(rows: Columns, layout: AnnDataLayout) -> AnnotatedMatrix:
    import numpy as np

    from objclass.io.anndata_file import AnnotatedMatrix

    known = {column.name: column for column in layout.origin.columns}
    X = np.zeros((rows_of(rows), len(layout.columns)), np.float64)
    for k, name in enumerate(layout.columns):
        X[:, k] = rows[name]
    regions = [layout.region.replace("{image}", image) for image in rows["image"]]
    named = list(dict.fromkeys(layout.region.replace("{image}", i) for i in layout.images))
    names = code_names(layout.classes or ())
    there = set(rows.get(PREDICTED, ())) | set(rows.get(USER, ()))
    classes = [name for name in names if name in (layout.classes or ()) or name in there]
    said = {"region": named if len(named) > 1 else named[0]}
    return AnnotatedMatrix(
        X, layout.columns,
        {
            "unit": [known[name].unit for name in layout.columns],
            "definition": [known[name].definition for name in layout.columns],
        },
        _about_objects(rows, layout, regions), _names(rows),
        {REGION: named, **{name: classes for name in (PREDICTED, USER) if name in rows}},
        {"spatial": _places(rows)},
        {
            "spatialdata_attrs": {**said, "region_key": REGION, "instance_key": INSTANCE},
            **({f"{PREDICTED}_colors": _colors(classes, layout)} if PREDICTED in rows else {}),
        },
    )  # fmt: skip


def _about_objects(rows: Columns, layout: TableLayout, regions: list[str]) -> dict[str, Any]:
    """Return what is known of objects and is no feature."""
    numbers = measurements(rows, layout)
    others = {name: rows[name] for name in rows if name not in layout.columns}
    ids = whole_ids(rows)
    return {REGION: regions, INSTANCE: ids, **{n: v for n, v in others.items() if n != "object"},
            **{n: v for n, v in numbers.items() if n not in layout.columns}}  # fmt: skip


def _names(rows: Columns) -> list[str]:
    """Return a name for every object: its image, frame and id."""
    frames = [f"_t{t}" for t in rows["t"]] if "t" in rows else [""] * rows_of(rows)
    every = zip(rows["image"], frames, rows["object"], strict=True)
    return [f"{image}{frame}_{number}" for image, frame, number in every]


def _places(rows: Columns) -> NDArray[np.float64]:
    """Return x, y (and z) of the middle of a voxel inside every object."""
    import numpy as np

    axes = [np.asarray(rows[letter], np.float64) + 0.5 for letter in "xyz" if letter in rows]
    return np.stack(axes, axis=1)


def _colors(classes: list[str], layout: TableLayout) -> list[str]:
    """Return the colours of the categories in their order, as scanpy looks for them."""
    known = dict(zip(layout.classes or (), layout.colors or (), strict=True))
    return [known.get(name, "#808080") for name in classes]


OUTPUT = AnnDataOutput()
