"""Label images of earlier runs are found by the stamps of their objects."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.engine.artifact import Content, Record
from objclass.engine.memory import MemoryStore
from objclass.engine.store import DiskStore

IDS = np.array([[0, 1, 1], [2, 0, 1]], np.uint32)


@pytest.fixture
def disk(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / ".objclass")


def note(store: DiskStore, ids: np.ndarray, *stamps: str, kept: bool = True) -> str:
    """Keep a label image in which these stamps were valid; return its digest."""
    with store.workshop("r") as workshop:
        voxels = workshop.new_voxels(ids.shape, "uint32")
        voxels.write(Region.whole(ids.shape), ids)
        artifact = workshop.keep(Content({"voxels": voxels}, Record({})))
    facts = {
        "grid": asdict(Grid(ids.shape)),
        "dtype": "uint32",
        "stamps": list(stamps),
        "subtrees": dict(artifact.subtrees),
        "preimage": {"sigma": 1.0},
        "summary": {"objects": int(ids.max())},
    }
    store.add_root(artifact.digest, facts)
    return artifact.digest


def test_a_stamp_leads_to_its_label_image_and_how_that_was_made(disk: DiskStore) -> None:
    note(disk, IDS, "o1", "o2")
    note(disk, IDS * 3, "o3")
    found = disk.past("o2")
    assert found is not None
    assert found.labels.read(Region.whole(IDS.shape)).tolist() == IDS.tolist()
    assert (found.preimage, found.summary) == ({"sigma": 1.0}, {"objects": 2})
    other = disk.past("o3")
    assert other is not None
    assert other.summary == {"objects": 6}


def test_objects_of_one_label_image_open_it_once(disk: DiskStore) -> None:
    note(disk, IDS, "o1", "o2")
    assert disk.past("o1") is disk.past("o2") is not None


def test_a_stamp_that_nobody_noted_leads_nowhere(disk: DiskStore) -> None:
    assert disk.past("o1") is None
    assert MemoryStore().past("o1") is None


def test_a_label_image_that_is_no_longer_kept_is_not_found(disk: DiskStore) -> None:
    digest = note(disk, IDS, "o1")
    assert disk.past("o1") is not None
    disk.forget(digest)
    assert disk.past("o1") is None


def test_a_label_image_that_was_made_again_is_opened_again(disk: DiskStore) -> None:
    digest = note(disk, IDS, "o1")
    before = disk.past("o1")
    disk.forget(digest)
    note(disk, IDS, "o1")
    again = disk.past("o1")
    assert again is not None
    assert again is not before


def test_what_is_noted_within_a_run_is_seen_by_the_next(disk: DiskStore) -> None:
    note(disk, IDS, "o1")
    assert disk.past("o2") is None
    note(disk, IDS * 3, "o2")
    assert disk.past("o2") is None
    disk.tidy()
    assert disk.past("o2") is not None
