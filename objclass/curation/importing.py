"""Imports annotations that were made in other programs: finds the objects they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from objclass.annotations.class_names import reserved_problem, row_problems
from objclass.annotations.images import assign
from objclass.annotations.match import match
from objclass.annotations.matches import Match, Status, speaks
from objclass.annotations.outcome import adopt
from objclass.annotations.readings import doubt
from objclass.annotations.rows import IGNORE, Annotations, Row
from objclass.curation.annotated_objects import AnnotatedObjects, find_ground
from objclass.curation.foreign_rows import (
    ForeignRows,
    ImportOptions,
    check_image,
    foreign_rows,
    image_facts,
    known_images,
)
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.errors import list_some, nearest
from objclass.run import Request

Became = Literal[
    "new", "known", "again", "contradicting", "disputed", "background", "cropped", "outside",
    "missing", "unread",
]  # fmt: skip
"""What became of a row: ``known`` is in the annotations already, ``again`` in these files,
``contradicting`` says otherwise than the annotations, ``disputed`` than another of these rows;
``unread`` says no place, image or class that there is."""
ORDER: tuple[Became, ...] = get_args(Became)


@dataclass(frozen=True)
class ImportedRow:
    """A row of another program's file, and what became of it.

    Parameters
    ----------
    file, counted, number
        Where it stands: its file, and for example line 12.
    became
        See :data:`Became`.
    image, class_
        As far as they are known.
    match
        The object that it is about; None where it was not looked for.
    why
        What else there is to say.
    """

    file: str
    counted: str
    number: int
    became: Became
    image: str = ""
    class_: str = ""
    match: Match | None = None
    why: str = ""

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{self.file} {self.counted} {self.number}"


@dataclass(frozen=True)
class AnnotationImport:
    """What files of other programs say of the objects of a workflow.

    Parameters
    ----------
    found
        The objects and the annotations that are there.
    rows
        Every row of the files, in order.
    unclassed
        How many rows have no class.
    notes
        What a person should know.
    """

    found: AnnotatedObjects
    rows: tuple[ImportedRow, ...]
    unclassed: int = 0
    notes: tuple[str, ...] = ()

    def of(self, *became: Became) -> tuple[ImportedRow, ...]:
        """Return the rows of which this became."""
        return tuple(row for row in self.rows if row.became in became)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows became what, in the order of :data:`ORDER`."""
        return {name: n for name in ORDER if (n := len(self.of(name)))}


def import_annotations(
    path: Path,
    files: Sequence[Path],
    options: ImportOptions | None = None,
    request: Request | None = None,
    node: str | None = None,
    *,
    alone: bool = False,
) -> AnnotationImport:
    """Find the objects that other programs' annotations are about; writes nothing.

    Parameters
    ----------
    path
        The workflow; it is run as far as its objects.
    files
        What was annotated, in the formats of :mod:`objclass.io.annotation_formats`.
    options
        What the files do not say.
    request
        Overrides and options.
    node
        The classifier, where several learn.
    alone
        Do not compare with the annotations that are there: the rows go elsewhere.

    Raises
    ------
    InputError
        Where a file cannot be read, or the workflow has problems.
    """
    options = options or ImportOptions()
    found = find_ground(path, request or Request(), node)
    check_image(found, options.image)
    read = [foreign_rows(found, file, options) for file in files]
    notes = [f"{each.file}: {note}" for each in read for note in each.notes]
    notes += _unused(options.classes, read)
    by_image, lost = _by_image(found, read)
    rows = [*lost, *(row for each in read for row in _unread(each))]
    known = {} if alone else _known(found)
    for image, foreign in by_image.items():
        matched, odd = _matched(found, image, foreign, options.nearest)
        notes += [odd] if odd else []
        rows += _judged(image, matched, foreign, known)
    order = {each.file: k for k, each in enumerate(read)}
    rows.sort(key=lambda row: (order[row.file], row.number))
    notes += _alike(found, rows)
    return AnnotationImport(
        found, _each_once(rows), sum(each.unclassed for each in read), tuple(dict.fromkeys(notes))
    )


def _unused(classes: Iterable[str], read: Sequence[ForeignRows]) -> Iterator[str]:
    """Yield which classes got another name here and are in no file: a slip of a person."""
    called = sorted({name for each in read for name in each.called})
    for name in classes:
        if name not in called:
            close = nearest(name, called)
            fix = f"did you mean {close}?" if close else f"there is {list_some(called)}"
            yield f"--class {name}: no annotation is called so" + (f"; {fix}" if called else "")


def _unread(read: ForeignRows) -> Iterator[ImportedRow]:
    for number, why in read.unread.items():
        yield ImportedRow(read.file, read.counted, number, "unread", why=why)


Foreign = list[tuple[ForeignRows, Row]]


def _by_image(
    found: AnnotatedObjects, read: Sequence[ForeignRows]
) -> tuple[dict[str, Foreign], list[ImportedRow]]:
    """Return rows by image, and those of no image or no class that may be."""
    images, aliases, owned = known_images(found)
    by_image: dict[str, Foreign] = {}
    homes: dict[tuple[object, ...], str | None] = {}
    lost = []
    for each in read:
        for row in each.rows:
            wrong = None if row.class_ == IGNORE else reserved_problem(row.class_)
            said = (row.image, tuple(sorted(row.names.items())), row.files)
            if said not in homes:
                rows = assign(Annotations(each.file, (row,)), images, aliases, owned).rows
                homes[said] = next((name for name, here in rows.items() if here), None)
            home = homes[said]
            if wrong or home is None:
                why = wrong.what if wrong else _nowhere(row, images)
                here = ImportedRow(each.file, each.counted, row.line, "unread", row.image)
                lost.append(replace(here, class_=row.class_, why=why))
            else:
                by_image.setdefault(home, []).append((each, row))
    return by_image, lost


def _nowhere(row: Row, images: Iterable[str]) -> str:
    """Say of which image a row is, and that the workflow has it not."""
    said = row.image or ", ".join(row.files) or ", ".join(row.names.values())
    if said:
        return f"the workflow has no image '{said}'; add --image NAME if it is one of its images"
    if row.image_number:
        return (
            f"ImageNumber {row.image_number} names no image; add --tables with the database, its "
            "properties file or the table of images"
        )
    return "it does not say which image it is of; add --image NAME"


def _matched(
    found: AnnotatedObjects, image: str, foreign: Foreign, reach: float | None
) -> tuple[dict[int, Match], str]:
    """Return the number of each row to its object, and what the rows seem to be otherwise."""
    facts = image_facts(found, image)
    frames = partial(_frame, found, image)
    numbered = [replace(row, line=k) for k, (_, row) in enumerate(foreign)]
    matches = match(numbered, frames, facts.header, facts.whole)
    says, cure = doubt(matches, frames, facts.header, facts.whole)
    near = {m.row.line: _nearest(m, reach) for m in matches.matches}
    cure = cure.replace("call their columns", "add --unit, or call their columns")
    return near, f"{image}: {says}; {cure}" if says else ""


def _frame(found: AnnotatedObjects, image: str, frame: int | None) -> LabelImage:
    return found.labels[image, frame]


def _nearest(found: Match, reach: float | None) -> Match:
    """Return a match that takes the nearest object where it lies on background near to one."""
    if found.status != "background" or reach is None or not found.near or found.near[0] > reach:
        return found
    return replace(found, status="point", object=found.near[1], voxel=found.near[2])


def _known(found: AnnotatedObjects) -> dict[tuple[str, int | None, int], set[str]]:
    """Return what the annotations that are there say of every object."""
    said: dict[tuple[str, int | None, int], set[str]] = {}
    for image, matches in found.matches.items():
        for each in filter(speaks, adopt(matches, found.outcomes.get(image, ())).matches):
            said.setdefault((image, each.frame, each.object), set()).add(each.row.class_)
    return said


BECAME: Mapping[Status, Became] = {
    "conflict": "disputed",
    "background": "background",
    "cropped": "cropped",
    "outside": "outside",
    "missing": "missing",
    "invalid": "missing",
}


def _judged(
    image: str,
    matched: Mapping[int, Match],
    foreign: Foreign,
    known: Mapping[tuple[str, int | None, int], set[str]],
) -> Iterator[ImportedRow]:
    """Yield what became of the rows of an image."""
    for k, (file, row) in enumerate(foreign):
        found = replace(matched[k], row=row)
        became: Became = BECAME.get(found.status, "new")
        if became == "new" and not found.object:  # ignore, on background
            became = "background"
        why = _near_text(found) if became == "background" else ""
        said = known.get((image, found.frame, found.object), set()) if found.object else set()
        if became == "new" and said:
            became = "known" if said == {row.class_} else "contradicting"
            why = "" if became == "known" else f"annotated as {' / '.join(sorted(said))}"
        yield ImportedRow(file.file, file.counted, row.line, became, image, row.class_, found, why)


def _near_text(found: Match) -> str:
    if found.near is None:
        return "no object within ten voxels"
    return f"object {found.near[1]} is {found.near[0]:g} voxels away"


def _each_once(rows: Sequence[ImportedRow]) -> tuple[ImportedRow, ...]:
    """Return rows of which only the first about an object is new, or none that are disputed."""
    classes: dict[tuple[str, int | None, int], set[str]] = {}
    for row in rows:
        if row.became == "new" and row.match:
            key = (row.image, row.match.frame, row.match.object)
            classes.setdefault(key, set()).add(row.class_)
    seen: set[tuple[str, int | None, int]] = set()
    once = []
    for row in rows:
        if row.became == "new" and row.match:
            key = (row.image, row.match.frame, row.match.object)
            if len(classes[key]) > 1:
                row = replace(row, became="disputed")
            elif key in seen:
                row = replace(row, became="again")
            seen.add(key)
        once.append(row)
    return tuple(once)


def _alike(found: AnnotatedObjects, rows: Sequence[ImportedRow]) -> Iterator[str]:
    """Yield which names of classes only look alike, here and in the annotations."""
    new = [row.match.row for row in rows if row.match and row.became == "new"]
    old = [row for each in found.file.rows.values() for row in each]
    for problem in row_problems([*old, *new]):
        yield replace(problem, place=None).what + f"; got {problem.got}"
