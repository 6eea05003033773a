"""Small durable files."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from objclass.data.digest import of_bytes
from objclass.engine import files
from objclass.engine.files import read_json, stat, sync_folder, tally, write_json


def test_a_value_comes_back_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_json(path, {"a": [1, 2.5, None, "µ"]})
    assert read_json(path) == {"a": [1, 2.5, None, "µ"]}
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_json(path, "old")

    def killed(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        write_json(path, "new")
    assert read_json(path) == "old"


@pytest.mark.parametrize("text", [b"", b'{"a":', b"\xff\xfe\x00", b"\x00" * 20])
def test_a_damaged_file_says_nothing(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(text)
    assert read_json(path) is None


def test_a_missing_file_says_nothing(tmp_path: Path) -> None:
    assert read_json(tmp_path / "no.json") is None
    assert read_json(tmp_path) is None


def test_size_and_time_vouch_for_files_in_order(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"12345")
    b.write_bytes(b"1")
    os.utime(a, ns=(0, 1_000_000_007))
    os.utime(b, ns=(0, 5))
    assert stat([a, b]) == [[5, 1_000_000_007], [1, 5]]
    assert stat([b, a]) == [[1, 5], [5, 1_000_000_007]]


def test_a_missing_file_has_no_state(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    assert stat([tmp_path / "a", tmp_path / "no"]) is None


def zarr_like(folder: Path) -> Path:
    """A folder with two files on two levels."""
    (folder / "z" / "c").mkdir(parents=True)
    for name, time in (("z/zarr.json", 7), ("z/c/0", 8)):
        (folder / name).write_bytes(b"123")
        os.utime(folder / name, ns=(0, time))
    return folder / "z"


def test_a_folder_is_not_walked_and_its_time_tells_what_came_to_it(tmp_path: Path) -> None:
    chunks = zarr_like(tmp_path) / "c"
    os.utime(chunks, ns=(0, 5))
    before = stat([chunks])
    os.utime(chunks / "0", ns=(0, 9))
    assert stat([chunks]) == before
    (chunks / "1").write_bytes(b"")
    assert before is not None
    assert stat([chunks]) != before


def test_a_tally_counts_files_and_bytes_on_every_level(tmp_path: Path) -> None:
    assert tally(zarr_like(tmp_path)) == [2, 6]


def test_a_whole_folder_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = zarr_like(tmp_path)
    synced = []
    monkeypatch.setattr(
        files.os, "fsync", lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").readlink())
    )
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not say what a handle is open on")
    sync_folder(folder)
    names = [Path(path).relative_to(tmp_path.resolve()).as_posix() for path in synced]
    assert sorted(names) == ["z", "z/c", "z/c/0", "z/zarr.json"]
    assert names.index("z/c/0") < names.index("z/c") < names.index("z")


def test_a_record_is_read_under_its_own_name_only(tmp_path: Path) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    write_json(a, {"n": 1}, "traces/a")
    write_json(b, {"n": 2}, "traces/b")
    assert (read_json(a, "traces/a"), read_json(b, "traces/b")) == ({"n": 1}, {"n": 2})
    a.rename(tmp_path / "c.json")
    b.rename(a)
    assert read_json(a, "traces/a") is None
    assert read_json(a, "memo/b") is None


def test_a_record_of_a_release_that_wrote_no_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    text = b'{"n":1}'
    path.write_bytes(b'["%s",%s]' % (of_bytes(text).encode(), text))
    assert read_json(path, "traces/a") == {"n": 1}


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_json(tmp_path / "a.json", "new")
    assert list(tmp_path.iterdir()) == []
