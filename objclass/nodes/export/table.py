"""``write: {table: …}``: the object table, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from objclass.data.dataclass import dataclass
from objclass.data.labels import Index, LabelHeader, LabelImage
from objclass.data.objects import Column, Prediction, called, code_names
from objclass.engine.artifact import Record
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.errors import InputError
from objclass.nodes.export.cutouts import (
    Shown,
    TableTarget,
    check_cutouts,
    cutout_reads,
    write_hdf5,
)
from objclass.nodes.export.ilastik import ilastik_pieces
from objclass.nodes.export.layout import Dialect, ExportLayout
from objclass.nodes.export.origin import Origin, find_annotated, predicted_sets, unseen
from objclass.nodes.export.output import (
    OBJECT_TABLE,
    ExportOutput,
    ExportRequest,
    OptionalField,
    RowsWritten,
)
from objclass.nodes.export.rows import (
    Columns,
    SaidOfImage,
    features_of,
    filled,
    frames_said,
    names_of,
    time_column,
    write_rows,
)
from objclass.nodes.frames import FRAME_NAME, TIME
from objclass.nodes.tables import table_reads
from objclass.schema.quantity import SECONDS
from objclass.schema.selection import select

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACE = {
    "t": ("", "time point, counted from 0"),
    FRAME_NAME: ("", "the text of {t} in the name of the frame's file"),
    "object": ("", "id of the object in the identities image of its frame"),
    "z": ("voxel", "z of a voxel inside the object, in the uncropped image"),
    "y": ("voxel", "y of a voxel inside the object, in the uncropped image"),
    "x": ("voxel", "x of a voxel inside the object, in the uncropped image"),
    "channel": ("", "the channel of the prediction map that the object was found in"),
    "touches_border": ("", "1 where the object touches the border of the image"),
    "stamp": ("", "o and ten digits: the object's place and voxels"),
    "user_class": ("", "the class a person gave the object"),
    "predicted_class": ("", "the most probable class"),
    "uncertainty": ("", "1 - (p1 - p2) of the two largest probabilities"),
    "prediction_set": (
        "",
        "every class that the object may have, with the coverage asked for; empty for none",
    ),
    "unseen_class": (
        "",
        "the most probable class for trees, or models, that have not learned from it",
    ),
}
SETS = "sets"
SET = "prediction_set"
TIME_MEANS = "time of the frame: t times the time_step of the input"


@dataclass(frozen=True)
class TableLayout(ExportLayout):
    """How an object table is laid out.

    Parameters
    ----------
    columns
        Its feature columns.
    min_probability
        Objects are unclassified below, in what unseen trees say; None without such columns.
    shown, margin
        In HDF5, the images beside the table and the voxels around an object in them.
    """

    columns: tuple[str, ...] = ()
    min_probability: float | None = None
    shown: Shown | None = None
    margin: int | None = None


class TableOutput(ExportOutput):
    """The object table: one row per image, frame and object."""

    name = "table"
    sort = OBJECT_TABLE
    options = TableTarget
    tells: ClassVar[type[Summary] | None] = RowsWritten
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"columns", "names"})
    ending = "objects"
    ilastik_ending: ClassVar[str] = "table"
    default_path: ClassVar[str | None] = "results/{image}_objects.csv"
    joins_images: ClassVar[bool] = True

    def check_file(self, asked: ExportRequest, suffix: str) -> None:
        """Report options of HDF5 that would have no effect."""
        check_cutouts(asked)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read ids, predictions, what a person said, what unseen trees say, and features."""
        look, origin = asked.look, asked.origin
        tables = feature_reads(asked)
        said = () if asked.names else unseen(look, origin)
        sets = () if asked.names else predicted_sets(look, origin)
        kept = (*origin.predicted, *sets)
        return (*cutout_reads(asked), *kept, *find_annotated(look, origin), *said, *tables)

    def layout(self, asked: ExportRequest) -> TableLayout:
        """Return names, classes, columns, and what is known of the frames."""
        prediction = asked.origin.prediction
        judged = not asked.names and unseen(asked.look, asked.origin)
        target = asked.options(TableTarget)
        return TableLayout(
            asked.origin,
            names=asked.names,
            classes=asked.classes,
            frame_names=asked.frame_names,
            time_step=asked.time_step,
            columns=column_names(asked),
            min_probability=prediction.min_probability if prediction and judged else None,
            shown=target.shown if target.is_hdf5 else None,
            margin=target.margin,
        )

    def write(self, path: Path, view: View) -> Made:
        """Write one row per image, frame and object."""
        layout = view.part.held(TableLayout)
        rows = PIECES[layout.names](view)
        if layout.shown is not None:
            return write_hdf5(path, rows, view, layout.shown, layout.margin or 0)
        return write_rows(path, rows, lambda columns: table_metadata(layout.origin, columns))


def feature_reads(asked: ExportRequest) -> tuple[Read, ...]:
    """Return the reads of the columns that are asked for; worked out once per table."""
    table, columns = asked.origin.table, chosen(asked)
    if table is None:
        return ()
    found: tuple[Read, ...] = asked.look.once(
        ("reads", id(table)), lambda: table_reads(table, columns)
    )
    return found


def column_names(asked: ExportRequest) -> tuple[str, ...]:
    """Return the names of the feature columns that are asked for."""
    names: tuple[str, ...] = asked.look.once(
        ("column names", id(asked.origin.table)),
        lambda: tuple(column.name for column in chosen(asked)),
    )
    return names


def chosen(asked: ExportRequest) -> list[Column]:
    """Return the feature columns that are asked for."""
    table = asked.origin.table
    if table is None:
        return []
    try:
        found: list[Column] = asked.look.once(
            ("columns", id(table)), lambda: select(table.columns, asked.columns, table.columns)
        )
        return found
    except InputError as error:
        raise asked.look.passed_on(error, "columns") from None


def pieces(view: View) -> Iterator[Columns]:
    """Yield the object table, one piece per image and frame with one row per object.

    Columns in fixed order: image names, ``t``, ``frame_name``, the time, ``object``, a voxel
    inside (``z``, ``y``, ``x``), ``touches_border``, ``stamp``, ``user_class``,
    ``predicted_class``, ``probability-<class>``, ``uncertainty``, where the classifier learned
    here ``unseen_class`` and ``unseen_probability-<class>``, features.
    """
    votes = UnseenVotes(view)
    titles: list[str] = []
    for given, said in frames_said(view):
        piece = _piece(view, given, said, votes)
        titles = titles or _widest(view, given, piece, votes)
        yield filled(piece, titles)


def _widest(view: View, first: JoinedInput, piece: Columns, votes: UnseenVotes) -> list[str]:
    """Return the titles of all columns; an image with time or depth has more than others."""
    given = view.all("objects")
    wide = max(given, key=_extent)  # the first of them
    if _extent(wide) > _extent(first):
        piece = _piece(view, wide, SaidOfImage.of(view, wide.image), votes)
    return list(piece)


def _extent(given: JoinedInput) -> tuple[bool, int]:
    header = given.header
    assert isinstance(header, LabelHeader)
    return header.grid.frames is not None, header.grid.dimensions


def _ilastik_pieces(view: View) -> Iterator[Columns]:
    layout = view.part.held(TableLayout)
    return ilastik_pieces(view, [c for c in layout.origin.columns if c.name in layout.columns])


def _cytomining_pieces(view: View) -> Iterator[Columns]:
    from objclass.nodes.export.cytomining import cytomining_pieces

    layout = view.part.held(TableLayout)
    features = [c for c in layout.origin.columns if c.name in layout.columns]
    objects = layout.origin.objects.node
    return cytomining_pieces(pieces(view), features, objects, tuple(layout.images))


PIECES: Mapping[Dialect | None, Callable[[View], Iterator[Columns]]] = {
    None: pieces,
    "ilastik": _ilastik_pieces,
    "cytomining": _cytomining_pieces,
}
"""``names`` → the pieces of the table."""


def _piece(view: View, given: JoinedInput, said: SaidOfImage, votes: UnseenVotes) -> Columns:
    labels: LabelImage = given.load()
    index = labels.index
    columns: Columns = {}
    for name, value in names_of(view, given.image).items():
        columns[name] = [value] * len(index)
    columns |= _place(labels, index, _frame(view, given))
    if "prediction" in view.given:
        columns |= _predicted_columns(view, given, index, said)
    if view.given.get("evaluation"):
        columns |= votes.columns(given, index, said)
    features = features_of(view, given)
    return columns | {name: features[name] for name in view.part.held(TableLayout).columns}


def _frame(view: View, given: JoinedInput) -> dict[str, Any]:
    """Return what stands in every row of a frame: ``t``, its name in the files, its time."""
    grid = given.load().header.grid
    if grid.frames is None:
        return {}
    t = (given.t or 0) + grid.first_frame
    facts: dict[str, Any] = {"t": t}
    named = view.part.held(TableLayout).frame_names
    if named is not None:
        names = named.get(given.image, ())
        facts[FRAME_NAME] = names[t] if t < len(names) else ""
    return facts | time_column(view, t)


def _place(labels: LabelImage, index: Index, frame: Mapping[str, Any]) -> Columns:
    import numpy as np

    grid = labels.header.grid
    columns: Columns = {}
    for name, value in frame.items():
        text = isinstance(value, str)
        columns[name] = [value] * len(index) if text else np.full(len(index), value)
    columns["object"] = index.ids
    origin = grid.origin[-grid.dimensions :]
    for axis, letter in enumerate(grid.spatial):
        columns[letter] = index.inside[:, axis] + np.int64(origin[axis])
    found_in = labels.header.found_in
    if found_in and index.channel is not None:
        columns["channel"] = [found_in[k - 1] for k in index.channel]
    columns["touches_border"] = index.touches_border.astype(np.uint8)
    columns["stamp"] = [stamp.decode() for stamp in index.stamp]
    return columns


def _predicted_columns(view: View, given: JoinedInput, index: Index, said: SaidOfImage) -> Columns:
    found: Prediction = view.at("prediction", given).load()
    classes = view.part.held(TableLayout).classes or ()
    columns: Columns = {"user_class": said.user_classes(given, index)}
    columns["predicted_class"] = called(found.code, classes)
    for k, name in enumerate(classes):
        columns[f"probability-{name}"] = found.probability[:, k]
    columns["uncertainty"] = found.uncertainty
    if SETS in view.given:
        sets = view.at(SETS, given).load().arrays["sets"]
        columns[SET] = [" or ".join(n for n, in_it in zip(classes, row, strict=True) if in_it)
                        for row in sets]  # fmt: skip
    return columns


class UnseenVotes:
    """What is said of objects by what has not learned from them; nothing of others."""

    def __init__(self, view: View) -> None:
        self._view = view
        layout = view.part.held(TableLayout)
        self._names = code_names(layout.classes or ())
        self._least = float(layout.min_probability or 0.0)

    @cached_property
    def _arrays(self) -> Mapping[str, NDArray[Any]]:
        found: Record = self._view.one("evaluation")
        return found.arrays

    @cached_property
    def _first(self) -> Mapping[bytes, int]:
        """The first row of the examples with a digest."""
        owners = self._arrays["examples"].tolist()
        return {owner: row for row, owner in reversed(list(enumerate(owners)))}

    def columns(self, given: JoinedInput, index: Index, said: SaidOfImage) -> Columns:
        """Return class and probabilities of the objects of a frame."""
        import numpy as np

        from objclass.classification.trees import decide_classes

        grid = given.load().header.grid
        probability = np.full((len(index), len(self._names) - 1), np.nan)
        for each, mine, ids in said.learned(given, grid):
            first = self._first[each.artifact.digest.encode()]
            votes = self._arrays["unseen"][first : first + len(mine)]
            probability[np.searchsorted(index.ids, ids)] = votes[mine]
        known = ~np.isnan(probability[:, 0])
        code = np.zeros(len(index), np.int64)
        sure = np.ascontiguousarray(probability[known])
        code[known] = decide_classes(sure, self._least)[0]
        columns: Columns = {"unseen_class": [("", *self._names)[k] for k in code]}
        for k, name in enumerate(self._names[:-1]):
            columns[f"unseen_probability-{name}"] = probability[:, k]
        return columns


def table_metadata(origin: Origin, columns: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return unit and definition of every column that has them."""
    known = {c.name: c for c in origin.table.columns} if origin.table else {}
    found: dict[str, dict[str, str]] = {}
    for name in columns:
        if name in PLACE:
            unit, definition = PLACE[name]
            found[name] = {"unit": unit, "definition": definition}
        elif name.startswith(TIME) and name.removeprefix(TIME) in SECONDS:
            found[name] = {"unit": name.removeprefix(TIME), "definition": TIME_MEANS}
        elif name.startswith("unseen_probability-"):
            text = "by the trees, or a model, that have not learned from the object"
            found[name] = {"unit": "", "definition": text}
        elif name in known:
            column = known[name]
            source = {"source": column.source, "channel": column.channel or ""}
            found[name] = {"unit": column.unit, "definition": column.definition, **source}
    return found


OUTPUT = TableOutput()
