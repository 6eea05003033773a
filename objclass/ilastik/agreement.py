"""How far a classifier trained here agrees with the forest that ilastik stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from objclass.data.model import Model
    from objclass.data.objects import Prediction


@dataclass(frozen=True)
class Agreement:
    """Two classifiers on the same objects.

    Parameters
    ----------
    objects
        How many were compared.
    same_class
        How many of them get the same class from both.
    mean_difference
        Mean over the objects of the largest difference of a class's probability.
    """

    objects: int
    same_class: int
    mean_difference: float

    def __str__(self) -> str:
        if not self.objects:
            return "no objects to compare with the forest of ilastik"
        return (
            f"{self.same_class} of {self.objects} objects get the class that the forest of "
            f"ilastik gives them; probabilities differ by {self.mean_difference:.3f} on average"
        )

    def __add__(self, other: Agreement) -> Agreement:
        """Return the agreement over both sets of objects."""
        objects = self.objects + other.objects
        total = self.mean_difference * self.objects + other.mean_difference * other.objects
        return Agreement(objects, self.same_class + other.same_class, total / max(objects, 1))


def agreement(
    stored: Model,
    classes: tuple[str, ...],
    found: Prediction,
    ids: ArrayLike,
    columns: Mapping[str, NDArray[Any]],
) -> Agreement:
    """Compare predictions with those of a stored forest.

    Parameters
    ----------
    stored
        The forest.
    classes
        Class names of `found`; classes are compared by name.
    found
        Predictions of the classifier trained here, for the same objects.
    ids, columns
        The feature table, as :func:`objclass.classification.predict` takes it.
    """
    import numpy as np

    from objclass.classification import predict

    theirs = predict(stored, ids, columns)
    if not len(theirs.ids):
        return Agreement(0, 0, 0.0)
    names = tuple(dict.fromkeys((*stored.classes, *classes)))
    a = _by_name(theirs.probability, stored.classes, names)
    b = _by_name(found.probability, classes, names)
    same = int((a.argmax(axis=1) == b.argmax(axis=1)).sum())
    return Agreement(len(theirs.ids), same, float(np.abs(a - b).max(axis=1).mean()))


def _by_name(
    probability: NDArray[np.float64], classes: tuple[str, ...], names: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return probabilities with one column for each of `names`."""
    import numpy as np

    every = np.zeros((len(probability), len(names)))
    every[:, [names.index(name) for name in classes]] = probability
    return every
