"""The table of an audit: which objects were drawn, how, from which, and what a person called them.

Every row says all that the audit needs, so that a spreadsheet may sort the file. No row says
what the classifier called an object: strata go by numbers in a random order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from blake3 import blake3

from objclass.annotations.header import tidy
from objclass.data.dataclass import dataclass
from objclass.data.delimited import is_remark
from objclass.errors import InputError, Place, Problem, list_some

Design = str
SIMPLE, STRATIFIED, SPENT = "simple", "stratified", "spent"
DESIGN, POPULATION, STRATUM, STRATUM_OBJECTS = "audit", "audit_of", "stratum", "stratum_objects"
COLUMNS = (DESIGN, POPULATION, STRATUM, STRATUM_OBJECTS)
"""What an audit adds to a table of annotations."""
DIGITS = 12


@dataclass(frozen=True, order=True)
class AuditKey:
    """An object that an audit may draw.

    Parameters
    ----------
    image
        Name of its image.
    t
        Its frame in the uncropped image; 0 without time.
    stamp
        Tells its place and voxels.
    """

    image: str
    t: int
    stamp: str


@dataclass(frozen=True)
class AuditedRow:
    """A row whose class a person gave.

    Parameters
    ----------
    line
        Of the file, from 1.
    key
        The object.
    class_
        What the person called it.
    stratum
        The stratum that it was drawn from.
    image_digest
        Of the voxels of its image when it was drawn.
    """

    line: int
    key: AuditKey
    class_: str
    stratum: int
    image_digest: str = ""


@dataclass(frozen=True)
class Audit:
    """What the file of an audit says.

    Parameters
    ----------
    file
        Its name.
    design
        ``simple`` or ``stratified``.
    population
        Digest of all objects of the images that it was drawn from.
    sizes
        Stratum to how many objects it had that could be drawn.
    rows
        Those with a class, in the order of the file.
    empty
        Lines of the rows without a class.
    """

    file: str
    design: Design
    population: str
    sizes: Mapping[int, int]
    rows: tuple[AuditedRow, ...]
    empty: tuple[int, ...] = ()

    @property
    def content(self) -> list[object]:
        """What it says, as a JSON value; lines too, which are told where something is wrong."""
        keys = ((row, row.key) for row in self.rows)
        rows = [[r.line, k.image, k.t, k.stamp, r.class_, r.stratum] for r, k in keys]
        sizes = [list(each) for each in sorted(self.sizes.items())]
        return [self.file, self.design, self.population, sizes, rows, list(self.empty)]

    @property
    def gaps(self) -> tuple[int, ...]:
        """Lines that were left empty between filled ones: they may not be left out at random."""
        last = max((row.line for row in self.rows), default=0)
        return tuple(line for line in self.empty if line < last)


def population_digest(objects: Iterable[AuditKey]) -> str:
    """Return what tells a set of objects from any other one, whatever their order."""
    found = blake3()
    for each in sorted(objects):
        found.update(f"{each.image}\0{each.t}\0{each.stamp}\n".encode())
    return found.hexdigest()[:DIGITS]


def with_design(
    text: str, design: Design, population: str, strata: Sequence[tuple[int, int]]
) -> str:
    """Return a table of annotations as that of an audit.

    Parameters
    ----------
    text
        The table, one line a row.
    design, population
        How and from what it was drawn.
    strata
        Of every row, the number of its stratum and how many objects that has.
    """
    title, *lines = text.splitlines()
    cells = [",".join([design, population, *map(str, each)]) for each in strata]
    rows = [f"{line},{more}" for line, more in zip(lines, cells, strict=True)]
    return "\n".join([",".join([title, *COLUMNS]), *rows]) + "\n"


def read_audit(
    file: str, header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]
) -> Audit:
    """Return what the cells of an audit's file say.

    Parameters
    ----------
    file
        Its name.
    header
        Titles of its columns.
    rows
        Line number and cells of every further line.

    Raises
    ------
    InputError
        For a file that is none of an audit, that is spent, or whose rows are of several.
    """
    titles = {tidy(title).lower(): cell for cell, title in enumerate(header)}
    _check_titles(file, titles)
    found = [
        _Cells(line, cells, titles)
        for line, cells in rows
        if not is_remark(cells, len(titles), of_numbers=False)
    ]
    designs = {each(DESIGN).lower(): each.line for each in reversed(found)}
    populations = {each(POPULATION): each.line for each in reversed(found)}
    _check_design(file, designs, populations)
    problems = [p for each in found for p in _problems(file, each)]
    if problems:
        raise InputError(*problems[:12])
    filled = [each for each in found if each("class")]
    empty = tuple(each.line for each in found if not each("class"))
    sizes = {int(each(STRATUM)): int(each(STRATUM_OBJECTS)) for each in found}
    rows_ = tuple(_row(each) for each in filled)
    return Audit(file, next(iter(designs)), next(iter(populations)), sizes, rows_, empty)


@dataclass(frozen=True)
class _Cells:
    """The cells of one line by title."""

    line: int
    cells: Sequence[str]
    titles: Mapping[str, int]

    def __call__(self, title: str) -> str:
        cell = self.titles.get(title, len(self.cells))
        return tidy(self.cells[cell]) if cell < len(self.cells) else ""


def _row(cells: _Cells) -> AuditedRow:
    key = AuditKey(cells("image"), int(cells("t") or 0), cells("stamp"))
    return AuditedRow(cells.line, key, cells("class"), int(cells(STRATUM)), cells("image_digest"))


def _check_titles(file: str, titles: Mapping[str, int]) -> None:
    lacking = [name for name in ("image", "class", "stamp", *COLUMNS) if name not in titles]
    if lacking:
        what = f"this is no audit: column {list_some(lacking)} missing"
        fix = "draw one with objclass audit"
        raise InputError(Problem(what, fix=fix, place=Place(file, 1)))


def _check_design(file: str, designs: Mapping[str, int], populations: Mapping[str, int]) -> None:
    if SPENT in designs:
        what = "the audit is spent: its objects may be trained on, so they speak for no others"
        fix = "draw a new one with objclass audit"
        raise InputError(Problem(what, fix=fix, place=Place(file, designs[SPENT])))
    for name, said in ((DESIGN, designs), (POPULATION, populations)):
        if len(said) > 1:
            what = f"rows of several audits are in one file: column {name}"
            fix = "keep the rows of one, and the others in a file of their own"
            line = max(said.values())
            raise InputError(Problem(what, list_some(said), fix=fix, place=Place(file, line)))
    design = next(iter(designs), None)
    if design not in (SIMPLE, STRATIFIED):
        what = "the file has no row" if design is None else "not the design of an audit"
        fix = "draw it again with objclass audit"
        expected = f"{SIMPLE} or {STRATIFIED}"
        raise InputError(Problem(what, design, expected, fix, Place(file, 1)))


def _problems(file: str, cells: _Cells) -> Iterator[Problem]:
    """Yield what keeps a row from being read."""
    place = Place(file, cells.line)
    fix = "bring the cell back that objclass audit wrote, or delete the row"
    for title in (STRATUM, STRATUM_OBJECTS):
        if not cells(title).isdecimal():
            yield Problem(
                f"{title} is no number", cells(title), fix=fix, place=Place(file, cells.line)
            )
    if not (cells("t") or "0").isdecimal():
        yield Problem("t is no frame", cells("t"), fix=fix, place=place)
    if not cells("stamp"):
        yield Problem(
            "the row names no object: stamp is empty", fix=fix, place=Place(file, cells.line)
        )
