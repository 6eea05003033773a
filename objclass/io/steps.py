"""The numbers of stacked files: in which step they go, and which of them are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from objclass.data.dataclass import dataclass

FEW = 3
"""A series of this many files shows its step; two files alone show it only where more
numbers would be missing between them than there are files."""


@dataclass(frozen=True)
class NumberSteps:
    """How the numbers of one series follow each other.

    Parameters
    ----------
    step
        The difference of neighbours.
    missing
        Numbers that the step promises between the first and the last.
    strays
        Numbers that do not fit the step.
    """

    step: int
    missing: tuple[int, ...] = ()
    strays: tuple[int, ...] = ()


def usual_step(series: Sequence[Sequence[int]]) -> int | None:
    """Return the step that most tells of short series, or None where nobody knows it.

    Parameters
    ----------
    series
        The numbers of every series of one pattern, ascending and distinct.

    Returns
    -------
    The smallest difference in the series of three files or more; without such series, in all
    that have two, where they are several.
    """
    long = [numbers for numbers in series if len(numbers) >= FEW]
    pairs = [numbers for numbers in series if len(numbers) == FEW - 1]
    telling = long or (pairs if len(pairs) > 1 else [])
    return min((min(_differences(numbers)) for numbers in telling), default=None)


def steps_of(numbers: Sequence[int], usual: int | None = None) -> NumberSteps:
    """Return the step of one series and what does not fit it.

    Parameters
    ----------
    numbers
        Ascending and distinct.
    usual
        What :func:`usual_step` says of all series; it decides for series of two files.
    """
    differences = _differences(numbers)
    if not differences:
        return NumberSteps(1)
    step = _step(differences, usual)
    promised = set(range(numbers[0], numbers[-1] + 1, step))
    missing = sorted(promised - set(numbers))
    strays = sorted(set(numbers) - promised)
    return NumberSteps(step, tuple(missing), tuple(strays))


def _step(differences: Sequence[int], usual: int | None) -> int:
    smallest = min(differences)
    if len(differences) == 1:
        if usual is not None and smallest % usual == 0:
            return usual
        return smallest if usual is not None or smallest > FEW else 1
    if all(each % smallest == 0 for each in differences):
        return smallest
    counted = Counter(differences)
    return min(counted, key=lambda each: (-counted[each], each))


def _differences(numbers: Sequence[int]) -> list[int]:
    return [b - a for a, b in pairwise(numbers)]
