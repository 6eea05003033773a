"""What a click on objects changes in the table of annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from objclass.annotations.edit import Add, Edit, Erase, Reclass, Renew
from objclass.annotations.match import in_image
from objclass.annotations.matches import USED
from objclass.annotations.table import OpenTable, open_table
from objclass.annotations.text import new_table
from objclass.curation.annotated_objects import Place
from objclass.errors import InputError, Problem
from objclass.session.answers import ObjectRef
from objclass.session.frames import SessionFrame, SessionFrames
from objclass.session.ground import SessionGround
from objclass.session.standing import AnnotationStanding, SaidOfObject

if TYPE_CHECKING:
    from objclass.annotations.matches import Match

Classes = Mapping[ObjectRef, str | None]
"""Objects and the classes they shall have; None for none."""


def begun_table(ground: SessionGround) -> str:
    """Return the titles of a table without rows, for the images of the workflow."""
    grids = {image: ground.grid(image) for image in ground.images}
    return new_table((), {}, grids, lambda image, t: "")


def classes_now(standing: AnnotationStanding, ground: SessionGround, refs: Classes) -> Classes:
    """Return the classes that objects have before an edit."""
    said = {ref: standing.of(ground.place(ref.image, ref.t), ref.object) for ref in refs}
    return {ref: each.class_ if each else None for ref, each in said.items()}


class ObjectEdits:
    """Turns wanted classes of objects into edits of one text.

    Parameters
    ----------
    frames
        Where objects are looked up.
    standing
        How the annotations stand in that text.
    text
        The table.
    """

    def __init__(self, frames: SessionFrames, standing: AnnotationStanding, text: str) -> None:
        self.frames = frames
        self.standing = standing
        ground = frames.ground
        self.table: OpenTable = open_table(text, ground.name_columns, ground.training.files.name)

    def of(self, wanted: Classes) -> tuple[Edit, ...]:
        """Return the edits after which objects have the wanted classes.

        Raises
        ------
        InputError
            For an object that does not exist.
        """
        return tuple(edit for ref, class_ in wanted.items() for edit in self._edits(ref, class_))

    def _edits(self, ref: ObjectRef, class_: str | None) -> Iterator[Edit]:
        place = self.frames.ground.place(ref.image, ref.t)
        frame = self.frames.frame(place)
        row = frame.index.row_of(ref.object)
        if row < 0:
            what = f"image '{ref.image}' has no object {ref.object}"
            raise InputError(Problem(what, fix="the objects changed: load the page again"))
        said = self.standing.of(place, ref.object)
        if said is None:
            yield from () if class_ is None else (self._added(frame, row, ref, class_),)
        else:
            yield from self._changed(said, frame, row, class_)

    def _changed(
        self, said: SaidOfObject, frame: SessionFrame, row: int, class_: str | None
    ) -> Iterator[Edit]:
        """A row of an object that is no more becomes one of the object that is there now."""
        for match in said.matches:
            if class_ is None:
                yield Erase(match.row.line)
            elif _holds(match):
                yield Reclass(match.row.line, class_)
            else:
                yield Renew(match.row.line, {"class": class_, **_facts(frame, row)})

    def _added(self, frame: SessionFrame, row: int, ref: ObjectRef, class_: str) -> Add:
        ground, index = self.frames.ground, frame.index
        grid = ground.grid(ref.image)
        z, y, x = in_image(index.inside[row], grid)
        known = set(self.table.columns)
        names = ground.keys[ref.image].names
        return Add(
            class_,
            t=ref.t,
            z=z if grid.dimensions == 3 else None,
            y=y,
            x=x,
            image=self._image(ref.image, known),
            names={name: text for name, text in names.items() if name in known},
            object=ref.object,
            size=int(index.size[row]),
            stamp=index.stamp[row].decode(),
            image_digest=self._digest(frame.place, ref.t) if "image_digest" in known else "",
        )

    def _image(self, image: str, known: set[str]) -> str:
        """A table that tells images by their names, or is about one, needs no column for them."""
        ground = self.frames.ground
        named = set(ground.keys[image].names)
        told = len(ground.images) == 1 or (bool(named) and named <= known)
        return image if "image" in known or not told else ""

    def _digest(self, place: Place, t: int | None) -> str:
        return self.frames.ground.found.digest(place[0], t)


def _holds(match: Match) -> bool:
    """True where a row is about the object as it is now."""
    return match.status in (*USED, "ignored", "conflict")


def _facts(frame: SessionFrame, row: int) -> dict[str, str]:
    """Return what tells an object, as a table says it."""
    index = frame.index
    facts = {"object": index.ids[row], "size": index.size[row]}
    return {**{name: str(int(n)) for name, n in facts.items()}, "stamp": index.stamp[row].decode()}


def as_wanted(refs: Sequence[ObjectRef], class_: str | None) -> Classes:
    """Return one class for several objects, each once."""
    return dict.fromkeys(refs, class_)
