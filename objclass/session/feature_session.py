"""Features of a session: what is learned from, how much each matters, and objects as points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.evaluation.assessment import column_importance
from objclass.session.answers import ScatterPoints
from objclass.session.object_pool import FRAMES, drawn
from objclass.session.scatter import MOST, principal_components, scatter
from objclass.session.scoring import groups_of
from objclass.session.workflow_session import WorkflowSession

if TYPE_CHECKING:
    from objclass.session.frames import SessionFrame


@dataclass(frozen=True)
class SessionFeature:
    """A column that a classifier may learn from.

    Parameters
    ----------
    name, unit, family, definition
        What is measured.
    used
        True where the session learns from it.
    written
        True where the workflow does.
    loss
        Balanced accuracy that is lost when its values are shuffled; None where nobody has
        found out yet.
    """

    name: str
    unit: str
    family: str
    definition: str
    used: bool
    written: bool
    loss: float | None = None


class FeatureSession(WorkflowSession):
    """Shows features too; see :class:`objclass.session.session.Session`."""

    _losses: tuple[int, Mapping[str, float]] = (0, {})

    def features(self) -> tuple[SessionFeature, ...]:
        """Return every column that could be learned from, and what is known of it."""
        with self._lock:
            written = set(self.ground.columns)
            used = set(self._use or written)
            losses = self._losses[1]
            return tuple(
                SessionFeature(
                    c.name, c.unit, c.family, c.definition,
                    c.name in used, c.name in written, losses.get(c.name),
                )
                for c in self.ground.table.columns
            )  # fmt: skip

    @property
    def importance_is_known(self) -> bool:
        """True where the losses of :meth:`features` are those of the model of now."""
        return self._losses[0] == self._learned.number != 0

    def find_importance(self) -> None:
        """Find out how much each column matters to the model of now; takes a few seconds.

        As ``objclass quality`` tells it: on objects that models have not seen. Nothing is known
        without a model, nor where nothing can be held out.
        """
        learned = self._learned
        if learned.model is None or learned.lesson is None or self.importance_is_known:
            return
        rows = learned.lesson.rows
        found = column_importance(learned.model, rows.examples, groups_of(self.ground, rows))
        with self._lock:
            self._losses = learned.number, {str(e["name"]): float(e["loss"]) for e in found}

    def scatter(self, x: str, y: str, most: int = MOST) -> ScatterPoints:
        """Return two features of objects: of the frames at hand, or of some where none is.

        Raises
        ------
        InputError
            For a feature that does not exist, and where there are no objects.
        """
        return scatter(self.ground, self._some_frames(), x, y, most)

    def principal_components(self, most: int = MOST) -> ScatterPoints:
        """Return the two directions in which the features of objects differ most.

        Raises
        ------
        InputError
            Where there are no objects.
        """
        return principal_components(self.ground, self._some_frames(), most)

    def _some_frames(self) -> tuple[SessionFrame, ...]:
        ground = self.ground
        places = [(image, frame) for image in ground.images for frame in ground.frames(image)]
        if len(places) > FRAMES:
            at_hand = [frame.place for frame in self._frames.at_hand()]
            places = at_hand or drawn(places, 0, 0)
        return tuple(self._frames.some(places)[0])
