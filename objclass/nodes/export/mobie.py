"""``write: {mobie: …}``: the table of a segmentation in MoBIE."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from objclass.data.labels import LabelImage
from objclass.engine.node import JoinedInput, Made, View
from objclass.nodes.export.dialect import (
    PREDICTED,
    USER,
    DialectOutput,
    measurements,
    rows_of_frames,
    whole_ids,
)
from objclass.nodes.export.output import Sort
from objclass.nodes.export.rows import Columns, write_rows

MOBIE = Sort("MoBIE table", (".tsv",), ".tsv")


class MobieOutput(DialectOutput):
    """One row per object of an image: a point in it, its box, class and measurements."""

    name = "mobie"
    sort = MOBIE
    ending = "mobie"

    def write(self, path: Path, view: View) -> Made:
        """Write the table, frame by frame."""
        return write_rows(path, _rows(view))


def _rows(view: View) -> Iterator[Columns]:
    for given, (piece, layout) in zip(view.all("objects"), rows_of_frames(view), strict=True):
        time = {"timepoint": piece["t"]} if "t" in piece else {}
        said = {name: piece[name] for name in (PREDICTED, USER) if name in piece}
        place = _places(given)
        yield {"label_id": whole_ids(piece), **time, **place, **said, **measurements(piece, layout)}


def _places(given: JoinedInput) -> Columns:
    """Return a point inside every object and its box, in the unit of the pixel size."""
    labels: LabelImage = given.load()
    index, grid = labels.index, labels.header.grid
    axes = list(zip(grid.spatial, grid.origin[-grid.dimensions :], grid.voxel, strict=True))[::-1]
    found: Columns = {}
    for title, places, shift in (
        ("anchor", index.inside, 0.5),
        ("bb_min", index.start, 0.0),
        ("bb_max", index.stop, 0.0),
    ):
        for letter, origin, size in axes:
            axis = grid.spatial.index(letter)
            found[f"{title}_{letter}"] = (places[:, axis] + (origin + shift)) * size
    return found


OUTPUT = MobieOutput()
