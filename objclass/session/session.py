"""A labelling session: everything that the page shows and does, without a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from objclass.data.blocks import Region
from objclass.io.free_memory import give_back
from objclass.session import thresholds
from objclass.session.answers import (
    AnnotationRow,
    GalleryPage,
    Invalidation,
    ObjectDetails,
    ObjectRef,
    Plane,
    SessionChange,
    SessionScore,
    ThresholdPreview,
)
from objclass.session.areas import Corner, objects_within
from objclass.session.cut_outs import CutOuts, CutOutStyle
from objclass.session.details import describe
from objclass.session.explorer import annotation_rows
from objclass.session.feature_session import FeatureSession
from objclass.session.frames import SessionFrames
from objclass.session.gallery import Gallery, GalleryRequest
from objclass.session.ground import SessionGround
from objclass.session.learner import Learned
from objclass.session.learning_session import OnChange
from objclass.session.scoring import (
    Judgement,
    ScorePoint,
    point_of,
    said_unseen,
    score_of,
    try_judging,
)
from objclass.session.tiles import label_tile
from objclass.session.trained_project import write_project
from objclass.session.workflow_session import settings_text
from objclass.session.workflow_text import WorkflowText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


QUIET = 0.3
"""Seconds without a click after which a model is scored, which takes longer than learning it."""
ON_ITS_WAY = "the score is on its way: it is found out once nobody clicks"
LOOK = 0.05
"""Seconds between two looks at whether that is done."""


class Session(FeatureSession):
    """All state of labelling the objects of one classifier; safe to call from several threads.

    Frames are made and looked at when they are asked for, so that a workflow of ten thousand
    images opens at once. Begin with :meth:`open`, end with :meth:`close`; everything is saved
    as soon as it is done.
    """

    _judged: tuple[int, Judgement | None] = (0, None)
    _scoring: Thread | None = None

    def __init__(self, ground: SessionGround, on_change: OnChange | None = None) -> None:
        self._points: dict[int, ScorePoint] = {}
        super().__init__(ground, on_change)

    # Looking for objects

    def object_ids_in(
        self, image: str, t: int | None, plane: Plane, outline: Sequence[Corner]
    ) -> NDArray[np.uint64]:
        """Return the ids of objects in a box or lasso; see :mod:`objclass.session.areas`.

        Parameters
        ----------
        image, t, plane
            Where.
        outline
            Corners as row and column, in voxels of the frame.
        """
        return objects_within(self._frame(image, t), plane, outline)

    def gallery(
        self,
        source: str = "diverse",
        n: int = 30,
        page: int = 0,
        seed: int = 0,
        among: Mapping[str, str] | None = None,
    ) -> GalleryPage:
        """Return a page of objects over all images; see :mod:`objclass.session.gallery`.

        Parameters
        ----------
        source
            Such as ``random``, ``predicted:mitotic`` or ``like:image:12``.
        n, page, seed
            How many, which page from 0, and the start of the random numbers.
        among
            Image names that images must have, such as ``{"well": "B03"}``.

        Raises
        ------
        InputError
            For what does not exist, and where nothing is trained that the source needs.
        """
        with self._lock:
            gallery = Gallery(
                self._frames, self._annotating.standing, self._predictions, self._judgement
            )
        found = gallery.page(GalleryRequest(source, n, page, seed, among))
        self._learner.wake()
        return found

    def cut_out(self, ref: ObjectRef, style: CutOutStyle | None = None) -> bytes:
        """Return an object with its surroundings as PNG, with a scale bar where that is known.

        Raises
        ------
        InputError
            For an object or channel that does not exist.
        """
        frame = self._frame(ref.image, ref.t)
        grid = self.ground.annotated(ref.image).header.grid
        scale = (grid.spacing[2], grid.unit) if grid.spacing and grid.unit else None
        return self._cut_outs.png(frame, ref.object, style or CutOutStyle(), scale)

    @property
    def _cut_outs(self) -> CutOuts:
        return self._frames.remembered.recall("cut-outs", CutOuts)

    # What is known

    def annotations(self) -> tuple[AnnotationRow, ...]:
        """Return every annotation, invalid ones first, with what unseen models say of it."""
        judgement = self._judgement()
        unseen = said_unseen(self.ground, judgement) if judgement else {}
        with self._lock:
            return annotation_rows(self.ground, self._annotating.standing, unseen)

    def describe(self, ref: ObjectRef) -> ObjectDetails:
        """Return all that is known of an object.

        Raises
        ------
        InputError
            Where there is no such object.
        """
        frame = self._frame(ref.image, ref.t)
        with self._lock:
            standing, predictions = self._annotating.standing, self._predictions
            lesson = self._learned.lesson
        return describe(self.ground, frame, ref, standing, predictions, lesson)

    def score(self) -> SessionScore:
        """Return how well objects are told apart that were not learned from."""
        judgement = self._judgement()
        with self._lock:
            held_back = self._annotating.standing.held_back(self.ground)
            is_due = self._learned.model is not None and self._judged[0] != self._learned.number
            why = self.untrained or (ON_ITS_WAY if is_due else "")
            return score_of(judgement, why, held_back)

    def score_curve(self) -> tuple[ScorePoint, ...]:
        """Return the scores of this session by number of annotations, the last one of each."""
        with self._lock:
            return tuple(self._points[count] for count in sorted(self._points))

    def _judgement(self) -> Judgement | None:
        """Return what the last score says; scoring waits for a quiet moment."""
        return self._judged[1] if self._learned.model is not None else None

    def _work(self) -> bool:
        """Predict what is left; once nobody clicks, score the model, beside whatever comes next."""
        if super()._work():
            return True
        learned, scoring = self._learned, self._scoring
        if scoring is not None and scoring.is_alive():
            self._learner.is_quiet(LOOK)
        elif learned.model is None or self._judged[0] == learned.number:
            give_back()
            return False
        elif self._learner.is_quiet(QUIET):
            self._scoring = Thread(target=self._judge, args=[learned], name="scoring", daemon=True)
            self._scoring.start()
        return True

    def _judge(self, learned: Learned) -> None:
        """Score a model; what was learned meanwhile has its turn later."""
        assert learned.lesson is not None
        assert learned.model is not None
        found = None
        try:
            found = try_judging(self.ground, learned.lesson, learned.model)
        except Exception as error:  # nobody would hear of it in this thread
            self._failed(error)
        with self._lock:
            self._judged = learned.number, found
            point = point_of(found) if found is not None else None
            if point is not None:
                self._points[point.annotations] = point
            self._bump(learn=False)

    # How objects are found

    def object_settings(self) -> dict[str, object]:
        """Return ``node.field`` to value of what decides which objects there are."""
        return thresholds.object_settings(self.ground)

    def threshold_preview(
        self,
        settings: thresholds.Settings,
        image: str,
        t: int | None,
        plane: Plane,
        region: Region,
        level: int = 0,
    ) -> ThresholdPreview:
        """Return the objects that other settings find, and which annotations they would cost.

        Parameters
        ----------
        settings
            Such as ``{"nuclei.threshold": 0.45}``; nothing is written.
        image, t, plane, region, level
            What is seen, as :meth:`label_tile` has it.

        Raises
        ------
        InputError
            For settings that do not exist or cannot be.
        RunError
            Where objects cannot be made so.
        """
        other, lost = self._other_objects(settings)
        place = self.ground.place(image, t)
        frame = other.objects(place)
        ids = label_tile(frame, plane, level, region)
        return ThresholdPreview(ids, len(frame.ids), len(self._frame(image, t).ids), lost)

    def threshold_apply(self, settings: thresholds.Settings, *, reattach: bool) -> SessionChange:
        """Write other settings into the workflow; one step to undo.

        Parameters
        ----------
        settings
            Such as ``{"nuclei.threshold": 0.45}``. Comments and layout of the workflow stay.
        reattach
            Bring annotations up to date whose objects are found again one to one.

        Raises
        ------
        InputError
            For settings that do not exist or cannot be, and those that come from an option.
        RunError
            Where the disk refuses; nothing is changed then.
        """
        with self._lock:
            self._annotating.take_over()
            for way in settings:
                self._check_option(*way.split(".", 1))
            _, lost = self._other_objects(settings)
            says = settings_text(settings)

            def edit(text: WorkflowText) -> str:
                for way, value in settings.items():
                    text = WorkflowText(text.with_value(("nodes", *way.split(".")), value))
                return text.text

            after = (lambda: self._annotating.renewed(says)) if reattach and lost.reattach else None
            return self._rewritten(says, edit, objects=True, after=after)

    def _other_objects(self, settings: thresholds.Settings) -> tuple[SessionFrames, Invalidation]:
        """Return frames with other settings and what becomes of annotations, once a version."""
        with self._lock:
            ground, standing = self.ground, self._annotating.standing
            kept = self._frames.remembered
        key = "other", tuple(sorted((n, repr(v)) for n, v in settings.items())), id(standing)

        def made() -> tuple[SessionFrames, Invalidation, object]:
            other = SessionFrames(thresholds.with_settings(self._path, ground, settings))
            thresholds.pin_objects(ground, standing)
            return other, thresholds.invalidation(standing, other)[0], standing

        with self._previewing:  # and nothing else waits: it may take long
            found, lost, _ = kept.recall(key, made)
        return found, lost

    # Writing

    def project(self) -> Path:
        """Train as a run does, write the project of the workflow, and return where it lies.

        Raises
        ------
        InputError, RunError
            Where a run would not train, or the project cannot be written.
        """
        return write_project(self.ground)
