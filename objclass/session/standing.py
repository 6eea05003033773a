"""How annotations stand: the rows of the file, each with the object it is about now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property, partial

from objclass.annotations.match import match
from objclass.annotations.matches import USED, Match, Matches, settle
from objclass.annotations.outcome import Reattachment, adopt
from objclass.annotations.reattach import reattach
from objclass.annotations.row_order import in_order
from objclass.annotations.rows import IGNORE, Row, rows_of
from objclass.curation.annotated_objects import Place
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.nodes.annotated import AnnotationFile, read_again
from objclass.session.frames import SessionFrames
from objclass.session.ground import SessionGround


@dataclass(frozen=True)
class SaidOfObject:
    """What people said of an object: its rows with what became of them, by line."""

    matches: tuple[Match, ...]

    @property
    def class_(self) -> str:
        """The class of the first row."""
        return self.matches[0].row.class_

    @property
    def line(self) -> int:
        """Where the first row stands."""
        return self.matches[0].row.line

    @property
    def valid(self) -> bool:
        """True where it is learned from, or left out of learning on purpose."""
        return any(each.status in (*USED, "ignored") for each in self.matches)


@dataclass(frozen=True)
class AnnotationStanding:
    """The annotations of a session at one moment.

    Parameters
    ----------
    file
        What the file says.
    matches
        Image to its rows with their objects, of images that have rows.
    outcomes
        Image to what became of invalid rows.
    """

    file: AnnotationFile
    matches: Mapping[str, Matches] = field(default_factory=dict)
    outcomes: Mapping[str, tuple[Reattachment, ...]] = field(default_factory=dict)

    @cached_property
    def by_place(self) -> Mapping[Place, Mapping[int, SaidOfObject]]:
        """Image and frame to object to what was said of it."""
        found: dict[Place, dict[int, list[Match]]] = {}
        for image, each in sorted(self._said(), key=lambda pair: pair[1].row.line):
            here = found.setdefault((image, each.frame), {})
            here.setdefault(each.object, []).append(each)
        return {
            place: {number: SaidOfObject(tuple(each)) for number, each in objects.items()}
            for place, objects in found.items()
        }

    def of(self, place: Place, number: int) -> SaidOfObject | None:
        """Return what was said of an object; None where nobody said anything."""
        return self.by_place.get(place, {}).get(number)

    def held_back(self, ground: SessionGround) -> str:
        """Return why a run would not train on these annotations; empty where it would."""
        statuses = Counter(m.status for each in self.matches.values() for m in each.matches)
        if self.file.problems:
            return str(self.file.problems[0])
        if statuses["outside"]:
            return f"{rows_of(statuses['outside'])} outside of the image"
        if ground.training.use_valid:
            return ""
        if self.file.foreign:
            return f"{rows_of(len(self.file.foreign))} made on another image"
        if statuses["invalid"] and not ground.learning.follows:
            return f"{rows_of(statuses['invalid'])} invalid: re-attach, annotate or erase them"
        return ""

    def annotated(self, image: str) -> tuple[SaidOfObject, ...]:
        """Return what was said of the objects of an image, frame by frame."""
        return self._by_image.get(image, ())

    @cached_property
    def _by_image(self) -> Mapping[str, tuple[SaidOfObject, ...]]:
        found: dict[str, tuple[SaidOfObject, ...]] = {}
        for (image, _), said in self.by_place.items():
            found[image] = (*found.get(image, ()), *said.values())
        return found

    def _said(self) -> Iterator[tuple[str, Match]]:
        for image, matches in self.matches.items():
            yield from ((image, each) for each in map(_with_object, matches.matches) if each.object)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Class to annotated objects that are learned from."""
        used = (each for matches in self.matches.values() for each in matches.used)
        return Counter(each.row.class_ for each in used)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The classes that rows say, sorted as training sorts them."""
        said = (row.class_ for rows in self.file.rows.values() for row in rows)
        return tuple(sorted(set(said) - {IGNORE}))

    def used(self, image: str, *, follow: bool) -> Matches:
        """Return the matches that are learned from, with re-attached ones where they follow."""
        found = self.matches[image]
        return adopt(found, self.outcomes.get(image, ())) if follow else found


class AnnotationMatching:
    """Matches rows with objects; rows that were matched before are not looked up again."""

    def __init__(self, frames: SessionFrames) -> None:
        self.frames = frames
        self._known: dict[str, dict[Row, Match]] = {}

    def standing(self, before: AnnotationStanding | None = None) -> AnnotationStanding:
        """Read the file again and return how its rows stand.

        Raises
        ------
        InputError
            Where the file is no table.
        RunError
            Where the objects of an annotated image cannot be made.
        """
        ground = self.frames.ground
        labels = ground.annotated(ground.images[0]).header
        file = read_again(ground.training.files, labels)
        if before is None or file.rows != before.file.rows:
            annotated = {image: rows for image, rows in file.rows.items() if rows}
            matches = {image: self._matches(image, rows) for image, rows in annotated.items()}
            outcomes = {image: self._outcomes(image, found) for image, found in matches.items()}
            return AnnotationStanding(file, matches, outcomes)
        return replace(before, file=file)

    def _matches(self, image: str, rows: Sequence[Row]) -> Matches:
        """Match rows as a run does: each is judged alone, and contradictions come last."""
        known = self._known.setdefault(image, {})
        bare = {_bare(row): row for row in rows}
        self._match_new(image, [key for key in bare if key not in known])
        self._known[image] = known = {key: known[key] for key in bare}
        return Matches(settle([replace(known[_bare(row)], row=row) for row in in_order(rows)]))

    def _match_new(self, image: str, rows: Sequence[Row]) -> None:
        held, known = self.frames.ground.annotated(image), self._known[image]
        look = partial(self._labels, image)
        for each in match(rows, look, held.header, held.whole).matches if rows else ():
            known[each.row] = each
        for row in [row for row in rows if known[row].status == "conflict"]:
            (known[row],) = match([row], look, held.header, held.whole).matches

    def _labels(self, image: str, frame: int | None) -> LabelImage:
        return self.frames.objects((image, frame)).labels

    def _outcomes(self, image: str, found: Matches) -> tuple[Reattachment, ...]:
        """Return what became of invalid rows, where there are any."""
        if not any(each.status in ("invalid", "background") for each in found.matches):
            return ()
        before = self.frames.ground.found.before
        return reattach(found, partial(self._labels, image), before)


def _with_object(match: Match) -> Match:
    """Return a match with its object also where that is left out of learning."""
    if match.status == "ignored" and match.row.object and not match.object:
        return replace(match, object=match.row.object)
    return match


def _bare(row: Row) -> Row:
    """Return a row without its line: what it says does not change when rows above it go."""
    return replace(row, line=0)
