"""``decide`` and ``plan``: what would happen, and why; nothing is computed or written."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from toy_nodes import (
    Double,
    Join,
    Number,
    Numbers,
    NumberTold,
    Placed,
    Sum,
    Text,
    computed,
    execute,
    graph_of,
    planned,
    statuses,
    value,
)

from objclass.data.wire import Wire
from objclass.engine.decide import Blocked, Cached, Pending, Run, is_unchanged
from objclass.engine.disk_store import DiskStore

KINDS = {Cached: "cached", Run: "run", Blocked: "blocked", Pending: "pending"}


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / ".objclass")


def decisions(graph: Any, store: DiskStore, forced: Any = ()) -> dict[str, str]:
    """Step key to decision."""
    found = planned(graph, store, forced)
    return {key: KINDS[type(each.decision)] for key, each in found.items()}


def reason(graph: Any, store: DiskStore, key: str, forced: Any = ()) -> str:
    """Why a step would run."""
    decision = planned(graph, store, forced)[key].decision
    assert isinstance(decision, Run | Blocked)
    return str(decision.reason)


def chain(value: float = 1.0, plus: float = 0.0, **more: Any) -> Any:
    """A number, a sum, and twice the sum's parity."""
    return graph_of(
        {
            "n": Number(value=value),
            "s": Sum(of=(Wire("n"),), plus=plus),
            "p": Sum(of=(Wire("s", "parity"), Wire("s", "parity"))),
        },
        **more,
    )


KEYS = ("n.value|a|", "s.total|a|", "s.parity|a|", "p.total|a|")


def test_at_first_the_first_step_runs_and_the_others_wait(store: DiskStore) -> None:
    assert decisions(chain(), store) == dict(zip(KEYS, ["run", *["pending"] * 3], strict=True))
    assert reason(chain(), store, KEYS[0]) == "first run"


def test_a_waiting_step_says_what_for(store: DiskStore) -> None:
    decision = planned(chain(), store)["p.total|a|"].decision
    assert isinstance(decision, Pending)
    assert decision.wires == ("s",)


def test_after_a_run_everything_is_cached(store: DiskStore) -> None:
    execute(chain(), store)
    assert set(decisions(chain(), store).values()) == {"cached"}


def test_a_cached_step_knows_what_its_trace_says(store: DiskStore) -> None:
    execute(chain(plus=4.0), store)
    decision = planned(chain(plus=4.0), store)["s.total|a|"].decision
    assert isinstance(decision, Cached)
    assert decision.known.summary == NumberTold(5.0)


def test_a_change_runs_its_step_and_what_hangs_on_it_waits(store: DiskStore) -> None:
    execute(chain(), store)
    assert decisions(chain(plus=2.0), store) == dict(
        zip(KEYS, ["cached", "run", "cached", "cached"], strict=True)
    )
    assert reason(chain(plus=2.0), store, "s.total|a|") == "plus 0 -> 2"
    assert decisions(chain(value=3.0), store)["s.total|a|"] == "pending"


def times_below(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_planning_computes_nothing_and_writes_nothing(store: DiskStore, tmp_path: Path) -> None:
    execute(chain(), store)
    before = times_below(tmp_path)
    computed.clear()
    planned(chain(value=7.0), store)
    planned(chain(), store, ["s"])
    assert not computed
    assert times_below(tmp_path) == before


def test_planning_without_a_store_makes_none(store: DiskStore) -> None:
    planned(chain(), store)
    assert not store.root.exists()


def test_going_back_to_an_old_value_is_all_hits(store: DiskStore) -> None:
    for value_ in (1.0, 3.0, 5.0):
        execute(chain(value_), store)
    for value_ in (1.0, 5.0, 3.0):
        assert set(decisions(chain(value_), store).values()) == {"cached"}


def test_a_renamed_node_is_still_cached(store: DiskStore) -> None:
    execute(graph_of({"n": Number(value=1.0), "s": Sum(of=(Wire("n"),))}), store)
    renamed = graph_of({"m": Number(value=1.0), "t": Sum(of=(Wire("m"),))})
    assert set(decisions(renamed, store).values()) == {"cached"}


def test_an_image_of_the_same_content_is_not_computed_again(store: DiskStore) -> None:
    execute(chain(images="a"), store)
    assert set(decisions(chain(images="ab"), store).values()) == {"cached"}


def test_a_forced_node_would_run(store: DiskStore) -> None:
    execute(chain(), store)
    forced = decisions(chain(), store, ["s"])
    assert forced == dict(zip(KEYS, ["cached", "run", "run", "pending"], strict=True))
    assert reason(chain(), store, "s.total|a|", ["s"]) == "forced"


def test_lost_content_is_told(store: DiskStore) -> None:
    execute(chain(), store)
    shutil.rmtree(store.root / "content")
    assert reason(chain(), store, "n.value|a|") == "its result is no longer in the cache"


def test_a_lost_trace_of_the_last_run_leaves_a_plain_reason(store: DiskStore) -> None:
    execute(chain(), store)
    shutil.rmtree(store.root / "traces")
    assert reason(chain(3.0), store, "n.value|a|") == "changed"


def test_the_reason_looks_at_the_last_run_not_at_the_nearest(store: DiskStore) -> None:
    for value_ in (1.0, 2.0):
        execute(chain(value_), store)
    execute(chain(1.0), store)
    assert reason(chain(9.0), store, "n.value|a|") == "value 1 -> 9"


# gates


def gated(most: float, values: dict[str, float]) -> Any:
    """A sum over images that a gate holds back where a number is too high."""
    nodes = {
        "n": Number(value=0.0, for_image=values),
        "j": Join(of=Wire("n"), most=most),
        "s": Sum(of=(Wire("j"),)),
    }
    return graph_of(nodes, tuple(values))


def test_a_gate_holds_back_as_soon_as_its_inputs_are_known(store: DiskStore) -> None:
    graph = gated(5.0, {"a": 1.0, "b": 9.0})
    assert decisions(graph, store)["j.all||"] == "pending"
    found = execute(graph, store)
    assert found["j.all||"].status == "stopped"
    assert str(found["j.all||"].reason) == "too high in b"
    assert decisions(graph, store)["j.all||"] == "blocked"
    assert found["s.total|a|"].status == "skipped"


def test_a_gate_is_not_asked_about_what_was_made_before_it_closed(store: DiskStore) -> None:
    """A result made under an open gate is not handed out once the gate is closed."""
    values = {"a": 1.0, "b": 9.0}
    execute(gated(10.0, values), store)
    assert decisions(gated(5.0, values), store)["j.all||"] == "blocked"
    assert decisions(gated(10.0, values), store)["j.all||"] == "cached"


# files that inputs refer to


def doubled(folder: Path, **more: Any) -> Any:
    """Twice the numbers of a file."""
    nodes = {
        "f": Numbers(path="a.json", frames=more.get("frames"), sign=more.get("sign", 1)),
        "d": Double(of=Wire("f"), index=more.get("index", False)),
    }
    return graph_of(nodes, folder=folder)


def write(folder: Path, *numbers: float, time: int = 1) -> None:
    """Write the file at a time of its own."""
    (folder / "a.json").write_text(json.dumps(numbers))
    os.utime(folder / "a.json", ns=(0, time * 10**9))


def test_a_file_never_read_would_be_read(store: DiskStore, tmp_path: Path) -> None:
    write(tmp_path, 3)
    assert decisions(doubled(tmp_path), store) == {"f.file|a|": "run", "d.value|a|": "pending"}
    assert reason(doubled(tmp_path), store, "f.file|a|") == "not read yet"


def test_a_file_in_a_known_state_is_not_opened(store: DiskStore, tmp_path: Path) -> None:
    write(tmp_path, 3)
    execute(doubled(tmp_path), store)
    computed.clear()
    assert set(decisions(doubled(tmp_path), store).values()) == {"cached"}
    assert statuses(execute(doubled(tmp_path), store)) == {
        "f.file|a|": "cached",
        "d.value|a|": "cached",
    }
    assert not computed


def test_a_touched_file_is_read_and_nothing_is_computed(store: DiskStore, tmp_path: Path) -> None:
    write(tmp_path, 3)
    execute(doubled(tmp_path), store)
    write(tmp_path, 3, time=2)
    assert decisions(doubled(tmp_path), store)["f.file|a|"] == "run"
    assert reason(doubled(tmp_path), store, "f.file|a|") == "the file changed"
    assert statuses(execute(doubled(tmp_path), store)) == {
        "f.file|a|": "ran",
        "d.value|a|": "cached",
    }


def test_a_file_that_is_read_otherwise_is_told_by_the_field(
    store: DiskStore, tmp_path: Path
) -> None:
    write(tmp_path, 3)
    execute(doubled(tmp_path), store)
    other = doubled(tmp_path, sign=-1)
    assert reason(other, store, "f.file|a|") == "sign 1 -> -1"
    assert str(execute(other, store)["f.file|a|"].reason) == "sign 1 -> -1"
    assert set(statuses(execute(other, store)).values()) == {"cached"}
    assert set(statuses(execute(doubled(tmp_path), store)).values()) == {"cached"}
    write(tmp_path, 3, time=2)
    assert reason(other, store, "f.file|a|") == "the file changed"
    assert str(execute(other, store)["f.file|a|"].reason) == "file changed"


def test_more_that_is_read_of_a_file_is_no_change_of_the_file(
    store: DiskStore, tmp_path: Path
) -> None:
    write(tmp_path, 3)
    execute(doubled(tmp_path), store)
    more = doubled(tmp_path, index=True)
    assert reason(more, store, "f.file|a|") == "not all of it was read before"


def test_a_changed_frame_computes_that_frame_only(store: DiskStore, tmp_path: Path) -> None:
    write(tmp_path, 1, 2, 3)
    execute(doubled(tmp_path, frames=3), store)
    write(tmp_path, 1, 9, 3, time=2)
    found = execute(doubled(tmp_path, frames=3), store)
    assert [found[f"d.value|a|{t}"].status for t in range(3)] == ["cached", "ran", "cached"]
    assert value(found["d.value|a|1"]) == 18


def test_what_is_kept_of_a_file_is_made_again_when_it_is_lost(
    store: DiskStore, tmp_path: Path
) -> None:
    write(tmp_path, 3)
    graph = doubled(tmp_path, index=True)
    execute(graph, store)
    shutil.rmtree(store.root / "content")
    assert decisions(graph, store)["f.file|a|"] == "run"
    assert statuses(execute(graph, store)) == {"f.file|a|": "ran", "d.value|a|": "ran"}
    assert set(decisions(graph, store).values()) == {"cached"}


def test_a_reader_that_needs_more_of_a_known_file_has_it_read(
    store: DiskStore, tmp_path: Path
) -> None:
    write(tmp_path, 3)
    execute(doubled(tmp_path), store)
    assert decisions(doubled(tmp_path, index=True), store)["f.file|a|"] == "run"
    execute(doubled(tmp_path, index=True), store)
    assert set(decisions(doubled(tmp_path), store).values()) == {"cached"}


# exports


def text(folder: Path, number: float = 1.0) -> Any:
    """A number and a file of it."""
    nodes = {"n": Number(value=number), "t": Text(of=Wire("n"), path="out/{image}.txt")}
    return graph_of(nodes, folder=folder)


FILE = "t.text|a|"


def test_a_written_file_is_cached_while_it_is_as_written(store: DiskStore, tmp_path: Path) -> None:
    execute(text(tmp_path), store)
    assert decisions(text(tmp_path), store)[FILE] == "cached"


def test_a_deleted_file_is_written_again(store: DiskStore, tmp_path: Path) -> None:
    execute(text(tmp_path), store)
    (tmp_path / "out/a.txt").unlink()
    assert reason(text(tmp_path), store, FILE) == "a.txt is gone"
    assert execute(text(tmp_path), store)[FILE].status == "ran"
    assert (tmp_path / "out/a.txt").read_text() == "1.0"


def test_an_edited_file_is_named_and_set_aside_before_it_is_written(
    store: DiskStore, tmp_path: Path
) -> None:
    execute(text(tmp_path), store)
    (tmp_path / "out/a.txt").write_text("my own notes")
    assert reason(text(tmp_path), store, FILE) == "a.txt was edited or replaced"
    execute(text(tmp_path), store)
    found = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert found.pop("a.txt") == "1.0"
    ((name, said),) = found.items()
    assert name.startswith("a.txt.edited-")
    assert said == "my own notes"


def test_a_file_that_was_there_before_the_first_run_is_set_aside(
    store: DiskStore, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.txt").write_text("somebody's")
    execute(text(tmp_path), store)
    assert {p.read_text() for p in (tmp_path / "out").iterdir()} == {"somebody's", "1.0"}


def test_a_file_is_replaced_without_ceremony_when_only_the_result_changed(
    store: DiskStore, tmp_path: Path
) -> None:
    execute(text(tmp_path), store)
    assert execute(text(tmp_path, 2.0), store)[FILE].status == "ran"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a.txt"]


def test_two_edits_within_a_second_are_both_kept(store: DiskStore, tmp_path: Path) -> None:
    for said in ("first", "second", "third"):
        execute(text(tmp_path), store)
        (tmp_path / "out/a.txt").write_text(said)
    execute(text(tmp_path), store)
    said = {p.read_text() for p in (tmp_path / "out").iterdir()}
    assert said == {"first", "second", "third", "1.0"}


def test_a_touched_file_is_known_by_its_bytes(store: DiskStore, tmp_path: Path) -> None:
    execute(text(tmp_path), store)
    os.utime(tmp_path / "out/a.txt", ns=(0, 5))
    assert decisions(text(tmp_path), store)[FILE] == "cached"


def test_an_edit_of_the_same_size_is_seen(store: DiskStore, tmp_path: Path) -> None:
    execute(text(tmp_path), store)
    (tmp_path / "out/a.txt").write_text("7.0")
    os.utime(tmp_path / "out/a.txt", ns=(0, 5))
    assert reason(text(tmp_path), store, FILE) == "a.txt was edited or replaced"


def test_a_missing_file_is_not_unchanged(tmp_path: Path) -> None:
    assert not is_unchanged(tmp_path / "no", {"stat": [[1, 2]], "digest": ""})


def test_going_back_to_an_old_value_writes_the_file_again(store: DiskStore, tmp_path: Path) -> None:
    for number in (1.0, 2.0):
        execute(text(tmp_path, number), store)
    found = execute(text(tmp_path, 1.0), store)
    assert statuses(found) == {"n.value|a|": "cached", FILE: "ran"}
    assert (tmp_path / "out/a.txt").read_text() == "1.0"


# places


def test_two_frames_of_one_content_are_two_results_where_they_hold_the_time(
    store: DiskStore,
) -> None:
    nodes = {"n": Number(value=1.0, frames=3), "p": Placed(of=Wire("n"))}
    found = execute(graph_of(nodes), store)
    assert [value(found[f"p.value|a|{t}"]) for t in range(3)] == [1, 101, 201]
    assert [found[f"n.value|a|{t}"].status for t in range(3)] == ["ran", "cached", "cached"]


def test_a_crop_in_time_finds_the_frames_it_keeps(store: DiskStore) -> None:
    execute(graph_of({"n": Number(value=1.0, frames=3), "p": Placed(of=Wire("n"))}), store)
    nodes = {"n": Number(value=1.0, frames=2), "p": Placed(of=Wire("n"), first=1)}
    found = execute(graph_of(nodes), store)
    assert [value(found[f"p.value|a|{t}"]) for t in range(2)] == [101, 201]
    assert {found[f"p.value|a|{t}"].status for t in range(2)} == {"cached"}
