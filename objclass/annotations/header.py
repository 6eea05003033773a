"""Which column of an annotation table means what.

Columns are found by name, in any order and any case; unknown ones are kept but not read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from objclass.annotations.titles import (
    Position,
    names_file,
    numbers_images,
    origin,
    position,
)
from objclass.data.dataclass import dataclass
from objclass.errors import Place, Problem, list_some, nearest

KNOWN = (
    "image", "t", "z", "y", "x", "class", "object", "size", "stamp", "by", "when", "note",
    "image_digest",
)  # fmt: skip
READ = (*KNOWN[:9], "image_digest")
REMARKS = ("by", "when", "note")
"""Known columns that say nothing about the object."""
ALIASES = {
    "label": "object",
    "objectnumber": "object",
    "labelimage_oid": "object",
    "classification": "class",
}


@dataclass(frozen=True)
class Header:
    """The columns of a table.

    Parameters
    ----------
    titles
        The column titles as written, without surrounding space.
    known
        Known column to its cell, counted from 0.
    names
        Image name column (such as ``plate``) to its cell.
    positions
        Axis to cell and meaning, of coordinates as other programs write them.
    files
        Cells with the names of the files of a row's image, one for each of its channels.
    image_number
        Cell with another program's number of a row's image; None where there is none.
    extra
        Every other titled column to its cell.
    """

    titles: tuple[str, ...]
    known: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)
    positions: Mapping[str, tuple[int, Position]] = field(default_factory=dict)
    files: tuple[int, ...] = ()
    image_number: int | None = None
    extra: Mapping[str, int] = field(default_factory=dict)

    @property
    def unread(self) -> dict[str, int]:
        """The columns that are kept and not read, known ones under their own names."""
        remarks = {name: self.known[name] for name in REMARKS if name in self.known}
        return {**remarks, **self.extra}


def tidy(text: str) -> str:
    """Return `text` without surrounding space, in the composed Unicode form.

    macOS hands out decomposed letters, so that two names that look the same would differ.
    """
    return unicodedata.normalize("NFC", text.strip().lstrip("\ufeff").strip())


def meaning(title: str, names: Iterable[str] = ()) -> str | None:
    """Return the known or name column that a title stands for, or None."""
    low = tidy(title).lower()
    by_name = {name.lower(): name for name in names}
    if low in KNOWN:
        return low
    return ALIASES.get(low) or by_name.get(low)


def read_header(
    file: str,
    cells: Sequence[str],
    spatial: str,
    has_time: bool,
    names: Sequence[str] = (),
    keeps_ids: bool = False,
    label_is_image: bool = False,
) -> tuple[Header, list[Problem]]:
    """Find the columns of a table, and everything that is wrong with them.

    Parameters
    ----------
    file
        Name of the file, for messages.
    cells
        The titles in the first line.
    spatial, has_time
        Axes that a position needs: ``yx`` or ``zyx``, and ``t`` where `has_time`.
    names
        Image name columns of the workflow, such as ``("plate", "well")``.
    keeps_ids
        True where the objects keep a file's ids, so that ``object`` can stand for a position.
    label_is_image
        True where a column ``Label`` holds names of images, as ImageJ writes it.
    """
    titles = tuple(tidy(cell) for cell in cells)
    if not any(titles):
        what = "the annotation file has no header"
        return Header(titles), [
            Problem(what, expected="a line of column titles", place=Place(file))
        ]
    found, problems = find_columns(file, titles, names, label_is_image)
    known = {name: cell for name, cell in found.items() if name in KNOWN}
    named = {name: cell for name, cell in found.items() if name not in KNOWN}
    positions = foreign_positions(titles, found, ("t" if has_time else "") + spatial)
    files = tuple(cell for cell, title in enumerate(titles) if names_file(title))
    number = next((cell for cell, title in enumerate(titles) if numbers_images(title)), None)
    taken = {*found.values(), *(cell for cell, _ in positions.values()), *files}
    extra = {title: i for i, title in enumerate(titles) if title and i not in taken}
    header = Header(titles, known, named, positions, files, number, extra)
    slips = _misspelt(file, header, names)
    problems += slips.values()
    problems += _missing(
        file, header, _find_needed(header, spatial, has_time, keeps_ids) - {*slips}
    )
    return header, problems


def foreign_positions(
    titles: Sequence[str], found: Mapping[str, int], axes: str
) -> dict[str, tuple[int, Position]]:
    """Return the coordinates that only columns of another program's names hold."""
    positions: dict[str, tuple[int, Position]] = {}
    for cell, title in enumerate(titles):
        meant = position(title, axes)
        if meant and meant.axis not in found:
            positions.setdefault(meant.axis, (cell, meant))
    return positions


def find_columns(
    file: str, titles: Sequence[str], names: Sequence[str], label_is_image: bool
) -> tuple[dict[str, int], list[Problem]]:
    """Return meaning to cell, and a problem for every second column of one meaning."""
    found: dict[str, int] = {}
    problems = []
    for cell, title in enumerate(titles):
        column = meaning(title, names)
        if label_is_image and title.lower() == "label":
            column = "image" if "image" not in map(str.lower, titles) else None
        if column is None or (title.lower() == "label" and _holds_classes(titles)):
            continue
        if column not in found:
            found[column] = cell
            continue
        first = titles[found[column]]
        what = f"two columns mean '{column}'"
        fix = "rename or delete one of them"
        place = Place(file, 1, cell + 1)
        problems.append(Problem(what, got=f"'{first}' and '{title}'", fix=fix, place=place))
    return found, problems


def _misspelt(file: str, header: Header, names: Sequence[str]) -> dict[str, Problem]:
    """A title one slip away from an absent column would otherwise be silently unread."""
    absent = [c for c in (*READ, *names) if c not in header.known and c not in header.names]
    problems = {}
    for title, cell in header.extra.items():
        near = [column for column in absent if len(column) > 3 and one_slip(title.lower(), column)]
        if near:
            what = f"column '{title}' is not known"
            fix = f"did you mean '{near[0]}'? otherwise rename it"
            problems[near[0]] = Problem(what, fix=fix, place=Place(file, 1, cell + 1))
    return problems


def _find_needed(header: Header, spatial: str, has_time: bool, keeps_ids: bool) -> set[str]:
    """The columns without which no row can be read."""
    by_id = keeps_ids and "object" in header.known
    return {"class", *("" if by_id else spatial), *("t" if has_time else "")}


def _missing(file: str, header: Header, needed: set[str]) -> list[Problem]:
    """One problem for all needed columns that are not there."""
    there = {*header.known, *header.positions}
    absent = [column for column in KNOWN if column in needed and column not in there]
    if not absent:
        return []
    word = "column" if len(absent) == 1 else "columns"
    problem = Problem(
        f"{word} {list_some(absent)} missing",
        got=list_some(header.titles),
        fix=_remedy(header, absent),
        place=Place(file, 1),
    )
    return [problem]


def _holds_classes(titles: Sequence[str]) -> bool:
    """Return True where a column ``label`` is that of classes: another one has the ids."""
    return {"label", "object"} <= {title.lower() for title in titles} and not any(
        meaning(title) == "class" for title in titles
    )


def _remedy(header: Header, absent: Sequence[str]) -> str:
    """How to mend a table without its columns."""
    if "class" in absent and _holds_classes(header.titles):
        return "rename 'label' to 'class'"
    if "class" in absent:
        close = nearest("class", [title.lower() for title in header.extra])
        program = origin(header.titles)
        if program and not close:
            return f"this is a table of {program}: add a column 'class' and fill it in"
        return f"rename '{close}' to 'class'" if close else "name the column of classes 'class'"
    if absent == ["t"]:
        counted = [t for t in header.extra if t.lower() in ("frame", "slice", "imagenumber")]
        if counted:
            return f"add a column t that is {counted[0]} - 1: frames are counted from 0 here"
        return "give the time point of every row, counted from 0"
    if "object" in header.known and any(axis in absent for axis in "zyx"):
        return (
            "object ids change whenever the segmentation does; "
            "give a voxel inside each object (0-based, of the uncropped image)"
        )
    return "give a voxel inside each object (0-based, of the uncropped image)"


def one_slip(word: str, other: str) -> bool:
    """True when one letter was added, left out, changed, or swapped with its neighbour.

    >>> one_slip("stmp", "stamp"), one_slip("calss", "class"), one_slip("stamp", "stamp")
    (True, True, False)
    """
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    at = min(len(word), len(other)) if same is None else same
    rest, rest_other = word[at:], other[at:]
    changed = rest[1:] == rest_other[1:]
    added = rest[1:] == rest_other or rest == rest_other[1:]
    swapped = rest[:2] == rest_other[:2][::-1] and rest[2:] == rest_other[2:]
    return changed or added or swapped
