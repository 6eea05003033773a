"""What every estimator is made of: settings, fitting, predicting and the check of its arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Final, Generic, TypeAlias, TypeVar, get_args

from pydantic import Field

from objclass.data.dataclass import dataclass
from objclass.errors import Problem
from objclass.schema.base import Frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Arrays: TypeAlias = Mapping[str, "NDArray[np.generic]"]
Probabilities: TypeAlias = "NDArray[np.float64]"

MAX_SEED: Final = 2**32 - 1
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
"""Start of the random numbers."""


class EstimatorSettings(Frozen):
    """The settings of one estimator: what a workflow may state, with the only list of bounds."""

    kind: str  # a ``Literal`` of the word, or words, by which a workflow names the estimator

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Return the words that `kind` may be."""
        return get_args(cls.model_fields["kind"].annotation)

    @property
    def all_seen(self) -> str:
        """Why no part of the model has unseen examples; empty where some parts have."""
        return "the estimator sees all examples"

    @property
    def version(self) -> int:
        """Raised where the same settings, rows and seed give another model than before."""
        return 1

    def problems(self, classes: Sequence[str]) -> Iterator[Problem]:
        """Yield what does not fit to the classes."""
        yield from ()


@dataclass(frozen=True)
class Rows:
    """What an estimator learns from.

    Parameters
    ----------
    X
        Floats (n, f) without missing values.
    y
        Int (n,), index of the class of each row.
    classes
        All class names; some may have no row.
    image
        Int (n,), image of each row, by which to hold rows out; None where all are of one.
    """

    X: NDArray[np.floating]
    y: NDArray[np.integer]
    classes: tuple[str, ...]
    image: NDArray[np.integer] | None = None

    def of(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        image = None if self.image is None else self.image[chosen]
        return Rows(self.X[chosen], self.y[chosen], self.classes, image)


def _no_unseen() -> Probabilities | None:
    return None


@dataclass(frozen=True)
class Fitted:
    """A fitted estimator.

    Parameters
    ----------
    arrays
        Plain arrays as the estimator's layout says: all that predicting needs.
    unseen
        Returns float64 (n, K), the class probabilities of each row by the parts of the model
        that have not seen it (NaN where all have), or None; computed only when asked.
    facts
        Small JSON facts that a person may want to know, such as an option that was chosen;
        ``why`` is a sentence about it.
    estimator
        Name of the estimator whose arrays these are; empty for the one that fitted.
    """

    arrays: Arrays
    unseen: Callable[[], Probabilities | None] = _no_unseen
    facts: Mapping[str, object] = field(default_factory=dict)
    estimator: str = ""


S = TypeVar("S", bound=EstimatorSettings)
Predictor: TypeAlias = Callable[["NDArray[np.float32]"], "NDArray[np.float64]"]
"""Float32 rows (n, f), C order, without missing values → float64 (n, K), class probabilities."""


@dataclass(frozen=True)
class Estimator(Generic[S]):
    """One way to learn classes, as functions on arrays.

    Parameters
    ----------
    settings
        Their model; every field has a default.
    layout
        Dtype and number of axes of every array, by name.
    fit
        ``fit(rows, settings, seed)``; the same bytes for the same input.
    predictor
        ``predictor(arrays)`` of arrays without problems prepares what `predict` calls.
        Its probabilities do not depend on how rows are cut into blocks.
    problems
        ``problems(arrays, columns, classes)`` yields what makes arrays of the right layout
        unfit for a number of columns and classes; none means that predicting reads only
        inside them, ends, and gives probabilities.
    library
        The distribution that fits, whose version decides the result; empty for none.
    """

    settings: type[S]
    layout: Mapping[str, tuple[str, int]]
    fit: Callable[[Rows, S, int], Fitted]
    predictor: Callable[[Arrays], Predictor]
    problems: Callable[[Arrays, int, int], Iterator[Problem]]
    library: str = ""

    def predict(self, arrays: Arrays, rows: NDArray[np.floating]) -> Probabilities:
        """Return the class probabilities (n, K) of rows (n, f) without missing values."""
        import numpy as np

        return self.predictor(arrays)(np.ascontiguousarray(rows, dtype=np.float32))
