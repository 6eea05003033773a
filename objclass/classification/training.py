"""Training on annotated objects: checked, filled, fitted by an estimator, kept with its facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from objclass.classification.choosing import choose_columns
from objclass.classification.estimators import default_settings, estimator_named, name_of
from objclass.classification.estimators.contract import MAX_SEED, EstimatorSettings, Rows
from objclass.classification.examples import (
    Examples,
    check,
    check_varied,
    constant,
    fill,
    medians,
)
from objclass.data.model import COLUMNS_CHOSEN, MEDIAN, Model
from objclass.errors import Problem, raise_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def fit(
    examples: Examples,
    classes: Sequence[str],
    settings: EstimatorSettings | None = None,
    seed: int = 0,
) -> Model:
    """Train a classifier on annotated objects.

    Parameters
    ----------
    examples
        Feature rows with their classes.
    classes
        Class names; ``examples.y`` counts in them. A class without examples keeps a column of
        probability 0.
    settings
        Those of any estimator of :mod:`objclass.classification.estimators`; by default a
        random forest of 100 trees.
    seed
        Start of the random numbers, 0 to 2³² − 1.

    Returns
    -------
    Model
        Its facts name the settings, the examples per class, missing values per column,
        constant columns, the version of the library that fitted and what it found out
        (``fitted``, such as the C that was chosen). Where parts of it have
        not seen an example, as trees that see samples, ``unseen`` is what those say.

    Raises
    ------
    RunError
        Where nothing can be learned: no examples, one class, no column that varies, or missing
        values under the rule ``refuse``.
    InputError
        For settings that do not fit the classes, and a seed out of range.
    """
    settings = settings or default_settings()
    raise_all([*settings.problems(classes), *_seed_problems(seed)])
    check(examples, classes)
    middle = medians(examples.X)
    X, counts = fill(examples.X, examples.missing, middle, examples.columns, examples.names)
    check_varied(X, examples.columns)
    name = name_of(settings.kind)
    rows = Rows(X, examples.y, tuple(classes), examples.image)
    chosen = choose_columns(rows, settings, seed, examples.columns) if examples.choose else None
    kept = list(chosen.columns) if chosen else list(range(X.shape[1]))
    columns = tuple(examples.columns[k] for k in kept)
    fitted = estimator_named(name).fit(chosen.of(rows) if chosen else rows, settings, seed)
    median = {MEDIAN: middle[kept]} if examples.missing == "impute" else {}
    return Model(
        estimator=fitted.estimator or name,
        arrays={**fitted.arrays, **median},
        classes=tuple(classes),
        columns=columns,
        units=examples.only(columns).units,
        facts={
            "settings": settings.model_dump(mode="json"),
            "seed": seed,
            "missing": examples.missing,
            "examples": examples_per_class(examples.y, classes),
            "missing_values": {examples.columns[k]: int(counts[k]) for k in kept if counts[k]},
            "constant": [examples.columns[k] for k in constant(X) if k in kept],
            **_fitted_by(estimator_named(name).library),
            **({"fitted": dict(fitted.facts)} if fitted.facts else {}),
            **({COLUMNS_CHOSEN: chosen.why} if chosen else {}),
        },
        unseen=None if chosen else fitted.unseen(),
    )


def _seed_problems(seed: int) -> Iterator[Problem]:
    if not 0 <= seed <= MAX_SEED:
        yield Problem("seed", got=str(seed), expected=f"0 to {MAX_SEED}")


def _fitted_by(library: str) -> dict[str, str]:
    """Return a library with its version up to the minor one; nothing for no library."""
    return {library: ".".join(version(library).split(".")[:2])} if library else {}


def examples_per_class(y: NDArray[np.integer], classes: Sequence[str]) -> dict[str, int]:
    """Return the number of examples of every class, in the order of the classes."""
    import numpy as np

    counts = np.bincount(y.astype(np.int64), minlength=len(classes))
    return {name: int(n) for name, n in zip(classes, counts, strict=True)}
