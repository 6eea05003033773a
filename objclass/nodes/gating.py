"""Whether a classifier may train on the annotations as they stand, and what to say if not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from objclass.annotations.rows import Row, rows_of
from objclass.annotations.summary import lines
from objclass.engine.node import JoinedInput, Part
from objclass.engine.reason import Reason
from objclass.nodes.annotated import AnnotationFile, TrainingAnnotations
from objclass.nodes.classifier.summary import MatchSummary
from objclass.nodes.foreign import ForeignRow

if TYPE_CHECKING:
    from objclass.annotations.matches import Matches
    from objclass.annotations.outcome import Reattachment

NOTHING_LOST = "Nothing was deleted. Nothing was trained."
Way = tuple[str, str]
"""A command or something to do, and what it does."""
NEW: Way = (
    "objclass annotations new {workflow}{node}",
    "choose objects, and give them classes in a table",
)
LABEL: Way = (
    "objclass label {workflow}{node}",
    "give objects classes in a browser, and watch the classifier learn",
)
FILL: Way = ("fill in the column class, and run again", "")
REATTACH: Way = (
    "objclass annotations reattach {workflow}{node}",
    "the list and a picture; --write saves it and keeps a backup",
)
USE_VALID: Way = ("objclass run {workflow} --use-valid", "train on the valid annotations only")
AS_THEY_ARE: Way = ("objclass run {workflow} --use-valid", "train on them as they are")
REATTACH_NONE: Way = (
    "objclass annotations reattach {workflow}{node}",
    "the list and a picture: mend or delete the rows that it names",
)
BACK: Way = ("put the value back: everything is cached", "")
SAME: Way = (
    "objclass annotations reattach {workflow}{node} --same-image",
    "if it is the same image under another name; --write saves it and keeps a backup",
)
OTHER_FILE: Way = (
    "name another file in 'annotations', and type: objclass annotations new {workflow}{node}",
    "if it is another image: it gets annotations of its own",
)


def hold_back(
    training: TrainingAnnotations, given: Sequence[JoinedInput], *, follow: bool
) -> Reason | None:
    """Return why training must wait, or None.

    Parameters
    ----------
    training
        The annotation file with present line numbers, and whether the valid rows are enough.
    given
        The ``matches`` of every image.
    follow
        Train on the rows that re-attach one to one.
    """
    files, use_valid = training.files, training.use_valid
    if not files.exists:
        near = (f"did you mean {files.near}?",) if files.near else ()
        says = f"no annotations yet: there is no {files.name}"
        return Reason("blocked", says=says, details=near, ways=(NEW, LABEL))
    if files.foreign and not use_valid:
        return of_another_image(files)
    statuses = [status for each in given for status in each.told(MatchSummary).statuses]
    if not statuses:
        return _nothing(files)
    doubts = dict.fromkeys(d for each in given if (d := each.told(MatchSummary).doubt))
    if doubts and not use_valid:
        return _doubtful(files, list(doubts))
    if "invalid" not in statuses or use_valid or follow:
        return None
    return _invalid(files, given)


def stops_anyhow(part: Part) -> Reason | None:
    """Return why a model will not be trained, whatever its objects turn out to be, or None."""
    training = part.held_if(TrainingAnnotations)
    if training is None or training.use_valid or not training.files.foreign:
        return None
    return of_another_image(training.files)


def of_another_image(files: AnnotationFile) -> Reason:
    """Say that rows were made on another image, and how to go on."""
    only = not any(files.rows.values())
    same = tuple(way for way in (SAME,) if all(each.image for each in files.foreign))
    told = foreign_notes(files.foreign)
    says = f"{files.name}: {told[0]}"
    ways = (*same, *(() if only else (USE_VALID,)), OTHER_FILE)
    return Reason("blocked", says=says, details=(*told[1:], NOTHING_LOST), ways=ways)


def foreign_notes(foreign: Sequence[ForeignRow]) -> list[str]:
    """Return one sentence for every other image: ``3 rows were made on nuclei, now second``."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for each in foreign:
        groups.setdefault((each.made_on, each.now), []).append(each.row)
    return [
        f"{rows_of(len(rows))} made on {made_on}, now {now} ({lines(rows)})"
        for (made_on, now), rows in groups.items()
    ]


def _doubtful(files: AnnotationFile, doubts: Sequence[Way]) -> Reason:
    """Say that rows fit the objects only when they are read otherwise."""
    says, cure = doubts[0]
    more = tuple(text for text, _ in doubts[1:])
    ways = ((cure, ""), AS_THEY_ARE)
    return Reason("blocked", says=f"{files.name}: {says}", details=(*more, NOTHING_LOST), ways=ways)


def _nothing(files: AnnotationFile) -> Reason:
    """Say that there is no row to learn from."""
    if files.foreign:
        says = f"no annotations of this image: every row of {files.name} is of another one"
        return Reason("blocked", says=says, ways=(SAME, OTHER_FILE))
    empty = f" ({files.unclassed} without)" if files.unclassed else ""
    says = f"no annotations yet: {files.name} has no row with a class{empty}"
    return Reason("blocked", says=says, ways=(FILL, LABEL))


def _invalid(files: AnnotationFile, given: Sequence[JoinedInput]) -> Reason:
    """Say how many annotations are invalid, which change did it, and what became of them."""
    from objclass.annotations import outcome, summary

    found = [found_in(files, each) for each in given]
    invalid = sum(len(matches.of("invalid")) for matches, _ in found)
    total = sum(summary.summarize(matches).asked for matches, _ in found)
    causes = dict.fromkeys(b for each in given if (b := each.told(MatchSummary).because))
    because = f", because {'; '.join(causes)} changed their objects" if causes else ""
    says = f"{files.name}: {total - invalid} of {total} annotations valid; {invalid} invalid"
    outcomes = [each for _, outcomes in found for each in outcomes]
    other = [
        f"the image '{each.image}' has other voxels than when these rows were made"
        for each, (matches, _) in zip(given, found, strict=True)
        if _has_other_voxels(files, each.image, matches)
    ]
    details = (*other, *outcome.sentences(outcomes), NOTHING_LOST)
    attached = any(each.attached for each in outcomes)
    ways = (
        REATTACH if attached else REATTACH_NONE,
        *((USE_VALID,) if any(matches.used for matches, _ in found) else ()),
        *((BACK,) if _can_go_back(given) else ()),
    )
    return Reason("blocked", says=says + because, details=details, ways=ways)


def _can_go_back(given: Sequence[JoinedInput]) -> bool:
    """True where the rows of all images were valid with one and the same settings before."""
    told = [each.told(MatchSummary) for each in given]
    back = [each.back for each in told if each.matches]
    known = [set(each) for each in back if each is not None]
    return bool(known) and bool(set.intersection(*known))


def _has_other_voxels(files: AnnotationFile, image: str, matches: Matches) -> bool:
    """True where an invalid row tells that its image looked otherwise."""
    rows = [each.row for each in matches.of("invalid") if each.row.image_digest]
    identities = files.identities
    if identities is None or not rows:
        return False
    return rows[0].image_digest != identities.digest(image, rows[0].t)


def found_in(files: AnnotationFile, given: JoinedInput) -> tuple[Matches, tuple[Reattachment, ...]]:
    """Return the matches and outcomes of one image with present line numbers."""
    return given.told(MatchSummary).restored(files.rows.get(given.image, ()))
