"""Where exported results come from: objects, features, predictions, and what was learned from."""

from __future__ import annotations

from dataclasses import replace

from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader
from objclass.data.objects import Column, PredictionHeader, TableHeader
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.engine.node import Read
from objclass.engine.role import PartRole


@dataclass(frozen=True)
class Origin:
    """Where exported results come from: the objects, and where there are any, more.

    Parameters
    ----------
    objects, labels
        The label image: its wire and header.
    table
        The feature table.
    prediction, prediction_wire
        The predictions.
    """

    objects: Wire
    labels: LabelHeader
    table: TableHeader | None = None
    prediction: PredictionHeader | None = None
    prediction_wire: Wire | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The feature columns there are."""
        return self.table.columns if self.table else ()

    @property
    def voxels(self) -> Read:
        """Reads the objects with their voxels."""
        return Read("objects", self.objects, ("voxels",))

    @property
    def index(self) -> Read:
        """Reads the objects without their voxels."""
        return Read("objects", self.objects, ("index",))

    @property
    def predicted(self) -> tuple[Read, ...]:
        """Reads the predictions, where there are any."""
        return (Read("prediction", self.prediction_wire),) if self.prediction_wire else ()


def origin_of(look: Look) -> Origin:
    """Follow ``from`` to the objects behind it."""
    header = look.header("from_", PredictionHeader, TableHeader, LabelHeader)
    if isinstance(header, LabelHeader):
        return Origin(look.wire("from_"), header)
    labels = look.part(header.objects).header
    assert isinstance(labels, LabelHeader)
    if isinstance(header, TableHeader):
        return Origin(header.objects, labels, header)
    return Origin(header.objects, labels, header.features, header, look.wire("from_"))


def find_annotated(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read the matches of the classifier, so that a table can show what a person said."""
    if origin.prediction is None:
        return ()
    classifier = origin.prediction.model.node
    wire = _wire(look, classifier, PartRole.MATCHES)
    if wire is None or not _learned_from(look, classifier, origin):
        return ()
    return (Read("matches", wire),)


def _wire(look: Look, classifier: str, role: PartRole) -> Wire | None:
    """Return the wire to a part of the node that learned; None where it has none."""
    part = look.of_role(classifier, role)
    return Wire(classifier, part.name) if part else None


def _learned_from(look: Look, classifier: str, origin: Origin) -> bool:
    """Return True where a classifier was annotated on these objects, not on other ones."""
    learning = look.nodes[classifier].learns
    header = look.header_of(learning.features) if learning else None
    return isinstance(header, TableHeader) and header.objects == origin.objects


def learned(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read which objects the classifier learned from, where it learns in this workflow."""
    if origin.prediction is None or not find_annotated(look, origin):
        return ()
    wire = _wire(look, origin.prediction.model.node, PartRole.EXAMPLES)
    return (Read("examples", wire, ("object", "position")),) if wire else ()


def unseen(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read what is said of the objects learned from by what has not seen them."""
    found = learned(look, origin)
    if origin.prediction is None or not found:
        return ()
    scored = _wire(look, origin.prediction.model.node, PartRole.EVALUATION)
    if scored is None:
        return ()
    whole = replace(found[0], subtrees=None)  # its digest finds its rows
    return (whole, Read("evaluation", scored, ("unseen", "examples")))


def assessed(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read all that can be said of the classifier, where it learns in this workflow."""
    if origin.prediction is None:
        return ()
    wire = _wire(look, origin.prediction.model.node, PartRole.ASSESSMENT)
    return (Read(PartRole.ASSESSMENT.value, wire),) if wire else ()


def predicted_sets(look: Look, origin: Origin) -> tuple[Read, ...]:
    """Read which classes objects may have, where the predictions come with sets."""
    if origin.prediction_wire is None:
        return ()
    wire = _wire(look, origin.prediction_wire.node, PartRole.SETS)
    return (Read(PartRole.SETS.value, wire),) if wire else ()
