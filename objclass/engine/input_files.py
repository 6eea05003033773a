"""The files that inputs refer to, as one run sees them: read when needed, checked again after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from objclass.data.digest import canonical_json, of_value
from objclass.engine.artifact import Content
from objclass.engine.decide import (
    KnownArtifact,
    is_known,
    memorize,
    piece_read,
    recall_reference,
    refer,
    subtree_key,
)
from objclass.engine.files import FilesState, stat
from objclass.engine.graph import Graph, Step
from objclass.engine.node import DigestedFile, FileGroup, Source
from objclass.engine.store import Store
from objclass.errors import Problem, RunError
from objclass.io.kept_frames import KEPT


class InputFilesRead:
    """Knows which files a run read, in which state, and which may be open.

    Files of the nodes in `forced` are read once in every run, whatever is remembered.
    """

    def __init__(self, graph: Graph, store: Store, forced: frozenset[str] = frozenset()) -> None:
        self._graph = graph
        self._store = store
        self._forced = forced
        self._read_now: set[str] = set()
        self._open: dict[int, Source] = {}

    def look_up(self, step: Step) -> KnownArtifact | None:
        """Return what is remembered of a step's file; None when it must be read."""
        if step.node in self._forced and not self.was_read(step):
            return None
        state = stat(piece_read(step).vouch)
        known = recall_reference(step, self._graph, self._store)
        return replace(known, state=state) if known else None

    def was_read(self, step: Step) -> bool:
        """Return True where this run has read what a step needs, for another step."""
        return any(name in self._read_now for name in self._names(step, step.t))

    def read(self, step: Step) -> KnownArtifact:
        """Read what nobody remembers of a file, for all its frames, and remember it."""
        wanted = self._wanted(step)
        source, piece = self._source(step), piece_read(step)
        if step.node in self._forced:
            KEPT.clear()  # decoded in this process, perhaps before the file changed
        before = stat(piece.vouch)
        digests = dict(self._store.memo(["digests", piece.key], piece.vouch) or {})
        for t in piece.times:
            for name, known_as in zip(wanted, self._names(step, t), strict=True):
                again = step.node in self._forced and known_as not in self._read_now
                if again or not is_known(t, name, digests, self._store):
                    found = self._digested(source, piece, before, t, name)
                    digests |= memorize(t, name, found)
                    self._keep(found.content)
                    self._read_now.add(known_as)
        if before is None or before != stat(piece.vouch):
            raise change_error(piece.files[0])
        self._store.remember(["digests", piece.key], piece.vouch, digests, before)
        return replace(refer(step, wanted, digests), state=before)

    def _digested(
        self, source: Source, piece: FileGroup, state: FilesState, t: int | None, name: str
    ) -> DigestedFile:
        """Return the digest of a subtree: of its content where that is remembered.

        A store that ends with the run knows raw voxels by the state of their file, so that
        they are read once.
        """
        if self._store.lasts or source.looked_at:
            return source.digest(t, name)
        return DigestedFile(of_value([piece.key, state, t, name]))

    def use(self, sources: Iterable[Source | None]) -> None:
        """Note which sources a step reads: they may be open from now on."""
        self._open.update((id(source), source) for source in sources if source is not None)

    def close(self) -> None:
        """Close every file; one that is needed again is opened again."""
        for source in self._open.values():
            source.close()
        self._open.clear()

    def _source(self, step: Step) -> Source:
        source = step.part.source
        assert source is not None
        self.use([source])
        return source

    def _wanted(self, step: Step) -> tuple[str, ...]:
        return self._graph.subtrees.get((step.node, step.part.name), ())

    def _names(self, step: Step, t: int | None) -> list[str]:
        """Name what a step needs of a frame, the same for every step that needs it."""
        key = piece_read(step).key
        return [canonical_json([key, subtree_key(t, name)]) for name in self._wanted(step)]

    def _keep(self, content: Content | None) -> None:
        if content is not None:
            with self._store.workshop(content.artifact().digest) as workshop:
                workshop.keep(content)


def change_error(path: Path) -> RunError:
    """The error of a file that somebody writes while we read it."""
    return RunError(Problem(f"{path.name} changed while it was read", fix="run again"))
