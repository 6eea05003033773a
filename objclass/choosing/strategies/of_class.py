"""``class:mitotic``: objects that the classifier takes for one class."""

from __future__ import annotations

import numpy as np

from objclass.choosing.candidates import Candidates, ChosenObjects
from objclass.choosing.strategies.contract import Strategy
from objclass.choosing.strategies.diverse import choose_diverse


def choose(candidates: Candidates, count: int, word: str) -> ChosenObjects:
    """Return diverse objects predicted as a class.

    Where these are too few, the others follow that are most probably of it, so that objects
    of a rare class are met that the classifier still misses.
    """
    assert candidates.probability is not None
    number = candidates.classes.index(word)
    likeliest = candidates.ranked(-candidates.probability[:, number])
    is_called = candidates.probability[likeliest].argmax(axis=1) == number
    called = likeliest[is_called]
    if len(called) >= count:
        says = f"diverse among the {len(called)} predicted as {word}"
        return ChosenObjects(choose_diverse(candidates, called, count), says)
    others = likeliest[~is_called][: count - len(called)]
    says = f"{len(called)} predicted as {word}, and {len(others)} that may be"
    return ChosenObjects(np.concatenate([called, others]), says)


STRATEGY = Strategy("class", choose, word="CLASS", features=True, model=True)
