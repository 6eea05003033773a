"""Classifiers on tables: train a forest, evaluate it, say how good it is.

Nothing here knows images. Every estimator becomes plain arrays (:mod:`objclass.data.forest`)
and is evaluated by our own code, so prediction never imports scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.classification.examples import Examples, filled, medians
    from objclass.classification.prediction import evaluate, missing_counts, predict
    from objclass.classification.quality import Evaluation, evaluation
    from objclass.classification.settings import ForestSettings, forest_settings
    from objclass.classification.training import fit, setting_problems

_HOMES = {
    "Evaluation": "quality",
    "Examples": "examples",
    "ForestSettings": "settings",
    "evaluate": "prediction",
    "evaluation": "quality",
    "filled": "examples",
    "fit": "training",
    "forest_settings": "settings",
    "medians": "examples",
    "missing_counts": "prediction",
    "predict": "prediction",
    "setting_problems": "training",
}

__all__ = [
    "Evaluation",
    "Examples",
    "ForestSettings",
    "evaluate",
    "evaluation",
    "filled",
    "fit",
    "forest_settings",
    "medians",
    "missing_counts",
    "predict",
    "setting_problems",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
