"""The objects of some frames that nobody annotated, as what one chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from objclass.annotations.sample import draw_lots
from objclass.choosing.candidates import Candidates
from objclass.choosing.scaling import ColumnScaling, learn_scaling
from objclass.curation.annotated_objects import Place
from objclass.data.dataclass import dataclass
from objclass.session.answers import ObjectRef
from objclass.session.frames import SessionFrame, SessionFrames
from objclass.session.predictions import SessionPredictions
from objclass.session.standing import AnnotationStanding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.intp]
    Features = NDArray[np.float64]

FRAMES = 12
"""Frames that a page is chosen from, where there are more: clicking through ten thousand is no
plan, and opening them neither."""


class ObjectPool:
    """Objects to choose from, frame after frame.

    Parameters
    ----------
    frames, places
        Where they are.
    standing
        Which of them are annotated, and so left out, as are objects that are not selected.
    seed
        Start of the random numbers.
    """

    def __init__(
        self,
        frames: SessionFrames,
        places: Sequence[Place],
        standing: AnnotationStanding,
        seed: int,
    ) -> None:
        self.ground, self.seed = frames.ground, seed
        self.columns = frames.ground.columns
        self.frames, self.without = frames.some(places)
        said = [standing.by_place.get(frame.place, ()) for frame in self.frames]
        taken = [np.array(list(each), np.uint64) for each in said]
        pairs = zip(self.frames, taken, strict=True)
        self.rows = [np.flatnonzero(_is_free(frame, ids)) for frame, ids in pairs]
        self.ends = np.cumsum([0, *map(len, self.rows)])
        self._kept = frames.remembered
        self._candidates: dict[int, Candidates] = {}

    def __len__(self) -> int:
        return int(self.ends[-1])

    def candidates(
        self,
        predictions: SessionPredictions | None = None,
        target: Features | None = None,
    ) -> Candidates:
        """Return what strategies choose from; with what a model says where that is given."""
        key = predictions.number if predictions else 0
        if target is None and key in self._candidates:
            return self._candidates[key]
        said, classes = None, tuple[str, ...]()
        if predictions is not None:
            pairs = zip(self.frames, self.rows, strict=True)
            parts = [predictions.of(frame, rows).probability[rows] for frame, rows in pairs]
            said, classes = np.concatenate(parts), predictions.model.classes
        found = Candidates(self._lots(self.seed), self._features, said, classes, self.seed, target)
        if target is None:
            self._candidates = {key: found}
        return found

    def refs(self, rows: Rows) -> tuple[ObjectRef, ...]:
        """Return objects by their numbers in the pool."""
        found = []
        for number in rows.tolist():
            k = int(np.searchsorted(self.ends, number, side="right")) - 1
            frame = self.frames[k]
            row = self.rows[k][number - self.ends[k]]
            t = self.ground.time(frame.place)
            found.append(ObjectRef(frame.place[0], t, int(frame.ids[row])))
        return tuple(found)

    def features_of(self, frame: SessionFrame, rows: Rows | Sequence[int]) -> Features:
        """Return standardised features (n, f) of objects of a frame, in the pool or not."""
        return self.scaling.standardize(raw_features(frame, self.columns, rows))

    @property
    def scaling(self) -> ColumnScaling:
        """Mean and deviation of every feature over all objects of the frames."""
        key = ("scaling", self.columns, *(frame.place for frame in self.frames))
        tables = (FrameFeatures(frame, self.columns) for frame in self.frames)
        return self._kept.recall(key, lambda: learn_scaling(tables, len(self.columns)))

    def _lots(self, seed: int) -> NDArray[np.uint64]:
        return np.concatenate([np.empty(0, np.uint64), *(
            self._lots_of(frame, seed)[rows]
            for frame, rows in zip(self.frames, self.rows, strict=True)
        )])  # fmt: skip

    def _lots_of(self, frame: SessionFrame, seed: int) -> NDArray[np.uint64]:
        key = ("lots", seed, frame.place)
        return self._kept.recall(key, lambda: draw_lots(frame.place[0], frame.index, seed))

    def _features(self, rows: Rows) -> Features:
        made = np.zeros((len(rows), len(self.columns)))
        owner = np.searchsorted(self.ends, rows, side="right") - 1
        for k in np.unique(owner):
            mine = owner == k
            local = self.rows[k][rows[mine] - self.ends[k]]
            made[mine] = self.features_of(self.frames[k], local)
        return made


def raw_features(
    frame: SessionFrame, columns: Sequence[str], rows: Rows | Sequence[int]
) -> Features:
    """Return features of some rows (m,) as they were measured, float64 (m, f)."""
    chosen = np.asarray(rows, np.intp)
    made = np.empty((len(chosen), len(columns)))  # filled in place: many objects are held once
    for k, name in enumerate(columns):
        made[:, k] = frame.measured.rows([name], chosen)[name]
    return made


@dataclass(frozen=True)
class FrameFeatures:
    """Features of all objects of a frame as they were measured, of which slices are read."""

    frame: SessionFrame
    columns: Sequence[str]

    def __len__(self) -> int:
        return len(self.frame.ids)

    def __getitem__(self, part: slice) -> Features:
        return raw_features(self.frame, self.columns, np.arange(len(self))[part])


def _is_free(frame: SessionFrame, taken: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return bool (n,), the objects that are not annotated, and that the classifier is for."""
    free = ~np.isin(frame.ids, taken)
    return free if frame.selected is None else free & frame.selected


def drawn(places: Sequence[Place], seed: int, turn: int) -> list[Place]:
    """Return some of many frames by chance, for another turn others.

    They come in the order of a permutation that goes round, so that all have their turn.
    """
    order = np.random.default_rng(seed).permutation(len(places))
    start = turn * FRAMES
    return [places[order[(start + k) % len(places)]] for k in range(min(FRAMES, len(places)))]
