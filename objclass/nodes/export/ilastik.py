"""Results as ilastik writes them: its table columns, its axis order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from objclass.data.axes import Grid
from objclass.data.labels import Index, LabelImage
from objclass.data.objects import Column, Prediction, called
from objclass.engine.node import JoinedInput, View
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.rows import Columns, SaidOfImage, features_of, frames_said, rows_of

ORIGINAL = "original_oid"
"""The id that an object has in the label image's file."""
NOBODY = "0"
"""What ilastik writes where nobody gave a class."""

FIXED = {
    "object_id": "number of the object in the table, from 0",
    "timestep": "time point, counted from 0",
    "labelimage_oid": "id of the object in the identities image of its frame",
    "User Label": f"the class a person gave the object, {NOBODY} for none",
    "Predicted Class": "the most probable class",
    ORIGINAL: "id of the object in the label image's file",
}
"""ilastik's columns that are no features → what they mean."""
PROBABILITY = "probability of the class"


def file_order(grid: Grid) -> str:
    """Return the axis order of the objects' file, with a channel axis.

    ilastik exports in the order of its second input; without channels there, c comes last.
    """
    return grid.axes if "c" in grid.axes else f"{grid.axes}c"


def ilastik_pieces(view: View, features: Sequence[Column]) -> Iterator[Columns]:
    """Yield ilastik's table, a piece per frame: fixed columns, then features by their titles."""
    import numpy as np

    rows = 0
    for given, said in frames_said(view):
        piece = _piece(view, given, features, said)
        numbers = np.arange(rows, rows + rows_of(piece))
        rows += len(numbers)
        yield {"object_id": numbers, **piece}


def _piece(
    view: View, given: JoinedInput, features: Sequence[Column], said: SaidOfImage
) -> Columns:
    import numpy as np

    labels: LabelImage = given.load()
    index = labels.index
    columns: Columns = {
        "timestep": np.full(len(index), given.t or 0),
        "labelimage_oid": index.ids.astype(np.int64),
    }
    columns |= _classes(view, given, index, said)
    measured = features_of(view, given)
    titled = {title: measured[column.name] for title, column in titles(features).items()}
    if index.original is not None:
        titled[ORIGINAL] = index.original
    return columns | {title: titled[title] for title in sorted(titled)}


def titles(columns: Sequence[Column]) -> Mapping[str, Column]:
    """Return the columns by what ilastik calls them; our own keep their names."""
    from objclass.measure.ilastik import display_name

    named: dict[str, Column] = {}
    for column in columns:
        title = display_name(column) if column.family == "ilastik" else column.name
        named.setdefault(title, column)
    return named


def _classes(view: View, given: JoinedInput, index: Index, said: SaidOfImage) -> Columns:
    """Return what a person and the classifier said of every object."""
    import numpy as np

    if "prediction" not in view.given:
        return {}
    found: Prediction = view.at("prediction", given).load()
    classes = view.part.held(ExportLayout).classes or ()
    columns: Columns = {
        "User Label": [name or NOBODY for name in said.user_classes(given, index)],
        "Predicted Class": called(found.code, classes),
    }
    for k, name in enumerate(classes):
        columns[f"Probability of {name}"] = found.probability[:, k].astype(np.float32)
    return columns
