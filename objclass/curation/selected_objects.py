"""Which objects a classifier is for, where it selects those of a class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.data.model import ModelHeader, SelectedClasses
from objclass.data.objects import Prediction
from objclass.engine.role import PartRole
from objclass.run import Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.curation.annotated_objects import Place
    from objclass.data.labels import Index


@dataclass(frozen=True)
class SelectedObjects:
    """The objects that a classifier is for.

    Parameters
    ----------
    selected
        Which they are.
    ids
        Image and frame to their ids; empty where nothing is predicted yet.
    why
        Why nothing is; else empty.
    """

    selected: SelectedClasses
    ids: Mapping[Place, NDArray[np.uint64]]
    why: str = ""

    def among(self, place: Place, ids: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return bool (n,), which objects of a frame are selected; all where nobody knows."""
        import numpy as np

        return np.full(len(ids), True) if self.why else np.isin(ids, self.ids.get(place, []))

    @property
    def note(self) -> str:
        """What a person should know; empty where the objects are known."""
        if not self.why:
            return ""
        node = self.selected.predictions.node
        return f"chosen from all objects: '{node}' predicts nothing yet ({self.why})"


def find_selected(job: Job, classifier: str) -> SelectedObjects | None:
    """Predict which objects a classifier is for; None where it is for all.

    Parameters
    ----------
    job
        A checked workflow.
    classifier
        The node.
    """
    import numpy as np

    part = job.graph.of_role(classifier, PartRole.MODEL)
    assert part is not None
    assert isinstance(part.header, ModelHeader)
    selected = part.header.selected
    if selected is None:
        return None
    node = selected.predictions.node
    graph = replace(job.graph, wanted=frozenset([node]))
    outcomes = replace(job, graph=graph).run()
    lacking = next((o for o in outcomes if o.known is None), None)
    if lacking is not None:  # the first one that stopped holds the others back
        why = str(lacking.reason or next((p.what for p in lacking.problems), "it failed"))
        return SelectedObjects(selected, {}, why)
    ids: dict[Place, NDArray[np.uint64]] = {}
    for each in outcomes:
        if (each.step.node, each.step.part.name) == (node, selected.predictions.part):
            assert each.known is not None
            said: Prediction = job.store.load(each.known.artifact, each.step.part.header)
            ids[each.step.image or "", each.step.t] = said.ids[np.isin(said.code, selected.codes)]
    return SelectedObjects(selected, ids)


def only_selected(
    selected: SelectedObjects | None, indexes: Mapping[str, Mapping[int | None, Index]]
) -> dict[str, dict[int | None, Index]]:
    """Return image and frame to the index of the objects that are selected."""
    return {
        image: {
            t: index if selected is None else index.only(selected.among((image, t), index.ids))
            for t, index in frames.items()
        }
        for image, frames in indexes.items()
    }
