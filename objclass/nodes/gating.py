"""Whether a classifier may train on the annotations as they stand, and what to say if not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from objclass.engine.node import Given
from objclass.engine.reason import Reason
from objclass.nodes.annotated import AnnotationFile

if TYPE_CHECKING:
    from objclass.annotations.matches import Matches
    from objclass.annotations.outcome import Outcome

NOTHING_LOST = "Nothing was deleted. Nothing was trained."


def held_back(
    files: AnnotationFile, given: Sequence[Given], *, use_valid: bool, follow: bool
) -> Reason | None:
    """Return why training must wait, or None.

    Parameters
    ----------
    files
        The annotation file with present line numbers.
    given
        The ``matches`` of every image.
    use_valid
        Train on the valid rows though others are invalid.
    follow
        Train on the rows that re-attach one to one.
    """
    if not files.exists:
        near = (f"did you mean {files.near}?",) if files.near else ()
        return _says(f"no annotations yet: there is no {files.name}", near)
    statuses = [match[0] for each in given for match in each.summary["matches"]]
    if not statuses:
        empty = f" ({files.unclassed} without)" if files.unclassed else ""
        return _says(f"no annotations yet: {files.name} has no row with a class{empty}", ())
    if "invalid" not in statuses or use_valid or follow:
        return None
    return _invalid(files, given)


def _invalid(files: AnnotationFile, given: Sequence[Given]) -> Reason:
    """Say how many annotations are invalid, which change did it, and what became of them."""
    from objclass.annotations import outcome, summary

    found = [found_in(files, each) for each in given]
    invalid = sum(len(matches.of("invalid")) for matches, _ in found)
    total = sum(summary.summary(matches)["asked"] for matches, _ in found)
    causes = dict.fromkeys(str(g.summary["because"]) for g in given if g.summary.get("because"))
    because = f", because {'; '.join(causes)} changed their objects" if causes else ""
    says = f"{files.name}: {total - invalid} of {total} annotations valid; {invalid} invalid"
    outcomes = [each for _, outcomes in found for each in outcomes]
    details = (*outcome.sentences(outcomes), NOTHING_LOST)
    return Reason("blocked", says=says + because, details=details)


def _says(text: str, hints: tuple[str, ...]) -> Reason:
    return Reason("blocked", says=text, details=hints)


def found_in(files: AnnotationFile, given: Given) -> tuple[Matches, tuple[Outcome, ...]]:
    """Return the matches and outcomes of one image with present line numbers."""
    from objclass.annotations.matches import restored
    from objclass.annotations.outcome import restored as restored_outcomes

    rows = files.rows.get(given.image, ())
    matches = restored(rows, given.summary["matches"])
    return matches, restored_outcomes(matches, given.summary["outcomes"])
