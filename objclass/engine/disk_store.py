"""The store in a folder, beside the workflow in ``.objclass/``.

It is a cache, nothing in it is precious. The ritual of a write: look up, lock the recipe, look
up again, build aside, sync, rename, record the trace last. A kill at any point leaves nothing
that a later run could mistake for a result.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.digest import of_value
from objclass.engine.artifact import Artifact, Content, Header, Record, Voxels, unpack
from objclass.engine.files import (
    FilesState,
    read_json,
    stat,
    sync_folder,
    tally,
    where_removed,
    write_json,
)
from objclass.engine.lock import clear, hold, is_stale
from objclass.engine.pin import Pin, plain, restore
from objclass.engine.record_room import RecordRoom
from objclass.engine.store import Damaged, Memorized, Waits
from objclass.errors import ObjclassError, Problem
from objclass.io.disk import refusal, writing
from objclass.io.leftover import left_in, mark, remove
from objclass.io.path_spelling import relative_path

if TYPE_CHECKING:
    from objclass.data.scratch import ScratchArray
    from objclass.engine.columns import Columns

CLEAN = "drop old results with 'objclass cache clean', or keep the cache elsewhere with --cache"
"""What else helps where a cache has no room."""
ELSEWHERE = "keep the cache elsewhere, with --cache FOLDER or OBJCLASS_CACHE"
"""What helps where the folder of a cache cannot be written."""
writing_cache = partial(writing, fix=CLEAN, elsewhere=ELSEWHERE)
"""Turns what the disk refuses into an error, as :func:`~objclass.io.disk.writing` does."""
FORMAT = 1
MANIFEST = "manifest.json"
PACKED = ("traces", "memo", "exports")
"""Rooms of which many records lie in one file."""
PINS = "roots"
"""Room of the pins. Stores of every age have it, so it stays."""


class DiskStore:
    """A store in a folder; safe for several processes, also on a shared file system."""

    lasts = True

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unwritten: list[Problem] = []
        self.traces, self.memos, self.exports = (RecordRoom(root, room) for room in PACKED)

    def _path(self, room: str, name: str, suffix: str = "") -> Path:
        return Path(f"{self.root}/{room}/{name[:2]}/{name}{suffix}")

    def _read(self, room: str, name: str) -> Any | None:
        return read_json(self._path(room, name, ".json"), record_name(room, name))

    def _write(self, room: str, name: str, value: Any) -> None:
        """Write a record to a file of its own; it is built where a dead one's is looked for."""
        aside = self._building(name)

        def write() -> None:
            aside.parent.mkdir(parents=True, exist_ok=True)
            write_json(self._path(room, name, ".json"), value, record_name(room, name), aside)

        self._note(lambda: where_removed(write))

    def _note(self, write: Callable[[], None]) -> None:
        """Write records. What the disk refuses is noted and no reason to fail.

        The result itself is there, and without the record the next run makes it again.
        """
        try:
            write()
        except OSError as reason:
            self.unwritten.append(refusal(self.root, reason, fix=CLEAN, elsewhere=ELSEWHERE))

    def _building(self, name: str) -> Path:
        """Return a new path in which something of this name is built."""
        return self.root / "building" / f"{name}.{mark()}"

    def trace(self, recipe: str) -> dict[str, Any] | None:
        """Return what is recorded of a recipe."""
        found = self.traces.find(recipe)
        return found if isinstance(found, dict) and found.get("format") == FORMAT else None

    def record(self, recipe: str, trace: Mapping[str, Any]) -> None:
        """Record a finished step."""
        self._note(lambda: self.traces.write([(recipe, {"format": FORMAT, **trace})]))

    def has(self, digest: str) -> bool:
        """Return True where the content is kept."""
        return self._path("content", digest).is_dir()

    def folder(self, digest: str) -> Path:
        """Return the folder of kept content; raise :class:`Damaged` where it is not whole."""
        return self._opened(digest)[0]

    def _opened(self, digest: str) -> tuple[Path, Mapping[str, str]]:
        """Return the folder of kept content and the digests of its small files."""
        folder = self._path("content", digest)
        manifest = read_json(folder / MANIFEST, record_name("content", digest))
        if not isinstance(manifest, dict) or "sums" not in manifest:
            raise Damaged(digest, "missing")
        files, size = tally(folder)
        own = (folder / MANIFEST).stat().st_size
        if [files - 1, size - own] != manifest.get("tally"):
            raise Damaged(digest, "files are missing or cut short")
        with suppress(OSError):  # a store that somebody else owns
            os.utime(folder)
        return folder, manifest["sums"]

    def load(self, artifact: Artifact, header: Header) -> Any:
        """Return the content as data, read lazily."""
        from objclass.engine.content import read_record, voxel_reader

        folder, sums = self._opened(artifact.digest)
        record = guard(artifact.digest, lambda: read_record(folder, sums))
        read = voxel_reader(folder, sums)
        return unpack(header, record, lambda n, r: guard(artifact.digest, lambda: read(n, r))())

    def load_record(self, digest: str) -> Record:
        """Return the arrays and facts kept under a digest."""
        from objclass.engine.content import read_record

        folder, sums = self._opened(digest)
        record: Record = guard(digest, lambda: read_record(folder, sums))()
        return record

    def load_columns(self, digest: str) -> Columns:
        """Return the arrays kept under a digest, of which some rows are read."""
        from objclass.engine.content import read_columns

        folder, sums = self._opened(digest)
        found: Columns = guard(digest, lambda: read_columns(folder, sums))()
        return found

    def forget(self, digest: str) -> None:
        """Drop damaged content; first out of sight, so that it is there wholly or not at all."""
        aside = self._building(digest)
        content = self._path("content", digest)
        with suppress(OSError):  # another process was faster, or the disk has no room for a name
            aside.parent.mkdir(parents=True, exist_ok=True)
            content = content.rename(aside)
        shutil.rmtree(content, ignore_errors=True)

    @contextmanager
    def workshop(self, recipe: str) -> Iterator[DiskWorkshop]:
        """Open a place to build one step's content in; it is gone afterwards."""
        folder = self._building(recipe)
        with writing_cache(self.root):
            where_removed(lambda: folder.mkdir(parents=True))
        try:
            yield DiskWorkshop(self, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def lock(self, recipe: str, waits: Waits = lambda holder: None) -> AbstractContextManager[None]:
        """Hold a recipe so that no other process makes it at the same time."""
        return hold(self.root / "locks" / f"{recipe}.lock", waits, writing_cache)

    def memo(self, key: Any, files: Sequence[Path]) -> Any | None:
        """Return what is remembered of these files in their present state."""
        name = self._memo(key, files)
        found = self.memos.find(name)
        if found is None or found.get("stat") is None:
            return None
        now = stat(files)
        if found["stat"] != now:  # another process may have looked since
            found = self.memos.find(name, fresh=True)
        return found["value"] if found is not None and found["stat"] == now else None

    def remember(self, key: Any, files: Sequence[Path], value: Any, state: FilesState) -> None:
        """Remember a value for the state that files had before they were read."""
        self.remember_all([(key, files, value, state)])

    def remember_all(self, memos: Iterable[Memorized]) -> None:
        """Remember values: each its key, files, value, and the state of the files before."""
        records = [
            (self._memo(key, files), {"stat": state, "value": value})
            for key, files, value, state in memos
        ]
        self._note(lambda: self.memos.write(records))

    def _memo(self, key: Any, files: Sequence[Path]) -> str:
        """Return the name of a memo; files go by their place as seen from the store."""
        return of_value([key, [self._seen(path) for path in files]])

    def _seen(self, path: Path) -> str:
        """Return a path as seen from the store, so that both can be moved together."""
        return relative_path(path, self.root)

    def last(self, name: str) -> dict[str, str]:
        """Return step key to recipe of the last run of a workflow."""
        found = self._read("last", of_value(name))
        return found if isinstance(found, dict) else {}

    def set_last(self, name: str, recipes: Mapping[str, str]) -> None:
        """Note the recipes of this run."""
        self._write("last", of_value(name), dict(recipes))

    def add_pin(self, pin: Pin) -> None:
        """Pin a content, so that cleaning keeps it; tags it has already stay."""
        digest = pin.artifact.digest
        with self.lock(f"{PINS}-{digest}"):  # two steps may add tags to one content
            known = self._read(PINS, digest)
            before = restore(digest, known).tags if isinstance(known, dict) else ()
            self._write(PINS, digest, plain(pin, before))

    def pins(self) -> Iterator[Pin]:
        """Yield every pin."""
        for path in sorted((self.root / PINS).glob("*/*.json")):
            record = self._read(PINS, path.stem)
            if isinstance(record, dict):
                yield restore(path.stem, record)

    def tidy(self) -> None:
        """Remove what dead processes of this host left unfinished, and their locks."""
        for path in list(left_in(self.root / "building")):
            remove(path)
        for path in (self.root / "locks").glob("*.lock"):
            if is_stale(path):
                with suppress(ObjclassError):  # it is in nobody's way yet
                    clear(path)

    def leave(self) -> None:
        """Pack records, and remove the folder of what is being built if nobody is building."""
        for room in (self.traces, self.memos, self.exports):
            with suppress(OSError):  # packing saves files, no more
                room.pack()
            room.close()
        with suppress(OSError):
            (self.root / "building").rmdir()

    def use(self, path: Path) -> dict[str, Any] | None:
        """Return with which images a file was last used."""
        found = self._read("uses", of_value(self._seen(path)))
        return found if isinstance(found, dict) else None

    def set_use(self, path: Path, record: Mapping[str, Any]) -> None:
        """Record with which images a file was used."""
        self._write("uses", of_value(self._seen(path)), dict(record))

    def export(self, path: Path) -> dict[str, Any] | None:
        """Return what is recorded of a written file."""
        found = self.exports.find(of_value(self._seen(path)), fresh=True)
        return found if isinstance(found, dict) else None

    def set_export(self, path: Path, record: Mapping[str, Any]) -> None:
        """Record a written file; without that it would be taken for a person's."""
        records = [(of_value(self._seen(path)), dict(record))]
        self._note(lambda: self.exports.write(records, sync=True))


class DiskWorkshop:
    """Builds content in a folder that becomes the kept content by one rename."""

    def __init__(self, store: DiskStore, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self._numbers = count()

    def new_voxels(self, shape: tuple[int, ...], dtype: str) -> Voxels:
        """Return a compressed array on disk."""
        from objclass.engine.content import ZarrVoxels

        with writing_cache(self.store.root):
            path = self.folder / "voxels" / str(next(self._numbers))
            return ZarrVoxels(path, shape, dtype, partial(writing_cache, self.store.root))

    def scratch(self, shape: tuple[int, ...], dtype: str) -> ScratchArray:
        """Return a packed array in a file that is gone after the step."""
        from objclass.engine.packed import ChunksInFile, PackedArray

        path = self.folder / f"scratch{next(self._numbers)}"
        guarded = partial(writing_cache, self.store.root)
        return PackedArray(shape, dtype, ChunksInFile(path, guarded))

    def keep(self, content: Content) -> Artifact:
        """Sync and rename the content into place."""
        artifact = content.artifact()
        if content.empty or self.store.has(artifact.digest):
            return artifact
        from objclass.engine.content import content_bytes

        need = content_bytes(content)
        with writing(self.store.root, need, CLEAN):
            self._keep(content, artifact)
        return artifact

    def _keep(self, content: Content, artifact: Artifact) -> None:
        """Lay the content out, seal it, and give it its name."""
        from objclass.engine.content import lay_out, sums

        aside = self.folder / "content"
        lay_out(content, aside)
        facts = {"tally": tally(aside), "sums": sums(aside), "subtrees": dict(artifact.subtrees)}
        write_json(aside / MANIFEST, facts, record_name("content", artifact.digest))
        sync_folder(aside)
        target = self.store._path("content", artifact.digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.rename(target)
        except OSError:  # another process kept the same content first
            if not self.store.has(artifact.digest):
                raise


def record_name(room: str, name: str) -> str:
    """Return the name that a record carries in itself, so that it is known in another's place."""
    return f"{room}/{name}"


def guard(digest: str, read: Callable[[], Any]) -> Callable[[], Any]:
    """Wrap a read so that any way a stored file can be broken is :class:`Damaged`."""

    def reading() -> Any:
        try:
            return steadily(read)
        except MemoryError:  # nothing is wrong with the file
            raise
        except Exception as error:
            raise Damaged(digest, f"{type(error).__name__}: {error}") from error

    return reading


TRIES = 5


def steadily(read: Callable[[], Any]) -> Any:
    """Read again where Python itself stumbled.

    Before 3.12 it counts the depth of syntax trees of all threads together (gh-106905), so that
    threads that read headers of arrays at the same time may see a SystemError.
    """
    for _ in range(TRIES - 1):
        try:
            return read()
        except SystemError:
            continue
    return read()
