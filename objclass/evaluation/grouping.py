"""Which examples belong together: those of one image, plate or patient are not independent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from objclass.classification.examples import Examples
from objclass.data.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


IMAGE = "image"
"""What a group is where nobody says otherwise."""


@dataclass(frozen=True)
class Grouping:
    """Which examples belong together.

    Parameters
    ----------
    name
        What a group is called, such as ``plate``.
    codes
        int64 (n,), the group of each example, counted from 0; None where all are of one.
    """

    name: str
    codes: NDArray[np.int64] | None

    @property
    def count(self) -> int:
        """Number of groups; 1 where all are of one."""
        return 1 if self.codes is None else len(set(self.codes.tolist()))


def by_image(examples: Examples) -> Grouping:
    """Return the examples grouped by their images."""
    return Grouping(IMAGE, examples.image)
