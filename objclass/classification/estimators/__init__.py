"""The estimators by the name that a model holds, in one table: module by module.

A new one is a file that ends in ``ESTIMATOR = Estimator(…)`` and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final, Union

from pydantic import Field

from objclass.classification.estimators.contract import Estimator, EstimatorSettings

ESTIMATORS: Final[Mapping[str, str]] = {
    "forest": "objclass.classification.estimators.forest",
    "logistic_regression": "objclass.classification.estimators.logistic_regression",
    "gradient_boosting": "objclass.classification.estimators.gradient_boosting",
    "nearest_neighbors": "objclass.classification.estimators.nearest_neighbors",
    "auto": "objclass.classification.estimators.auto",
}
"""The first one is trained where nobody chooses.

Project files hold these names. A name stands for one layout of arrays with one meaning; where
either changes, the new one is called ``forest_2`` and the old line stays for old files. An
objclass that does not know a name refuses the file and says it.
"""


def estimator_named(name: str) -> Estimator[EstimatorSettings]:
    """Return the estimator of a name in the table."""
    found: Estimator[EstimatorSettings] = import_module(ESTIMATORS[name]).ESTIMATOR
    return found


def name_of(kind: str) -> str:
    """Return the name of the estimator that a workflow calls by a word, such as `extra_trees`."""
    return next(name for name in ESTIMATORS if kind in estimator_named(name).settings.kinds())


def default_settings() -> EstimatorSettings:
    """Return the settings of the first estimator of the table."""
    return estimator_named(next(iter(ESTIMATORS))).settings.model_validate({})


def read_settings(plain: Mapping[str, object]) -> EstimatorSettings:
    """Return settings from plain values with their `kind`, as a model's facts hold them."""
    return estimator_named(name_of(str(plain["kind"]))).settings.model_validate(plain)


if TYPE_CHECKING:
    AnySettings = EstimatorSettings
else:
    MODELS = tuple(estimator_named(name).settings for name in ESTIMATORS)
    AnySettings = (
        Annotated[Union[MODELS], Field(discriminator="kind")]  # noqa: UP007 - of a tuple
        if len(MODELS) > 1
        else MODELS[0]
    )
"""The type of a field that holds the settings of any estimator, told apart by `kind`."""
