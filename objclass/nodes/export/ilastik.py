"""Results as ilastik writes them: its table columns, its axis order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from objclass.data.axes import Grid
from objclass.data.labels import Index, LabelImage
from objclass.data.objects import Column, Prediction, code_names
from objclass.engine.node import JoinedInput, View
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.rows import Columns, features_of, join, same, user_classes

ORIGINAL = "original_oid"
"""The id that an object has in the label image's file."""
NOBODY = "0"
"""What ilastik writes where nobody gave a class."""


def file_order(grid: Grid) -> str:
    """Return the axis order of the objects' file, with a channel axis.

    ilastik exports in the order of its second input; without channels there, c comes last.
    """
    return grid.axes if "c" in grid.axes else f"{grid.axes}c"


def ilastik_columns(view: View, features: Sequence[Column]) -> Columns:
    """Return ilastik's table: fixed columns first, then features sorted by their titles."""
    import numpy as np

    pieces = [_piece(view, each, features) for each in view.all("objects")]
    table = join(pieces)
    rows = len(next(iter(table.values())))
    return {"object_id": np.arange(rows), **table}


def _piece(view: View, given: JoinedInput, features: Sequence[Column]) -> Columns:
    import numpy as np

    labels: LabelImage = given.load()
    index = labels.index
    columns: Columns = {
        "timestep": np.full(len(index), given.t or 0),
        "labelimage_oid": index.ids,
    }
    columns |= _classes(view, given, index)
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


def _classes(view: View, given: JoinedInput, index: Index) -> Columns:
    """Return what a person and the classifier said of every object."""
    import numpy as np

    if "prediction" not in view.given:
        return {}
    found: Prediction = same(view.all("prediction"), given).load()
    classes = view.part.held(ExportLayout).classes or ()
    names = code_names(classes)
    columns: Columns = {
        "User Label": [said or NOBODY for said in user_classes(view, given, index)],
        "Predicted Class": [names[code - 1] for code in found.code],
    }
    for k, name in enumerate(classes):
        columns[f"Probability of {name}"] = found.probability[:, k].astype(np.float32)
    return columns
