"""Choosing a few of many columns: those whose shuffling costs most, as few as do as well.

Columns that say nearly the same (rank correlation of 0.9 or more with an earlier one) go
together: one of two that are alike would hide the other, so they are shuffled together and the
first stands for them (Gregorutti, Michel and Saint-Pierre 2015, Computational Statistics and Data
Analysis 90:15). What shuffling costs is asked of models about examples that they have not
learned from (Breiman 2001, Machine Learning 45:5), image by image where images allow it. Of the
numbers of columns that are tried, the smallest within one standard error of the best is taken
(Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees, 3.4.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from objclass.classification.estimators import default_settings, estimator_named, name_of
from objclass.classification.estimators.contract import EstimatorSettings, Rows
from objclass.classification.folds import choosing_parts
from objclass.data.dataclass import dataclass
from objclass.errors import list_some

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Predict = Callable[[NDArray[np.floating]], NDArray[np.float64]]

ALIKE: Final = 0.9
"""Rank correlation from which on two columns say the same."""
REPEATS: Final = 5
TREES: Final = 30
"""Most trees of the forests that columns are compared by."""
SIZES: Final = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89)
"""Numbers of columns that are tried."""
NAMED: Final = 8


@dataclass(frozen=True)
class ChosenColumns:
    """Columns to learn from: their indices, ascending, and why these."""

    columns: tuple[int, ...]
    why: str

    def of(self, rows: Rows) -> Rows:
        """Return rows with these columns."""
        return replace(rows, X=rows.X[:, list(self.columns)])


def choose_columns(
    rows: Rows, settings: EstimatorSettings, seed: int, names: Sequence[str]
) -> ChosenColumns:
    """Choose the columns that an estimator needs to tell classes apart.

    Parameters
    ----------
    rows
        What is learned from; X floats (n, f).
    settings
        Of the estimator; where that is to be chosen too, columns are those that a random
        forest needs.
    seed
        Start of the random numbers; the same rows and seed give the same columns.
    names
        Names of the f columns.
    """
    settings = _smaller(default_settings() if settings.kind == "auto" else settings)
    fold, by = choosing_parts(rows.y, rows.image, seed)
    everything = tuple(range(rows.X.shape[1]))
    if not by:
        return ChosenColumns(everything, "all: too few examples to choose columns by")
    held = _HeldOut(rows, fold, settings, seed)
    together = alike_columns(rows.X)
    losses = held.losses(together)
    order = sorted(range(len(together)), key=lambda k: (-losses[k], k))
    ranked = [together[k][0] for k in order if losses[k] > 0] or [together[order[0]][0]]
    tried = {k: held.score(ranked[:k]) for k in sorted({*SIZES, len(ranked)}) if k <= len(ranked)}
    whole, error = held.score(everything)
    best, error = max([*tried.values(), (whole, error)])
    few = next((k for k, (score, _) in tried.items() if score >= best - error), None)
    if few is None or few >= len(everything):
        why = f"all {len(everything)}: fewer reach less than {whole:.2f} on {by} held out"
        return ChosenColumns(everything, why)
    found = sorted(ranked[:few])
    said = list_some((names[k] for k in found), NAMED)
    scores = f"{tried[few][0]:.2f} on {by} held out, all reach {whole:.2f}"
    return ChosenColumns(tuple(found), f"{few} of {len(everything)}: {said} ({scores})")


def _smaller(settings: EstimatorSettings) -> EstimatorSettings:
    """Return the settings with fewer trees, where there are many: comparing needs no more."""
    trees = getattr(settings, "trees", None)
    return settings.model_copy(update={"trees": TREES}) if trees and trees > TREES else settings


def alike_columns(X: NDArray[np.floating]) -> list[list[int]]:
    """Return the columns, those that say the same as an earlier one together with it."""
    import numpy as np

    ranks = np.stack([_ranks(column) for column in X.T])
    found: list[list[int]] = []
    for k, own in enumerate(ranks):
        same = (each for each in found if abs(float(own @ ranks[each[0]])) >= ALIKE)
        first = next(same, None)
        if first is None:
            found.append([k])
        else:
            first.append(k)
    return found


def _ranks(column: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the ranks of values with mean 0 and length 1, equal ones alike; zeros of one value."""
    import numpy as np

    _, number, counts = np.unique(column, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    ranks = middle[number] - middle[number].mean()
    length = float(np.sqrt((ranks**2).sum()))
    found: NDArray[np.float64] = ranks / length if length else ranks
    return found


@dataclass(frozen=True)
class _HeldOut:
    """Rows dealt into parts, and how to learn from all but one of them."""

    rows: Rows
    fold: Codes
    settings: EstimatorSettings
    seed: int

    def models(self, columns: Sequence[int]) -> list[tuple[NDArray[np.bool_], Predict]]:
        """Return every part with a model of these columns that has not learned from it."""
        import numpy as np

        method = estimator_named(name_of(self.settings.kind))
        some = replace(self.rows, X=self.rows.X[:, list(columns)])
        found: list[tuple[NDArray[np.bool_], Predict]] = []
        for part in np.unique(self.fold[self.fold >= 0]):
            test = self.fold == part
            arrays = method.fit(some.of(~test), self.settings, self.seed).arrays
            found.append((test, partial(method.predict, arrays)))
        return found

    def score(self, columns: Sequence[int]) -> tuple[float, float]:
        """Return the balanced accuracy with these columns, and its standard error."""
        X = self.rows.X[:, list(columns)]
        return self._score(self.models(columns), X)

    def losses(self, together: Sequence[Sequence[int]]) -> list[float]:
        """Return what shuffling columns together costs of balanced accuracy, on average."""
        import numpy as np

        X = self.rows.X
        models = self.models(range(X.shape[1]))
        whole, _ = self._score(models, X)
        found = []
        for columns in together:
            random = np.random.default_rng(self.seed)  # the same shuffles, so that they compare
            scores = []
            for _ in range(REPEATS):
                shuffled = X.copy()
                shuffled[:, list(columns)] = X[random.permutation(len(X))][:, list(columns)]
                scores.append(self._score(models, shuffled)[0])
            found.append(whole - float(np.mean(scores)))
        return found

    def _score(
        self, models: Sequence[tuple[NDArray[np.bool_], Predict]], X: NDArray[np.floating]
    ) -> tuple[float, float]:
        import numpy as np

        y, called = self.rows.y, np.full(len(self.rows.y), -1)
        for test, predict in models:
            called[test] = predict(X[test]).argmax(axis=1)
        classes = [k for k in np.unique(y) if (self.fold[y == k] >= 0).any()]
        right = [(called == y)[(self.fold >= 0) & (y == k)] for k in classes]
        spread = sum(float(each.mean() * (1 - each.mean())) / len(each) for each in right)
        return float(np.mean([each.mean() for each in right])), spread**0.5 / len(classes)
