"""Which objects of a frame a classifier is for, where ``select`` says those of a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from objclass.data.model import SelectedClasses
from objclass.data.objects import Prediction
from objclass.engine.outcome import StepOutcome
from objclass.run import Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Made = Mapping[tuple[str, str], StepOutcome]


class FrameSelection:
    """Tells which objects of frames are selected, and why nobody knows where that is so.

    Parameters
    ----------
    selected
        Whom the classifier is for; None for all objects.
    """

    def __init__(self, selected: SelectedClasses | None) -> None:
        self.selected = selected
        self.unknown = ""

    @property
    def says(self) -> str:
        """Whom the classifier is for, in words; empty where it is for all objects."""
        if self.selected is None:
            return ""
        if not self.unknown:
            return f"only objects that are {self.selected}"
        node = self.selected.predictions.node
        return f"all objects: '{node}' predicts nothing yet ({self.unknown})"

    def find(
        self, job: Job, made: Made, outcomes: Sequence[StepOutcome], ids: NDArray[np.uint64]
    ) -> NDArray[np.bool_] | None:
        """Return bool (n,), the objects of a frame that are selected; None for all.

        Where the earlier classifier predicts nothing yet, one chooses from all objects.

        Parameters
        ----------
        job
            The workflow.
        made, outcomes
            What was made of the frame, by node and part; everything that was tried.
        ids
            The n objects.
        """
        import numpy as np

        if self.selected is None:
            return None
        wire = self.selected.predictions
        found = made.get((wire.node, wire.part or ""))
        if found is None or found.known is None:
            self.unknown = _why_not(outcomes)
            return None
        self.unknown = ""
        said: Prediction = job.store.load(found.known.artifact, found.step.part.header)
        return np.isin(ids, said.ids[np.isin(said.code, self.selected.codes)])


def _why_not(outcomes: Sequence[StepOutcome]) -> str:
    """Return what held an earlier classifier back: the first that stopped holds the others."""
    lacking = next((each for each in outcomes if each.known is None), None)
    if lacking is None:
        return "it failed"
    return str(lacking.reason or next((p.what for p in lacking.problems), "it failed"))
