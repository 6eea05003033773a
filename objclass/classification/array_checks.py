"""What may be wrong with the arrays of a model from anywhere, in words: shapes and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from objclass.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def wrong_shapes(
    arrays: Mapping[str, NDArray[np.generic]],
    shapes: Mapping[str, tuple[int, ...]],
    owner: str = "model",
) -> Iterator[Problem]:
    """Name the arrays that have another shape than they should."""
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            what = f"shape of array '{name}' of the {owner}"
            yield Problem(what, got=str(arrays[name].shape), expected=str(shape))


def out_of_range(
    name: str, values: NDArray[np.generic], fine: NDArray[np.bool_], owner: str = "model"
) -> Iterator[Problem]:
    """Name the first value of an array that is not fine."""
    if not fine.all():
        place = int(fine.argmin())
        what = f"array '{name}' of the {owner} has a value out of range"
        yield Problem(what, got=f"{values[place]} at position {place}")


def known_problems(known: NDArray[np.uint8]) -> Iterator[Problem]:
    """Yield marks that are not 0 or 1, and marks that leave no class to predict."""
    yield from out_of_range("known", known, known <= 1)
    if not known.any():
        yield Problem("the model knows no class")
