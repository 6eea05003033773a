"""How annotations stand: per class how many are valid, points, invalid or contradictory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from objclass.annotation_use import learning
from objclass.annotations.matches import STATUSES, Match, Matches
from objclass.annotations.rows import rows_of
from objclass.annotations.summary import AnnotationSummary, headline, lines, notes, summarize
from objclass.curation.annotated_objects import AnnotatedObjects, find_ground
from objclass.data.dataclass import dataclass
from objclass.nodes.gating import foreign_notes, of_another_image
from objclass.run import Request


@dataclass(frozen=True)
class AnnotationStatus:
    """The annotations of one classifier.

    Parameters
    ----------
    file
        Their file as the workflow names it.
    exists
        False where there is none yet.
    unclassed
        Rows whose class is still empty.
    images
        Image to what became of its rows.
    classes
        Class to status to number of rows.
    notes
        Sentences on rows that are not used, with their lines.
    because
        The changes that made annotations invalid.
    ways
        The ways on, where rows were made on another image.
    """

    file: str
    exists: bool
    unclassed: int
    images: Mapping[str, AnnotationSummary]
    classes: Mapping[str, Mapping[str, int]]
    notes: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Status to number of rows, of all classes."""
        total: Counter[str] = Counter()
        for counted in self.classes.values():
            total.update(counted)
        return {status: total[status] for status in STATUSES if total[status]}

    @property
    def headline(self) -> str:
        """``118 of 120 annotations valid; 2 invalid``."""
        found = self.images.values()
        asked = sum(each.asked for each in found) + self.counts.get("foreign", 0)
        return headline(sum(each.usable for each in found), asked, self.counts)

    def as_json(self) -> dict[str, Any]:
        """Return its fields, with ``counts``."""
        images = {image: each.as_json() for image, each in self.images.items()}
        plain = asdict(replace(self, images={}))
        return {**plain, "images": images, "counts": self.counts}


def status(path: Path, request: Request | None = None, node: str | None = None) -> AnnotationStatus:
    """Match the annotations of a classifier with the objects of now.

    Parameters
    ----------
    path
        The workflow; it is run as far as its objects.
    request
        Overrides and options.
    node
        The classifier, where several learn.
    """
    return standing_of(find_ground(path, request or Request(), node))


def standing_of(found: AnnotatedObjects) -> AnnotationStatus:
    """Return how the annotations of a classifier stand."""
    foreign = found.file.foreign
    others = Matches(tuple(Match(each.row, "foreign") for each in foreign))
    return AnnotationStatus(
        file=found.file.name,
        exists=found.file.exists,
        unclassed=found.file.unclassed,
        images={image: summarize(matches) for image, matches in found.matches.items()},
        classes=_by_class([*found.matches.values(), others]),
        notes=(
            *foreign_notes(foreign),
            *(f"{says}; {cure}" for says, cure in found.doubts),
            *(note.replace("{workflow}{node}", _workflow(found)) for note in _notes(found.matches)),
        ),
        because=found.because,
        ways=of_another_image(found.file).ways if foreign else (),
    )


def _workflow(found: AnnotatedObjects) -> str:
    """Return the workflow, and its classifier where there are several, as one types them."""
    node = f" --node {found.classifier}" if len(learning(found.job.workflow)) > 1 else ""
    return found.job.request.typed(found.job.workflow.file) + node


def _by_class(found: Iterable[Matches]) -> dict[str, dict[str, int]]:
    counts = Counter((m.row.class_, m.status) for each in found for m in each.matches)
    names = sorted({name for name, _ in counts})
    return {
        name: {status: counts[name, status] for status in STATUSES if counts[name, status]}
        for name in names
    }


def _notes(found: Mapping[str, Matches]) -> Iterator[str]:
    """Yield sentences on rows that are not used, image by image."""
    several = len(found) > 1
    for image, matches in found.items():
        said = notes(matches)
        invalid = [match.row for match in matches.of("invalid")]
        if invalid:
            said = [f"{rows_of(len(invalid))} invalid ({lines(invalid)})", *said]
        yield from (f"{image}: {text}" if several else text for text in said)
