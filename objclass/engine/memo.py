"""What files say of themselves, remembered so that a cached run opens no image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from objclass.engine.files import FilesState, stat
from objclass.engine.store import Store


class Memo:
    """JSON values made from files once per state of those files.

    Looking up writes nothing, so that ``plan`` and ``validate`` leave no trace;
    :meth:`save` keeps what was made.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Any] = {}
        self._last: Any = None
        self._made: dict[str, tuple[Any, Sequence[Path], FilesState]] = {}

    def __call__(self, key: Any, files: Sequence[Path], make: Callable[[], Any]) -> Any:
        """Return the value remembered under `key`, or make it."""
        name = repr(key)
        if name not in self._known:
            found = self._store.memo(key, files)
            if found is None:
                state = stat(files)
                found = as_json(make())
                self._made[name] = (key, files, state)
            self._known[name] = self._shared(found)
        return self._known[name]

    def _shared(self, found: Any) -> Any:
        """Return the value made before where this one says the same: most files do."""
        if found != self._last or repr(found) != repr(self._last):  # 1 and 1.0 are equal
            self._last = found
        return self._last

    def save(self) -> None:
        """Keep what was made for later runs."""
        made = self._made.items()
        if made:
            self._store.remember_all(
                (key, files, self._known[name], state) for name, (key, files, state) in made
            )
        self._made.clear()


def as_json(value: Any) -> Any:
    """Return a value as JSON would give it back: tuples as lists."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list | tuple) else value
