"""``random``: every object as likely as any other."""

from __future__ import annotations

from objclass.choosing.candidates import Candidates, ChosenObjects
from objclass.choosing.strategies.contract import Strategy


def choose(candidates: Candidates, count: int, word: str = "") -> ChosenObjects:
    """Return the objects with the smallest lots, so that a larger count adds to a smaller one."""
    return ChosenObjects(candidates.by_lot[:count], "chosen at random")


STRATEGY = Strategy("random", choose)
