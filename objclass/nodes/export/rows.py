"""The rows of tables of objects, frame by frame: what several tables say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index
from objclass.data.objects import ObjectTable
from objclass.engine.artifact import Record
from objclass.engine.node import JoinedInput, Made, View
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.output import RowsWritten
from objclass.nodes.frames import FRAME_NAME, TIME, time_of
from objclass.nodes.kept import kept_matches
from objclass.nodes.tables import TABLE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Columns = dict[str, Any]
"""Column name to an array or a list of values."""
Metadata = Mapping[str, Mapping[str, str]]
CELLS = 2**20
"""Cells that are written at once, about."""
CELL_BYTES = 12
"""What a cell takes in a file, about."""


def join(pieces: Sequence[Columns]) -> Columns:
    """Put the rows of several pieces with the same columns under each other."""
    import numpy as np

    if len(pieces) == 1:
        return pieces[0]
    return {
        name: [value for piece in pieces for value in piece[name]]
        if isinstance(column, list)
        else np.concatenate([piece[name] for piece in pieces])
        for name, column in pieces[0].items()
    }


def gathered(pieces: Iterable[Columns]) -> Iterator[Columns]:
    """Yield the same rows in fewer pieces: writing few rows at a time takes longer."""
    held: list[Columns] = []
    cells = 0
    for piece in pieces:
        held.append(piece)
        cells += rows_of(piece) * len(piece)
        if cells >= CELLS:
            yield join(held)
            held, cells = [], 0
    if held:
        yield join(held)


def rows_of(piece: Columns) -> int:
    """Return the number of rows of a piece."""
    return len(next(iter(piece.values())))


def write_rows(
    path: Path,
    pieces: Iterable[Columns],
    metadata: Callable[[Columns], Metadata] = lambda columns: {},
) -> Made:
    """Write a table piece after piece, so that it is never whole in memory.

    Parameters
    ----------
    path
        Its suffix is the format.
    pieces
        One at least; all have the same columns.
    metadata
        Gives facts about columns such as unit and definition.
    """
    from objclass.io.tables import table_writer

    groups = gathered(pieces)
    first = next(groups)
    rows = 0
    with table_writer(path, metadata(first), CELL_BYTES * len(first) * rows_of(first)) as append:
        for group in chain([first], groups):
            append(group)
            rows += rows_of(group)
    return Made(summary=RowsWritten(rows))


def filled(piece: Columns, titles: Sequence[str]) -> Columns:
    """Return a piece with these columns: an image without time or depth is at their start."""
    import numpy as np

    if len(piece) == len(titles):
        return piece
    rows = rows_of(piece)
    nothing = {FRAME_NAME: [""] * rows}
    zeros = np.zeros(rows, np.int64)
    return {t: piece[t] if t in piece else nothing.get(t, zeros) for t in titles}


def names_of(view: View, image: str) -> dict[str, str]:
    """Return ``image`` and the image's names."""
    return {"image": image, **view.part.held(ExportLayout).images[image]}


def time_column(view: View, t: int) -> dict[str, float]:
    """Return the time of a frame by the column it stands in; nothing where nobody said."""
    step = view.part.held(ExportLayout).time_step
    return {f"{TIME}{step[1]}": time_of(t, step)} if step else {}


@dataclass(frozen=True)
class SaidOfImage:
    """What a person said of the objects of one image: read once for all its frames.

    Parameters
    ----------
    classes
        Frame to object to the class it was given.
    examples
        What was learned from: where its rows are known by, and its time points and objects.
    """

    classes: Mapping[int | None, Mapping[int, str]]
    examples: tuple[tuple[JoinedInput, Record], ...]

    @classmethod
    def of(cls, view: View, image: str) -> SaidOfImage:
        """Read it."""
        classes: dict[int | None, dict[int, str]] = {}
        for each in view.of_image("matches", image):
            matches, _ = kept_matches(each.load().facts)
            for match in matches.used:
                classes.setdefault(match.frame, {})[match.object] = match.row.class_
        examples = tuple((each, each.load()) for each in view.of_image("examples", image))
        return cls(classes, examples)

    def user_classes(self, given: JoinedInput, index: Index) -> list[str]:
        """Return the class a person gave each object of a frame, empty for most."""
        said = self.classes.get(given.t, {})
        return [said.get(int(number), "") for number in index.ids]

    def learned(
        self, given: JoinedInput, grid: Grid
    ) -> Iterator[tuple[JoinedInput, NDArray[np.bool_], NDArray[np.uint64]]]:
        """Yield the examples, which of them are in a frame, and the ids of these."""
        import numpy as np

        for each, record in self.examples:
            objects: NDArray[Any] = record.arrays["object"]
            mine = np.ones(len(objects), np.bool_)
            if grid.frames is not None:
                times: NDArray[Any] = record.arrays["position"][:, 0]
                mine = times == (given.t or 0) + grid.first_frame
            yield each, mine, objects[mine]


def frames_said(view: View) -> Iterator[tuple[JoinedInput, SaidOfImage]]:
    """Yield the objects of every frame with what a person said of those of its image."""
    for image, frames in groupby(view.all("objects"), key=lambda each: each.image):
        said = SaidOfImage.of(view, image)
        yield from ((each, said) for each in frames)


def features_of(view: View, given: JoinedInput) -> dict[str, NDArray[np.generic]]:
    """Return every feature column of one frame; each family's table is opened once."""
    columns: dict[str, NDArray[np.generic]] = {}
    for read in view.given:
        if read.startswith(TABLE):
            table: ObjectTable = view.at(read, given).load()
            columns |= table.columns
    return columns
