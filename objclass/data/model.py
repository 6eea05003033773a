"""Trained models as plain arrays: nothing in them is executable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


TRAINING_RANGE = "training_range"
"""Fact of a model that was trained before: where the objects of its images lay."""

COLUMNS_CHOSEN = "columns_chosen"
"""Fact of a model that chose its columns: which, and why."""

NORMALIZED_BY = "normalized_by"
"""Fact of a model that learned from z-scores of groups of images: the name that groups them."""

MAX_CLASSES = 254
RULES = ("zero", "impute", "refuse")
"""What a missing value becomes: 0, the column's median, or an error."""
MEDIAN = "median"
"""Array of a model that imputes: float64 (columns,), beside those of its estimator."""


@dataclass(frozen=True)
class SelectedClasses:
    """Which objects a classifier is for: those that earlier predictions give one of some classes.

    Parameters
    ----------
    predictions
        The earlier predictions.
    objects
        The label image that they are of.
    classes, codes
        The classes and their codes there.
    """

    predictions: Wire
    objects: Wire
    classes: tuple[str, ...]
    codes: tuple[int, ...]

    def __str__(self) -> str:
        """Return it as a person says it: ``mitotic or dividing of 'first'``."""
        return f"{' or '.join(self.classes)} of '{self.predictions.node}'"


@dataclass(frozen=True)
class ModelHeader:
    """What is known of a model before it is trained: classes, colours and columns it uses.

    Objects of the `uncounted` classes are left out of counts. Only the `selected` objects get
    a class; None where all do.
    """

    classes: tuple[str, ...]
    colors: tuple[str, ...]
    columns: tuple[str, ...]
    uncounted: tuple[str, ...] = ()
    selected: SelectedClasses | None = None


@dataclass(frozen=True)
class Model:
    """A trained classifier.

    Parameters
    ----------
    estimator
        Which evaluator reads the arrays, such as ``forest``.
    arrays
        Plain numeric arrays by name; their meaning belongs to the estimator.
    classes
        Class names in the order of the probabilities.
    columns
        Feature columns in the order of the estimator's input.
    units
        Unit of each column.
    facts
        Small JSON facts: settings, seed, number of examples per class, versions.
    unseen
        float64 (n, K), the class probabilities of each example it was just trained on by the
        parts of it that have not seen it, such as trees, NaN where all have; None where there
        are no such parts, and for models that were trained before.
    """

    estimator: str
    arrays: Mapping[str, NDArray[np.generic]]
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    units: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    unseen: NDArray[np.float64] | None = None
