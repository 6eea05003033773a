"""Lists annotations one by one: what each says, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from objclass.annotations.matches import Match, Status
from objclass.curation.annotated_objects import AnnotatedObjects
from objclass.data.dataclass import dataclass


@dataclass(frozen=True)
class ListedAnnotation:
    """One annotation.

    Parameters
    ----------
    file, line
        Where it stands.
    image
        Its image; of a row made on another image, that one.
    t, z, y, x
        Its position in the uncropped image, as far as it says one.
    class_
        What it says.
    status
        What became of it; see :class:`objclass.annotations.matches.Match`.
    object
        Id of the object under it, 0 for none.
    """

    file: str
    line: int
    image: str
    t: int | None
    z: int | None
    y: int | None
    x: int | None
    class_: str
    status: Status
    object: int


def annotations_of(found: AnnotatedObjects) -> tuple[ListedAnnotation, ...]:
    """Return every annotation of a classifier, by file and line."""
    return tuple(sorted(_all(found), key=lambda each: (each.file, each.line)))


def _all(found: AnnotatedObjects) -> Iterator[ListedAnnotation]:
    for image, matches in found.matches.items():
        yield from (_list_one(image, match) for match in matches.matches)
    for each in found.file.foreign:
        yield _list_one(each.made_on, Match(each.row, "foreign"))


def _list_one(image: str, match: Match) -> ListedAnnotation:
    row = match.row
    said = row.t, row.z, row.y, row.x
    return ListedAnnotation(
        row.file, row.line, image, *said, row.class_, match.status, match.object
    )
