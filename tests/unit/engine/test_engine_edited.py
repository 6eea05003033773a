"""Files a person edited are renamed before they are written again, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.engine.decide import file_digest
from objclass.engine.edited import set_aside
from objclass.engine.files import state_written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "table.csv"
    found.write_text("ours")
    return found


def record(path: Path) -> dict[str, object]:
    """What is known of a file as it is now."""
    return {"stat": state_written(path), "digest": file_digest(path)}


def texts(path: Path) -> dict[str, str]:
    """Every file of the folder; edited ones without their time."""
    return {p.name.split("-")[0]: p.read_text() for p in path.parent.iterdir()}


def test_a_file_as_we_wrote_it_is_replaced(path: Path) -> None:
    with set_aside(path, record(path)):
        path.write_text("new")
    assert texts(path) == {"table.csv": "new"}


def test_an_edited_file_is_kept_under_another_name(path: Path) -> None:
    known = record(path)
    path.write_text("a person's")
    with set_aside(path, known):
        assert not path.exists()
        path.write_text("new")
    assert texts(path) == {"table.csv": "new", "table.csv.edited": "a person's"}


def test_a_file_nobody_knows_is_kept_too(path: Path) -> None:
    with set_aside(path, None):
        path.write_text("new")
    assert texts(path) == {"table.csv": "new", "table.csv.edited": "ours"}


def test_a_file_that_turns_out_the_same_was_not_edited(path: Path) -> None:
    """Only the record was lost: the run was killed after writing, or the cache deleted."""
    with set_aside(path, None):
        path.write_text("ours")
    assert texts(path) == {"table.csv": "ours"}


def test_an_edited_file_comes_back_when_writing_fails(path: Path) -> None:
    with pytest.raises(OSError, match="full"), set_aside(path, None):
        raise OSError("full")
    assert texts(path) == {"table.csv": "ours"}


def test_what_was_half_written_does_not_hide_the_edited_file(path: Path) -> None:
    def write() -> None:
        path.write_text("ha")
        raise OSError("full")

    with pytest.raises(OSError, match="full"), set_aside(path, None):
        write()
    assert texts(path) == {"table.csv": "ha", "table.csv.edited": "ours"}


def test_a_file_that_is_not_there_needs_no_care(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    with set_aside(path, None):
        path.write_text("new")
    assert texts(path) == {"new.csv": "new"}


def test_a_folder_in_the_way_is_moved_not_emptied(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.mkdir()
    (path / "inside").write_text("a person's")
    with set_aside(path, None):
        path.write_text("new")
    (kept,) = tmp_path.glob("table.csv.edited-*")
    assert (kept / "inside").read_text() == "a person's"


def of_workflow(path: Path, name: str) -> dict[str, object]:
    """What is known of a file that a workflow beside it wrote."""
    (path.parent / name).write_text("version: 1")
    return {**record(path), "workflow": name}


def test_the_file_of_another_workflow_is_kept_under_its_name(path: Path) -> None:
    known = of_workflow(path, "day1.yaml")
    with set_aside(path, known, path.parent / "day2.yaml") as aside:
        path.write_text("new")
    assert texts(path) == {"table.csv": "new", "table.csv.of": "ours", "day1.yaml": "version: 1"}
    assert aside.path is not None
    (told,) = aside.told
    assert aside.path.name.startswith("table.csv.of-day1-")
    assert told == f"table.csv was written by day1.yaml; it is kept as {aside.path.name}"


def test_a_workflow_that_has_another_name_now_replaces_its_own_files(path: Path) -> None:
    known = of_workflow(path, "day1.yaml")
    (path.parent / "day1.yaml").rename(path.parent / "first.yaml")
    with set_aside(path, known, path.parent / "first.yaml") as aside:
        path.write_text("new")
    assert aside.told == ()
    assert texts(path) == {"table.csv": "new", "first.yaml": "version: 1"}


def test_what_a_person_did_to_the_file_of_another_workflow_is_an_edit(path: Path) -> None:
    known = of_workflow(path, "day1.yaml")
    path.write_text("a person's")
    with set_aside(path, known, path.parent / "day2.yaml") as aside:
        path.write_text("new")
    assert "table.csv.edited" in texts(path)
    assert "was edited" in aside.told[0]


def test_what_turns_out_the_same_is_not_told_of(path: Path) -> None:
    with set_aside(path, None) as aside:
        path.write_text("ours")
    assert aside.told == ()


def test_a_folder_is_known_by_every_file_below_it(tmp_path: Path) -> None:
    """As OME-Zarr images are."""
    store = tmp_path / "a.zarr"
    (store / "c").mkdir(parents=True)
    (store / "c" / "0").write_text("ours")
    known = record(store)
    with set_aside(store, known) as moved:
        assert moved.path is None
    (store / "c" / "0").write_text("a person's")
    with set_aside(store, known) as moved:
        assert not store.exists()
        (store / "c").mkdir(parents=True)
        (store / "c" / "0").write_text("ours")
    assert moved.path is not None
    assert (moved.path / "c" / "0").read_text() == "a person's"
    with set_aside(store, None) as moved:  # only the record was lost
        (store / "c").mkdir(parents=True)
        (store / "c" / "0").write_text("ours")
    assert moved.path is None
