"""What goes when a store is cleaned, and what stays whatever happens."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from objclass.engine.artifact import Artifact, Content, Record
from objclass.engine.disk_store import DiskStore
from objclass.engine.files import stat
from objclass.engine.housekeeping import CleaningReport, clean, contents, info, is_store
from objclass.engine.pin import Pin
from objclass.errors import InputError

LONG_AGO = 1_000_000.0
DEAD = 2**22 + 1
"""A process id above what Linux gives by default."""


def recipe(number: int) -> str:
    """The name of a recipe."""
    return f"{number:032x}"


class Shelf:
    """A store with contents of 1000 numbers each, made long ago in the order of their recipes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = DiskStore(root)
        self.digests: dict[int, str] = {}

    def put(self, number: int) -> str:
        """Keep a content and its trace."""
        content = Content(record=Record({"a": np.full(1000, number)}))
        with self.store.workshop(recipe(number)) as workshop:
            digest = workshop.keep(content).digest
        trace = {"digest": digest, "subtrees": {}, "preimage": {"kind": "toy.part"}}
        self.store.record(recipe(number), trace)
        self.digests[number] = digest
        when = LONG_AGO + number
        os.utime(root_of(self.root, digest), (when, when))
        return digest

    def ran(self, *numbers: int, workflow: str = "cells.yaml") -> None:
        """Note the last run of a workflow."""
        self.store.set_last(workflow, {f"step{n}": recipe(n) for n in numbers})

    def left(self) -> set[int]:
        """The contents that are there."""
        return {number for number, digest in self.digests.items() if self.store.has(digest)}

    def left_after(self, keep: int | None = None, *, everything: bool = False) -> set[int]:
        """The contents that are there after cleaning."""
        clean(self.root, keep, everything=everything)
        return self.left()


def root_of(root: Path, digest: str) -> Path:
    """The folder of a content."""
    return root / "content" / digest[:2] / digest


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A store with the contents 1 to 5; 4 and 5 are of last runs."""
    found = Shelf(tmp_path / "cache")
    for number in range(1, 6):
        found.put(number)
    found.ran(4)
    found.ran(5, workflow="other.yaml")
    return found


def test_what_no_last_run_needs_goes(shelf: Shelf) -> None:
    assert shelf.left_after() == {4, 5}


def test_pins_stay_whatever_is_asked(shelf: Shelf) -> None:
    shelf.store.add_pin(Pin(Artifact(shelf.digests[1]), ("o0123456789",)))
    assert shelf.left_after() == {1, 4, 5}
    assert shelf.left_after(keep=0) == {1}
    assert shelf.left_after(everything=True) == {1}
    assert [pin.artifact.digest for pin in shelf.store.pins()] == [shelf.digests[1]]


def test_the_least_recently_used_go_first_and_those_of_last_runs_last(shelf: Shelf) -> None:
    shelf.ran(1)
    one = contents(shelf.root)[0].size
    assert shelf.left_after(keep=5 * one) == {1, 2, 3, 4, 5}
    assert shelf.left_after(keep=4 * one) == {1, 3, 4, 5}
    assert shelf.left_after(keep=3 * one) == {1, 4, 5}
    assert shelf.left_after(keep=2 * one) == {1, 5}
    assert shelf.left_after(keep=one - 1) == set()


def test_reading_a_content_counts_as_using_it(shelf: Shelf) -> None:
    shelf.ran()
    shelf.store.load_record(shelf.digests[1])
    assert [kept.digest for kept in contents(shelf.root)][-1] == shelf.digests[1]


def test_the_index_of_a_file_is_needed_while_the_file_is_remembered(shelf: Shelf) -> None:
    file = shelf.root.parent / "ids.tif"
    file.write_bytes(b"voxels")
    value = {"|voxels": "00", "|index": shelf.digests[2]}
    shelf.store.remember(["digests", "ids.tif"], [file], value, stat([file]))
    assert shelf.left_after() == {2, 4, 5}


def test_traces_go_with_their_contents_but_not_those_of_last_runs(shelf: Shelf) -> None:
    clean(shelf.root, keep=0)
    assert [n for n in range(1, 6) if shelf.store.trace(recipe(n))] == [4, 5]


def test_all_drops_traces_memos_and_last_runs_but_not_what_is_known_of_exports(
    shelf: Shelf,
) -> None:
    table = shelf.root.parent / "objects.csv"
    table.write_text("x")
    shelf.store.set_export(table, {"recipe": recipe(5)})
    shelf.store.remember("key", [table], 1, stat([table]))
    assert shelf.left_after(everything=True) == set()
    assert shelf.store.export(table) == {"recipe": recipe(5)}
    assert shelf.store.memo("key", [table]) is None
    assert shelf.store.last("cells.yaml") == {}
    assert shelf.store.trace(recipe(5)) is None


def test_a_dry_run_says_the_same_and_drops_nothing(shelf: Shelf) -> None:
    said = clean(shelf.root, dry_run=True)
    assert shelf.left() == {1, 2, 3, 4, 5}
    done = clean(shelf.root)
    assert said == done
    assert {each.digest for each in done.dropped} == {shelf.digests[n] for n in (1, 2, 3)}
    assert done.freed == sum(each.size for each in done.dropped) > 3 * 8000


def test_files_of_a_person_in_the_rooms_are_never_touched(shelf: Shelf) -> None:
    mine = ["content/notes.txt", "content/ab/thesis.txt", "content/ab/data/x.txt", "locks/a.txt"]
    mine += ["building/a.txt", "traces/ab/a.json", "memo/my.json"]
    for name in mine:
        path = shelf.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        os.utime(path, (LONG_AGO, LONG_AGO))
    clean(shelf.root, keep=0, everything=True)
    assert [name for name in mine if not (shelf.root / name).exists()] == []


def lock(shelf: Shelf, number: int, pid: int, host: str | None = None) -> Path:
    """A lock of a process."""
    path = shelf.root / "locks" / f"{recipe(number)}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": pid, "host": host or socket.gethostname()}))
    return path


def build(shelf: Shelf, number: int, pid: int, age: float) -> Path:
    """A folder in which a process was building."""
    folder = shelf.root / "building" / f"{recipe(number)}.{pid}"
    (folder / "voxels").mkdir(parents=True)
    (folder / "voxels/c").write_bytes(b"half")
    when = time.time() - age
    for path in (folder / "voxels/c", folder / "voxels", folder):
        os.utime(path, (when, when))
    return folder


def test_what_killed_runs_left_behind_goes(shelf: Shelf) -> None:
    paths = [lock(shelf, 1, DEAD), build(shelf, 1, DEAD, 3600), build(shelf, 2, DEAD, 3600)]
    found = clean(shelf.root)
    assert sorted(found.orphans) == sorted(path.name for path in paths)
    assert [path for path in paths if path.exists()] == []


def test_what_another_process_is_building_stays(shelf: Shelf) -> None:
    mine = build(shelf, 1, os.getpid(), 3600)
    elsewhere = build(shelf, 2, DEAD, 5)
    assert clean(shelf.root).orphans == ()
    assert mine.exists()
    assert elsewhere.exists()


@pytest.mark.parametrize("host", [None, "elsewhere"])
def test_a_store_in_use_is_left_alone(shelf: Shelf, host: str | None) -> None:
    path = lock(shelf, 1, os.getpid(), host)
    with pytest.raises(InputError, match=f"in use; nothing was dropped; got process {os.getpid()}"):
        clean(shelf.root)
    assert path.exists()
    assert shelf.left() == {1, 2, 3, 4, 5}


def test_the_rooms_are_counted(shelf: Shelf) -> None:
    found = info(shelf.root)
    counts = {room.name: room.count for room in found.rooms if room.count}
    assert counts == {"content": 5, "traces": 5, "last": 2}
    assert (found.oldest, found.newest) == (LONG_AGO + 1, LONG_AGO + 5)
    files = [path for path in shelf.root.rglob("*") if path.is_file()]
    assert found.size == sum(path.stat().st_size for path in files)


def test_an_empty_store_is_empty(tmp_path: Path) -> None:
    assert info(tmp_path).size == 0
    assert clean(tmp_path) == CleaningReport((), (), 0, ())


def test_damaged_notes_are_no_reason_to_fail(shelf: Shelf) -> None:
    for room in ("traces", "last", "memo"):
        path = shelf.root / room / "00" / f"{recipe(0)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{half")
    (shelf.root / "memo/00" / f"{recipe(1)}.json").write_text(json.dumps({"value": [1]}))
    assert shelf.left_after() == {4, 5}


def test_a_store_is_told_from_another_folder(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "site/content").mkdir(parents=True)
    assert is_store(shelf.root)
    assert not is_store(tmp_path / "site")
