"""What a disk refuses is said with file, disk and room; nothing half written stays."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objclass.errors import InputError, RunError
from objclass.io import disk, output
from objclass.io.disk import mount_of, refusal, size_text
from objclass.io.new_file import write_new
from objclass.io.output import HeldFile, NewFile, hdf5_output
from objclass.io.tables import write_table
from objclass.io.write import write_image


def refused(number: int) -> OSError:
    """An error of the system."""
    return OSError(number, os.strerror(number))


def test_a_full_disk_is_named_with_the_room_there_is_and_the_room_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "mount_of", lambda path: tmp_path)
    usage = type("Usage", (), {"free": 12_000, "total": 3_000_000})
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: usage)
    found = refusal(Path("out/a.h5"), refused(errno.ENOSPC), 500_000)
    assert str(found) == (
        f"out/a.h5 cannot be written; got No space left on device: on the disk at {tmp_path} "
        "12.0 kB of 3.0 MB are free; make room there; it takes about 516.4 kB"
    )


def test_a_quota_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "mount_of", lambda path: Path("/home"))
    assert str(refusal(tmp_path / "a.csv", refused(errno.EDQUOT))) == (
        f"{tmp_path / 'a.csv'} cannot be written; got {os.strerror(errno.EDQUOT)} on the disk "
        "at /home; make room in your quota there"
    )


def test_a_limit_of_the_shell_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (6144, 6144))
    assert str(refusal(Path("a.tif"), refused(errno.EFBIG), 100_000)) == (
        "a.tif cannot be written; got File too large: the limit of this shell is 6.1 kB a file; "
        "raise it with ulimit -f; it takes about 116.4 kB"
    )


def test_a_limit_of_the_file_system_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    none = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda which: (none, none))
    monkeypatch.setattr(disk, "mount_of", lambda path: Path("/stick"))
    assert str(refusal(Path("a.tif"), refused(errno.EFBIG))) == (
        "a.tif cannot be written; got File too large for the file system of the disk at /stick; "
        "write to a disk of another kind"
    )


def test_the_disk_of_a_path_is_found_before_the_path_is_there(tmp_path: Path) -> None:
    assert mount_of(tmp_path / "no" / "such") == mount_of(tmp_path)
    assert os.path.ismount(mount_of(tmp_path))


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (2e15, "2000.0 TB")]
)
def test_sizes_in_words(size: float, text: str) -> None:
    assert size_text(size) == text


# files that hold what goes wrong


def full_after(monkeypatch: pytest.MonkeyPatch, room: int, number: int = errno.ENOSPC) -> None:
    """Let the disk take this many bytes more, the last write in part, as real ones do."""
    left = [room]
    real = os.pwrite

    def pwrite(handle: int, data: Any, at: int) -> int:
        taken = min(len(data), left[0])
        if taken == 0 and len(data):
            raise refused(number)
        left[0] -= taken
        return real(handle, bytes(data[:taken]), at)

    monkeypatch.setattr(output.os, "pwrite", pwrite)


def test_an_output_is_a_file_like_any_other(tmp_path: Path) -> None:
    with NewFile(tmp_path / "a") as file:
        assert (file.readable(), file.writable(), file.seekable()) == (True, True, True)
        file.write(b"0123456789")
        file.seek(-4, io.SEEK_END)
        assert (file.tell(), file.read(2)) == (6, b"67")
        file.seek(2)
        file.write(np.array([65, 66], "u1").data)
        file.truncate(5)
    assert (tmp_path / "a").read_bytes() == b"01AB4"


def test_an_output_raises_what_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_after(monkeypatch, 6)
    with NewFile(tmp_path / "a") as file, pytest.raises(OSError, match="No space left"):
        file.write(b"0123456789")


def test_what_a_held_output_could_not_write_is_read_back_and_told_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_after(monkeypatch, 6)
    with HeldFile(tmp_path / "a") as file:
        file.write(b"01234567")
        file.write(b"89")
        file.seek(5)
        file.write(b"xyz")
        file.seek(0)
        assert file.read() == b"01234xyz89"
        with pytest.raises(OSError, match="No space left"):
            file.check()


WRITERS: dict[str, Callable[[Path], None]] = {
    ".h5": lambda path: write_image(path, NOISE, "zyx"),
    ".tif": lambda path: write_image(path, NOISE, "zyx"),
    ".ome.tif": lambda path: write_image(path, NOISE, "zyx", spacing={"x": 1.0}, unit="um"),
    ".npy": lambda path: write_image(path, NOISE, "zyx"),
    ".parquet": lambda path: write_table(path, {"a": NOISE.ravel(), "b": ["x"] * NOISE.size}),
}
NOISE = np.random.default_rng(0).integers(0, 60_000, (3, 90, 70)).astype("uint16")


def length(write: Callable[[Path], None], path: Path) -> int:
    """Bytes that a writer writes, which may be more than the file has in the end."""
    total = 0
    real = os.pwrite

    def counting(handle: int, data: Any, at: int) -> int:
        nonlocal total
        done = real(handle, data, at)
        total += done
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output.os, "pwrite", counting)
        write(path)
    return total


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("suffix", WRITERS)
def test_a_writer_names_the_file_wherever_the_disk_ends_and_leaves_the_old_one(
    suffix: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    total = length(WRITERS[suffix], path)
    old = path.read_bytes()
    for room in [0, 1, 7, 100, *range(2048, total, max(2048, total // 7)), total - 1]:
        with monkeypatch.context() as patch:
            full_after(patch, room, number)
            with pytest.raises(RunError) as caught:
                WRITERS[suffix](path)
        assert str(caught.value).startswith(f"{path} cannot be written; got "), room
        assert os.strerror(number) in str(caught.value), room
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == old
    WRITERS[suffix](path)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", WRITERS)
def test_a_writer_names_the_file_at_every_byte_of_the_disk(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    total = length(WRITERS[suffix], path)
    for room in range(0, total, 61):
        with monkeypatch.context() as patch:
            full_after(patch, room)
            with pytest.raises(RunError):
                WRITERS[suffix](path)
        assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_little_is_held_of_a_large_array_that_finds_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_after(monkeypatch, 4096)
    sizes = []
    real = HeldFile.check

    def looking(self: HeldFile) -> None:
        sizes.append(sum(len(data) for _, data in self._lost))
        real(self)

    monkeypatch.setattr(HeldFile, "check", looking)
    noise = np.random.default_rng(1).integers(0, 2**63, (20, 512, 512))
    with pytest.raises(RunError):
        write_image(tmp_path / "a.h5", noise, "zyx")
    assert max(sizes) < noise.nbytes / 10


def test_an_interruption_while_hdf5_writes_comes_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(handle: int, data: Any, at: int) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(output.os, "pwrite", interrupted)
    with pytest.raises(KeyboardInterrupt), hdf5_output(tmp_path / "a.h5") as (file, _):
        file["x"] = np.zeros((100, 100))


def test_half_a_new_file_does_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise refused(errno.ENOSPC)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RunError, match="No space left"):
            write_new(tmp_path / "a.yaml", "text")
    write_new(tmp_path / "a.yaml", "text")
    with pytest.raises(InputError, match="exists already"):
        write_new(tmp_path / "a.yaml", "other")
    assert (tmp_path / "a.yaml").read_text() == "text"
