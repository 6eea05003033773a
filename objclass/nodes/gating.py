"""Whether a classifier may train on the annotations as they stand, and what to say if not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from objclass.annotations import outcome, summary
from objclass.annotations.matches import Matches, restored
from objclass.annotations.outcome import Outcome
from objclass.annotations.outcome import restored as restored_outcomes
from objclass.engine.node import Given
from objclass.engine.reason import Reason
from objclass.nodes.annotated import AnnotationFile

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
        return _says(f"no annotations yet: there is no {files.name}", ("annotations new",))
    found = [(g, *found_in(files, g)) for g in given]
    if not any(len(matches) for _, matches, _ in found):
        return _says(f"no annotations yet: {files.name} has no row with a class", ())
    invalid = [m for _, matches, _ in found for m in matches.of("invalid")]
    if not invalid or use_valid or follow:
        return None
    total = sum(summary.summary(matches)["asked"] for _, matches, _ in found)
    valid = total - len(invalid)
    causes = dict.fromkeys(str(g.summary["because"]) for g in given if g.summary.get("because"))
    because = f", because {'; '.join(causes)} changed their objects" if causes else ""
    says = f"{files.name}: {valid} of {total} annotations valid; {len(invalid)} invalid{because}"
    outcomes = [o for _, _, outcomes in found for o in outcomes]
    return Reason("blocked", says=says, details=(*outcome.sentences(outcomes), NOTHING_LOST))


def _says(text: str, hints: tuple[str, ...]) -> Reason:
    return Reason("blocked", says=text, details=hints)


def found_in(files: AnnotationFile, given: Given) -> tuple[Matches, tuple[Outcome, ...]]:
    """Return the matches and outcomes of one image with present line numbers."""
    rows = files.rows.get(given.image, ())
    matches = restored(rows, given.summary["matches"])
    return matches, restored_outcomes(matches, given.summary["outcomes"])


def every(files: AnnotationFile, given: Sequence[Given]) -> Iterator[Outcome]:
    """Yield what became of the invalid annotations of every image."""
    for each in given:
        yield from found_in(files, each)[1]
