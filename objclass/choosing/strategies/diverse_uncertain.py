"""``diverse-uncertain``: diverse objects among the least certain third."""

from __future__ import annotations

from math import ceil
from typing import Final

from objclass.choosing.candidates import Candidates, ChosenObjects
from objclass.choosing.strategies.contract import Strategy
from objclass.choosing.strategies.diverse import choose_diverse
from objclass.choosing.strategies.uncertain import least_certain

SHARE: Final = 0.3
"""Of all objects, those that are least certain."""


def choose(candidates: Candidates, count: int, word: str = "") -> ChosenObjects:
    """Return the object nearest to the centre of each cluster of the least certain ones."""
    pool = least_certain(candidates)[: max(count, ceil(SHARE * len(candidates)))]
    says = f"diverse among the {SHARE:.0%} least certain".replace("%", " %")
    return ChosenObjects(choose_diverse(candidates, pool, count), says)


STRATEGY = Strategy("diverse-uncertain", choose, features=True, model=True)
