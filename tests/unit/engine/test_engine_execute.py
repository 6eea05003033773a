"""``execute``: what runs, what fails, what is mended, and what is told."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toy_nodes import (
    Double,
    Join,
    Number,
    Numbers,
    NumberTold,
    Sum,
    Text,
    computed,
    execute,
    graph_of,
    planned,
    statuses,
    told_of,
    value,
)

from objclass.data.wire import Wire
from objclass.engine.artifact import Artifact
from objclass.engine.decide import Cached
from objclass.engine.disk_store import DiskStore
from objclass.engine.execute import Execution
from objclass.engine.graph import Step
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Made, Node, Part, View
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome
from objclass.engine.pin import Pin
from objclass.errors import RunError


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / ".objclass")


def line(value_: float = 1.0, images: str = "a", **sums: Any) -> Any:
    """A number, three sums in a row that add 1, 2 and 3, and a join."""
    nodes: dict[str, Node] = {"n": Number(value=value_, for_image={"b": 10.0, "c": 20.0})}
    for plus, (before, name) in enumerate(("nr", "rs", "st"), start=1):
        more = {"plus": float(plus), **sums.get(name, {})}
        nodes[name] = Sum(of=(Wire(before),), **more)
    nodes["j"] = Join(of=Wire("t"))
    return graph_of(nodes, images)


def test_a_run_makes_what_it_says(store: DiskStore) -> None:
    found = execute(line(images="abc"), store)
    assert value(found["j.all||"]) == (1 + 10 + 20) + 3 * (1 + 2 + 3)
    assert set(statuses(found).values()) == {"ran"}


def test_a_run_without_a_store_makes_the_same(store: DiskStore) -> None:
    on_disk, in_memory = execute(line(images="abc"), store), execute(line(images="abc"))
    for key, outcome in on_disk.items():
        other = in_memory[key]
        assert outcome.known is not None
        assert other.known is not None
        assert outcome.known.artifact == other.known.artifact


def test_a_second_run_computes_nothing(store: DiskStore) -> None:
    execute(line(images="abc"), store)
    found = execute(line(images="abc"), store)
    assert set(statuses(found).values()) == {"cached"}
    assert not computed


def test_a_change_that_yields_the_same_result_stops_there(store: DiskStore) -> None:
    nodes = {
        "n": Number(value=3.0),
        "p": Sum(of=(Wire("n"),)),
        "q": Sum(of=(Wire("p", "parity"),), plus=7.0),
    }
    execute(graph_of(nodes), store)
    nodes["n"] = Number(value=5.0)
    found = execute(graph_of(nodes), store)
    assert statuses(found) == {
        "n.value|a|": "ran", "p.total|a|": "ran", "p.parity|a|": "ran", "q.total|a|": "cached",
    }  # fmt: skip


def test_adding_an_image_computes_that_image_and_the_joins(store: DiskStore) -> None:
    execute(line(images="ab"), store)
    found = execute(line(images="abc"), store)
    ran = {key for key, status in statuses(found).items() if status == "ran"}
    assert ran == {"n.value|c|", "r.total|c|", "s.total|c|", "t.total|c|", "j.all||"}


def test_an_image_taken_away_is_not_missed(store: DiskStore) -> None:
    execute(line(images="abc"), store)
    found = execute(line(images="ab"), store)
    assert {key for key, status in statuses(found).items() if status == "ran"} == {"j.all||"}


# failures


def test_a_failure_skips_what_hangs_on_it_and_nothing_else(store: DiskStore) -> None:
    found = execute(line(images="abc", s={"fails_on": "b"}), store)
    assert found["s.total|b|"].status == "failed"
    (problem,) = found["s.total|b|"].problems
    assert (problem.node, problem.what) == ("s", "cannot add up 'b'")
    assert found["t.total|b|"].status == "skipped"
    assert found["j.all||"].status == "skipped"
    done = {key for key, status in statuses(found).items() if status == "ran"}
    assert {key for key in done if "|b|" in key} == {"n.value|b|", "r.total|b|"}
    assert {"t.total|a|", "t.total|c|"} <= done


def test_after_the_cause_is_mended_only_the_rest_runs(store: DiskStore) -> None:
    execute(line(images="abc", s={"fails_on": "b"}), store)
    found = execute(line(images="abc"), store)
    ran = {key for key, status in statuses(found).items() if status == "ran"}
    assert ran == {"s.total|b|", "t.total|b|", "j.all||"}


def test_fail_fast_stops_at_the_first_failure(store: DiskStore) -> None:
    found = execute(line(images="abc", s={"fails_on": "b"}), store, fail_fast=True)
    assert list(found)[-1] == "s.total|b|"
    assert not any("|c|" in key for key in found)


class Raising(Node):
    """A node that raises what it is told to."""

    kind: str = "raising"
    error: Any = None

    def check(self, look: Any) -> tuple[Part, ...]:
        return (Part("x", line().part("n", "value", "a").header),)

    def compute(self, part: Part, view: View) -> Made:
        raise self.error


def outcome_of(error: BaseException) -> StepOutcome:
    """The outcome of a step that raises."""
    (outcome,) = execute(graph_of({"x": Raising(error=error)})).values()
    return outcome


def test_a_bug_is_told_as_one_and_its_trace_kept() -> None:
    outcome = outcome_of(KeyError("sigma"))
    assert outcome.status == "failed"
    assert "KeyError: 'sigma'" in str(outcome.problems[0])
    assert "report" in str(outcome.problems[0])
    assert "Traceback" in outcome.bug


def test_a_full_disk_is_no_bug() -> None:
    outcome = outcome_of(OSError(28, "No space left on device", "big.tif"))
    assert [p.what for p in outcome.problems] == ["big.tif cannot be written"]
    assert str(outcome.problems[0].got).startswith("No space left on device: on the disk at ")
    assert outcome.bug == ""


def test_a_lack_of_memory_is_no_bug() -> None:
    outcome = outcome_of(MemoryError())
    assert outcome.problems[0].what == "not enough memory for x.x"
    assert outcome.bug == ""


def test_an_interrupt_ends_the_run_and_keeps_what_is_done(store: DiskStore) -> None:
    nodes = {"n": Number(value=1.0), "x": Raising(error=KeyboardInterrupt())}
    with pytest.raises(KeyboardInterrupt):
        execute(graph_of(nodes), store)
    assert execute(graph_of({"n": nodes["n"]}), store)["n.value|a|"].status == "cached"
    assert list((store.root / "locks").glob("*.lock")) == []
    assert list((store.root / "building").iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_no_record(store: DiskStore, tmp_path: Path) -> None:
    nodes = {"n": Number(value=1.0), "t": Text(of=Wire("n"), path="a.txt", broken=True)}
    assert execute(graph_of(nodes, folder=tmp_path), store)["t.text|a|"].status == "failed"
    assert store.export(tmp_path / "a.txt") is None


# pins


class Recalling(Sum):
    """A sum that pins what it reads, and says which tags it knew."""

    def check(self, look: Any) -> tuple[Part, ...]:
        return tuple(replace(part, recalls=True) for part in super().check(look))

    def compute(self, part: Part, view: View) -> Made:
        made = super().compute(part, view)
        told = made.summary
        assert isinstance(told, NumberTold)
        pin = Pin(view.given["of0"][0].artifact, (f"tag of {view.image}",))
        return replace(made, summary=replace(told, knew=sorted(view.pins)), pins=(pin,))


def test_what_a_run_pins_is_found_by_the_next_run_only(store: DiskStore) -> None:
    """Otherwise a result would depend on which image came first."""

    def recalled(plus: float) -> dict[str, Any]:
        nodes = {
            "n": Number(value=1.0, for_image={"b": 2.0}),
            "r": Recalling(of=(Wire("n"),), plus=plus),
        }
        found = execute(graph_of(nodes, "ab"), store)
        return {i: told_of(found[f"r.total|{i}|"]).knew for i in "ab"}

    assert recalled(1.0) == {"a": [], "b": []}
    assert recalled(2.0) == {"a": ["tag of a", "tag of b"], "b": ["tag of a", "tag of b"]}


def test_a_part_that_does_not_recall_sees_no_pins(store: DiskStore) -> None:
    store.add_pin(Pin(Artifact("ab"), ("t",)))
    seen: list[Any] = []

    class Looking(Number):
        def compute(self, part: Part, view: View) -> Made:
            seen.append(dict(view.pins))
            return super().compute(part, view)

    execute(graph_of({"n": Looking(value=1.0)}), store)
    assert seen == [{}]


# forced


def test_a_forced_node_runs_once_and_what_follows_is_cached(store: DiskStore) -> None:
    execute(line(images="ab"), store)
    found = execute(line(images="ab"), store, forced=frozenset({"s"}))
    ran = {key: str(o.reason) for key, o in found.items() if o.status == "ran"}
    assert ran == {"s.total|a|": "forced", "s.total|b|": "forced"}
    assert set(computed.values()) == {1}


def test_a_forced_node_runs_once_though_damage_makes_the_run_start_over(
    store: DiskStore,
) -> None:
    found = execute(line(), store)
    spoil(store, found["s.total|a|"])
    found = execute(line(t={"plus": 4.0}), store, forced=frozenset({"n"}))
    assert computed == {"number.value|a|": 1, "sum.total|a|": 2, "join.all||": 1}
    assert value(found["j.all||"]) == 1 + 1 + 2 + 4


# damage


def spoil(store: DiskStore, outcome: StepOutcome) -> None:
    """Cut short what a step made."""
    assert outcome.known is not None
    os.truncate(store.folder(outcome.known.artifact.digest) / "record.npz", 20)


def test_damaged_content_is_made_again_when_it_is_needed(store: DiskStore) -> None:
    found = execute(line(), store)
    spoil(store, found["r.total|a|"])
    found = execute(line(s={"plus": 5.0}), store)
    assert statuses(found) == {
        "n.value|a|": "cached", "r.total|a|": "ran", "s.total|a|": "ran", "t.total|a|": "ran",
        "j.all||": "ran",
    }  # fmt: skip
    assert str(found["r.total|a|"].reason) == "its result is no longer in the cache"


def test_damage_under_damage_is_mended_from_the_bottom(store: DiskStore) -> None:
    found = execute(line(), store)
    for key in ("n.value|a|", "r.total|a|", "s.total|a|"):
        spoil(store, found[key])
    shutil.rmtree(store.root / "traces")  # so that everything is asked for
    assert value(execute(line(), store)["j.all||"]) == 1 + 1 + 2 + 3


def test_any_number_of_contents_can_be_damaged(store: DiskStore) -> None:
    images = [f"i{k}" for k in range(24)]
    nodes: dict[str, Node] = {
        "n": Number(value=0.0, for_image={name: float(k) for k, name in enumerate(images)}),
        "j": Join(of=Wire("n")),
    }
    found = execute(graph_of(nodes, images), store)
    for key in list(found)[:-1]:
        spoil(store, found[key])
    store.traces.pack([trace_of(found["j.all||"])], wholly=True)
    found = execute(graph_of(nodes, images), store)
    assert value(found["j.all||"]) == sum(range(24))
    assert "failed" not in statuses(found).values()


def trace_of(outcome: StepOutcome) -> str:
    """The recipe of a step."""
    assert outcome.known is not None
    return outcome.known.recipe


class Rotten(DiskStore):
    """A store on a disk that spoils what is written to it."""

    def load(self, artifact: Any, header: Any) -> Any:
        os.truncate(self.folder(artifact.digest) / "record.npz", 20)
        return super().load(artifact, header)


def test_a_disk_that_spoils_everything_fails_the_step_instead_of_going_round(
    tmp_path: Path,
) -> None:
    found = execute(line(), Rotten(tmp_path / ".objclass"))
    assert found["r.total|a|"].status == "failed"
    assert "making it again does not help" in str(found["r.total|a|"].problems[0])
    assert found["s.total|a|"].status == "skipped"


# files that change under our hands


def test_a_file_that_changes_while_a_step_reads_it_fails_the_step(
    store: DiskStore, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text("[3]")
    os.utime(path, ns=(0, 1))

    def meddle(_: Path) -> None:
        path.write_text("[4]")

    nodes = {"f": Numbers(path="a.json", meddle=meddle), "d": Double(of=Wire("f"))}
    found = execute(graph_of(nodes, folder=tmp_path), store)
    (problem,) = found["d.value|a|"].problems
    assert str(problem).endswith("a.json changed while it was read; run again")
    nodes["f"] = Numbers(path="a.json")
    found = execute(graph_of(nodes, folder=tmp_path), store)
    assert (found["d.value|a|"].status, value(found["d.value|a|"])) == ("ran", 8.0)


def test_a_file_that_changes_while_it_is_digested_fails_the_input(
    store: DiskStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_text("[3]")

    def digest(self: Any, t: Any, subtree: str) -> tuple[str, None]:
        path.write_text("[3, 4]")
        return "0" * 32, None

    monkeypatch.setattr("toy_nodes.NumbersFile.digest", digest)
    nodes = {"f": Numbers(path="a.json"), "d": Double(of=Wire("f"))}
    found = execute(graph_of(nodes, folder=tmp_path), store)
    assert statuses(found) == {"f.file|a|": "failed", "d.value|a|": "skipped"}


def test_a_missing_file_fails_the_input(store: DiskStore, tmp_path: Path) -> None:
    nodes = {"f": Numbers(path="a.json"), "d": Double(of=Wire("f"))}
    found = execute(graph_of(nodes, folder=tmp_path), store)
    assert statuses(found) == {"f.file|a|": "failed", "d.value|a|": "skipped"}
    assert found["f.file|a|"].bug == ""


def test_each_file_is_read_once_per_subtree(store: DiskStore, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([1, 2, 3]))
    nodes = {"f": Numbers(path="a.json", frames=3), "d": Double(of=Wire("f"))}
    execute(graph_of(nodes, folder=tmp_path), store)
    assert computed["read a.json"] == 3 + 3  # digests, then the steps


def test_the_files_of_an_image_are_closed_before_the_next_is_opened(
    store: DiskStore, tmp_path: Path
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.json").write_text("[3]")
    nodes = {"f": Numbers(path="{image}.json"), "d": Double(of=Wire("f"))}
    execute(graph_of(nodes, "abc", tmp_path), store)
    events = [name for name in computed if name.startswith(("read", "close"))]
    assert events == [f"{what} {name}.json" for name in "abc" for what in ("read", "close")]


# what is told


def test_every_step_is_told_before_it_runs_and_every_outcome_once(store: DiskStore) -> None:
    told: list[Step | StepOutcome] = []
    found = execute(line(), store, tell=told.append)
    names = [e.step.key + "!" if isinstance(e, StepOutcome) else e.key for e in told]
    assert names == [part for key in found for part in (key, key + "!")]
    told.clear()
    execute(line(), store, tell=told.append)
    assert all(isinstance(event, StepOutcome) for event in told)


def test_an_outcome_knows_what_the_step_said_before(store: DiskStore) -> None:
    execute(line(1.0), store)
    found = execute(line(4.0), store)
    assert found["n.value|a|"].before == NumberTold(1.0)
    assert told_of(found["n.value|a|"]) == NumberTold(4.0)


class Cautious(Sum):
    """A sum with a warning."""

    def compute(self, part: Part, view: View) -> Made:
        made = super().compute(part, view)
        return Made(made.content, made.summary, ("few",))


def test_a_warning_is_repeated_by_a_cached_run(store: DiskStore) -> None:
    graph = graph_of({"n": Number(value=1.0), "w": Cautious(of=(Wire("n"),))})
    assert execute(graph, store)["w.total|a|"].warnings == ("few",)
    assert execute(graph, store)["w.total|a|"].warnings == ("few",)


def test_what_a_file_tells_is_repeated_while_the_file_stays(
    store: DiskStore, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text(json.dumps([1, -2]))
    nodes = {"f": Numbers(path="a.json", frames=2), "d": Double(of=Wire("f"), index=True)}
    graph = graph_of(nodes, folder=tmp_path)
    for status in ("ran", "cached"):
        found = execute(graph, store)
        assert found["f.file|a|1"].status == status
        assert found["f.file|a|1"].warnings == ("a.json holds a negative number",)
        assert found["f.file|a|0"].warnings == ()
    (tmp_path / "a.json").write_text(json.dumps([1, 2.5]))
    assert execute(graph, store)["f.file|a|1"].warnings == ()


def test_the_last_run_is_noted_only_when_it_moved(store: DiskStore) -> None:
    execute(line(), store)
    (path,) = (store.root / "last").rglob("*.json")
    before = path.stat().st_mtime_ns
    execute(line(), store)
    assert path.stat().st_mtime_ns == before
    execute(line(2.0), store)
    assert path.stat().st_mtime_ns != before


def test_a_cached_run_writes_nothing(store: DiskStore, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([1, 2, 3]))
    nodes = {
        "f": Numbers(path="a.json", frames=3),
        "d": Double(of=Wire("f"), index=True),
        "t": Text(of=Wire("d"), path="out.txt"),
    }
    execute(graph_of(nodes, folder=tmp_path), store)
    before = state(tmp_path)
    execute(graph_of(nodes, folder=tmp_path), store)
    assert state(tmp_path) == before


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file below a folder."""
    found = ((path, path.stat()) for path in folder.rglob("*") if path.is_file())
    return {str(path): (s.st_size, s.st_mtime_ns) for path, s in found}


# several processes


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_on_one_store_share_the_work_and_agree(store: DiskStore, tmp_path: Path) -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system cannot fork")
    images = [f"i{k}" for k in range(12)]

    def graph() -> Any:
        values = {name: float(k) for k, name in enumerate(images)}
        nodes: dict[str, Node] = {"n": Number(value=0.0, for_image=values)}
        nodes |= {"s": Sum(of=(Wire("n"),), plus=1.0), "j": Join(of=Wire("s"))}
        nodes["t"] = Text(of=Wire("j"), path="out.txt", one_file=True)
        return graph_of(nodes, images, tmp_path)

    def child(number: int) -> None:
        found = execute(graph(), store)
        assert value(found["j.all||"]) == sum(range(12)) + 12
        (tmp_path / f"{number}.count").write_text(str(sum(computed.values())))

    context = multiprocessing.get_context("fork")
    children = [context.Process(target=child, args=(k,)) for k in range(4)]
    for each in children:
        each.start()
    for each in children:
        each.join(60)
    assert [each.exitcode for each in children] == [0] * 4
    counts = [int((tmp_path / f"{k}.count").read_text()) for k in range(4)]
    assert sum(counts) == 12 + 12 + 1 + 1
    assert [p.name for p in tmp_path.glob("out.txt*")] == ["out.txt"]
    assert all(isinstance(each.decision, Cached) for each in planned(graph(), store).values())


def test_a_step_made_by_another_process_while_we_waited_is_cached(
    store: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = Execution(line(), store, Options("toy"))
    locked = store.lock

    def slow_lock(recipe: str, waits: Any) -> Any:
        monkeypatch.undo()
        execute(line(), store)  # the other process is done when we get the lock
        return locked(recipe)

    monkeypatch.setattr(store, "lock", slow_lock)
    found = {outcome.step.key: outcome for outcome in execution.run()}
    assert found["n.value|a|"].status == "cached"
    assert set(statuses(found).values()) == {"cached"}


def test_a_memory_store_holds_results_for_one_run() -> None:
    store = MemoryStore()
    execute(line(), store)
    assert set(statuses(execute(line(), store)).values()) == {"cached"}
    with pytest.raises(RunError):
        raise RunError(*outcome_of(RunError()).problems)
