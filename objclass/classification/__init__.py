"""Classifiers on tables: train a forest, evaluate it, say how good it is.

Nothing here knows images. Every estimator becomes plain arrays (:mod:`objclass.data.forest`)
and is evaluated by our own code, so prediction never imports scikit-learn.
"""

from __future__ import annotations

from objclass.classification.examples import Examples, filled, medians
from objclass.classification.prediction import evaluate, missing_counts, predict
from objclass.classification.scores import evaluation
from objclass.classification.settings import ForestSettings, forest_settings
from objclass.classification.training import fit

__all__ = [
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
]
