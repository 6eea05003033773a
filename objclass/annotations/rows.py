"""Annotation rows: what a person said about an object, read from a table.

A row names a voxel inside the object (0-based, in the uncropped image), the class, and the
stamp the object had when it was annotated. A row without a stamp is a point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from objclass.annotations import cells as read
from objclass.annotations.header import Header, read_header, tidy
from objclass.annotations.titles import MICROMETRES, NUMBERS, Position, are_ids, origin, to_voxel
from objclass.data.dataclass import dataclass
from objclass.data.delimited import is_remark
from objclass.errors import Place, Problem, list_some

IGNORE = "ignore"
LIMIT = 100
Cells = Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True)
class Row:
    """One annotation.

    Parameters
    ----------
    line
        Line of the file, from 1.
    class_
        Class name, free text: ``NA`` and ``001`` are names.
    image
        Image name, empty where the table has none.
    names
        Image name columns such as ``{"plate": "P4"}``, empty cells left out.
    files
        Names of the files of its image, where other programs tell these instead of its name.
    image_number
        Number of its image in another program; rows of one number belong together.
    t, z, y, x
        A voxel inside the object, in the uncropped image; None where the row names none.
    object
        Id of the object when it was annotated.
    size
        Its size in voxels then.
    stamp
        Its stamp then; empty for a point.
    image_digest
        Digest of the voxels of its image (of its frame) then; empty where nobody noted it.
    extra
        Cells of the columns that are not read, by title.
    file
        The file the row stands in.
    """

    line: int
    class_: str
    image: str = ""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    files: tuple[str, ...] = ()
    image_number: str = ""
    t: int | None = None
    z: int | None = None
    y: int | None = None
    x: int | None = None
    object: int | None = None
    size: int | None = None
    stamp: str = ""
    image_digest: str = field(default="", hash=False)
    extra: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    file: str = ""

    @property
    def has_position(self) -> bool:
        """False for a row that names its object by id alone."""
        return self.y is not None

    @property
    def place(self) -> Place:
        """File and line."""
        return Place(self.file, self.line)


@dataclass(frozen=True)
class Annotations:
    """What an annotation file says.

    Parameters
    ----------
    file
        Its name.
    rows
        Rows with a class, in file order.
    unclassed, empty
        Number of rows whose class is empty, and those of them that name an object; none is in
        `rows`.
    problems
        Everything wrong with the file; with any of them nothing may be trained.
    notes
        What was taken differently from how it is written.
    """

    file: str
    rows: tuple[Row, ...] = ()
    unclassed: int = 0
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    empty: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Voxel:
    """Size of a voxel along the axes of an image, where it is known.

    Parameters
    ----------
    sizes
        Axis letter to length.
    unit
        Of these lengths.
    """

    sizes: tuple[tuple[str, float], ...] = ()
    unit: str | None = None


@dataclass
class _Line:
    """One line while it is read: its cells by column, and what is found on the way."""

    file: str
    header: Header
    number: int
    cells: Sequence[str]
    voxel: Voxel = Voxel()
    problems: list[Problem] = field(default_factory=list)
    floored: list[str] = field(default_factory=list)

    def text(self, cell: int | None) -> str:
        """The text of a cell; short lines end in empty cells."""
        return tidy(self.cells[cell]) if cell is not None and cell < len(self.cells) else ""

    def known(self, column: str) -> str:
        """The text in a known column."""
        return self.text(self.header.known.get(column))

    def blame(
        self,
        what: str,
        column: str | None = None,
        got: str | None = None,
        expected: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Note a problem at a column of this line."""
        cell = self.header.known.get(column, -1) if column else -1
        place = Place(self.file, self.number, cell + 1)
        self.problems.append(Problem(what, got, expected, fix, place))

    def position(self, axis: str) -> int | None:
        """One coordinate, or None where the cell is empty."""
        if axis in self.header.positions:
            return self.translated(axis, *self.header.positions[axis])
        text = self.known(axis)
        if read.is_empty(text):
            return None
        try:
            voxel, floored = read.position(text)
        except ValueError as expected:
            self.blame(f"{axis} is not a voxel", axis, got=f"'{text}'", expected=str(expected))
            return None
        if floored:
            self.floored.append(f"line {self.number}: {axis} {text} -> {voxel}")
        return voxel

    def translated(self, axis: str, cell: int, meant: Position) -> int | None:
        """One coordinate as another program writes it: a length, or from voxel middles."""
        text = self.text(cell)
        if read.is_empty(text):
            return None
        try:
            value = read.decimal(text)
        except ValueError as expected:
            place = Place(self.file, self.number, cell + 1)
            what = f"{self.header.titles[cell]} is not a position"
            self.problems.append(Problem(what, f"'{text}'", str(expected), place=place))
            return None
        if meant.unit and not self.voxel.unit:
            return 0  # said once for the whole file
        if meant.unit:
            size = dict(self.voxel.sizes)[axis]
            value = to_voxel(value, meant.unit, size, self.voxel.unit or "um")
        return int(value + 0.5) if meant.centred else int(value)

    def count(self, column: str) -> int | None:
        """An id or a size, or None where the cell is empty."""
        text = self.known(column)
        if read.is_empty(text):
            return None
        try:
            return read.count(text)
        except ValueError as expected:
            fix = "if these are classes, call the column 'class'" if column == "object" else None
            what = f"{column} is not a number"
            fix = None if text[:1].isdigit() else fix
            self.blame(what, column, got=f"'{text}'", expected=str(expected), fix=fix)
            return None

    def digits(self, column: str, fix: str) -> str:
        """A stamp or the digest of an image, empty where there is none."""
        text = self.known(column)
        if read.is_empty(text):
            return ""
        try:
            return read.stamp(text)
        except ValueError as expected:
            what = "not a stamp" if column == "stamp" else "not the digest of an image"
            self.blame(what, column, got=f"'{text}'", expected=str(expected), fix=fix)
            return ""


def parse(
    file_name: str,
    header: Sequence[str],
    rows: Cells,
    spatial: str = "yx",
    has_time: bool = False,
    names: Sequence[str] = (),
    keeps_ids: bool = False,
    voxel: Voxel | None = None,
    limit: int = LIMIT,
) -> Annotations:
    """Read an annotation table; what is wrong with it is collected, never raised.

    Parameters
    ----------
    file_name
        Name of the file, for messages.
    header
        Titles of the columns, in any order and case; see :mod:`objclass.annotations.header`.
    rows
        Line number and cells of every further line. A line that starts with ``#`` is a comment.
    spatial, has_time
        Axes of the images: ``yx`` or ``zyx``, and whether they have a time axis.
    names
        Image name columns of the workflow, such as ``("plate", "well")``.
    keeps_ids
        True where the objects keep a file's ids: then ``object`` alone names an object.
    voxel
        Size of a voxel, for positions that are lengths such as ``x_um``.
    limit
        Problems that are told one by one.
    """
    voxel = voxel or Voxel()
    labels = [k for k, title in enumerate(header) if tidy(title).lower() == "label"]
    texts = [cells[k] for _, cells in rows for k in labels if k < len(cells)]
    of_image = origin(header) == "ImageJ" and not are_ids(texts)
    columns, problems = read_header(
        file_name, header, spatial, has_time, names, keeps_ids, of_image
    )
    problems += _unknown_sizes(file_name, columns, voxel)
    if problems:
        return Annotations(file_name, problems=tuple(problems))
    lines = [_Line(file_name, columns, number, cells, voxel) for number, cells in rows]
    filled = [line for line in lines if not _is_nothing(line)]
    classed = [line for line in filled if line.known("class")]
    found = tuple(_row(line, spatial, has_time, keeps_ids) for line in classed)
    problems = [problem for line in classed for problem in line.problems]
    unsaid = [line for line in filled if not line.known("class")]
    named = [_row(line, spatial, has_time, keeps_ids) for line in unsaid]
    empty = tuple(row for row, line in zip(named, unsaid, strict=True) if not line.problems)
    notes = _notes(len(unsaid), [said for line in classed for said in line.floored])
    return Annotations(file_name, found, len(unsaid), _limit(problems, limit), notes, empty)


def _unknown_sizes(file: str, header: Header, voxel: Voxel) -> list[Problem]:
    """A length says nothing where nobody knows how long a voxel is."""
    lengths = [cell for cell, meant in header.positions.values() if meant.unit]
    if not lengths or voxel.unit in MICROMETRES:
        return []
    what = f"'{header.titles[lengths[0]]}' is a length, but the image has no pixel size"
    fix = "write pixel_size into its input, or give voxels as x and y"
    return [Problem(what, fix=fix, place=Place(file, 1, lengths[0] + 1))]


def _is_nothing(line: _Line) -> bool:
    """Return True for blank lines and remarks."""
    of_numbers = 0 in [line.header.known.get(name) for name in NUMBERS]
    return is_remark(line.cells, len(line.header.titles), of_numbers)


def _row(line: _Line, spatial: str, has_time: bool, keeps_ids: bool) -> Row:
    """Read one line; what is wrong with it is noted in `line`."""
    names = {name: line.text(cell) for name, cell in line.header.names.items()}
    row = Row(
        line=line.number,
        class_=line.known("class"),
        image=line.known("image"),
        names={name: text for name, text in names.items() if text},
        files=tuple(filter(None, map(line.text, line.header.files))),
        image_number=line.text(line.header.image_number),
        t=line.position("t"),
        z=line.position("z"),
        y=line.position("y"),
        x=line.position("x"),
        object=line.count("object"),
        size=line.count("size"),
        stamp=line.digits("stamp", "empty the cell to make the row a point"),
        image_digest=line.digits("image_digest", "empty the cell"),
        extra={title: line.text(cell) for title, cell in line.header.unread.items()},
        file=line.file,
    )
    if not line.problems:
        _require_place(line, row, spatial, has_time, keeps_ids)
        _require_columns(line)
    return row


def _require_place(line: _Line, row: Row, spatial: str, has_time: bool, keeps_ids: bool) -> None:
    """A row names a voxel with all its coordinates, or an id where ids last."""
    here = {"t": row.t, "z": row.z, "y": row.y, "x": row.x}
    given = [axis for axis in spatial if here[axis] is not None]
    absent = [axis for axis in spatial if here[axis] is None]
    if has_time and row.t is None:
        line.blame("t is empty", "t", expected="a time point counted from 0")
    if given and absent:
        got = ", ".join(f"{axis} {here[axis]}" for axis in given)
        line.blame(f"{' and '.join(absent)} is empty", absent[0], got=got)
    if given or (row.object is not None and keeps_ids):
        return
    if row.object is None:
        line.blame(
            "the row names no object", spatial[0], expected=f"a position ({', '.join(spatial)})"
        )
        return
    fix = "give a voxel inside the object: ids change whenever the segmentation does"
    line.blame(
        "the row names an id but no position", spatial[0], got=f"object {row.object}", fix=fix
    )


def _require_columns(line: _Line) -> None:
    """A line with more filled cells than columns was cut at a stray delimiter."""
    beyond = [cell for cell in line.cells[len(line.header.titles) :] if cell.strip()]
    if beyond:
        got, columns = len(line.cells), len(line.header.titles)
        fix = "put a text that holds a delimiter in quotes"
        line.blame("the line has too many cells", got=str(got), expected=str(columns), fix=fix)


def _limit(problems: list[Problem], limit: int) -> tuple[Problem, ...]:
    """The first problems; a file in the wrong unit has one on every line."""
    more = len(problems) - limit
    if more <= 0:
        return tuple(problems)
    rest = Problem(f"{more} more problems from here on", place=problems[limit].place)
    return (*problems[:limit], rest)


def _notes(unclassed: int, floored: Sequence[str]) -> tuple[str, ...]:
    """What was skipped or rounded, in sentences."""
    notes = []
    if unclassed:
        notes.append(f"{rows_of(unclassed)} without a class skipped")
    if floored:
        what = "position is" if len(floored) == 1 else "positions are"
        notes.append(
            f"{len(floored)} {what} not whole, floored to the voxel: {list_some(floored, 3)}"
        )
    return tuple(notes)


def rows_of(number: int) -> str:
    """Return ``1 row``, ``2 rows``."""
    return f"{number} row" if number == 1 else f"{number} rows"
