"""The files that inputs refer to, as one run sees them: read when needed, checked again after."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from objclass.data.digest import canonical_json, of_value
from objclass.engine.artifact import INDEX, Content
from objclass.engine.decide import (
    Known,
    is_known,
    piece_of,
    refer,
    referenced,
    remembered,
    subtree_key,
)
from objclass.engine.files import FilesState, stat
from objclass.engine.graph import Address, Graph, Step
from objclass.engine.node import Digested, Piece, Source
from objclass.engine.store import Store
from objclass.errors import Problem, RunError


class Referred:
    """Knows which files a run read, in which state, and which of them are open."""

    def __init__(self, graph: Graph, store: Store) -> None:
        self._graph = graph
        self._store = store
        self._seen: dict[Address, FilesState] = {}
        self._read_now: set[str] = set()
        self._open: dict[int, Source] = {}

    def look_up(self, step: Step) -> Known | None:
        """Return what is remembered of a step's file; None when it must be read."""
        self._seen[step.address] = stat(piece_of(step).files)
        return referenced(step, self._graph, self._store)

    def was_read(self, step: Step) -> bool:
        """Return True where this run has read what a step needs, for another step."""
        return any(name in self._read_now for name in self._names(step, step.t))

    def read(self, step: Step) -> Known:
        """Read what nobody remembers of a file, for all its frames, and remember it."""
        wanted = self._wanted(step)
        source, piece = self._source(step), piece_of(step)
        before = stat(piece.files)
        digests = dict(self._store.memo(["digests", piece.key], piece.files) or {})
        for t in piece.times:
            for name, known_as in zip(wanted, self._names(step, t), strict=True):
                if not is_known(t, name, digests, self._store):
                    found = self._digested(source, piece, before, t, name)
                    digests |= remembered(t, name, found)
                    self._keep(found.content)
                    self._read_now.add(known_as)
        if before is None or before != stat(piece.files):
            raise changed(piece.files[0])
        self._store.remember(["digests", piece.key], piece.files, digests, before)
        return refer(step, wanted, digests)

    def _digested(
        self, source: Source, piece: Piece, state: FilesState, t: int | None, name: str
    ) -> Digested:
        """Return the digest of a subtree: of its content where that is remembered.

        A store that ends with the run knows raw voxels by the state of their file, so that
        they are read once.
        """
        if self._store.lasts or source.looked_at:
            return source.digest(t, name)
        return Digested(of_value([piece.key, state, t, name]))

    def open(self, step: Step, known: Known) -> Any:
        """Return the data of a step's file, read lazily."""
        index = known.artifact.subtrees.get(INDEX, "")
        return self._source(step).open(step.t, lambda: self._store.load_record(index))

    def check(self, steps: Iterable[Step]) -> None:
        """Raise where the file of a step is no longer the one that recipes speak of."""
        for step in steps:
            files = piece_of(step).files
            if self._seen[step.address] is None or stat(files) != self._seen[step.address]:
                raise changed(files[0])

    def told(self, steps: Iterable[Step]) -> tuple[str, ...]:
        """Return what reading for a step showed, where no digest was made that would say it."""
        if self._store.lasts:
            return ()
        found = (self._source(step).told(step.t) for step in steps)
        return tuple(dict.fromkeys(sentence for each in found for sentence in each))

    def close(self) -> None:
        """Close every file; one that is needed again is opened again."""
        for source in self._open.values():
            source.close()
        self._open.clear()

    def _source(self, step: Step) -> Source:
        source = step.part.source
        assert source is not None
        self._open[id(source)] = source
        return source

    def _wanted(self, step: Step) -> tuple[str, ...]:
        return self._graph.subtrees.get((step.node, step.part.name), ())

    def _names(self, step: Step, t: int | None) -> list[str]:
        """Name what a step needs of a frame, the same for every step that needs it."""
        key = piece_of(step).key
        return [canonical_json([key, subtree_key(t, name)]) for name in self._wanted(step)]

    def _keep(self, content: Content | None) -> None:
        if content is not None:
            with self._store.workshop(content.artifact().digest) as workshop:
                workshop.keep(content)


def changed(path: Path) -> RunError:
    """The error of a file that somebody writes while we read it."""
    return RunError(Problem(f"{path.name} changed while it was read", fix="run again"))
