"""Annotates: every edit is saved before it is done, can be undone, and overwrites nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from objclass.annotations.edit import Edit, Reclass, Renew, apply
from objclass.annotations.text import news_of
from objclass.data.digest import of_value
from objclass.errors import InputError, Problem, list_some
from objclass.session.answers import ObjectRef
from objclass.session.edits import Classes, ObjectEdits, as_wanted, begun_table, classes_now
from objclass.session.frames import SessionFrames
from objclass.session.ground import SessionGround
from objclass.session.journal import Journal, JournalStep
from objclass.session.saved_text import SavedText
from objclass.session.standing import AnnotationMatching, AnnotationStanding

Done = tuple[JournalStep, tuple[str, ...]]
"""A step, and what else a person should know."""


class Annotating:
    """The annotation file of a session and everything that is done to it.

    Parameters
    ----------
    frames
        Where objects are looked up.
    """

    def __init__(self, frames: SessionFrames) -> None:
        self.frames = frames
        self.journal = Journal()
        self.saved = SavedText(frames.ground.annotations)
        self._matching = AnnotationMatching(frames)
        self.standing: AnnotationStanding = self._matching.standing()
        self.seen = set(self.standing.class_names)

    def change(self, wanted: Classes, says: str) -> Done:
        """Give objects their classes, save, and note the step.

        Raises
        ------
        InputError
            Where an object does not exist, the table has no column for what must be said, or
            somebody else edited the same object.
        RunError
            Where the disk refuses; nothing is changed then.
        """
        with self.saved.alone():
            told = self.take_over(wanted)
            before = classes_now(self.standing, self._ground, wanted)
            step = self._made(wanted, JournalStep(says, before))
        if step.back is not None:
            self.journal.note(step)
        return step, told

    def undo(self) -> Done:
        """Take the last step back.

        Raises
        ------
        InputError
            Where there is none, or somebody else edited the same object since.
        """
        done, undone = self.journal.done, self.journal.undone
        return self._turn(done, undone, "there is nothing to undo", back=True)

    def redo(self) -> Done:
        """Do again what was undone last.

        Raises
        ------
        InputError
            As :meth:`undo`.
        """
        done, undone = self.journal.done, self.journal.undone
        return self._turn(undone, done, "there is nothing to do again", back=False)

    def take_over(self, wanted: Classes | None = None) -> tuple[str, ...]:
        """Read the file again where somebody else edited it, and say so.

        Parameters
        ----------
        wanted
            Objects about to be edited: where somebody else just said something of them, the
            edit is refused, so that nobody's word is overwritten unseen.
        """
        if not self.saved.is_edited():
            return ()
        name, wanted = self._ground.training.files.name, wanted or {}
        before = classes_now(self.standing, self._ground, wanted)
        old, self.saved = self.saved, SavedText(self.saved.path)
        try:
            self.renew()
        except BaseException:  # what cannot be read is looked at again with the next edit
            self.saved = old
            raise
        after = classes_now(self.standing, self._ground, wanted)
        if other := [ref for ref in wanted if before[ref] != after[ref]]:
            raise InputError(_edited_elsewhere(name, other, after))
        return (
            f"{name} is gone"
            if self.saved.text is None
            else f"{name} was edited elsewhere and is read again",
        )

    def stand_on(self, frames: SessionFrames) -> None:
        """Go on with other objects, or with a workflow that was edited."""
        matching = self._matching if frames is self.frames else AnnotationMatching(frames)
        self.standing = matching.standing()
        self.frames, self._matching = frames, matching
        if self.saved.path != frames.ground.annotations:
            self.saved, self.journal = SavedText(frames.ground.annotations), Journal()
        self.seen.update(self.standing.class_names)

    def rename(self, old: str, new: str, says: str) -> JournalStep:
        """Give all rows of a class another one, save, and return the step, which nobody noted.

        Raises
        ------
        RunError
            Where the disk refuses; nothing is changed then.
        """
        said = [row for rows in self.standing.file.rows.values() for row in rows]
        edits = [Reclass(row.line, new) for row in said if row.class_ == old]
        step = JournalStep(says, *self._classes_of(old, new))
        return self._kept(self._base(), edits, step) if edits else step

    def renewed(self, says: str) -> JournalStep:
        """Bring rows up to date whose objects changed one to one; return the step, not noted.

        Raises
        ------
        RunError
            Where the disk refuses; nothing is changed then.
        """
        outcomes = [o for each in self.standing.outcomes.values() for o in each if o.attached]
        text = self._base()
        edits = [Renew(line, said) for line, said in news_of(text, outcomes, {}).items()]
        return self._kept(text, edits, JournalStep(says)) if edits else JournalStep(says)

    def _classes_of(self, old: str, new: str) -> tuple[Classes, Classes]:
        """Return the objects of a class before and after it is renamed."""
        mine = [
            ObjectRef(place[0], self._ground.time(place), number)
            for place, said in self.standing.by_place.items()
            for number, each in said.items()
            if each.class_ == old
        ]
        return as_wanted(mine, old), as_wanted(mine, new)

    def renew(self) -> None:
        """Match the rows of the file anew."""
        self.standing = self._matching.standing(self.standing)
        self.seen.update(self.standing.class_names)

    @property
    def _ground(self) -> SessionGround:
        return self.frames.ground

    def _made(self, wanted: Classes, step: JournalStep) -> JournalStep:
        """Make a text in which objects have their classes, and save it."""
        text = self._base()
        edits = ObjectEdits(self.frames, self.standing, text).of(wanted)
        if not edits:
            return step
        return self._kept(text, edits, replace(step, after=wanted, began=self.saved.text is None))

    def _base(self) -> str:
        text = self.saved.text
        return begun_table(self._ground) if text is None else text

    def _kept(self, text: str, edits: Sequence[Edit], step: JournalStep) -> JournalStep:
        file, names = self._ground.training.files.name, self._ground.name_columns
        new, back = apply(text, *edits, names=names, file=file)
        self._save(new)
        return replace(step, back=back)

    def _save(self, new: str | None) -> None:
        """Save a text; one that cannot be read back is taken back."""
        before = self.saved.text
        self.saved.save(new)
        try:
            self.renew()
        except BaseException:
            self.saved.save(before)
            raise

    def _turn(
        self, source: list[JournalStep], target: list[JournalStep], none: str, *, back: bool
    ) -> Done:
        """Take back the last step of a stack, by its text where that fits, else by its objects."""
        if not source:
            raise InputError(Problem(none))
        with self.saved.alone():
            told = self.take_over(source[-1].before)
            turned = self._turned(source[-1], back=back)
        source.pop()
        target.append(turned)
        return turned, told

    def _turned(self, step: JournalStep, *, back: bool) -> JournalStep:
        text = self._base()
        if step.back is not None and step.back.digest == of_value(text):
            new, again = apply(text, step.back)
            self._save(None if back and step.began else new)
            return step.turned(again)
        now = classes_now(self.standing, self._ground, step.before)
        other = replace(step.turned(None), before=now, after=step.before)
        return self._made(step.before, other)


def _edited_elsewhere(file: str, other: Sequence[ObjectRef], after: Classes) -> Problem:
    said = list_some((f"{ref.image} {ref.object}: {after[ref] or 'nothing'}" for ref in other), 3)
    what = f"{file} was edited elsewhere: {said}; nothing was written"
    return Problem(what, fix="look at it, and say again what it is")
