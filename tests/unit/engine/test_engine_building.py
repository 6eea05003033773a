"""The folder of what is being built is gone after a run, though others build in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from objclass.engine.disk_store import DiskStore


def test_nothing_empty_is_left_when_a_run_ends(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    store.set_last("w", {"a": "r"})
    assert list((tmp_path / "building").iterdir()) == []
    store.leave()
    assert not (tmp_path / "building").exists()


def test_what_another_process_is_building_stays(tmp_path: Path) -> None:
    with DiskStore(tmp_path).workshop("r") as other:
        DiskStore(tmp_path).leave()
        assert other.folder.is_dir()


def test_a_folder_that_vanishes_before_a_record_is_opened_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, once = DiskStore(tmp_path), [True]
    opened: Callable[..., object] = Path.open

    def vanishing(path: Path, *args: object, **more: object) -> object:
        if once and path.parent.name == "building":
            once.clear()
            path.parent.rmdir()
        return opened(path, *args, **more)

    monkeypatch.setattr(Path, "open", vanishing)
    store.set_last("w", {"a": "r"})
    assert not once
    assert store.unwritten == []
    assert store.last("w") == {"a": "r"}


def test_a_folder_that_vanishes_as_it_is_found_to_exist_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, once = DiskStore(tmp_path), [True]
    made: Callable[..., None] = Path.mkdir

    def vanishing(path: Path, *args: object, **more: object) -> None:
        if once and path.name == "building":
            once.clear()
            raise FileExistsError(17, "File exists")
        made(path, *args, **more)

    monkeypatch.setattr(Path, "mkdir", vanishing)
    store.set_last("w", {"a": "r"})
    assert not once
    assert store.unwritten == []
    assert store.last("w") == {"a": "r"}


def test_two_runs_that_end_and_begin_at_once_lose_nothing(tmp_path: Path) -> None:
    stores = [DiskStore(tmp_path), DiskStore(tmp_path)]
    problems: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(40):
                stores[number].set_last(f"{number}", {"turn": str(turn)})
                with stores[number].workshop("r"):
                    pass
                stores[number].leave()
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert [store.unwritten for store in stores] == [[], []]
    assert [stores[0].last(name) for name in "01"] == [{"turn": "39"}, {"turn": "39"}]
