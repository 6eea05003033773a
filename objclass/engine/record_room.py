"""A room of small records in a store: a few files instead of one for each record.

Every process appends to a file of its own, so that writers need not agree, also on a network
disk; readers know where every record begins, and look again where they miss one. Who leaves the
store packs files of like size into one. Of two records of one name the later one holds. Stores of
older releases have a file for each record: those are read, and packed with the others.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from objclass.engine import record_file
from objclass.engine.files import read_json, sealed, where_removed
from objclass.engine.record_file import (
    FIRST_STAMP,
    SUFFIX,
    RecordFile,
    held,
    name_in,
    record_in,
    stamp_in,
    value_in,
)
from objclass.io.leftover import is_left_behind, is_mine, mark

KEY = 16
"""Last characters of a name by which its place is known; a record says its whole name itself."""
MOST_FILES = 4
"""Files of a room that are not worth packing."""
UNUSED = 24 * 3600
"""Seconds after which a file of another host is taken for one to which nobody appends."""
_PLACE = 48
"""Bits of a place in a file; above them stands the number of the file."""
_SETTLED = 2 * 10**9
"""Nanoseconds after which the time of a folder tells whether a file was added."""


class RecordRoom:
    """Records of one kind by name; safe for several processes and threads.

    Parameters
    ----------
    root
        Folder of the store.
    room
        Name of the room, which is a folder in it.
    """

    def __init__(self, root: Path, room: str) -> None:
        self.root = root
        self.room = room
        self.folder = root / room
        self._place = str(self.folder)
        self._mutex = RLock()
        self._forget()

    def __reduce__(self) -> tuple[type[RecordRoom], tuple[Path, str]]:
        return RecordRoom, (self.root, self.room)

    def _forget(self) -> None:
        """Know nothing of what lies in the room."""
        self._files: dict[str, RecordFile] = {}
        self._numbered: list[RecordFile] = []
        self._places: dict[bytes, int] = {}
        self._state: int | None = None
        self._has_singles = False
        self._is_old = True

    def find(self, name: str, *, fresh: bool = False) -> Any | None:
        """Return a record, or None where there is none that is whole.

        Parameters
        ----------
        name
            Its name.
        fresh
            Look whether another process wrote it again.
        """
        with self._mutex:
            found = None if fresh or self._is_old else self._recall(name)
            if found is None and (self._look() or fresh or self._is_old):
                found = self._recall(name)
            if found is None and self._has_singles:
                found = read_json(self._single(name), f"{self.room}/{name}")
        return found

    def write(self, records: Iterable[tuple[str, Any]], *, sync: bool = False) -> None:
        """Write records under their names.

        Parameters
        ----------
        records
            Names and what JSON can hold.
        sync
            Wait until they are on the disk; else a machine that loses its power may lose them.

        Raises
        ------
        OSError
            What the disk refused; then none is written.
        """
        lines = b"".join(self._line(name, value) for name, value in records)
        with self._mutex:
            self._is_old = True
            where_removed(lambda: self._append(lines, sync))

    def _line(self, name: str, value: Any, moment: int | None = None) -> bytes:
        stamp = max(moment or time.time_ns(), FIRST_STAMP)
        return sealed(value, f"{self.room}/{name}", stamp) + b"\n"

    def _append(self, lines: bytes, sync: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        record_file.append(self.folder / f"{_own_name()}{SUFFIX}", lines, sync=sync)

    def records(self) -> Iterator[tuple[str, Any]]:
        """Yield every record that is whole, and its name."""
        with self._mutex:
            self._look()
            for place in list(self._places.values()):  # open: they were just looked at
                found = record_in(self._line_at(place))
                if found is not None:
                    yield found[1].rpartition("/")[2], found[0]
        for path in self.singles():
            if path.stem[-KEY:].encode() not in self._places:
                value = read_json(path, f"{self.room}/{path.stem}")
                if value is not None:
                    yield path.stem, value

    def count(self) -> int:
        """Return how many records there are."""
        with self._mutex:
            self._look()
            known = self._places
            return len(known) + sum(p.stem[-KEY:].encode() not in known for p in self.singles())

    def lines(self) -> Iterator[bytes]:
        """Yield every line of every file, whole records or not."""
        for path in self._paths():
            for _, line in RecordFile(path).new_lines():
                yield line

    def singles(self) -> Iterator[Path]:
        """Yield the files of single records that older releases wrote."""
        for path in sorted(self.folder.glob("??/*.json")):
            if len(path.stem) == 32 and not set(path.stem) - set("0123456789abcdef"):
                yield path

    def pack(self, dropped: Collection[str] = (), *, wholly: bool = False) -> None:
        """Bring together the files of processes that are gone, and records of older releases.

        Parameters
        ----------
        dropped
            Names of records to leave out.
        wholly
            Pack all files, and leave out what is damaged and what was written again.

        Raises
        ------
        OSError
            What the disk refused; then nothing is lost.
        """
        paths = list(self._paths())
        if not wholly:
            left = [path for path in paths if _is_left(path)]
            paths = _of_like_size(left) if len(left) > MOST_FILES else []
        singles = list(self.singles())
        with self._mutex, ExitStack() as stack:
            mine = [path for path in paths if stack.enter_context(held(path))]
            if mine or singles:
                self._pack(mine, singles, set(dropped))

    def close(self) -> None:
        """Close files until they are read again, so that their disk is in use by nobody."""
        for file in self._files.values():
            file.close()

    def _pack(self, paths: list[Path], singles: list[Path], dropped: set[str]) -> None:
        """Write one file, give it its name, and only then remove what it stands for."""
        aside = self.root / "building" / f"{self.room}.{mark()}"
        try:
            where_removed(lambda: _begin(aside))
            packed = self._write_packed(aside, paths, singles, dropped)
            if aside.stat().st_size:
                aside.replace(self.folder / f"{mark()}{SUFFIX}")
        finally:
            aside.unlink(missing_ok=True)
            with suppress(OSError):  # somebody is building
                aside.parent.rmdir()
        for path in [*paths, *packed]:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in packed}:
            with suppress(OSError):  # something of a person's lies in it
                folder.rmdir()
        self._forget()

    def _write_packed(
        self, aside: Path, paths: list[Path], singles: list[Path], dropped: set[str]
    ) -> list[Path]:
        """Write what is whole and of what was written again the last; return the singles in it."""
        files = [RecordFile(path) for path in paths]
        newest: dict[bytes, tuple[bytes, int, int]] = {}
        for number, file in enumerate(files):
            for start, line in file.new_lines():
                name, found = name_in(line), (stamp_in(line), number, start)
                newest[name] = max(newest.get(name, found), found)
        packed = []
        with aside.open("wb") as written:
            for name, (_, number, start) in newest.items():
                line = files[number].line_at(start)
                if name.decode(errors="replace") not in dropped and record_in(line):
                    written.write(line)
            for path in singles:
                single = self._line_of(path)
                if single and path.stem.encode() not in newest and path.stem not in dropped:
                    written.write(single)
                if single or path.stem in dropped:  # what is damaged stays to be found
                    packed.append(path)
            written.flush()
            os.fsync(written.fileno())
        return packed

    def _line_of(self, path: Path) -> bytes | None:
        """Return the line of a single record; None where it is damaged."""
        value = read_json(path, f"{self.room}/{path.stem}")
        return None if value is None else self._line(path.stem, value, path.stat().st_mtime_ns)

    def _single(self, name: str) -> Path:
        return Path(f"{self.folder}/{name[:2]}/{name}.json")

    def _paths(self) -> Iterator[Path]:
        return (path for path in sorted(self.folder.glob(f"*{SUFFIX}")) if path.is_file())

    def _recall(self, name: str) -> Any | None:
        """Return a record from where it is known to lie."""
        key = name[-KEY:].encode()
        place = self._places.get(key)
        if place is None:
            return None
        if not self._numbered[place >> _PLACE].is_there():
            self._forget()
            self._look()
            place = self._places.get(key)
        return None if place is None else value_in(self._line_at(place), f"{self.room}/{name}")

    def _line_at(self, place: int) -> bytes:
        return self._numbered[place >> _PLACE].line_at(place & (1 << _PLACE) - 1)

    def _look(self) -> bool:
        """Learn what was written since the last look; True where there was anything."""
        self._is_old = False
        changed = self._list_files()
        for number, file in enumerate(self._numbered):
            for start, line in file.new_lines():
                changed = True
                self._learn(line, number << _PLACE | start)
        return changed

    def _learn(self, line: bytes, place: int) -> None:
        """Note where a record begins, unless a later one of its name is known."""
        key = name_in(line)[-KEY:]
        before = self._places.get(key)
        if before is None or stamp_in(self._line_at(before)) <= stamp_in(line):
            self._places[key] = place

    def _list_files(self) -> bool:
        """Open files that were added; where one is gone, forget all and begin again."""
        try:
            state = os.stat(self._place).st_mtime_ns  # noqa: PTH116 - millions of times
            if state == self._state:
                return False
            with os.scandir(self.folder) as entries:
                names = {entry.name for entry in entries}
        except FileNotFoundError:
            if not self._files:
                return False
            names, state = set(), 0
        gone = any(name not in names or not file.is_there() for name, file in self._files.items())
        if gone:
            self._forget()
            self._is_old = False
        added = [name for name in names - set(self._files) if name.endswith(SUFFIX)]
        opened = [self._open(name) for name in sorted(added)]
        self._has_singles = any(len(name) == 2 for name in names)
        settled = all(opened) and time.time_ns() - state > _SETTLED
        self._state = state if settled else None
        return gone

    def _open(self, name: str) -> bool:
        """Open a file; False where it was packed away meanwhile."""
        try:
            self._files[name] = RecordFile(self.folder / name)
        except FileNotFoundError:
            return False
        self._numbered.append(self._files[name])
        return True


def _begin(aside: Path) -> None:
    """Make an empty file, which keeps its folder from being removed."""
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.touch()


def _of_like_size(paths: list[Path]) -> list[Path]:
    """Choose the smaller files, up to the first that is larger than twice what is chosen.

    So a large file is copied only when there is as much to add to it.
    """
    sizes = sorted((path.stat().st_size, path) for path in paths)
    chosen: list[Path] = []
    total = 0
    for size, path in sizes:
        if len(chosen) >= MOST_FILES and size > 2 * total:
            break
        chosen.append(path)
        total += size
    return chosen


def _is_left(path: Path) -> bool:
    """Return True for a file to which nobody appends any more, on this host or another."""
    if is_left_behind(path.name):
        return True
    return not is_mine(path.name) and time.time() - path.stat().st_mtime > UNUSED


_own: dict[int, str] = {}


def _own_name() -> str:
    """Return the name of the files of this process; a forked child has one of its own."""
    return _own.setdefault(os.getpid(), mark())
