"""Many small records lie in few files, and nothing that happens to these is worse than a loss."""

from __future__ import annotations

import errno
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from objclass.engine import record_file, record_room
from objclass.engine.files import write_json
from objclass.engine.record_room import MOST_FILES, RecordRoom

DEAD = f"00000000-{2**22 + 1}-00000000-00000000"
"""The mark of a process of another host."""


@pytest.fixture
def room(tmp_path: Path) -> RecordRoom:
    return RecordRoom(tmp_path, "traces")


def name(number: int) -> str:
    """The name of a record."""
    return f"{number:032x}"


def put(room: RecordRoom, *numbers: int) -> None:
    """Write records that say their number."""
    room.write([(name(number), {"n": number}) for number in numbers])


def numbers(room: RecordRoom) -> list[int]:
    """What the records say."""
    return sorted(value["n"] for _, value in room.records())


def files_in(room: RecordRoom) -> list[Path]:
    """Every file of a room."""
    return sorted(path for path in room.folder.rglob("*") if path.is_file())


def left_by(number: int, room: RecordRoom) -> None:
    """Let the records written last be those of a process that is gone."""
    (path,) = room.folder.glob(f"{record_room._own_name()}.log")
    path.rename(path.with_name(f"{number}.{DEAD}.log"))


@pytest.fixture
def others_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of other hosts are old."""
    monkeypatch.setattr(record_room, "UNUSED", -1.0)


def test_a_thousand_records_are_one_file(room: RecordRoom) -> None:
    for number in range(1000):
        put(room, number)
    assert len(files_in(room)) == 1
    assert [room.find(name(number)) for number in (0, 500, 999)] == [
        {"n": n} for n in (0, 500, 999)
    ]
    assert room.find(name(1000)) is None
    assert room.count() == 1000


def test_what_another_process_wrote_is_found_when_it_is_missed(room: RecordRoom) -> None:
    other = RecordRoom(room.root, "traces")
    assert room.find(name(1)) is None
    put(other, 1)
    assert room.find(name(1)) == {"n": 1}
    put(other, 2)
    assert room.find(name(2)) == {"n": 2}


def test_of_two_records_of_one_name_the_later_one_holds(room: RecordRoom) -> None:
    other = RecordRoom(room.root, "traces")
    room.write([(name(1), "first")])
    left_by(1, room)
    assert other.find(name(1)) == "first"
    room.write([(name(1), "second")])
    assert room.find(name(1)) == "second"
    assert other.find(name(1), fresh=True) == "second"
    assert [value for _, value in RecordRoom(room.root, "traces").records()] == ["second"]
    room.pack(wholly=True)
    assert [value for _, value in other.records()] == ["second"]


def test_the_later_one_holds_in_whatever_order_files_are_read(room: RecordRoom) -> None:
    room.write([(name(1), "first")])
    left_by(2, room)
    room.write([(name(1), "second")])
    left_by(1, room)
    assert RecordRoom(room.root, "traces").find(name(1)) == "second"


@pytest.mark.parametrize("length", [4000, 4096, 5000, 100_000])
def test_long_records_come_back(room: RecordRoom, length: int) -> None:
    room.write([(name(1), "x" * length), (name(2), "y" * length)])
    assert room.find(name(1)) == "x" * length
    assert room.find(name(2)) == "y" * length


def test_a_line_cut_short_anywhere_is_as_if_it_were_not_there(room: RecordRoom) -> None:
    put(room, 1, 2)
    (path,) = files_in(room)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole) - 1):
        path.write_bytes(whole[:end])
        cut = RecordRoom(room.root, "traces")
        assert numbers(cut) == [1]
        put(cut, 3)
        assert numbers(cut) == [1, 3]
        assert numbers(RecordRoom(room.root, "traces")) == [1, 3]


def test_no_flipped_bit_gives_another_record(room: RecordRoom) -> None:
    put(room, 1, 2)
    (path,) = files_in(room)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        )
        found = RecordRoom(room.root, "traces")
        assert all(found.find(name(n)) in (None, {"n": n}) for n in (1, 2))
        assert len(numbers(found)) < 2


def test_a_disk_without_room_takes_back_what_it_took(
    room: RecordRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(room, 1)
    (path,) = files_in(room)
    before, real = path.read_bytes(), os.write
    answers: list[Callable[[int, Any], int]] = [lambda file, data: real(file, bytes(data[:20]))]

    def full(file: int, data: Any) -> int:
        if not answers:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return answers.pop()(file, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        put(room, 2)
    monkeypatch.undo()
    assert path.read_bytes() == before
    put(room, 3)
    assert numbers(room) == [1, 3]


# packing


@pytest.mark.usefixtures("others_are_gone")
def test_files_of_processes_that_are_gone_become_one(room: RecordRoom) -> None:
    for number in range(MOST_FILES + 1):
        put(room, number)
        left_by(number, room)
    put(room, 99)
    reader = RecordRoom(room.root, "traces")
    assert reader.find(name(1)) == {"n": 1}
    room.pack()
    assert len(files_in(room)) == 2, "the packed one, and that of this process"
    everything = [*range(MOST_FILES + 1), 99]
    assert numbers(room) == everything
    assert [reader.find(name(n)) for n in everything] == [{"n": n} for n in everything]
    assert not (room.root / "building").exists()


def test_files_of_living_processes_are_left_alone(room: RecordRoom) -> None:
    for number in range(MOST_FILES + 3):
        put(room, number)
        left_by(number, room)  # on another host, a moment ago
    before = files_in(room)
    room.pack()
    assert files_in(room) == before


@pytest.mark.usefixtures("others_are_gone")
def test_a_large_file_is_not_copied_for_a_few_records(room: RecordRoom) -> None:
    put(room, *range(1000))
    left_by(0, room)
    large = next(iter(files_in(room)))
    for number in range(1000, 1000 + MOST_FILES):
        put(room, number)
        left_by(number, room)
    room.pack()
    assert large.exists()
    assert len(files_in(room)) == 2
    assert numbers(room) == [*range(1000 + MOST_FILES)]


@pytest.mark.usefixtures("others_are_gone")
def test_a_file_that_somebody_is_writing_to_is_not_packed(room: RecordRoom) -> None:
    for number in range(MOST_FILES + 2):
        put(room, number)
        left_by(number, room)
    busy = files_in(room)[0]
    with record_file.held(busy) as mine:
        assert mine
        room.pack(wholly=True)
        assert busy.exists()
        assert numbers(room) == [*range(MOST_FILES + 2)]
    room.pack(wholly=True)
    assert not busy.exists()


def test_who_writes_goes_on_after_its_file_was_packed_away(room: RecordRoom) -> None:
    other = RecordRoom(room.root, "traces")
    put(room, 1)
    other.pack(wholly=True)
    put(room, 2)
    other.pack(wholly=True)
    assert numbers(room) == numbers(other) == [1, 2]
    assert room.find(name(1)) == {"n": 1}


def test_what_is_dropped_is_known_to_nobody(room: RecordRoom) -> None:
    other = RecordRoom(room.root, "traces")
    put(room, 1, 2)
    assert other.find(name(1)) == {"n": 1}
    room.pack([name(1)], wholly=True)
    assert [each.find(name(1)) for each in (room, other)] == [None, None]
    assert numbers(other) == [2]
    room.pack([name(2)], wholly=True)
    assert files_in(room) == []


def test_a_kill_while_packing_loses_nothing(
    room: RecordRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(room, 1, 2)

    def killed(*args: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    for call in ("replace", "unlink"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, call, killed)
            with pytest.raises(KeyboardInterrupt):
                room.pack(wholly=True)
        assert numbers(RecordRoom(room.root, "traces")) == [1, 2]
    room.pack(wholly=True)
    assert numbers(room) == [1, 2]


def test_a_folder_that_goes_takes_its_records_along(room: RecordRoom) -> None:
    put(room, 1)
    assert room.find(name(1)) == {"n": 1}
    for path in files_in(room):
        path.unlink()
    room.folder.rmdir()
    assert room.find(name(1)) is None
    put(room, 2)
    assert numbers(room) == [2]


# other releases, processes and pickles


def single(room: RecordRoom, number: int) -> Path:
    """Write a record as older releases did: in a file of its own."""
    path = room.folder / name(number)[:2] / f"{name(number)}.json"
    write_json(path, {"n": number}, f"traces/{name(number)}")
    return path


def test_records_of_older_releases_are_read_and_packed(room: RecordRoom) -> None:
    paths = [single(room, number) for number in (1, 2, 3)]
    put(room, 4)
    assert room.find(name(2)) == {"n": 2}
    assert room.count() == 4
    assert numbers(room) == [1, 2, 3, 4]
    room.pack()
    assert not any(path.exists() for path in paths)
    assert not paths[0].parent.exists()
    assert numbers(room) == [1, 2, 3, 4]
    assert room.find(name(2)) == {"n": 2}


def test_a_damaged_record_of_an_older_release_stays_to_be_found(room: RecordRoom) -> None:
    path = single(room, 1)
    single(room, 2)
    path.write_text("{half")
    room.pack()
    assert path.exists()
    assert numbers(room) == [2]


def test_a_room_travels_to_another_process(room: RecordRoom) -> None:
    put(room, 1)
    assert numbers(pickle.loads(pickle.dumps(room))) == [1]


def test_processes_that_write_and_pack_at_once_lose_nothing(room: RecordRoom) -> None:
    children = []
    for child in range(4):
        pid = os.fork()
        if pid == 0:
            for k in range(50):
                put(room, 1000 * child + k)
                if k % 10 == child:
                    room.pack(wholly=True)
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
    assert numbers(room) == sorted(1000 * child + k for child in range(4) for k in range(50))


def test_missing_a_record_again_looks_at_few_files(
    room: RecordRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(room, *range(100))
    old = time.time() - 3600
    os.utime(room.folder, (old, old))
    assert room.find(name(200)) is None
    opened: list[Any] = []
    monkeypatch.setattr(os, "scandir", lambda *a: opened.append(a))
    monkeypatch.setattr(record_room, "RecordFile", lambda *a: opened.append(a))
    assert [room.find(name(number)) for number in range(100, 200)] == [None] * 100
    assert opened == []
