"""How much each class counts in learning: alike, as often as it comes, or as somebody says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from objclass.classification.estimators.contract import Rows
from objclass.errors import Problem, list_some
from objclass.schema.fields import Name, Positive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ClassWeight: TypeAlias = Annotated[
    Literal["balanced", "none"] | dict[Name, Positive],
    BeforeValidator(lambda value: "none" if value is None else value),
    Field(description="balanced: classes count alike; none: objects do; or one per class."),
]


def weight_problems(
    weights: str | Mapping[str, float], classes: Sequence[str]
) -> Iterator[Problem]:
    """Yield weights of classes that do not exist."""
    named = () if isinstance(weights, str) else weights
    unknown = [name for name in named if name not in classes]
    if unknown:
        what = "option 'class_weight' names classes that do not exist"
        yield Problem(what, got=list_some(unknown), expected=list_some(classes))


def as_scikit_learn(weights: str | Mapping[str, float], rows: Rows) -> Any:
    """Return the weights as scikit-learn takes them: a word, None or a number per class."""
    if isinstance(weights, str):
        return None if weights == "none" else weights
    present = sorted({int(k) for k in rows.y})
    return {k: float(weights.get(rows.classes[k], 1.0)) for k in present}


def row_weights(weights: str | Mapping[str, float], rows: Rows) -> NDArray[np.float64] | None:
    """Return how much each row counts, float64 (n,); None where all count alike.

    ``balanced`` is n / (classes that occur × examples of the class), King and Zeng 2001, "Logistic
    regression in rare events data".
    """
    import numpy as np

    if weights == "none":
        return None
    present, y, counts = np.unique(rows.y, return_inverse=True, return_counts=True)
    if isinstance(weights, str):
        return np.asarray((len(y) / (len(present) * counts.astype(np.float64)))[y], np.float64)
    each = [float(weights.get(rows.classes[k], 1.0)) for k in present.tolist()]
    return np.array(each, np.float64)[y]
