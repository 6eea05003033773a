"""A store in memory, for one run that keeps nothing: batch without a cache, and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.engine.artifact import Artifact, Content, Header, Record, Voxels, unpack
from objclass.engine.files import FilesState
from objclass.engine.pin import Pin
from objclass.engine.store import Damaged, Memorized, Waits
from objclass.errors import Problem

if TYPE_CHECKING:
    from objclass.data.scratch import ScratchArray
    from objclass.engine.columns import Columns


class MemoryStore:
    """Keeps contents and traces as long as it lives; remembers no files."""

    lasts = False

    def __init__(self) -> None:
        self.traces: dict[str, Mapping[str, Any]] = {}
        self.contents: dict[str, Content] = {}
        self.unwritten: list[Problem] = []
        self.exports: dict[Path, Mapping[str, Any]] = {}

    def trace(self, recipe: str) -> dict[str, Any] | None:
        """Return what is recorded of a recipe."""
        found = self.traces.get(recipe)
        return dict(found) if found else None

    def record(self, recipe: str, trace: Mapping[str, Any]) -> None:
        """Record a finished step."""
        self.traces[recipe] = trace

    def has(self, digest: str) -> bool:
        """Return True where the content is kept."""
        return digest in self.contents

    def load(self, artifact: Artifact, header: Header) -> Any:
        """Return the content as data."""
        content = self.contents[artifact.digest]
        record = content.record or Record({})
        return unpack(header, lambda: record, lambda n, r: content.voxels[n].read(r))

    def load_record(self, digest: str) -> Record:
        """Return the arrays and facts kept under a digest."""
        record = self.contents[digest].record if digest in self.contents else None
        if record is None:
            raise Damaged(digest, "missing")
        return record

    def load_columns(self, digest: str) -> Columns:
        """Return the arrays kept under a digest, of which some rows are read."""
        from objclass.engine.columns import ArrayColumns

        return ArrayColumns(self.load_record(digest).arrays)

    def forget(self, digest: str) -> None:
        """Drop content."""
        self.contents.pop(digest, None)

    def clear(self) -> None:
        """Drop every content and trace, so that memory stays flat over many images."""
        self.traces.clear()
        self.contents.clear()

    @contextmanager
    def workshop(self, recipe: str) -> Iterator[MemoryStore]:
        """Build right here."""
        yield self

    @contextmanager
    def lock(self, recipe: str, waits: Waits = lambda holder: None) -> Iterator[None]:
        """Nobody else can see this store."""
        yield

    def new_voxels(self, shape: tuple[int, ...], dtype: str) -> Voxels:
        """Return an array in memory."""
        from objclass.engine.content import MemoryVoxels

        return MemoryVoxels(shape, dtype)

    def scratch(self, shape: tuple[int, ...], dtype: str) -> ScratchArray:
        """Return a temporary array."""
        from objclass.engine.packed import memory_array

        return memory_array(shape, dtype)[0]

    def keep(self, content: Content) -> Artifact:
        """Keep finished content."""
        artifact = content.artifact()
        self.contents[artifact.digest] = content
        return artifact

    def memo(self, key: Any, files: Sequence[Path]) -> Any | None:
        """Remember nothing."""
        return None

    def remember(self, key: Any, files: Sequence[Path], value: Any, state: FilesState) -> None:
        """Remember nothing."""

    def remember_all(self, memos: Iterable[Memorized]) -> None:
        """Remember nothing."""

    def last(self, name: str) -> dict[str, str]:
        """There was no last run."""
        return {}

    def set_last(self, name: str, recipes: Mapping[str, str]) -> None:
        """Note nothing."""

    def add_pin(self, pin: Pin) -> None:
        """Note nothing."""

    def pins(self) -> Iterator[Pin]:
        """There are none."""
        return iter(())

    def tidy(self) -> None:
        """Nothing is left of a process that died."""

    def leave(self) -> None:
        """There are no folders."""

    def use(self, path: Path) -> dict[str, Any] | None:
        """Nothing is remembered."""
        return None

    def set_use(self, path: Path, record: Mapping[str, Any]) -> None:
        """Nothing is remembered."""

    def export(self, path: Path) -> dict[str, Any] | None:
        """Return what is recorded of a written file."""
        found = self.exports.get(path)
        return dict(found) if found else None

    def set_export(self, path: Path, record: Mapping[str, Any]) -> None:
        """Record a written file."""
        self.exports[path] = record
