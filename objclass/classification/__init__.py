"""Classifiers on tables: train one, and predict with it.

Nothing here knows images. Every estimator (:mod:`objclass.classification.estimators`) becomes
plain arrays that our own code evaluates, so prediction never imports scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.classification.estimators.forest import ForestSettings
    from objclass.classification.examples import Examples, fill, medians
    from objclass.classification.prediction import (
        count_imputed,
        evaluate,
        predict,
        predict_selected,
    )
    from objclass.classification.training import fit

_HOMES = {
    "Examples": "examples",
    "ForestSettings": "estimators.forest",
    "count_imputed": "prediction",
    "evaluate": "prediction",
    "fill": "examples",
    "fit": "training",
    "medians": "examples",
    "predict": "prediction",
    "predict_selected": "prediction",
}

__all__ = [
    "Examples",
    "ForestSettings",
    "count_imputed",
    "evaluate",
    "fill",
    "fit",
    "medians",
    "predict",
    "predict_selected",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
