"""Which forest to grow: the settings a workflow may state, checked with names and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from objclass.errors import Problem, listed, nearest, raise_all

Kind = Literal["random_forest", "extra_trees"]
KINDS = ("random_forest", "extra_trees")
NOT_BUILT = ("gradient_boosting", "logistic_regression")
MAX_SEED = 2**32 - 1


@dataclass(frozen=True)
class ForestSettings:
    """How a forest is grown; the defaults are those of scikit-learn, but for the weights.

    Parameters
    ----------
    kind
        ``random_forest`` (best split of the columns tried) or ``extra_trees`` (random splits).
    trees
        Number of trees.
    max_features
        Columns tried per split: ``sqrt`` or ``log2`` of their number, a share (a float in
        (0, 1]), a number (an int) or None for all.
    max_depth
        Deepest level of a tree; None grows until leaves are pure.
    min_leaf
        Fewest examples in a leaf.
    bootstrap
        Whether a tree sees a sample with replacement; None means yes for ``random_forest``
        and no for ``extra_trees``.
    class_weight
        ``balanced`` (each class is drawn equally often, and counts the same), ``none`` (each
        example counts 1) or a weight per class name; classes not named count 1. People
        annotate few objects of a rare class, and a forest without weights finds fewer still.
    """

    kind: Kind = "random_forest"
    trees: int = 100
    max_features: str | float | int | None = "sqrt"
    max_depth: int | None = None
    min_leaf: int = 1
    bootstrap: bool | None = None
    class_weight: Literal["balanced", "none"] | Mapping[str, float] = "balanced"

    @property
    def samples(self) -> bool:
        """Whether trees see bootstrap samples, so that an out-of-bag score exists."""
        return self.kind == "random_forest" if self.bootstrap is None else self.bootstrap

    def as_json(self) -> dict[str, Any]:
        """Return the settings as plain JSON values, defaults written out."""
        weights = self.class_weight
        plain = weights if isinstance(weights, str) else dict(weights)
        return {**asdict(replace(self, class_weight="none")), "class_weight": plain}


def forest_settings(
    estimator: str = "random_forest", options: Mapping[str, object] | None = None
) -> ForestSettings:
    """Return the settings that a workflow states.

    Parameters
    ----------
    estimator
        ``random_forest`` or ``extra_trees``.
    options
        Fields of :class:`ForestSettings` by name, `kind` excepted.

    Raises
    ------
    InputError
        For an estimator that is unknown or not built yet, unknown options and values out of
        range, all at once.
    """
    options = options or {}
    known = [field.name for field in fields(ForestSettings) if field.name != "kind"]
    found = [*_estimator_problems(estimator), *_unknown(options, known)]
    stated = {name: value for name, value in options.items() if name in known}
    settings = ForestSettings(estimator, **stated)  # type: ignore[arg-type]
    raise_all([*found, *problems(settings)])
    return settings


def _estimator_problems(estimator: str) -> Iterator[Problem]:
    if estimator in NOT_BUILT:
        yield Problem(
            f"estimator '{estimator}' is not offered yet",
            fix="its predictions cannot be reproduced exactly from plain arrays so far; "
            f"use {' or '.join(KINDS)}",
        )
    elif estimator not in KINDS:
        close = nearest(estimator, KINDS)
        yield Problem(
            "unknown estimator",
            got=repr(estimator),
            expected=" or ".join(KINDS),
            fix=f"did you mean '{close}'?" if close else None,
        )


def _unknown(options: Mapping[str, object], known: list[str]) -> Iterator[Problem]:
    for name in options:
        if name not in known:
            close = nearest(name, known)
            yield Problem(
                f"unknown option '{name}' of the estimator",
                expected=f"one of {listed(known)}",
                fix=f"did you mean '{close}'?" if close else None,
            )


def problems(settings: ForestSettings) -> Iterator[Problem]:
    """Yield what is out of range in the settings."""
    for name, least in (("trees", 1), ("min_leaf", 1), ("max_depth", 1)):
        value = getattr(settings, name)
        if not _whole(value, least) and not (name == "max_depth" and value is None):
            yield _wrong(name, value, f"a whole number from {least} on")
    if not _is_max_features(settings.max_features):
        expected = "sqrt, log2, a share such as 0.3, a number of columns, or null for all"
        yield _wrong("max_features", settings.max_features, expected)
    if not (settings.bootstrap is None or isinstance(settings.bootstrap, bool)):
        yield _wrong("bootstrap", settings.bootstrap, "true or false")
    if not _is_weight(settings.class_weight):
        expected = "balanced, none, or a positive number per class"
        yield _wrong("class_weight", settings.class_weight, expected)


def _wrong(name: str, value: object, expected: str) -> Problem:
    return Problem(f"option '{name}' of the estimator", got=repr(value), expected=expected)


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**31


def _is_max_features(value: object) -> bool:
    if value is None or value in ("sqrt", "log2"):
        return True
    return _whole(value, 1) or (isinstance(value, float) and 0.0 < value <= 1.0)


def _is_weight(value: object) -> bool:
    if isinstance(value, str):
        return value in ("balanced", "none")
    return isinstance(value, Mapping) and all(
        isinstance(w, int | float) and not isinstance(w, bool) and 0 < w < float("inf")
        for w in value.values()
    )
