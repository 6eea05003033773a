"""Label images of earlier runs are found by the stamps of their objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.labels import LabelHeader
from objclass.data.wire import Wire
from objclass.engine.artifact import Content, Record
from objclass.engine.disk_store import DiskStore
from objclass.engine.memory import MemoryStore
from objclass.engine.node import JoinedInput
from objclass.engine.pin import by_tag
from objclass.engine.store import Store
from objclass.nodes.earlier_label_images import EarlierLabelImages, pin_of

IDS = np.array([[0, 1, 1], [2, 0, 1]], np.uint32)


@pytest.fixture
def disk(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / ".objclass")


def note(store: DiskStore, ids: np.ndarray, *stamps: str) -> str:
    """Keep a label image in which these stamps were valid; return its digest."""
    with store.workshop("r") as workshop:
        voxels = workshop.new_voxels(ids.shape, "uint32")
        voxels.write(Region.whole(ids.shape), ids)
        artifact = workshop.keep(Content({"voxels": voxels}, Record({})))
    header = LabelHeader(Grid(ids.shape), "uint32")
    given = JoinedInput("a", None, artifact, header, None, {"sigma": 1.0}, Wire("nuclei"))
    store.add_pin(pin_of(given, stamps))
    return artifact.digest


def earlier(store: Store) -> EarlierLabelImages:
    """What a later run finds in a store."""
    return EarlierLabelImages(by_tag(store.pins()), store)


def test_a_stamp_leads_to_its_label_image_and_how_that_was_made(disk: DiskStore) -> None:
    note(disk, IDS, "o1", "o2")
    note(disk, IDS * 3, "o3")
    found = earlier(disk).of("o2")
    assert found is not None
    assert found.labels.read(Region.whole(IDS.shape)).tolist() == IDS.tolist()
    assert found.preimage == {"sigma": 1.0}
    other = earlier(disk).of("o3")
    assert other is not None
    assert other.labels.read(Region.whole(IDS.shape)).max() == 6


def test_objects_of_one_label_image_open_it_once(disk: DiskStore) -> None:
    note(disk, IDS, "o1", "o2")
    found = earlier(disk)
    assert found.of("o1") is found.of("o2") is not None


def test_a_stamp_that_nobody_noted_leads_nowhere(disk: DiskStore) -> None:
    assert earlier(disk).of("o1") is None
    assert earlier(MemoryStore()).of("o1") is None


def test_a_label_image_that_is_no_longer_kept_is_not_found(disk: DiskStore) -> None:
    digest = note(disk, IDS, "o1")
    found = earlier(disk)
    assert found.of("o1") is not None
    disk.forget(digest)
    assert found.of("o1") is None


def test_a_label_image_that_was_made_again_is_opened_again(disk: DiskStore) -> None:
    digest = note(disk, IDS, "o1")
    found = earlier(disk)
    before = found.of("o1")
    disk.forget(digest)
    assert found.of("o1") is None
    note(disk, IDS, "o1")
    again = found.of("o1")
    assert again is not None
    assert again is not before
