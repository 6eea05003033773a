"""The objects that galleries are chosen from, of one image or of many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from objclass.data.dataclass import dataclass
from objclass.data.objects import Prediction
from objclass.report_page.choice import at_random, typical, uncertain
from objclass.report_page.predicted import Place
from objclass.report_page.tiles import WantedTile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Choosing = Callable[["GalleryPool", int], list[int]]

TYPICAL, UNCERTAIN, RANDOM = "Most typical", "Most uncertain", "At random"
MISTAKEN = "Suspected mistakes among annotations"


@dataclass(frozen=True)
class GalleryPool:
    """Objects that galleries are chosen from; `at` is the number of their place.

    Parameters
    ----------
    ids, code, uncertainty, at
        Of n objects.
    probability
        (n, K).
    classes
        Their names.
    """

    ids: NDArray[Any]
    code: NDArray[np.integer]
    probability: NDArray[np.floating]
    uncertainty: NDArray[np.floating]
    at: NDArray[np.int64]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, given: Sequence[Prediction], classes: tuple[str, ...]) -> GalleryPool:
        """Return the objects of these frames, one place each."""
        import numpy as np

        at = np.repeat(np.arange(len(given)), [len(each.ids) for each in given])
        return cls(
            np.concatenate([each.ids for each in given]),
            np.concatenate([each.code for each in given]),
            np.concatenate([each.probability for each in given]),
            np.concatenate([each.uncertainty for each in given]),
            at,
            classes,
        )

    def chosen(self, k: int, whats: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
        """Yield what a gallery of class `k` (from 1) shows and its rows."""
        for what in whats:
            yield what, CHOOSING[what](self, k)

    def wanted(self, places: Sequence[Place], row: int) -> WantedTile:
        """Return the tile of a row: the probabilities of its class and of the next one."""
        import numpy as np

        order = np.argsort(-self.probability[row], kind="stable")[:2]
        said = [f"{self.classes[int(c)]} {self.probability[row][int(c)]:.2f}" for c in order]
        return WantedTile(places[int(self.at[row])], int(self.ids[row]), ", ".join(said))


CHOOSING: dict[str, Choosing] = {
    TYPICAL: lambda pool, k: typical(pool.probability, pool.code, k),
    UNCERTAIN: lambda pool, k: uncertain(pool.uncertainty, pool.code, k),
    RANDOM: lambda pool, k: at_random(pool.code, k),
}
