"""Edits of an annotation table as values: every cell that an edit does not name stays, to the byte.

An edit says what changes; :func:`apply` returns the new text, and the edit that brings the very
text before back. Delimiter, quotes, line endings, byte order mark, comments, blank lines, other
columns and a missing last line ending are those of the file.

A row is told by its line (that of :class:`objclass.annotations.rows.Row`) or by its object.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from objclass.annotations import cells as read
from objclass.annotations.class_names import reserved_problem
from objclass.annotations.header import foreign_positions, tidy
from objclass.annotations.images import RowImage, fitting
from objclass.annotations.rows import IGNORE
from objclass.annotations.splice import Splice, in_order, spliced
from objclass.annotations.table import UNNAMED, OpenTable, open_table
from objclass.data.dataclass import dataclass
from objclass.data.delimited import TableRecord, in_quotes, is_quoted, quote
from objclass.data.digest import of_value
from objclass.errors import InputError, Problem, list_some

OPTIONAL = ("object", "size", "stamp", "image_digest", "by", "when", "note")
"""What is left out of a new row where the table has no column for it."""


@dataclass(frozen=True)
class ObjectKey:
    """An object as tables call it.

    Parameters
    ----------
    image
        Name of its image.
    t
        Its frame in the uncropped image, None without time.
    object
        Its id when it was annotated.
    names
        Names of its image, such as ``{"plate": "P4"}``, for tables that tell images by these.
    files
        Names of the files of its image, likewise; one called after the image need not be named.
    """

    image: str
    t: int | None
    object: int
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    files: tuple[str, ...] = ()


At = int | ObjectKey
"""A row: the line that it begins on, from 1, or its object."""


@dataclass(frozen=True)
class Add:
    """A new row at the end.

    A class, a position and what names the image need columns to stand in; for the others see
    :data:`OPTIONAL`. Columns of the table that nothing is said for stay empty.

    Parameters
    ----------
    class_
        The class; ``ignore`` leaves the object out.
    t, z, y, x
        A voxel inside the object, in the uncropped image; None where the axis is not there.
    image
        Name of the image; empty where the table is about one.
    names
        Image name columns, such as ``{"plate": "P4"}``.
    object, size, stamp
        Of the object; with a stamp the annotation is known to be invalid once it changes.
    image_digest
        Digest of the voxels of the image (of the frame).
    by, when, note
        Who said it, when, and a remark.
    """

    class_: str
    t: int | None = None
    z: int | None = None
    y: int | None = None
    x: int | None = None
    image: str = ""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    object: int | None = None
    size: int | None = None
    stamp: str = ""
    image_digest: str = ""
    by: str = ""
    when: str = ""
    note: str = ""


@dataclass(frozen=True)
class Erase:
    """A row goes, with its line ending."""

    at: At


@dataclass(frozen=True)
class Reclass:
    """The class of a row changes, and no other cell."""

    at: At
    class_: str


@dataclass(frozen=True)
class Renew:
    """Known columns of a row say something new; those that the table lacks are left out."""

    at: At
    said: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Widen:
    """Columns are added on the right, those that the table has left out; rows stay as they are."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Restore:
    """The text before an edit comes back, to the byte; it fits no other text than that after it.

    Parameters
    ----------
    splices
        In order, without overlap.
    digest
        Of the text that they fit.
    """

    splices: tuple[Splice, ...]
    digest: str


Edit = Add | Erase | Reclass | Renew | Widen | Restore


def apply(
    text: str, *edits: Edit, names: Sequence[str] = (), file: str = UNNAMED
) -> tuple[str, Restore]:
    """Return a table with edits made, and the edit that takes them back.

    Parameters
    ----------
    text
        The whole table, read without translating line endings; see
        :func:`objclass.data.delimited.encoding_of`.
    edits
        All of them speak of `text` as it is: of its lines, not of those that come of an edit.
    names
        Image name columns of the workflow, such as ``("plate", "well")``.
    file
        Name of the table, for messages.

    Returns
    -------
    text, inverse
        ``apply(*apply(text, edit))`` gives `text` back, and an edit that makes it again.

    Raises
    ------
    InputError
        Where a row, object or column is not there, an object has several rows, a class may not
        be called so, two edits speak of one row, or a restored text was changed in between.
    """
    if not edits:
        return text, Restore((), of_value(text))
    if any(isinstance(edit, Restore) for edit in edits):
        splices = _restoring(text, edits, file)
    else:
        table = open_table(text, names, file)
        splices = in_order(_Plan(table).splices(edits))
        if any("\0" in splice.new for splice in splices):
            raise InputError(Problem(f"{file}: a NUL character makes a table unreadable"))
    after, back = spliced(text, splices)
    return after, Restore(back, of_value(after))


def _restoring(text: str, edits: Sequence[Edit], file: str) -> tuple[Splice, ...]:
    """Return the splices of the only edit, where it fits."""
    only = edits[0]
    if len(edits) > 1 or not isinstance(only, Restore):
        raise InputError(Problem(f"{file}: what is taken back is taken back alone"))
    if only.digest != of_value(text):
        fix = "make the change anew"
        raise InputError(Problem(f"{file} was changed since; nothing is taken back", fix=fix))
    return only.splices


class _Plan:
    """What edits change in one table; columns may be added on the way."""

    def __init__(self, table: OpenTable) -> None:
        self.table = table
        self.columns = dict(table.columns)
        self.rows = {record.line: record for record in table.rows}
        self.gone: set[int] = set()

    def splices(self, edits: Sequence[Edit]) -> Iterator[Splice]:
        """Yield what changes, in any order."""
        for edit in edits:  # first, for the others may speak of these columns
            if isinstance(edit, Widen):
                yield from self.widened(edit)
        self.gone = {self.row(edit.at).line for edit in edits if isinstance(edit, Erase)}
        touched: Counter[int] = Counter()
        for edit in edits:
            if isinstance(edit, Add):
                yield self.added(edit)
            elif isinstance(edit, Erase | Reclass | Renew):
                row = self.row(edit.at)
                touched[row.line] += 1
                if touched[row.line] > 1:
                    raise self.refused("two edits of one row", row.line)
                yield from self.changed(edit, row)

    def refused(self, what: str, line: int = 0, got: str | None = None, fix: str | None = None,
                expected: str | None = None) -> InputError:  # fmt: skip
        """Return what to raise at a line."""
        return InputError(Problem(what, got, expected, fix, self.table.place(line)))

    def row(self, at: At) -> TableRecord:
        """Return the row that is meant."""
        if isinstance(at, int):
            if at not in self.rows:
                fix = "read the table again: its lines may have moved"
                raise self.refused("there is no row on this line", at, fix=fix)
            return self.rows[at]
        found = [record for record in self.rows.values() if self.is_about(record, at)]
        whose = f"object {at.object} of {at.image}" + (f", t {at.t}" if at.t is not None else "")
        if not found:
            raise self.refused(f"no row is about {whose}")
        if len(found) > 1:
            lines = list_some((record.line for record in found), 6)
            what = f"{len(found)} rows are about {whose}"
            raise self.refused(what, found[0].line, f"lines {lines}", "tell the row by its line")
        return found[0]

    def is_about(self, record: TableRecord, key: ObjectKey) -> bool:
        """True for a row of this object."""
        try:
            if read.count(self.table.says(record, "object")) != key.object:
                return False
            if key.t is not None and read.position(self.table.says(record, "t"))[0] != key.t:
                return False
        except ValueError:
            return False
        said_names = {name: self.table.says(record, name) for name in self.table.names}
        names = tuple((name, text) for name, text in said_names.items() if text)
        image = self.table.says(record, "image")
        wanted = RowImage(image, names, () if image else self.table.files(record))
        return bool(fitting(wanted, {key.image: key.names}, {}, {key.image: key.files}))

    def widened(self, edit: Widen) -> Iterator[Splice]:
        """Yield the new titles; the cells of rows are those that other edits fill."""
        header, width = self.table.header, len(self.table.header.cells)
        absent = [name for name in dict.fromkeys(edit.columns) if name not in self.columns]
        self.columns |= {name: width + k for k, name in enumerate(absent)}
        mark = self.table.delimiter
        titles = [quote(name, mark) for name in absent]
        yield Splice(header.stop, header.stop, "".join(mark + title for title in titles))

    def changed(self, edit: Erase | Reclass | Renew, row: TableRecord) -> Iterator[Splice]:
        """Yield what an edit does to a row."""
        if isinstance(edit, Erase):
            yield self.erased(row)
        elif isinstance(edit, Reclass):
            yield from self.reclassed(edit, row)
        else:
            texts = {name: text for name, text in edit.said.items() if name in self.columns}
            yield from self.filled(row, {self.columns[name]: text for name, text in texts.items()})

    def erased(self, row: TableRecord) -> Splice:
        """A row that ends the text without a line ending takes that of the line before along."""
        if row.end > row.stop:
            return Splice(row.start, row.end, "")
        stays = (record for record in self.table.below if record.line not in self.gone)
        before = max(stays, key=lambda record: record.line, default=self.table.header)
        return Splice(before.stop, row.stop, "")

    def reclassed(self, edit: Reclass, row: TableRecord) -> Iterator[Splice]:
        name = self.class_name(edit.class_, row.line)
        cell = self.columns["class"]
        if self.table.says(row, "class") == name:
            return
        full = len(self.table.titles) if cell == 0 and name.startswith("#") else 0
        yield from self.filled(row, {cell: name}, full)  # a short line with # is a comment

    def filled(
        self, row: TableRecord, texts: Mapping[int, str], width: int = 0
    ) -> Iterator[Splice]:
        """Yield new cells; quoted ones stay quoted, a short line gets longer."""
        mark, table = self.table.delimiter, self.table
        here = len(row.cells)
        for cell, text in texts.items():
            if cell < here:
                new = _like(table.raw(row, cell), text, mark)
                yield Splice(*row.cells[cell], new)
        beyond = {cell: text for cell, text in texts.items() if cell >= here}
        width = max([width, *(cell + 1 for cell in beyond)])
        if width > here:
            cells = [quote(beyond.get(cell, ""), mark) for cell in range(here, width)]
            yield Splice(row.stop, row.stop, "".join(mark + cell for cell in cells))

    def class_name(self, name: str, line: int = 0) -> str:
        """Return a class as it will be read, or raise where none may be called so."""
        if "class" not in self.columns:
            raise self.refused("column class missing", 1, list_some(self.table.titles))
        name = tidy(name)
        if not name:
            raise self.refused("a class has no name", line, fix="erase the row instead")
        problem = None if name == IGNORE else reserved_problem(name)
        if problem:
            raise InputError(replace(problem, place=self.table.place(line)))
        return name

    def added(self, edit: Add) -> Splice:
        """A new last line, its cells quoted as those of the row before."""
        name = self.class_name(edit.class_)
        texts = {self.columns["class"]: name} | self.positions(edit) | self.facts(edit)
        table, mark = self.table, self.table.delimiter
        above = list(self.rows.values())[-1:]
        width = max(len(table.header.cells), *(cell + 1 for cell in texts))
        cells = [
            _like(table.raw(above[0], cell) if above else "", texts.get(cell, ""), mark)
            for cell in range(width)
        ]
        line, end = mark.join(cells), len(table.text)
        closed = table.text.endswith(("\n", "\r"))
        return Splice(end, end, line + table.ending if closed else table.ending + line)

    def positions(self, edit: Add) -> dict[int, str]:
        """Return cell to coordinate; voxels stand as they are where only their middles are told."""
        given = {axis: getattr(edit, axis) for axis in "tzyx" if getattr(edit, axis) is not None}
        if ("y" in given) != ("x" in given) or ("z" in given and "y" not in given):
            raise self.refused("a position has all its coordinates", got=list_some(given))
        if "y" not in given and (edit.object is None or "object" not in self.columns):
            raise self.refused("the row names no object", expected="a position")
        foreign = foreign_positions(self.table.titles, self.columns, "".join(given))
        there = {axis: cell for axis, (cell, meant) in foreign.items() if not meant.unit}
        there |= {axis: self.columns[axis] for axis in given if axis in self.columns}
        absent = [axis for axis in given if axis not in there]
        if absent:
            lengths = [self.table.titles[cell] for cell, meant in foreign.values() if meant.unit]
            fix = f"turn {list_some(lengths)} into voxels" if lengths else "add it to the table"
            word = "column" if len(absent) == 1 else "columns"
            raise self.refused(f"{word} {list_some(absent)} missing", 1, fix=fix)
        return {there[axis]: str(value) for axis, value in given.items()}

    def facts(self, edit: Add) -> dict[int, str]:
        """Return cell to text for what names image and object."""
        named = {"image": edit.image, **edit.names}
        absent = [name for name, text in named.items() if text and name not in self.columns]
        if absent:
            fix = "add it to the table, or leave the image out where it is the only one"
            raise self.refused(f"column {list_some(absent)} missing", 1, fix=fix)
        facts = {**named, **{name: getattr(edit, name) for name in OPTIONAL}}
        there = {name: value for name, value in facts.items() if name in self.columns}
        return {self.columns[name]: "" if v is None else str(v) for name, v in there.items()}


def _like(cell: str, text: str, mark: str) -> str:
    """Return a text as a cell, in quotes where it must be or where this cell was."""
    plain = quote(text, mark)
    return in_quotes(plain) if is_quoted(cell.lstrip()) and not is_quoted(plain) else plain
