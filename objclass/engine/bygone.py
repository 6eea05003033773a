"""Label images of earlier runs, found by the stamps of annotations that were valid in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from objclass.data.axes import grid_from
from objclass.data.labels import LabelHeader
from objclass.engine.artifact import Artifact, Header


class Shelf(Protocol):
    """What is asked of a store."""

    def roots(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every label image in which annotations were valid, with its facts."""

    def has(self, digest: str) -> bool:
        """Return True where the content is kept."""

    def load(self, artifact: Artifact, header: Header) -> Any:
        """Return the content as data."""


@dataclass(frozen=True)
class Bygone:
    """A label image in which an annotation was valid, and how it was made."""

    labels: Any
    preimage: Mapping[str, Any]
    summary: Mapping[str, Any]


class Bygones:
    """The label images of a store as they were noted when first asked; each is opened once."""

    def __init__(self, store: Shelf) -> None:
        self.store = store
        self._roots: dict[str, tuple[str, dict[str, Any]]] | None = None
        self._opened: dict[str, Bygone] = {}

    def find(self, stamp: str) -> Bygone | None:
        """Return the label image in which an object had this stamp, None where it is not kept."""
        if self._roots is None:
            self._roots = {s: (d, f) for d, f in self.store.roots() for s in f["stamps"]}
        digest, facts = self._roots.get(stamp, ("", {}))
        if not digest or not self.store.has(digest):
            return None
        if digest not in self._opened:
            header = LabelHeader(grid_from(facts["grid"]), facts["dtype"])
            labels = self.store.load(Artifact(digest, facts["subtrees"]), header)
            self._opened[digest] = Bygone(labels, facts["preimage"], facts["summary"])
        return self._opened[digest]

    def drop(self, digest: str) -> None:
        """Close a label image that is no longer kept as it was."""
        self._opened.pop(digest, None)
