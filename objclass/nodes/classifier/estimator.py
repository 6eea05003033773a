"""Which estimator a classifier trains, as a word or a mapping with options."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from objclass.classification.estimators import AnySettings, default_settings


def _with_kind(value: Any) -> Any:
    """Read a word as a kind, and options without one as those of the default."""
    if isinstance(value, str):
        return {"kind": value}
    return {"kind": default_settings().kind, **value} if isinstance(value, dict) else value


EstimatorField = Annotated[AnySettings, BeforeValidator(_with_kind)]
"""``random_forest``, or ``{kind: random_forest, trees: 500}``."""
