"""Looks after a store: how large it is, and what may go.

Only what a store writes is ever touched: contents are folders called by their digest in the
room ``content``, and so on. What is pinned, and the records of exported files, are never
dropped.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.engine.artifact import INDEX
from objclass.engine.disk_store import PACKED, PINS, DiskStore, record_name
from objclass.engine.files import read_json, tally
from objclass.engine.lock import STALE, clear, holder_of, is_stale
from objclass.engine.record_room import RecordRoom
from objclass.errors import InputError, Problem, list_some
from objclass.io.leftover import alive, is_left_behind, is_mine, remove

ROOMS = ("content", "traces", "memo", "last", PINS, "uses", "exports", "building", "locks")
NOTES = ("last", PINS, "uses")
"""Rooms of small JSON files."""
FORGOTTEN = ("traces", "memo", "last")
"""Rooms that go with all contents."""
_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class FolderUsage:
    """A folder of a store: number of things in it and bytes."""

    name: str
    count: int
    size: int


@dataclass(frozen=True)
class StoreInfo:
    """What a store holds.

    Parameters
    ----------
    root
        Its folder.
    rooms
        Every room, the contents first.
    oldest, newest
        Seconds since 1970 when a content was last used; None without contents.
    """

    root: Path
    rooms: tuple[FolderUsage, ...]
    oldest: float | None = None
    newest: float | None = None

    @property
    def size(self) -> int:
        """Bytes of all rooms."""
        return sum(room.size for room in self.rooms)


@dataclass(frozen=True)
class KeptContent:
    """One content.

    Parameters
    ----------
    digest
        Its name.
    size
        Bytes on disk.
    used
        Seconds since 1970 when it was last used.
    needed
        True where the last run of a workflow has it as a result.
    pinned
        True where somebody may look for it by a tag: it is never dropped.
    """

    digest: str
    size: int
    used: float
    needed: bool = False
    pinned: bool = False


@dataclass(frozen=True)
class CleaningReport:
    """What :func:`clean` dropped and left."""

    dropped: tuple[KeptContent, ...]
    left: tuple[KeptContent, ...]
    notes: int
    orphans: tuple[str, ...]

    @property
    def freed(self) -> int:
        """Bytes of the dropped contents."""
        return sum(each.size for each in self.dropped)


def is_store(folder: Path) -> bool:
    """Return True for a folder that has the rooms of a store."""
    return sum((folder / room).is_dir() for room in ROOMS[:4]) >= 2


def info(root: Path) -> StoreInfo:
    """Return how much a store holds, room by room."""
    rooms = tuple(_room(root, name) for name in ROOMS)
    used = [folder.stat().st_mtime for folder in content_folders(root)]
    return StoreInfo(root, rooms, min(used, default=None), max(used, default=None))


def _room(root: Path, name: str) -> FolderUsage:
    folder = root / name
    if name == "content":
        count = sum(1 for _ in content_folders(root))
    elif name in PACKED:
        count = RecordRoom(root, name).count()
    elif name in NOTES:
        count = sum(1 for _ in notes_in(root, name))
    else:
        count = sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
    return FolderUsage(name, count, tally(folder)[1] if folder.is_dir() else 0)


def content_folders(root: Path) -> Iterator[Path]:
    """Yield the folders of contents; anything else in that room is none of ours."""
    for folder in sorted((root / "content").glob("??/*")):
        if _DIGEST.fullmatch(folder.name) and folder.is_dir():
            yield folder


def notes_in(root: Path, room: str) -> Iterator[Path]:
    """Yield the JSON files of a room."""
    for path in sorted((root / room).glob("??/*.json")):
        if _DIGEST.fullmatch(path.stem):
            yield path


def read_note(path: Path) -> Any | None:
    """Return the value of a record by its place in a store; None where it is damaged."""
    return read_json(path, record_name(path.parent.parent.name, path.stem))


def contents(root: Path) -> list[KeptContent]:
    """Return every content with who needs it, the least recently used first."""
    needed = _find_needed(root)
    pinned = {path.stem for path in notes_in(root, PINS)}
    found = [
        KeptContent(
            digest=folder.name,
            size=tally(folder)[1],
            used=folder.stat().st_mtime,
            needed=folder.name in needed,
            pinned=folder.name in pinned,
        )
        for folder in content_folders(root)
    ]
    return sorted(found, key=lambda kept: (kept.used, kept.digest))


def _find_needed(root: Path) -> set[str]:
    """Return the digests that the last runs made or used."""
    store = DiskStore(root)
    traces = [store.trace(recipe) for recipe in _last_recipes(root)]
    return {trace["digest"] for trace in traces if trace} | set(indexes_of_files(root))


def _last_recipes(root: Path) -> set[str]:
    found: set[str] = set()
    for path in notes_in(root, "last"):
        recipes = read_note(path)
        found.update(recipes.values() if isinstance(recipes, dict) else ())
    return found


def indexes_of_files(root: Path) -> Iterator[str]:
    """Yield the contents that belong to files: the indexes of their label images."""
    for _, memo in RecordRoom(root, "memo").records():
        value = memo.get("value") if isinstance(memo, dict) else None
        for key, digest in value.items() if isinstance(value, dict) else ():
            if key.endswith(f"|{INDEX}"):
                yield str(digest)


def clean(
    root: Path, keep: int | None = None, *, everything: bool = False, dry_run: bool = False
) -> CleaningReport:
    """Drop contents, and what killed processes left behind.

    Parameters
    ----------
    root
        Folder of the store.
    keep
        Bytes that contents may take: the least recently used go first, those of the last runs
        last. Without it, all contents go that no result of the last runs is.
    everything
        Drop every content that is not pinned, and with them traces, memos and last runs.
    dry_run
        Only say what would go.

    Raises
    ------
    InputError
        Where a run is using the store.
    """
    _check_idle(root)
    found = contents(root)
    dropped = _to_drop(found, keep, everything)
    gone = {each.digest for each in dropped}
    notes = _stale_notes(root, gone, everything)
    orphans = list(_orphans(root))
    if not dry_run:
        store = DiskStore(root)
        for digest in gone:
            store.forget(digest)
        _drop_notes(root, notes)
        for path in orphans:
            _remove(path)
    left = tuple(each for each in found if each.digest not in gone)
    return CleaningReport(
        tuple(dropped), left, sum(map(len, notes.values())), tuple(path.name for path in orphans)
    )


def _to_drop(found: Iterable[KeptContent], keep: int | None, everything: bool) -> list[KeptContent]:
    """Choose the contents to drop, in order."""
    found = list(found)
    free = [each for each in found if not each.pinned]
    if everything:
        return free
    if keep is None:
        return [each for each in free if not each.needed]
    size = sum(each.size for each in found)
    chosen = []
    for each in sorted(free, key=lambda kept: (kept.needed, kept.used, kept.digest)):
        if size <= keep:
            break
        size -= each.size
        chosen.append(each)
    return chosen


def _stale_notes(root: Path, gone: set[str], everything: bool) -> dict[str, list[str]]:
    """Return the names of records to drop, room by room.

    Those are traces of contents that go, but for those of the last runs, which say what changed.
    """
    if everything:
        return {room: _names(root, room) for room in FORGOTTEN}
    last = _last_recipes(root)
    traces = RecordRoom(root, "traces").records()
    stale = (name for name, trace in traces if name not in last and trace.get("digest") in gone)
    return {"traces": list(stale)}


def _names(root: Path, room: str) -> list[str]:
    if room in PACKED:
        return [name for name, _ in RecordRoom(root, room).records()]
    return [path.stem for path in notes_in(root, room)]


def _drop_notes(root: Path, notes: dict[str, list[str]]) -> None:
    """Drop records; those that stay are packed.

    On a full disk they cannot be: a trace of a content that is gone does no harm.
    """
    for room in PACKED:
        with suppress(OSError):
            RecordRoom(root, room).pack(notes.get(room, ()), wholly=True)
    for room in set(notes) - set(PACKED):
        for name in notes[room]:
            (root / room / name[:2] / f"{name}.json").unlink(missing_ok=True)


def _check_idle(root: Path) -> None:
    """Raise where a run holds a lock."""
    held = [path for path in (root / "locks").glob("*.lock") if not is_stale(path)]
    if held:
        said = {str(holder) for holder in map(holder_of, held) if holder}
        what = f"the cache {root} is in use; nothing was dropped"
        raise InputError(Problem(what, got=list_some(sorted(said)) or None, fix="wait for the run"))


def _orphans(root: Path) -> Iterator[Path]:
    """Yield building folders and locks of processes that are gone."""
    for path in sorted((root / "building").glob("*")):
        name, _, maker = path.name.rpartition(".")
        ours = _DIGEST.fullmatch(name) is not None
        if is_left_behind(maker) or (ours and not _is_building(root, path, name, maker)):
            yield path
    for path in sorted((root / "locks").glob("*")):
        if path.suffix == ".lock" and is_stale(path):
            yield path


def _is_building(root: Path, path: Path, name: str, maker: str) -> bool:
    """Return True where a process may be at work: of this host, of another, of an older release."""
    if is_mine(maker) or (maker.isdigit() and alive(int(maker))):
        return True
    lock = root / "locks" / f"{name}.lock"
    held = lock.exists() and not is_stale(lock)
    return held or time.time() - _last_change(path) <= STALE


def _last_change(folder: Path) -> float:
    """Return when anything below a folder was last written; another host may be at it."""
    below = (path.stat().st_mtime for path in folder.rglob("*"))
    return max(below, default=folder.stat().st_mtime)


def _remove(path: Path) -> None:
    if path.suffix == ".lock":
        clear(path)
    else:
        remove(path)
