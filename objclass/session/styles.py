"""Styles of objects: what is predicted and annotated, as codes of the classes of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from objclass.annotations.rows import IGNORE
from objclass.session.answers import ObjectStyles
from objclass.session.class_list import LEFT_OUT, OPEN
from objclass.session.frames import SessionFrame
from objclass.session.predictions import SessionPredictions
from objclass.session.standing import AnnotationStanding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def styles_of(
    frame: SessionFrame,
    ids: NDArray[np.uint64],
    names: Sequence[str],
    standing: AnnotationStanding,
    predictions: SessionPredictions | None,
    of_class: str | None = None,
) -> ObjectStyles:
    """Return the styles of objects; ids that are not there have no class at all.

    Parameters
    ----------
    frame
        Image and time point.
    ids
        The n objects.
    names
        The classes of the session.
    standing
        Its annotations.
    predictions
        What its model says; None without a model.
    of_class
        A class whose probability is asked for; 0 where the model does not know it.
    """
    import numpy as np

    ids = np.asarray(ids, np.uint64)
    n, rows = len(ids), frame.rows(np.asarray(ids, np.uint64))
    predicted, number = np.zeros(n, np.uint16), 0
    probability, uncertainty, asked = np.zeros((3, n), np.float32)
    there = rows >= 0
    if predictions is not None and there.any():
        found, number = predictions.of(frame, rows[there]), predictions.number
        at = rows[there]
        predicted[there] = codes(predictions.model.classes, names)[found.code[at]]
        probability[there] = found.probability[at].max(axis=1)
        uncertainty[there] = found.uncertainty[at]
        asked[there] = probability[there]
        if of_class is not None:
            asked[there] = _share(found.probability[at], predictions.model.classes, of_class)
    annotated, valid = _annotated(frame, ids, names, standing)
    return ObjectStyles(ids, predicted, probability, uncertainty, annotated, valid, number, asked)


def _share(
    probability: NDArray[np.float64], classes: Sequence[str], name: str
) -> NDArray[np.float64] | float:
    return probability[:, classes.index(name)] if name in classes else 0.0


def codes(classes: Sequence[str], names: Sequence[str]) -> NDArray[np.uint16]:
    """Return code of a model to code of the session, uint16 (K + 2,); 0 stays 0."""
    import numpy as np

    number = {name: k + 1 for k, name in enumerate(names)}
    return np.array([0, *(number.get(name, 0) for name in classes), OPEN], np.uint16)


def _annotated(
    frame: SessionFrame,
    ids: NDArray[np.uint64],
    names: Sequence[str],
    standing: AnnotationStanding,
) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    import numpy as np

    number = {**{name: k + 1 for k, name in enumerate(names)}, IGNORE: LEFT_OUT}
    code, valid = np.zeros(len(ids), np.uint16), np.zeros(len(ids), np.bool_)
    said = standing.by_place.get(frame.place, {})
    if said:
        here = np.array(sorted(said), np.uint64)
        for k in np.flatnonzero(np.isin(ids, here)):
            each = said[int(ids[k])]
            code[k], valid[k] = number.get(each.class_, 0), each.valid
    return code, valid


def predicted_counts(predictions: SessionPredictions | None) -> Mapping[str, int]:
    """Return class to objects that are predicted as it so far."""
    import numpy as np

    counts: Counter[str] = Counter()
    for each in predictions.known() if predictions else ():
        classes = predictions.model.classes if predictions else ()
        found = np.bincount(each.code, minlength=len(classes) + 1)
        counts.update({name: int(found[k + 1]) for k, name in enumerate(classes)})
    return counts
