"""``uncertain``: the objects that the classifier is least certain of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from objclass.choosing.candidates import Candidates, ChosenObjects
from objclass.choosing.strategies.contract import Strategy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from objclass.choosing.candidates import Rows


def choose(candidates: Candidates, count: int, word: str = "") -> ChosenObjects:
    """Return the least certain objects."""
    return ChosenObjects(least_certain(candidates)[:count], "the least certain")


def least_certain(candidates: Candidates) -> Rows:
    """Return all objects, the least certain first."""
    assert candidates.probability is not None
    return candidates.ranked(margin(candidates.probability))


def margin(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much the likeliest class of each row (n, K) is ahead of the next: p1 − p2."""
    if probability.shape[1] < 2:
        return np.ones(len(probability))
    two = np.partition(probability, -2, axis=1)[:, -2:]
    ahead: NDArray[np.float64] = two[:, 1] - two[:, 0]
    return ahead


STRATEGY = Strategy("uncertain", choose, model=True)
