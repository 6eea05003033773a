"""All predictions of one node as arrays, over images and frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.data.objects import Column, ObjectTable, Prediction, PredictionHeader
from objclass.engine.graph import Address
from objclass.engine.outcome import StepOutcome
from objclass.run import Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Place = tuple[str, int | None]
Known = Mapping[Address, StepOutcome]


@dataclass(frozen=True)
class PredictedObjects:
    """What one node predicted.

    Parameters
    ----------
    node, part
        The node, and the part of it.
    header
        What is known of its predictions.
    steps
        What became of every image and frame that was predicted.
    """

    node: str
    part: str
    header: PredictionHeader
    steps: tuple[StepOutcome, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Image and frame of every step."""
        return tuple((each.step.image or "", each.step.t) for each in self.steps)

    def load(self, job: Job) -> list[Prediction]:
        """Return the predictions of every step."""
        return [job.store.load(o.known.artifact, o.step.part.header) for o in self.steps if o.known]

    def columns(self, names: Sequence[str]) -> list[Column]:
        """Return what is known of some features, in this order."""
        known = {each.name: each for each in self.header.features.columns}
        return [known[name] for name in names if name in known]

    def values(
        self, job: Job, known: Known, names: Sequence[str]
    ) -> dict[str, NDArray[np.floating]]:
        """Return features of all objects, in the order of :meth:`load`."""
        import numpy as np

        found: dict[str, list[NDArray[np.floating]]] = {name: [] for name in names}
        parts = self.header.features.parts
        for image, t in self.places:
            tables: dict[str, ObjectTable] = {}
            for name in names:
                wire = parts[name]
                if str(wire) not in tables:
                    made = known[wire.node, wire.part or "", image, t]
                    assert made.known is not None
                    tables[str(wire)] = job.store.load(made.known.artifact, made.step.part.header)
                found[name].append(np.asarray(tables[str(wire)].columns[name], np.float64))
        return {n: np.concatenate(each) if each else np.empty(0) for n, each in found.items()}


def predictions_of(outcomes: Sequence[StepOutcome], nodes: Sequence[str]) -> list[PredictedObjects]:
    """Return what every node predicted; of two that predict the same, the last one."""
    found: dict[tuple[str, str], PredictedObjects] = {}
    for node in nodes:
        steps = [
            each
            for each in outcomes
            if each.step.node == node
            and isinstance(each.step.part.header, PredictionHeader)
            and each.known is not None
        ]
        if steps:
            part = steps[0].step.part
            assert isinstance(part.header, PredictionHeader)
            mine = tuple(each for each in steps if each.step.part.name == part.name)
            same = (str(part.header.model), str(part.header.objects))
            found[same] = PredictedObjects(node, part.name, part.header, mine)
    return list(found.values())
