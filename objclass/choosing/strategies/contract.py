"""What a strategy is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    from objclass.choosing.candidates import Candidates, ChosenObjects


@dataclass(frozen=True)
class Strategy:
    """A way to choose objects.

    Parameters
    ----------
    name
        What one writes; before the colon where it wants a word more.
    choose
        ``choose(candidates, count, word)`` returns at most `count` objects; `word` is what
        stands after the colon.
    word
        What that word is, in capitals; empty where there is none.
    features
        True where it reads features.
    model
        True where it reads what a trained classifier says.
    """

    name: str
    choose: Callable[[Candidates, int, str], ChosenObjects]
    word: str = ""
    features: bool = False
    model: bool = False

    @property
    def form(self) -> str:
        """How one writes it, such as ``class:CLASS``."""
        return f"{self.name}:{self.word}" if self.word else self.name
