"""The explorer: every annotation as a row, with what became of it and whether it is agreed with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from objclass.annotations.matches import Match, Status
from objclass.session.answers import AnnotationRow, ObjectRef, Validity
from objclass.session.ground import SessionGround
from objclass.session.standing import AnnotationStanding

WHY: Mapping[Status, tuple[Validity, str]] = {
    "valid": ("valid", ""),
    "point": ("valid", ""),
    "id": ("valid", ""),
    "reattached": ("valid", "its object changed and was found again"),
    "ignored": ("valid", "left out of learning on purpose"),
    "invalid": ("invalid", "its object changed"),
    "background": ("invalid", "there is no object here"),
    "missing": ("invalid", "there is no object of this id"),
    "conflict": ("conflict", "another row gives this object another class"),
    "cropped": ("elsewhere", "outside of the part that the workflow looks at"),
    "outside": ("elsewhere", "outside of the image"),
    "foreign": ("elsewhere", "made on another image"),
}
ORDER: Mapping[Validity, int] = {"invalid": 0, "conflict": 1, "elsewhere": 2, "valid": 3}


def annotation_rows(
    ground: SessionGround, standing: AnnotationStanding, unseen: Mapping[ObjectRef, str]
) -> tuple[AnnotationRow, ...]:
    """Return every annotation: invalid ones first, then by line.

    Parameters
    ----------
    ground, standing
        The workflow and its annotations.
    unseen
        Object to what a model says that has not seen it.
    """
    rows = list(_rows(ground, standing, unseen))
    return tuple(sorted(rows, key=lambda row: (ORDER[row.validity], row.line)))


def _rows(
    ground: SessionGround, standing: AnnotationStanding, unseen: Mapping[ObjectRef, str]
) -> Iterator[AnnotationRow]:
    for image, matches in standing.matches.items():
        for match in matches.matches:
            yield _row(ground, image, match, unseen)
    for each in standing.file.foreign:
        validity, why = WHY["foreign"]
        yield AnnotationRow(each.row.line, None, each.made_on, each.row.class_, validity, why)


def _row(
    ground: SessionGround, image: str, match: Match, unseen: Mapping[ObjectRef, str]
) -> AnnotationRow:
    ref = None
    if match.object:
        ref = ObjectRef(image, ground.time((image, match.frame)), match.object)
    validity, why = WHY[match.status]
    class_ = match.row.class_
    said = unseen.get(ref, "") if ref is not None and match.status != "ignored" else ""
    agrees = said == class_ if said else None
    return AnnotationRow(match.row.line, ref, image, class_, validity, why, said, agrees)
