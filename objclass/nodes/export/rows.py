"""The rows of tables of objects, frame by frame: what several tables say of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from objclass.data.labels import Index, LabelImage
from objclass.data.objects import ObjectTable
from objclass.engine.node import JoinedInput, View
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.frames import TIME, time_of
from objclass.nodes.kept import kept_matches
from objclass.nodes.tables import TABLE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Columns = dict[str, Any]
"""Column name to an array or a list of values."""


def join(pieces: Sequence[Columns]) -> Columns:
    """Put the rows of several pieces under each other."""
    import numpy as np

    widest = max(pieces, key=len)
    return {
        name: [value for piece in pieces for value in _values(piece, name)]
        if isinstance(column, list)
        else np.concatenate([_values(piece, name) for piece in pieces])
        for name, column in widest.items()
    }


def _values(piece: Columns, name: str) -> Any:
    """Return a column of a piece; an image without time has the time point 0."""
    return piece[name] if name in piece or name != "t" else [0] * len(piece["object"])


def names_of(view: View, image: str) -> dict[str, str]:
    """Return ``image`` and the image's names."""
    return {"image": image, **view.part.held(ExportLayout).images[image]}


def time_column(view: View, t: int) -> dict[str, float]:
    """Return the time of a frame by the column it stands in; nothing where nobody said."""
    step = view.part.held(ExportLayout).time_step
    return {f"{TIME}{step[1]}": time_of(t, step)} if step else {}


def learned_here(
    view: View, given: JoinedInput
) -> Iterator[tuple[JoinedInput, tuple[NDArray[np.bool_], NDArray[np.uint64]]]]:
    """Yield the examples of an image, which of them are in this frame, and their ids."""
    import numpy as np

    labels: LabelImage = given.load()
    for each in view.given.get("examples", ()):
        if each.image == given.image and each.artifact.subtrees:
            arrays, grid = each.load().arrays, labels.header.grid
            mine = np.ones(len(arrays["object"]), np.bool_)
            if grid.frames is not None:
                mine = arrays["position"][:, 0] == (given.t or 0) + grid.first_frame
            yield each, (mine, arrays["object"][mine])


def user_classes(view: View, given: JoinedInput, index: Index) -> list[str]:
    """Return the class a person gave each object, empty for most."""
    said: dict[int, str] = {}
    for each in view.given.get("matches", ()):
        if each.image == given.image and each.artifact.subtrees:
            matches, _ = kept_matches(each.load().facts)
            said |= {m.object: m.row.class_ for m in matches.used if m.frame == given.t}
    return [said.get(int(number), "") for number in index.ids]


def features_of(view: View, given: JoinedInput) -> dict[str, NDArray[np.generic]]:
    """Return every feature column of one frame; each family's table is opened once."""
    columns: dict[str, NDArray[np.generic]] = {}
    for read, tables in view.given.items():
        if read.startswith(TABLE):
            table: ObjectTable = same(tables, given).load()
            columns |= table.columns
    return columns


def same(given: Sequence[JoinedInput], wanted: JoinedInput) -> JoinedInput:
    """Return what comes from the same image and frame."""
    return next(each for each in given if (each.image, each.t) == (wanted.image, wanted.t))
