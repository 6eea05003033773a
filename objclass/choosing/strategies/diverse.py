"""``diverse``: objects as unlike each other as all objects are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from objclass.choosing.candidates import Candidates, ChosenObjects
from objclass.choosing.clusters import cluster
from objclass.choosing.strategies.contract import Strategy

if TYPE_CHECKING:
    from objclass.choosing.candidates import Rows

MOST_CLUSTERED: Final = 20_000
"""Of more objects, so many are drawn at random before they are clustered, so that memory and
time do not grow with their number."""
SAYS: Final = "diverse"


def choose(candidates: Candidates, count: int, word: str = "") -> ChosenObjects:
    """Return the object nearest to the centre of each of `count` clusters."""
    return ChosenObjects(choose_diverse(candidates, candidates.by_lot, count), SAYS)


def choose_diverse(candidates: Candidates, among: Rows, count: int) -> Rows:
    """Return of some objects the one nearest to the centre of each of `count` clusters.

    Where fewer objects differ in their features than are wanted, chance chooses the others.

    Parameters
    ----------
    candidates
        All objects.
    among
        intp (m,), those to choose from.
    count
        How many; all where there are not more.
    """
    if len(among) <= count:
        return among
    among = among[np.argsort(candidates.lots[among], kind="stable")][: max(MOST_CLUSTERED, count)]
    _, owner, distance = cluster(candidates.features(among), count, candidates.seed)
    by_distance = np.argsort(distance, kind="stable")
    _, first = np.unique(owner[by_distance], return_index=True)
    nearest = by_distance[np.sort(first)]
    others = np.setdiff1d(np.arange(len(among)), nearest)
    chosen: Rows = among[np.concatenate([nearest, others])[:count]]
    return chosen


STRATEGY = Strategy("diverse", choose, features=True)
