"""A batch on the workers of a dask.distributed cluster is the batch of one process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dask_servers import scheduler, worker
from terminal import typed
from test_batch_resumed import LINE, folder, seen, trained

from objclass.batch import resume
from objclass.batch.on_cluster import ImagesOnCluster
from objclass.engine.schedulers import dask

__all__ = ["folder", "trained"]


def test_two_workers_of_which_one_is_killed_make_what_one_process_makes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = folder / "servers"
    killed: list[str] = []
    with (
        scheduler(servers) as (address, _),
        worker(servers, address, "--name", "one") as child,
        worker(servers, address, "--name", "two"),
    ):
        honest = ImagesOnCluster._take

        def take(self: ImagesOnCluster, key: str) -> None:
            if not killed:
                killed.append(key)
                child.close()
            honest(self, key)

        monkeypatch.setattr(ImagesOnCluster, "_take", take)
        done = typed(f"{LINE} --out out --scheduler {address}", folder)
    assert killed
    assert done.code == 0, done.out + done.err
    assert seen(folder / "out") == seen(folder / "plain")


def test_a_scheduler_that_goes_away_loses_nothing_and_the_same_command_heals(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "ANSWER", 5.0)
    servers = folder / "servers"
    with scheduler(servers) as (address, child), worker(servers, address):
        honest = ImagesOnCluster._take

        def take(self: ImagesOnCluster, key: str) -> None:
            honest(self, key)
            child.kill()

        monkeypatch.setattr(ImagesOnCluster, "_take", take)
        gone = typed(f"{LINE} --out out --scheduler {address}", folder)
    assert gone.code == 1
    assert "does not answer any more" in gone.err
    batch = resume(folder / "out")
    assert batch.folder is not None
    kept = [image.name for image in batch.images if batch.folder.done(image)]
    assert kept
    again = typed(f"{LINE} --out out", folder)
    assert again.code == 0
    assert "images were done already" in again.out
    assert seen(folder / "out") == seen(folder / "plain")
    shutil.rmtree(folder / "out")
