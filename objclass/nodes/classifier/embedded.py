"""What a classifier must know of the columns that are an embedding, to be scored soundly.

Principal components follow from all objects of a run. Scores are of objects that had no part in
them, so what is scored reads all numbers and learns the components anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from objclass.data.labels import LabelHeader
from objclass.data.objects import Column, TableHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.engine.node import JoinedInput, Read, View
from objclass.engine.role import PartRole
from objclass.nodes.projection import OUTSIDE, VALUES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.classification.reprojection import Embedded, Reprojection

KEPT: Final = "kept"
"""What a part reads: all numbers of which few components are kept; and its parameter for it."""
OBJECTS: Final = "objects"
"""What it reads to know which frames were cropped away; examples hold that by content."""
SETS: Final = "sets"
"""The parameter with the columns that are compared."""


def embedded_columns(
    look: Look, table: TableHeader, columns: Sequence[Column]
) -> dict[str, list[str]]:
    """Return the columns of every embedding among those that are learned from."""
    found: dict[str, list[str]] = {}
    for column in columns:
        node = table.parts[column.name].node
        if look.nodes[node].embeds:
            found.setdefault(node, []).append(column.name)
    return found


def compared_sets(embedded: Mapping[str, Sequence[str]], columns: Sequence[Column]) -> Any:
    """Return the parameter that says which columns are compared; empty where all are of a sort."""
    if not embedded:
        return {}
    from objclass.evaluation.feature_sets import EMBEDDING, HAND

    mine = {name for names in embedded.values() for name in names}
    measured = [column.name for column in columns if column.name not in mine]
    if not measured:
        return {}
    return {SETS: {HAND: measured, EMBEDDING: [c.name for c in columns if c.name in mine]}}


def kept_axes_of(
    look: Look, table: TableHeader, embedded: Mapping[str, Sequence[str]], groups: Mapping[str, str]
) -> tuple[dict[str, Any], tuple[Read, ...]]:
    """Return the parameter and the read by which components are learned anew.

    Nothing where all numbers are kept, and where the axes are those of a project.

    Parameters
    ----------
    look, table
        Of the classifier.
    embedded
        Embedding to its columns.
    groups
        Image to the group whose z-scores columns become; empty where they stay.
    """
    for name, columns in embedded.items():
        axes = look.of_role(name, PartRole.PROJECTION)
        if axes is None or not axes.reads:
            continue
        every = [c.name for c in table.columns if table.parts[c.name].node == name]
        numbers = {column: every.index(column) for column in columns}
        asked = {"keep": axes.parameters["keep"], "columns": numbers, "groups": dict(groups)}
        asked |= {OUTSIDE: axes.parameters.get(OUTSIDE, [])}
        values = Read(KEPT, Wire(name, VALUES), as_set=True)
        return {KEPT: asked}, (values, Read(OBJECTS, table.objects, (), as_set=True))
    return {}, ()


def reprojection(
    view: View, image: Sequence[str], position: NDArray[np.int64], ids: Sequence[int]
) -> Reprojection | None:
    """Return what gives components of examples that had no part in them; None without such.

    Parameters
    ----------
    view
        Of a part that scores.
    image, position, ids
        Where each example is found: image, int64 (n, 4) with the frame first, and id.
    """
    if KEPT not in view.given:
        return None
    import numpy as np

    from objclass.classification.reprojection import EmbeddedFrame, Reprojection

    asked = view.parameters[KEPT]
    given = sorted(view.all(KEPT), key=lambda each: each.artifact.digest)
    first = {each.image: _first_frame(each) for each in view.all(OBJECTS)}
    return Reprojection(
        asked["columns"],
        asked["keep"],
        [EmbeddedFrame(each.image, each.t or 0, partial(_numbers, each)) for each in given],
        image,
        position[:, 0] - np.array([first[name] for name in image], np.int64),
        np.array(ids, np.uint64),
        asked["groups"],
        frozenset(asked[OUTSIDE]),
    )


def _first_frame(each: JoinedInput) -> int:
    assert isinstance(each.header, LabelHeader)
    return each.header.grid.first_frame


def _numbers(each: JoinedInput) -> Embedded:
    arrays = each.load().arrays
    return arrays["ids"], arrays[VALUES]
