"""The objects that nobody annotated yet, as what a strategy chooses from."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.intp]
    Features: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Objects to choose from, n in all.

    Parameters
    ----------
    lots
        uint64 (n,), a random number for each object. It settles what is otherwise equal, so
        that no choice depends on the order in which objects stand.
    features
        ``features(rows)`` returns float64 (m, f), the standardised features of these objects
        (:class:`objclass.choosing.scaling.ColumnScaling`); asked only where they are needed.
    probability
        float64 (n, K), what the classifier says of each object; None where nothing is trained.
    classes
        The K class names.
    seed
        Start of the random numbers.
    target
        float64 (f,), the standardised features of the object that others shall be like; None
        where there is none.
    """

    lots: NDArray[np.uint64]
    features: Callable[[Rows], Features]
    probability: NDArray[np.float64] | None = None
    classes: tuple[str, ...] = ()
    seed: int = 0
    target: Features | None = None

    def __len__(self) -> int:
        return len(self.lots)

    @cached_property
    def by_lot(self) -> Rows:
        """All objects by their lots."""
        import numpy as np

        return np.argsort(self.lots, kind="stable")

    def ranked(self, key: NDArray[np.floating]) -> Rows:
        """Return all objects by a key (n,), the smallest first, equal ones by their lots."""
        import numpy as np

        return np.lexsort((self.lots, key))


@dataclass(frozen=True)
class ChosenObjects:
    """What a strategy chose.

    Parameters
    ----------
    rows
        intp (m,), each object at most once.
    says
        How, in words that follow "30 objects of 64, ".
    """

    rows: Rows
    says: str
