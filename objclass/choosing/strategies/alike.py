"""``like:12``: the objects most like a given one."""

from __future__ import annotations

from typing import Final

import numpy as np

from objclass.choosing.candidates import Candidates, ChosenObjects
from objclass.choosing.strategies.contract import Strategy

PIECE: Final = 8192
"""Objects whose features are held at a time."""


def choose(candidates: Candidates, count: int, word: str) -> ChosenObjects:
    """Return the objects with the nearest standardised features, the nearest first."""
    assert candidates.target is not None
    distance = np.zeros(len(candidates))
    for begin in range(0, len(candidates), PIECE):
        rows = np.arange(begin, min(begin + PIECE, len(candidates)))
        off = candidates.features(rows) - candidates.target
        distance[rows] = np.einsum("nf,nf->n", off, off)
    return ChosenObjects(candidates.ranked(distance)[:count], f"the most like {word}")


STRATEGY = Strategy("like", choose, word="OBJECT", features=True)
