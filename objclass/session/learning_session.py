"""The heart of a session: annotations that are edited, learned from, and shown in tiles."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, Self

from objclass.curation.annotated_objects import Place
from objclass.curation.view import is_rgb
from objclass.data.blocks import Region
from objclass.errors import ObjclassError
from objclass.run import Request
from objclass.session import tiles
from objclass.session.annotating import Annotating, Done
from objclass.session.answers import (
    ObjectRef,
    ObjectStyles,
    Plane,
    SessionChange,
    SessionClass,
    SessionImage,
)
from objclass.session.class_list import check_class, class_names, colors_of
from objclass.session.edits import as_wanted
from objclass.session.frames import SessionFrame, SessionFrames
from objclass.session.ground import SessionGround, ground_of
from objclass.session.learner import Learned, Learner, unforeseen
from objclass.session.lesson import Lesson, Lessons
from objclass.session.predictions import SessionPredictions
from objclass.session.saved_text import SavedText
from objclass.session.styles import predicted_counts, styles_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OnChange = Callable[[int], None]


class LearningSession:
    """Annotates, learns and shows; see :class:`objclass.session.session.Session`."""

    def __init__(self, ground: SessionGround, on_change: OnChange | None = None) -> None:
        self._lock = RLock()
        self._previewing = Lock()
        self._path, self._node = ground.job.workflow.file, ground.classifier
        self._workflow = SavedText(self._path)
        self._unusable: tuple[str, ...] = ()
        self._on_change = on_change or (lambda version: None)
        self._version = 1
        self._live = True
        self._use: tuple[str, ...] | None = None
        self._learned = Learned(0, None, None, "nothing was trained yet")
        self._predictions: SessionPredictions | None = None
        self._fault = ""
        self.ground = ground
        self._frames = SessionFrames(ground)
        self._annotating = Annotating(self._frames)
        self._lessons = Lessons(self._frames)
        self._learner = Learner(self._lesson, self._hand_over, self._work, self._failed)
        self._learner.ask(0)

    @classmethod
    def open(
        cls,
        path: Path | str,
        request: Request | None = None,
        node: str | None = None,
        *,
        on_change: OnChange | None = None,
    ) -> Self:
        """Open a session on a workflow; begins to learn from annotations that are there.

        Parameters
        ----------
        path, request
            The workflow, overrides and options.
        node
            The classifier, where several learn.
        on_change
            Called with the version after each change, from any thread.

        Raises
        ------
        InputError
            For what is wrong with the workflow, its files or annotations, with their places.
        RunError
            Where the objects of an annotated image cannot be made.
        """
        return cls(ground_of(Path(path), request or Request(), node), on_change)

    def close(self) -> None:
        """End the thread that learns; everything was saved before."""
        self._learner.close()

    # What there is

    @property
    def version(self) -> int:
        """Grows with every change of annotations, classes or predictions."""
        return self._version

    @property
    def untrained(self) -> str:
        """Why there are no predictions; empty where there are."""
        return self._learned.untrained

    @property
    def selects(self) -> str:
        """Whom the classifier is for, in words; empty where it is for all objects."""
        return self._frames.selection.says

    @property
    def fault(self) -> str:
        """What went wrong beside what was asked, such as in the thread that learns; empty if not.

        It holds until something is learned again.
        """
        return self._fault

    def images(self) -> tuple[SessionImage, ...]:
        """Return every image, from its header."""
        return tuple(map(self._image, self.ground.images))

    def image(self, name: str) -> SessionImage:
        """Return one image, from its header.

        Raises
        ------
        InputError
            Where there is no such image.
        """
        self.ground.check_image(name)
        return self._image(name)

    def classes(self) -> tuple[SessionClass, ...]:
        """Return the classes in the order in which codes count them."""
        with self._lock:
            standing, names = self._annotating.standing, self._class_names
            colors = colors_of(self.ground, names)
            predicted = predicted_counts(self._predictions)
            counts = [(standing.counts.get(n, 0), predicted.get(n, 0)) for n in names]
            pairs = zip(names, colors, counts, strict=True)
            return tuple(SessionClass(name, color, *n) for name, color, n in pairs)

    @property
    def _class_names(self) -> tuple[str, ...]:
        return class_names(self.ground, self._annotating.standing, self._annotating.seen)

    def _image(self, name: str) -> SessionImage:
        ground = self.ground
        grid, raw = ground.grid(name), ground.raw_header(name)
        frames = ground.frames(name)
        counts = [self._frames.counts.get((name, frame)) for frame in frames]
        known = [n for n in counts if n is not None]
        return SessionImage(
            name,
            dict(ground.keys[name].names),
            dict(zip(grid.spatial, grid.shape, strict=True)),
            grid.origin,
            ground.annotated(name).header.grid.spacing,
            ground.annotated(name).header.grid.unit,
            tuple(ground.time((name, frame)) for frame in frames),
            raw.channels if raw else (),
            raw.dtype if raw else "",
            raw is not None and is_rgb(raw),
            sum(known) if len(known) == len(counts) else None,
            len(self._annotating.standing.annotated(name)),
        )

    # Edits

    def annotate(self, refs: Sequence[ObjectRef], class_name: str) -> SessionChange:
        """Give objects a class, or ``ignore``; one step to undo, saved before this returns.

        Raises
        ------
        InputError
            For a class or object that does not exist, and where somebody else edited it.
        RunError
            Where the disk refuses; nothing is changed then.
        """
        with self._lock:
            check_class(class_name, self._class_names)
            wanted = as_wanted(refs, class_name)
            return self._changed(self._annotating.change(wanted, f"{_of(wanted)} {class_name}"))

    def erase(self, refs: Sequence[ObjectRef]) -> SessionChange:
        """Take the annotations of objects away.

        Raises
        ------
        InputError, RunError
            As :meth:`annotate`.
        """
        with self._lock:
            wanted = as_wanted(refs, None)
            return self._changed(self._annotating.change(wanted, f"{_of(wanted)} not annotated"))

    @property
    def can_undo(self) -> bool:
        """True where something can be undone."""
        return bool(self._annotating.journal.done)

    @property
    def can_redo(self) -> bool:
        """True where something was undone."""
        return bool(self._annotating.journal.undone)

    def external_change(self) -> tuple[str, ...]:
        """Look whether somebody else edited the annotations; take that over and say so.

        Raises
        ------
        InputError
            Where what they wrote cannot be read.
        """
        with self._lock:
            told = self._annotating.take_over()
            if told:
                self._bump()
            return told

    def _changed(self, done: Done, how: str = "") -> SessionChange:
        step, told = done
        self._bump()
        return SessionChange(self._version, how + step.says, tuple(step.after), told)

    def _bump(self, *, learn: bool = True) -> None:
        self._version += 1
        if learn and self._live:
            self._learner.ask()
        self._on_change(self._version)

    # Learning

    def live(self, on: bool) -> None:
        """Say whether edits are learned from at once."""
        with self._lock:
            self._live = on
            if on:
                self._learner.ask()

    @property
    def is_live(self) -> bool:
        """True where edits are learned from at once."""
        return self._live

    def learn_now(self) -> None:
        """Learn from the annotations of now, and wait until that is done."""
        self._learner.ask(0)
        self._learner.wait()

    def wait(self) -> None:
        """Wait until everything is learned and predicted, in all frames that are at hand."""
        self._learner.wait(idle=True)

    def _lesson(self) -> Lesson:
        with self._lock:
            standing, use, lessons = self._annotating.standing, self._use, self._lessons
        return lessons.lesson(standing, use)

    def _hand_over(self, learned: Learned) -> None:
        with self._lock:
            self._learned = learned
            self._predictions = None
            self._fault = learned.untrained if learned.bug else ""
            if learned.model is not None:
                least = self.ground.min_probability
                self._predictions = SessionPredictions(learned.number, learned.model, least)
            self._bump(learn=False)
        if learned.bug:
            print(learned.bug, file=sys.stderr)

    def _failed(self, error: Exception) -> None:
        """Say what went wrong in a thread; the terminal shows where, if nobody foresaw it."""
        with self._lock:
            self._fault = str(error) if isinstance(error, ObjclassError) else unforeseen(error)
            self._bump(learn=False)
        if not isinstance(error, ObjclassError):
            traceback.print_exception(error, file=sys.stderr)

    def _work(self) -> bool:
        """Predict a piece of the frame that was looked at last and is not yet done."""
        predictions = self._predictions
        if predictions is None:
            return False
        worked = any(self._predict(predictions, f) for f in reversed(self._frames.at_hand()))
        if not worked and self._predictions is predictions and not predictions.told:
            predictions.told = True
            with self._lock:
                self._bump(learn=False)
        return worked

    def _predict(self, predictions: SessionPredictions, frame: SessionFrame) -> bool:
        """Predict a piece of a frame; one that cannot be is said, and does not keep others back."""
        if frame.place in predictions.failed:
            return False
        try:
            return predictions.work(frame)
        except Exception as error:
            predictions.failed.add(frame.place)
            self._failed(error)
            return False

    # What is shown

    def raw_tile(
        self, image: str, t: int | None, plane: Plane, level: int, region: Region, channel: int
    ) -> NDArray[Any]:
        """Return raw values of a tile (rows, columns); see :func:`objclass.session.tiles.raw_tile`.

        Raises
        ------
        InputError
            For an image, time point, plane or channel that does not exist.
        """
        raw = self._frames.raw(self.ground.place(image, t))
        return tiles.raw_tile(raw, plane, level, region, channel)

    def label_tile(
        self, image: str, t: int | None, plane: Plane, level: int, region: Region
    ) -> NDArray[np.uint32]:
        """Return object ids of a tile; see :func:`objclass.session.tiles.label_tile`.

        Raises
        ------
        InputError
            For an image, time point or plane that does not exist.
        """
        return tiles.label_tile(self._frame(image, t), plane, level, region)

    def object_at(self, image: str, t: int | None, point: Sequence[int]) -> int:
        """Return the id at a voxel ``(y, x)`` or ``(z, y, x)`` of the frame; 0 for none."""
        return tiles.object_at(self._frame(image, t), point)

    def styles(
        self, image: str, t: int | None, ids: NDArray[np.uint64], of_class: str | None = None
    ) -> ObjectStyles:
        """Return what is shown of objects of a frame; these are predicted before all others.

        Parameters
        ----------
        image, t, ids
            Which objects.
        of_class
            A class whose probability is asked for besides.
        """
        frame = self._frame(image, t)
        with self._lock:
            names, standing = self._class_names, self._annotating.standing
            predictions = self._predictions
        return styles_of(frame, ids, names, standing, predictions, of_class)

    def _frame(self, image: str, t: int | None) -> SessionFrame:
        place: Place = self.ground.place(image, t)
        known = self._frames.held(place)
        if known is None:
            known = self._frames.frame(place)
            self._learner.wake()
        return known


def _of(wanted: Sequence[ObjectRef] | Any) -> str:
    count = len(wanted)
    return "1 object is" if count == 1 else f"{count} objects are"
