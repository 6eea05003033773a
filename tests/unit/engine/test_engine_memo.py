"""What files say is made once, and kept once where many files say the same."""

from __future__ import annotations

from pathlib import Path

from objclass.engine.disk_store import DiskStore
from objclass.engine.memo import Memo


def test_files_that_say_the_same_share_one_value(tmp_path: Path) -> None:
    memo = Memo(DiskStore(tmp_path / "cache"))
    found = []
    for number in range(5):
        file = tmp_path / f"{number}.tif"
        file.write_text("x")
        found.append(memo(["header", number], [file], lambda: {"shape": (3, 4), "dtype": "uint8"}))
    assert found[0] == {"shape": [3, 4], "dtype": "uint8"}
    assert len({id(each) for each in found}) == 1


def test_values_that_are_equal_but_of_other_types_stay_apart(tmp_path: Path) -> None:
    memo = Memo(DiskStore(tmp_path / "cache"))
    found = [memo(["k", str(v)], [], lambda v=v: {"size": v}) for v in (1, 1.0, True, 1, None)]
    assert [repr(each["size"]) for each in found] == ["1", "1.0", "True", "1", "None"]


def test_what_was_shared_is_remembered_of_every_file(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "cache")
    memo = Memo(store)
    files = [tmp_path / name for name in "ab"]
    for file in files:
        file.write_text("x")
        memo(["header", file.name], [file], lambda: {"shape": (3, 4)})
    memo.save()
    assert [store.memo(["header", file.name], [file]) for file in files] == [{"shape": [3, 4]}] * 2
