"""The part that finds the object of every annotation of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from objclass.annotations import Row, content
from objclass.data.axes import Grid
from objclass.data.digest import of_value
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.objects import TableHeader
from objclass.engine.artifact import FactsHeader
from objclass.engine.look import Look
from objclass.engine.node import Part, Read
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole
from objclass.nodes.annotated import ImageAnnotations
from objclass.nodes.classifier.summary import MatchSummary
from objclass.nodes.identity import main_input


def matches_part(
    look: Look,
    table: TableHeader,
    labels: Part,
    header: LabelHeader,
    rows: Sequence[Row],
) -> Part:
    """Return the part of one image that finds the objects of its annotations."""
    whole = _whole(look, labels)
    frames = [whole.frames] if whole.frames != header.grid.frames else []
    return Part(
        "matches",
        FactsHeader("matches"),
        recalls=True,
        parameters={
            "annotations": {CONTENT: of_value(content(rows))},
            "image_shape": [*whole.shape, *frames],
            "pixel_size": [*header.grid.spacing] if header.grid.spacing else None,
        },
        reads=(Read("objects", table.objects, ("voxels", "index")),) if rows else (),
        joins=frozenset({"t"}),
        version=2,
        place=header.grid.place,
        eager=True,
        asked=False,
        role=PartRole.MATCHES,
        tells=MatchSummary,
        payload=ImageAnnotations(tuple(rows), header, whole, look.image.frame_names),
    )


def with_pixel_size(look: Look, header: LabelHeader) -> LabelHeader:
    """Return a header with the pixel size of the image's main file, where its own says none."""
    name = main_input(look.nodes)
    parts = look.made.get(name or "", ())
    main = next((part.header for part in parts), None)
    if header.grid.spacing is not None or not isinstance(main, ImageHeader | LabelHeader):
        return header
    return replace(
        header, grid=replace(header.grid, spacing=main.grid.spacing, unit=main.grid.unit)
    )


def _whole(look: Look, labels: Part) -> Grid:
    """Return the grid of the uncropped image, so that rows outside the crop are told apart."""
    source = labels
    while source.source is None:
        images = [
            r
            for r in source.reads
            if isinstance(look.part(r.wire).header, ImageHeader | LabelHeader)
        ]
        source = look.part(images[0].wire)
    return source.source.uncropped()
