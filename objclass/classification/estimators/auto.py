"""The estimator that predicts best what it has not seen, found by cross-validation by image.

Every estimator of the table is fitted with its usual options without some of the images (or
without parts of the examples, where classes do not lie in several images), and asked about
them. The one of the highest balanced accuracy is then fitted on everything; of equals, the
first of the table. A model is of the estimator that was chosen: `auto` has no arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from objclass.classification.estimators.contract import (
    Arrays,
    Estimator,
    EstimatorSettings,
    Fitted,
    Predictor,
    Rows,
)
from objclass.errors import Problem, list_some
from objclass.schema.fields import Name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class AutoSettings(EstimatorSettings):
    """Compares all estimators with their usual options and takes the best; it says why."""

    kind: Literal["auto"] = "auto"
    among: Annotated[
        tuple[Name, ...], Field(description="Estimators to compare; by default all of them.")
    ] = ()

    @property
    def all_seen(self) -> str:
        """Say that no part of the model is without what was chosen by all examples."""
        return "the estimator was chosen by all examples"

    @property
    def version(self) -> int:
        """2, since the logistic regression chooses its C otherwise than it did."""
        return 2

    def problems(self, classes: Sequence[str]) -> Iterator[Problem]:
        """Yield words that name no estimator."""
        unknown = [kind for kind in self.among if kind not in compared()]
        if unknown:
            what = "option 'among' names estimators that do not exist"
            yield Problem(what, got=list_some(unknown), expected=list_some(compared()))


def fit(rows: Rows, settings: AutoSettings, seed: int) -> Fitted:
    """Choose an estimator and fit it on all rows."""
    from objclass.classification.estimators import estimator_named, name_of, read_settings
    from objclass.classification.folds import choosing_parts

    fold, by = choosing_parts(rows.y, rows.image, seed)
    kinds = [kind for kind in compared() if kind in (settings.among or compared())]
    scores = {kind: score(rows, fold, kind, seed) for kind in kinds} if by else {}
    best = max(scores, key=scores.__getitem__, default=kinds[0])
    name = name_of(best)
    fitted = estimator_named(name).fit(rows, read_settings({"kind": best}), seed)
    facts = {"estimator": best, "balanced_accuracy": scores, "why": reason(best, scores, by)}
    inner = {"options": dict(fitted.facts)} if fitted.facts else {}
    return Fitted(fitted.arrays, facts={**facts, **inner}, estimator=name)


def compared() -> list[str]:
    """Return the words of the estimators to choose from, the usual one first."""
    from objclass.classification.estimators import ESTIMATORS, estimator_named

    models = [estimator_named(name).settings for name in ESTIMATORS]
    return [kind for each in models if each is not AutoSettings for kind in each.kinds()]


def score(rows: Rows, fold: NDArray[np.int64], kind: str, seed: int) -> float:
    """Return the balanced accuracy on rows held out."""
    import numpy as np

    from objclass.classification.estimators import estimator_named, name_of, read_settings

    method, settings = estimator_named(name_of(kind)), read_settings({"kind": kind})
    called = np.full(len(rows.y), -1)
    for part in np.unique(fold[fold >= 0]):
        test = fold == part
        fitted = method.fit(rows.of(~test), settings, seed)
        called[test] = method.predict(fitted.arrays, rows.X[test]).argmax(axis=1)
    held = fold >= 0
    present = np.unique(rows.y[held])
    recalls = [(called[held & (rows.y == k)] == k).mean() for k in present]
    return float(np.mean(recalls))


def reason(best: str, scores: Mapping[str, float], by: str) -> str:
    """Say what was chosen, why, and what the others reached."""
    if not by:
        return f"{best}: too few examples to compare estimators by"
    others = ", ".join(f"{kind} {each:.2f}" for kind, each in scores.items() if kind != best)
    highest = f"{scores[best]:.2f}, the best balanced accuracy on {by} held out"
    return f"{best}: {highest} ({others})"


def predictor(arrays: Arrays) -> Predictor:
    """Refuse: a model is of the estimator that was chosen."""
    raise NotImplementedError("auto has no arrays")


def problems(arrays: Arrays, columns: int, classes: int) -> Iterator[Problem]:
    """Yield that no model is of this estimator."""
    yield Problem("'auto' chooses an estimator; no model is of it", fix="train it again")


ESTIMATOR: Final = Estimator(
    settings=AutoSettings,
    layout={},
    fit=fit,
    predictor=predictor,
    problems=problems,
    library="scikit-learn",
)
