"""What one gets without looking at an object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def baselines(truth: NDArray[np.integer], classes: Sequence[str]) -> dict[str, Any]:
    """Return what guessing gets, and what always saying the most common class gets.

    The usual no-information rates: guessing with the shares of the classes is right with the
    sum of their squares (proportional chance criterion, Morrison 1969, Journal of Marketing
    Research 6:156); both have a balanced accuracy of 1 over the number of classes.

    Parameters
    ----------
    truth
        Int (n,), n > 0, counted from 0.
    classes
        Their names.
    """
    import numpy as np

    counts = np.bincount(truth, minlength=len(classes))
    share = counts / counts.sum()
    even = 1 / int((counts > 0).sum())
    most = int(counts.argmax())
    return {
        "chance": {"accuracy": float((share**2).sum()), "balanced_accuracy": even},
        "majority": {
            "class": classes[most],
            "accuracy": float(share[most]),
            "balanced_accuracy": even,
        },
    }
