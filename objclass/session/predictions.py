"""Predictions of the frames of a session: those that are seen first, the others piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from objclass.classification import predict_selected
from objclass.curation.annotated_objects import Place
from objclass.session.frames import SessionFrame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.model import Model

PIECE = 16384
"""Objects that are predicted between two looks at whether something is more urgent."""


@dataclass
class FramePrediction:
    """What one model says of the objects of a frame, as far as it was asked.

    Parameters
    ----------
    frame
        The n objects.
    known
        bool (n,), true for rows that were predicted.
    code, probability, uncertainty
        As :class:`objclass.data.objects.Prediction` has them.
    """

    frame: SessionFrame
    known: NDArray[np.bool_]
    code: NDArray[np.uint8]
    probability: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    lock: Lock = field(default_factory=Lock)

    @property
    def whole(self) -> bool:
        """True where every object was predicted."""
        return bool(self.known.all())


class SessionPredictions:
    """What one model says.

    Parameters
    ----------
    number
        Of the model.
    model
        What was learned.
    min_probability
        Below which the class is left open.
    """

    def __init__(self, number: int, model: Model, min_probability: float = 0.0) -> None:
        self.number, self.model, self.min_probability = number, model, min_probability
        self.told = False  # that all is predicted
        self.failed: set[Place] = set()  # frames that cannot be predicted, so that none tries again
        self._frames: dict[Place, FramePrediction] = {}
        self._lock = Lock()

    def of(self, frame: SessionFrame, rows: NDArray[np.intp] | None = None) -> FramePrediction:
        """Return predictions in which these rows, by default all, are known.

        A row is predicted from its own features alone: whichever comes first, it is the same.
        """
        import numpy as np

        found = self._found(frame)
        wanted = np.arange(len(frame.ids)) if rows is None else np.unique(rows)
        for start in range(0, len(wanted), PIECE):  # others who wait for a few have their turn
            piece = wanted[start : start + PIECE]
            with found.lock:
                self._predict(found, piece[~found.known[piece]])
        return found

    def work(self, frame: SessionFrame) -> bool:
        """Predict some more objects of a frame; False where all are known."""
        import numpy as np

        found = self._found(frame)
        with found.lock:
            rows = np.flatnonzero(~found.known)[:PIECE]
            self._predict(found, rows)
        return len(rows) > 0

    def known(self) -> tuple[FramePrediction, ...]:
        """Return what is predicted so far, frame by frame."""
        with self._lock:
            return tuple(self._frames.values())

    def _found(self, frame: SessionFrame) -> FramePrediction:
        with self._lock:
            found = self._frames.get(frame.place)
            if found is None:
                found = self._frames[frame.place] = self._nothing(frame)
            return found

    def _nothing(self, frame: SessionFrame) -> FramePrediction:
        import numpy as np

        n, classes = len(frame.ids), len(self.model.classes)
        return FramePrediction(
            frame,
            np.zeros(n, np.bool_),
            np.zeros(n, np.uint8),
            np.zeros((n, classes)),
            np.zeros(n),
        )

    def _predict(self, found: FramePrediction, rows: NDArray[np.intp]) -> None:
        if not len(rows):
            return
        frame = found.frame
        columns = frame.learned(self.model.columns, rows)
        some = None if frame.selected is None else frame.selected[rows]
        said = predict_selected(self.model, frame.ids[rows], columns, some, self.min_probability)
        found.code[rows] = said.code
        found.probability[rows] = said.probability
        found.uncertainty[rows] = said.uncertainty
        found.known[rows] = True
