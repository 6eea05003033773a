"""The workers of a dask.distributed cluster make what this process makes, also where one dies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from dask_servers import HERE, scheduler, worker
from terminal import typed
from test_workers import files, left, told, with_plugin

from objclass.engine.cluster import differences, look_there, versions
from objclass.engine.outcome import WorkerLost
from objclass.engine.schedulers import dask
from objclass.errors import RunError
from workflows import several


def test_a_run_on_two_workers_of_which_one_is_killed_comes_out_the_same(tmp_path: Path) -> None:
    plain = with_plugin(tmp_path / "plain", kills=False)
    killed = with_plugin(tmp_path / "killed", kills=True)
    (plain.folder / "mine.py").write_bytes((killed.folder / "mine.py").read_bytes())
    servers = tmp_path / "servers"
    with (
        scheduler(servers) as (address, _),
        worker(servers, address, "--name", "one"),
        worker(servers, address, "--name", "two"),
    ):
        ran = killed.run(scheduler=address)
        assert killed.run(scheduler=address).statuses == {"cached"}
    expected = plain.run(workers=1)
    assert (killed.folder / "killed").exists(), "no worker was killed"
    lost = [event for event in killed.told if isinstance(event, WorkerLost)]
    assert [(each.step.node, each.again) for each in lost] == [("measured", True)]
    assert lost[0].worker.startswith(f"tcp://{HERE}:")
    assert ran.digests == expected.digests
    assert told(ran) == told(expected)
    assert files(killed.folder / "results") == files(plain.folder / "results")
    assert left(killed.folder) == []


SLOW = """
import time
from pathlib import Path
from objclass.measure.plugin import Object, object_family


@object_family("slow", columns={{"value": "One."}})
def slow(thing: Object) -> dict[str, float]:
    Path("{mark}").touch()
    while not Path("{go}").exists():
        time.sleep(0.05)
    return {{"value": 1.0}}
"""


def test_a_scheduler_that_goes_away_loses_nothing_and_the_next_run_heals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = several(tmp_path)
    mark, go = tmp_path / "begun", tmp_path / "go"
    (tmp_path / "mine.py").write_text(SLOW.format(mark=mark, go=go))
    bench.edit(
        ("version: 1\n", "version: 1\nplugins: [mine.py]\n"), ("measure: [", "measure: [slow, ")
    )
    monkeypatch.setattr(dask, "ANSWER", 5.0)
    servers = tmp_path / "servers"
    with scheduler(servers) as (address, child), worker(servers, address):
        look = dask.ClusterScheduler._look_around

        def ended_before(scheduler: dask.ClusterScheduler) -> Any:
            if mark.exists():
                child.kill()
            return look(scheduler)

        monkeypatch.setattr(dask.ClusterScheduler, "_look_around", ended_before)
        with pytest.raises(RunError) as raised:
            bench.run(scheduler=address)
        go.touch()
    assert "does not answer any more" in str(raised.value)
    assert "what was finished is kept; run the same command again" in str(raised.value)
    healed = bench.run(workers=1)
    assert healed.statuses == {"cached", "ran"}
    first = [o.status for o in healed.of("nuclei") if o.step.image == "a"]
    assert set(first) == {"cached"}
    assert left(tmp_path) == []


def test_workers_that_differ_are_named_before_any_work(tmp_path: Path) -> None:
    """One has another scikit-learn, one has two threads; both are said, and nothing is made."""
    other = tmp_path / "other/scikit_learn-0.0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: scikit-learn\nVersion: 0.0.1\n")
    several(tmp_path)
    servers = tmp_path / "servers"
    with scheduler(servers) as (address, _):
        with worker(servers, address, path=str(other.parent)):
            done = typed(f"run cells.yaml --scheduler {address}", tmp_path)
        assert done.code == 2
        assert f"worker tcp://{HERE}:" in done.err
        assert f"differs: scikit-learn 0.0.1 (here {versions()['scikit-learn']})" in done.err
        with worker(servers, address, "--nthreads", "2"):
            done = typed(f"run cells.yaml --scheduler {address}", tmp_path)
        assert done.code == 2
        assert "has 2 threads; expected 1" in done.err
    assert not list(tmp_path.glob(".objclass/traces/*"))


def test_what_differs_is_said_with_both_versions() -> None:
    here = {"numpy": "2.1", "numba": "0.61", "zarr": "3"}
    there = {"numpy": "2.0", "numba": "0.61", "zarr": "none"}
    assert list(differences(here, there)) == ["numpy 2.0 (here 2.1)", "zarr none (here 3)"]
    assert list(differences(versions(), versions())) == []


def test_a_folder_that_is_not_shared_is_noticed(tmp_path: Path) -> None:
    token = tmp_path / "token"
    assert look_there(str(token), "ours")[1] == "No such file or directory"
    token.write_text("that of another computer")
    assert look_there(str(token), "ours")[1] == "it holds another file"
    token.write_text("ours")
    assert look_there(str(token), "ours")[1] == ""
    assert list(tmp_path.iterdir()) == [token]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--scheduler localhost", "--scheduler is no address; got 'localhost'"),
        ("--scheduler tcp://a:1 --workers 2", "--workers counts processes of this computer"),
        (
            f"--scheduler tcp://{HERE}:9",
            f"--scheduler tcp://{HERE}:9: no scheduler of dask answers",
        ),
    ],
)
def test_a_scheduler_that_cannot_be_is_refused(
    words: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "ANSWER", 0.5)
    several(tmp_path)
    done = typed(f"run cells.yaml {words}", tmp_path)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    several(tmp_path)
    done = typed(f"run cells.yaml --scheduler tcp://{HERE}:8786", tmp_path)
    assert done.code == 2
    assert "pip install 'objclass[dask]'" in done.err


def test_a_cluster_without_workers_is_refused_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "WORKER", 0.1)
    several(tmp_path)
    with scheduler(tmp_path / "servers") as (address, _):
        done = typed(f"run cells.yaml --scheduler {address}", tmp_path)
    assert done.code == 2
    assert f"the scheduler at {address} has no worker" in done.err
