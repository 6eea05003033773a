"""Features of the objects of a frame: some rows of some columns; large tables stay on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from objclass.engine.columns import Columns
from objclass.engine.store import Damaged
from objclass.errors import Problem, RunError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IDS = "ids"
"""The column that every family has."""


class FrameColumns:
    """Columns of all families of a frame.

    Parameters
    ----------
    load
        Loads the columns of every family, when they are asked for first.
    """

    def __init__(self, load: Callable[[], Sequence[Columns]]) -> None:
        self._load = load
        self._owner: Mapping[str, Columns] = {}
        self._loading = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self._owners())

    def rows(self, names: Iterable[str], rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        """Return the values (m,) of some rows (m,) of columns by name.

        Raises
        ------
        RunError
            Where the file that holds them was cut short meanwhile.
        """
        owners = self._owners()
        try:
            return {name: owners[name].rows(name, rows) for name in names}
        except (OSError, ValueError, Damaged) as error:
            what = f"stored features cannot be read: {error}"
            fix = "start objclass label again: what is damaged is made anew"
            raise RunError(Problem(what, fix=fix)) from None

    def _owners(self) -> Mapping[str, Columns]:
        with self._loading:  # else threads that ask together would each load all of them
            if not self._owner:
                parts = self._load()
                self._owner = {name: each for each in parts for name in each.names if name != IDS}
            return self._owner
