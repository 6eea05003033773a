"""What a run remembers: contents by digest, traces by recipe, memos of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from objclass.engine.artifact import Artifact, Content, Header, Record, Voxels
from objclass.engine.files import (
    FilesState,
)
from objclass.engine.lock import Holder
from objclass.engine.pin import Pin
from objclass.errors import Problem

if TYPE_CHECKING:
    from objclass.data.scratch import ScratchArray
    from objclass.engine.columns import Columns

Waits = Callable[[Holder], None]
"""Told for whom somebody waits."""
Memorized = tuple[Any, Sequence[Path], Any, FilesState]
"""A key, files, what is remembered of them, and their state before they were read."""


class Damaged(Exception):
    """Stored content is missing or does not read; the step that made it must run again."""

    def __init__(self, digest: str, why: str) -> None:
        self.digest = digest
        super().__init__(f"stored content {digest[:10]} is damaged: {why}")


class Workshop(Protocol):
    """Where the content of one step is built before it is kept."""

    def new_voxels(self, shape: tuple[int, ...], dtype: str) -> Voxels:
        """Return an array to write into."""

    def scratch(self, shape: tuple[int, ...], dtype: str) -> ScratchArray:
        """Return a temporary array, gone after the step."""

    def keep(self, content: Content) -> Artifact:
        """Keep the finished content and return its digests."""


class Store(Protocol):
    """Contents, traces, memos and what was last run.

    ``lasts`` is False for a store that ends with the run; ``unwritten`` says what the disk
    refused to record.
    """

    lasts: bool
    unwritten: list[Problem]

    def trace(self, recipe: str) -> dict[str, Any] | None:
        """Return what is recorded of a recipe."""

    def record(self, recipe: str, trace: Mapping[str, Any]) -> None:
        """Record a finished step."""

    def has(self, digest: str) -> bool:
        """Return True where the content is kept."""

    def load(self, artifact: Artifact, header: Header) -> Any:
        """Return the content as data, read lazily."""

    def load_record(self, digest: str) -> Record:
        """Return the arrays and facts kept under a digest."""

    def load_columns(self, digest: str) -> Columns:
        """Return the arrays kept under a digest, of which some rows are read."""

    def forget(self, digest: str) -> None:
        """Drop damaged content."""

    def workshop(self, recipe: str) -> AbstractContextManager[Workshop]:
        """Open a place to build one step's content in."""

    def lock(self, recipe: str, waits: Waits = ...) -> AbstractContextManager[None]:
        """Hold a recipe so that no other process makes it at the same time."""

    def memo(self, key: Any, files: Sequence[Path]) -> Any | None:
        """Return what is remembered of these files in their present state."""

    def remember(self, key: Any, files: Sequence[Path], value: Any, state: FilesState) -> None:
        """Remember a value for the state that files had before they were read."""

    def remember_all(self, memos: Iterable[Memorized]) -> None:
        """Remember several values at once."""

    def last(self, name: str) -> dict[str, str]:
        """Return step key to recipe of the last run of a workflow."""

    def set_last(self, name: str, recipes: Mapping[str, str]) -> None:
        """Note the recipes of this run."""

    def add_pin(self, pin: Pin) -> None:
        """Pin a content, so that cleaning keeps it; tags it has already stay."""

    def pins(self) -> Iterator[Pin]:
        """Yield every pin."""

    def tidy(self) -> None:
        """Remove what dead processes left unfinished."""

    def leave(self) -> None:
        """Leave nothing empty behind when a run ends."""

    def use(self, path: Path) -> dict[str, Any] | None:
        """Return with which images a file was last used."""

    def set_use(self, path: Path, record: Mapping[str, Any]) -> None:
        """Record with which images a file was used."""

    def export(self, path: Path) -> dict[str, Any] | None:
        """Return what is recorded of a written file."""

    def set_export(self, path: Path, record: Mapping[str, Any]) -> None:
        """Record a written file."""


def unrecorded(store: Store) -> tuple[str, ...]:
    """Say what the disk of a cache refused to record."""
    if not store.unwritten:
        return ()
    count = len(store.unwritten)
    left = "1 record is" if count == 1 else f"{count} records are"
    return (f"{store.unwritten[0]}; {left} missing, so the next run makes some results again",)
