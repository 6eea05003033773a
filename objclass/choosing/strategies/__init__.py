"""How objects are chosen: one file per strategy and this table."""

from __future__ import annotations

from objclass.choosing.strategies import (
    alike,
    at_random,
    diverse,
    diverse_uncertain,
    of_class,
    uncertain,
)
from objclass.choosing.strategies.contract import Strategy
from objclass.errors import InputError, Problem, list_some, nearest

STRATEGIES: dict[str, Strategy] = {
    each.STRATEGY.name: each.STRATEGY
    for each in (diverse_uncertain, diverse, at_random, uncertain, of_class, alike)
}
UNTRAINED = diverse.STRATEGY
"""What chooses by default where nothing is trained yet."""
TRAINED = diverse_uncertain.STRATEGY
"""What chooses by default where a classifier is trained: what was measured stands in
docs/how-to/what-to-annotate-next.md."""


def strategy_named(text: str) -> tuple[Strategy, str]:
    """Return a strategy and the word after its colon, from what one writes.

    Raises
    ------
    InputError
        For a name that there is not, a word that is missing and one that is not wanted.
    """
    name, colon, word = text.partition(":")
    forms = [each.form for each in STRATEGIES.values()]
    if name not in STRATEGIES:
        close = nearest(name, STRATEGIES)
        fix = f"did you mean {STRATEGIES[close].form}?" if close else None
        what = f"--choose {text}: there is no such way to choose"
        raise InputError(Problem(what, expected=list_some(forms, len(forms)), fix=fix))
    found = STRATEGIES[name]
    if bool(word) != bool(found.word) or (colon and not found.word):
        raise InputError(Problem(f"--choose {text}", got=text, expected=found.form))
    return found, word
