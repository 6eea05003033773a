"""Which forest a classifier grows, as a word or a mapping with options."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from objclass.schema.base import Frozen
from objclass.schema.fields import Name, Positive


class Estimator(Frozen):
    """The options of a forest; see :class:`objclass.classification.ForestSettings`."""

    kind: Literal["random_forest", "extra_trees"] = "random_forest"
    trees: Annotated[int, Field(ge=1, description="Number of trees.")] = 100
    max_features: Annotated[
        Literal["sqrt", "log2"] | int | float | None,
        Field(description="Columns tried at a split: sqrt, log2, a number, or a share."),
    ] = "sqrt"
    max_depth: Annotated[int | None, Field(ge=1, description="Deepest level of a tree.")] = None
    min_leaf: Annotated[int, Field(ge=1, description="Fewest examples in a leaf.")] = 1
    bootstrap: Annotated[bool | None, Field(description="Trees see samples.")] = None
    class_weight: Annotated[
        Literal["balanced", "none"] | dict[Name, Positive],
        BeforeValidator(lambda value: "none" if value is None else value),
        Field(description="balanced: classes count alike; none: objects do; or one per class."),
    ] = "balanced"


def _from_word(value: Any) -> Any:
    return {"kind": value} if isinstance(value, str) else value


EstimatorField = Annotated[Estimator, BeforeValidator(_from_word)]
"""``random_forest``, or ``{kind: random_forest, trees: 500}``."""
