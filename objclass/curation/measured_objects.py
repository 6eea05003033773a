"""The features of a classifier's objects, and what it says of them, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.choosing.scaling import ColumnScaling, learn_scaling
from objclass.classification.normalizing import GroupScale
from objclass.curation.annotated_objects import AnnotatedObjects, Place
from objclass.curation.label_image_reader import learned_table
from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.nodes.annotated import TrainingAnnotations
from objclass.nodes.gating import hold_back
from objclass.nodes.scaled import scale_in
from objclass.run import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from objclass.data.model import Model
    from objclass.data.objects import ObjectTable


@dataclass(frozen=True)
class MeasuredObjects:
    """Features and probabilities of the objects of a classifier; one frame is read at a time.

    Parameters
    ----------
    found
        The objects.
    columns
        The features that the classifier uses.
    tables
        Image and frame to what made its features, one step per family.
    model
        What it learned; None where nothing could be trained.
    untrained
        Why not.
    scales
        Image to where its group lies, where features are z-scores of one.
    """

    found: AnnotatedObjects
    columns: tuple[str, ...]
    tables: Mapping[Place, tuple[StepOutcome, ...]]
    model: Model | None = None
    untrained: str = ""
    scales: Mapping[str, GroupScale] = field(default_factory=dict)

    @cached_property
    def scaling(self) -> ColumnScaling:
        """Mean and deviation of every feature over all objects of all images."""
        return learn_scaling(map(self._raw, self.tables), len(self.columns))

    def features(self, place: Place, ids: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Return the standardised features (n, f) of objects of a frame."""
        all_ids = self._of(place)[0]
        return self.scaling.standardize(self._raw(place)[np.searchsorted(all_ids, ids)])

    def probability(self, place: Place, ids: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Return the class probabilities (n, K) of objects of a frame."""
        from objclass.classification import predict

        assert self.model is not None
        all_ids, columns = self._of(place)
        return predict(self.model, all_ids, columns).probability[np.searchsorted(all_ids, ids)]

    def _raw(self, place: Place) -> NDArray[np.float64]:
        _, columns = self._of(place)
        return np.stack([columns[name].astype(np.float64) for name in self.columns], axis=1)

    def _of(self, place: Place) -> tuple[NDArray[np.uint64], Mapping[str, NDArray[Any]]]:
        """Ids and features of a frame."""
        store, tables = self.found.job.store, list[Any]()
        for each in self.tables[place]:
            assert each.known is not None
            table: ObjectTable = store.load(each.known.artifact, each.step.part.header)
            tables.append(table)
        columns = {n: column for t in tables for n, column in t.columns.items()}
        scale = self.scales.get(place[0])
        return tables[0].ids, columns if scale is None else scale.normalize_columns(columns)


def measured_objects(found: AnnotatedObjects, outcomes: Sequence[StepOutcome]) -> MeasuredObjects:
    """Return the features and the model that a run has made."""
    table, columns = learned_table(found.job.graph, found.classifier)
    wires = {table.parts[name] for name in columns}
    tables: dict[Place, tuple[StepOutcome, ...]] = dict.fromkeys(found.labels, ())
    for outcome in outcomes:
        step = outcome.step
        if Wire(step.node, step.part.name) in wires and outcome.known is not None:
            tables[step.image or "", step.t] += (outcome,)
    models = [o for o in outcomes if _is_model(o, found.classifier)]
    trained = next((_model(found, o) for o in models if o.known is not None), None)
    reasons = "; ".join(_reasons(found, models)) if trained is None else ""
    scales = dict(_scales(found, outcomes))
    return MeasuredObjects(found, columns, tables, trained, reasons, scales)


def _scales(
    found: AnnotatedObjects, outcomes: Sequence[StepOutcome]
) -> Iterator[tuple[str, GroupScale]]:
    """Yield images with the scales that a run has made for them."""
    for outcome in outcomes:
        step, known = outcome.step, outcome.known
        if step.node == found.classifier and step.part.role is PartRole.SCALE and known is not None:
            record = found.job.store.load(known.artifact, step.part.header)
            yield step.image or "", scale_in(record)


def _is_model(outcome: StepOutcome, classifier: str) -> bool:
    return outcome.step.node == classifier and outcome.step.part.role is PartRole.MODEL


def _model(found: AnnotatedObjects, outcome: StepOutcome) -> Model:
    assert outcome.known is not None
    model: Model = found.job.store.load(outcome.known.artifact, outcome.step.part.header)
    return model


def untaught(job: Job, classifier: str) -> str:
    """Return why nothing can be learned, whatever the objects turn out to be; else nothing."""
    part = job.graph.of_role(classifier, PartRole.MODEL)
    assert part is not None
    training = part.held(TrainingAnnotations)
    reason = None if any(training.files.rows.values()) else hold_back(training, (), follow=False)
    return str(reason or "")


def _reasons(found: AnnotatedObjects, models: Sequence[StepOutcome]) -> Iterator[str]:
    """Yield why a model was not trained."""
    if not models:
        yield untaught(found.job, found.classifier)
    for outcome in models:
        yield from (problem.what for problem in outcome.problems)
        if outcome.status == "stopped" and outcome.reason is not None:
            yield str(outcome.reason)
