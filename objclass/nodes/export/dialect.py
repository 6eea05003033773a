"""What all outputs share that say the rows of the object table in the words of another program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from objclass.engine.node import Read, View
from objclass.engine.summary import Summary
from objclass.nodes.export.origin import find_annotated
from objclass.nodes.export.output import ExportOutput, ExportRequest, OptionalField, RowsWritten
from objclass.nodes.export.rows import Columns
from objclass.nodes.export.table import TableLayout, column_names, feature_reads, pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USER, PREDICTED, UNCERTAINTY, PROBABILITY = (
    "user_class", "predicted_class", "uncertainty", "probability-",
)  # fmt: skip


class DialectOutput(ExportOutput):
    """A table of objects for another program."""

    tells: ClassVar[type[Summary] | None] = RowsWritten
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"columns"})

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the ids, what was predicted, what a person said, and features."""
        said = find_annotated(asked.look, asked.origin)
        return (asked.origin.index, *asked.origin.predicted, *said, *feature_reads(asked))

    def layout(self, asked: ExportRequest) -> TableLayout:
        """Return the classes, the columns, and the time between frames."""
        return TableLayout(
            asked.origin,
            classes=asked.classes,
            colors=asked.colors,
            time_step=asked.time_step,
            columns=column_names(asked),
        )


def measurements(columns: Columns, layout: TableLayout) -> Columns:
    """Return what is a number of every object: probabilities, uncertainty, features."""
    titles = [f"{PROBABILITY}{name}" for name in layout.classes or ()]
    wanted = (*titles, UNCERTAINTY, *layout.columns)
    return {name: columns[name] for name in wanted if name in columns}


def whole_ids(columns: Columns) -> NDArray[np.int64]:
    """Return the ids of objects as other programs hold them."""
    import numpy as np

    return np.asarray(columns["object"]).astype(np.int64)


def rows_of_frames(view: View) -> Iterator[tuple[Columns, TableLayout]]:
    """Yield the object table frame by frame, with its layout."""
    layout = view.part.held(TableLayout)
    yield from ((piece, layout) for piece in pieces(view))
