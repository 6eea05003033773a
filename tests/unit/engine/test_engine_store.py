"""The store: the ritual of a write, damaged content, memos, exports and pins."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.digest import of_array
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.artifact import EMPTY, Artifact, Content, FactsHeader, Record, unpack
from objclass.engine.content import PIECE, read_record, sums, write_record
from objclass.engine.disk_store import DiskStore, guard
from objclass.engine.files import stat
from objclass.engine.memory import MemoryStore
from objclass.engine.pin import Pin
from objclass.engine.store import Damaged, Store

FACTS = FactsHeader("numbers")
IDS = np.arange(24, dtype=np.uint32).reshape(4, 6)
HEADER = ImageHeader(Grid((4, 6)), ("0",), "uint32")


@pytest.fixture
def disk(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / ".objclass")


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return DiskStore(tmp_path / ".objclass") if request.param == "disk" else MemoryStore()


def keep(store: Store, *, record: bool = True, voxels: bool = True, recipe: str = "r") -> Artifact:
    """Keep an image of ids and a record of numbers."""
    with store.workshop(recipe) as workshop:
        arrays = {}
        if voxels:
            arrays["0"] = workshop.new_voxels(IDS.shape, "uint32")
            arrays["0"].write(Region.whole(IDS.shape), IDS)
        numbers = Record({"x": np.array([1.5, 2.5]), "s": np.array([b"o1"])}, {"a": [1, None]})
        return workshop.keep(Content(arrays, numbers if record else None))


def everything(store: Store, artifact: Artifact) -> tuple[Any, ...]:
    """All that was kept, read back."""
    image = store.load(artifact, HEADER)
    record = store.load_record(artifact.digest)
    numbers = {name: array.tolist() for name, array in record.arrays.items()}
    return image.read(0).tolist(), numbers, dict(record.facts)


EXPECTED = (IDS.tolist(), {"x": [1.5, 2.5], "s": [b"o1"]}, {"a": [1, None]})


def test_what_was_kept_comes_back(store: Store) -> None:
    artifact = keep(store)
    assert store.has(artifact.digest)
    assert everything(store, artifact) == EXPECTED


def test_both_stores_give_one_content_one_digest(disk: DiskStore) -> None:
    assert keep(disk) == keep(MemoryStore())
    assert keep(disk, voxels=False) == keep(MemoryStore(), voxels=False)


def test_the_digest_of_voxels_is_that_of_the_array(store: Store) -> None:
    assert keep(store, record=False).subtrees == {"0": of_array(IDS)}


def test_a_record_alone_has_a_subtree_for_every_array(store: Store) -> None:
    artifact = keep(store, voxels=False)
    assert artifact.subtrees["x"] == of_array(np.array([1.5, 2.5]))
    assert set(artifact.subtrees) == {"x", "s", "facts"}


def test_regions_are_read_alone(store: Store) -> None:
    image: Image = store.load(keep(store), HEADER)
    assert image.read(0, Region((1, 2), (3, 4))).tolist() == [[8, 9], [14, 15]]


def test_empty_content_is_not_kept(store: Store) -> None:
    with store.workshop("r") as workshop:
        artifact = workshop.keep(Content(empty=True))
    assert artifact == Artifact(EMPTY)


def test_arrays_without_elements_are_kept(store: Store) -> None:
    arrays = {"x": np.empty((0, 3)), "ids": np.empty(0, np.uint64), "s": np.empty(0, "S11")}
    with store.workshop("r") as workshop:
        artifact = workshop.keep(Content(record=Record(arrays)))
    found = store.load_record(artifact.digest).arrays
    assert {n: (a.shape, a.dtype) for n, a in found.items()} == {
        n: (a.shape, a.dtype) for n, a in arrays.items()
    }


def test_a_record_is_the_file_that_numpy_writes_of_its_stacks(tmp_path: Path) -> None:
    arrays = {
        "x": np.array([1.5, np.nan]),
        "y": np.array([2.5, 3.0]),
        "count": np.arange(6, dtype=np.int32)[::-3],
        "s": np.array([b"o1", b"o2"]),
        "one": np.array(True),
        "empty": np.empty((0, 3)),
    }
    write_record(Record(arrays), tmp_path)
    alone = [np.stack([arrays[n]]) for n in ("count", "s", "one", "empty")]
    stacks = [np.stack([arrays["x"], arrays["y"]]), *alone]
    expected = BytesIO()
    np.savez(expected, **{str(k): stack for k, stack in enumerate(stacks)})
    assert (tmp_path / "record.npz").read_bytes() == expected.getvalue()
    with pytest.raises(ValueError, match="pickling"):
        write_record(Record({"o": np.array([None])}), tmp_path)


def test_ids_above_four_billion_are_kept(store: Store) -> None:
    ids = np.array([[0, 2**33], [2**63 + 1, 1]], np.uint64)
    with store.workshop("r") as workshop:
        voxels = workshop.new_voxels(ids.shape, "uint64")
        voxels.write(Region.whole(ids.shape), ids)
        artifact = workshop.keep(Content({"voxels": voxels}, Record({})))
    labels: LabelImage = store.load(artifact, LabelHeader(Grid(ids.shape), "uint64"))
    assert np.array_equal(labels.read(), ids)


def test_content_of_several_chunks_is_read_across_them(disk: DiskStore) -> None:
    volume = np.arange(70 * 65 * 66, dtype=np.uint32).reshape(70, 65, 66)
    with disk.workshop("r") as workshop:
        voxels = workshop.new_voxels(volume.shape, "uint32")
        voxels.write(Region((0, 0, 0), (64, 65, 66)), volume[:64])
        voxels.write(Region((64, 0, 0), (70, 65, 66)), volume[64:])
        artifact = workshop.keep(Content({"0": voxels}))
    image: Image = disk.load(artifact, ImageHeader(Grid(volume.shape), ("0",), "uint32"))
    region = Region((60, 60, 60), (68, 65, 66))
    assert np.array_equal(image.read(0, region), volume[region.slices])
    assert artifact.subtrees["0"] == of_array(volume)


# the ritual


def files_of(store: DiskStore) -> set[str]:
    """Every file below a store."""
    found = (path for path in store.root.rglob("*") if path.is_file())
    return {path.relative_to(store.root).as_posix() for path in found}


def test_a_workshop_leaves_nothing_but_what_was_kept(disk: DiskStore) -> None:
    with disk.workshop("r") as workshop:
        scratch = workshop.scratch((3, 3), "float32")
        scratch[slice(0, 3), slice(0, 3)] = np.ones((3, 3), np.float32)
    assert files_of(disk) == set()
    artifact = keep(disk)
    assert {name.split("/")[0] for name in files_of(disk)} == {"content"}
    assert all(artifact.digest in name for name in files_of(disk))


def test_a_workshop_that_fails_leaves_nothing(disk: DiskStore) -> None:
    with pytest.raises(ValueError, match="zip"), disk.workshop("r") as workshop:
        list(zip(workshop.new_voxels((4, 4), "uint8").shape, "a", strict=True))
    assert files_of(disk) == set()


def test_content_is_nowhere_until_it_is_whole(
    disk: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("objclass.engine.disk_store.sync_folder", killed)
    with pytest.raises(KeyboardInterrupt):
        keep(disk)
    monkeypatch.undo()
    assert files_of(disk) == set()
    assert everything(disk, keep(disk)) == EXPECTED


def test_what_a_killed_process_left_does_not_stand_in_the_way(disk: DiskStore) -> None:
    left = disk.root / "building" / f"r.{os.getpid()}"
    (left / "content").mkdir(parents=True)
    (left / "content" / "record.npz").write_bytes(b"half")
    assert everything(disk, keep(disk)) == EXPECTED


def test_one_content_of_two_processes_is_kept_once(disk: DiskStore) -> None:
    other = DiskStore(disk.root)
    with disk.workshop("r1") as first, other.workshop("r2") as second:
        made = [(w, w.new_voxels(IDS.shape, "uint32")) for w in (first, second)]
        for _, voxels in made:
            voxels.write(Region.whole(IDS.shape), IDS)
        kept = {workshop.keep(Content({"0": voxels})).digest for workshop, voxels in made}
    assert len(kept) == 1
    assert len({name.split("/")[2] for name in files_of(disk)}) == 1


def test_a_race_for_the_rename_is_no_error(
    disk: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = keep(disk)
    answers = iter([False, True])
    monkeypatch.setattr(DiskStore, "has", lambda self, digest: next(answers))
    assert keep(disk).digest == artifact.digest


# damage


def damaged(store: DiskStore, artifact: Artifact) -> bool:
    """True where reading says that the content is damaged; what else it says must be right."""
    try:
        found = everything(store, artifact)
    except Damaged as damage:
        return damage.digest == artifact.digest
    assert found == EXPECTED
    return False


def chunk_of(folder: Path) -> Path:
    """The one chunk of voxels."""
    return folder / "voxels" / "0" / "c" / "0" / "0"


HARMS: dict[str, Callable[[Path], Any]] = {
    "a truncated chunk": lambda f: os.truncate(chunk_of(f), 10),
    "an emptied chunk": lambda f: os.truncate(chunk_of(f), 0),
    "a deleted chunk": lambda f: chunk_of(f).unlink(),
    "a missing record": lambda f: (f / "record.npz").unlink(),
    "a truncated record": lambda f: os.truncate(f / "record.npz", 50),
    "missing facts": lambda f: (f / "facts.json").unlink(),
    "a missing array header": lambda f: (f / "voxels/0/zarr.json").unlink(),
    "missing voxels": lambda f: shutil.rmtree(f / "voxels"),
    "a missing manifest": lambda f: (f / "manifest.json").unlink(),
    "an emptied manifest": lambda f: os.truncate(f / "manifest.json", 0),
    "a file too many": lambda f: (f / "stray").write_text("x"),
    "a missing folder": shutil.rmtree,
}


@pytest.mark.parametrize("harm", HARMS)
def test_damage_is_noticed_and_mended_by_making_the_content_again(
    disk: DiskStore, harm: str
) -> None:
    artifact = keep(disk)
    HARMS[harm](disk.folder(artifact.digest))
    assert damaged(disk, artifact)
    disk.forget(artifact.digest)
    assert not disk.has(artifact.digest)
    assert files_of(disk) == set()
    keep(disk)
    assert not damaged(disk, artifact)


@pytest.mark.parametrize("name", ["manifest.json", "facts.json", "record.npz", "zarr.json", "0"])
def test_no_flipped_bit_goes_unnoticed_where_it_matters(disk: DiskStore, name: str) -> None:
    artifact = keep(disk)
    folder = disk.folder(artifact.digest)
    (path,) = folder.rglob(name) if name != "0" else [chunk_of(folder)]
    text = path.read_bytes()
    unnoticed = 0
    for place in range(0, len(text), 1 if len(text) < 200 else 7):
        flipped = bytearray(text)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        unnoticed += not damaged(disk, artifact)  # which also compares what was read
    assert unnoticed == 0 or name == "0"  # a few bits of a compressed chunk mean nothing


def test_a_lack_of_memory_is_no_damage(disk: DiskStore) -> None:
    def read() -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        guard("0" * 32, read)()


def test_forgetting_what_is_not_there_is_no_error(store: Store) -> None:
    store.forget("0" * 32)
    assert not store.has("0" * 32)


def test_a_store_of_somebody_else_can_be_read(
    disk: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = keep(disk)

    def refused(path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr("objclass.engine.disk_store.os.utime", refused)
    assert everything(disk, artifact) == EXPECTED


# traces, memos, last runs


def test_a_trace_comes_back_and_another_format_does_not(disk: DiskStore) -> None:
    disk.record("ab12", {"digest": "x"})
    assert disk.trace("ab12") == {"digest": "x", "format": 1}
    disk.record("ab12", {"digest": "x", "format": 2})
    assert disk.trace("ab12") is None
    assert disk.trace("cd34") is None


def test_no_flipped_bit_of_a_note_goes_unnoticed(disk: DiskStore) -> None:
    disk.record("ab12", {"digest": "x", "n": [1, 2.5, "µ"]})
    (path,) = (disk.root / "traces").iterdir()
    text = path.read_bytes()
    for place in range(len(text)):
        flipped = bytearray(text)
        flipped[place] ^= 1 << place % 8
        path.write_bytes(flipped)
        assert disk.trace("ab12") is None


def test_a_memo_holds_while_its_files_do(disk: DiskStore, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("123")
    disk.remember(["k", 1], [file], {"x": 1}, stat([file]))
    assert disk.memo(["k", 1], [file]) == {"x": 1}
    assert disk.memo(["k", 2], [file]) is None
    os.utime(file, ns=(0, 5))
    assert disk.memo(["k", 1], [file]) is None
    file.unlink()
    assert disk.memo(["k", 1], [file]) is None


def test_a_memo_of_a_missing_file_never_holds(disk: DiskStore, tmp_path: Path) -> None:
    disk.remember("k", [tmp_path / "no"], 1, stat([tmp_path / "no"]))
    assert disk.memo("k", [tmp_path / "no"]) is None


def test_a_memo_speaks_of_the_state_before_the_file_was_read(
    disk: DiskStore, tmp_path: Path
) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    before = stat([file])
    file.write_text("changed while it was read")
    disk.remember("k", [file], "old", before)
    assert disk.memo("k", [file]) is None


def test_files_of_two_folders_share_no_memo_though_they_look_alike(
    disk: DiskStore, tmp_path: Path
) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "raw.tif").write_text("123")
        os.utime(tmp_path / name / "raw.tif", ns=(0, 5))
    a, b = tmp_path / "a/raw.tif", tmp_path / "b/raw.tif"
    disk.remember(["raw.tif"], [a], "a", stat([a]))
    assert disk.memo(["raw.tif"], [b]) is None


def test_a_store_moved_with_its_files_remembers_them(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "deep" / "after"
    before.mkdir()
    file, written = before / "raw.tif", before / "results" / "a.csv"
    file.write_text("123")
    store = DiskStore(before / ".objclass")
    store.remember("k", [file], 1, stat([file]))
    store.set_export(written, {"recipe": "r"})
    after.parent.mkdir()
    before.rename(after)
    moved = DiskStore(after / ".objclass")
    assert moved.memo("k", [after / "raw.tif"]) == 1
    assert moved.export(after / "results" / "a.csv") == {"recipe": "r"}


def test_a_written_file_is_the_same_however_its_path_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DiskStore(tmp_path / ".objclass").set_export(tmp_path / "results/a.csv", {"recipe": "r"})
    monkeypatch.chdir(tmp_path)
    assert DiskStore(Path(".objclass")).export(Path("results/a.csv")) == {"recipe": "r"}


def test_the_last_run_is_remembered_by_workflow(disk: DiskStore) -> None:
    disk.set_last("a.yaml", {"k": "r"})
    assert disk.last("a.yaml") == {"k": "r"}
    assert disk.last("b.yaml") == {}


def test_a_pin_gathers_the_tags_of_every_run(disk: DiskStore) -> None:
    content = Artifact("ab", {"voxels": "cd"})
    disk.add_pin(Pin(content, ("o2", "o1"), {"node": "m"}))
    disk.add_pin(Pin(content, ("o3", "o1"), {"node": "n"}))
    assert list(disk.pins()) == [Pin(content, ("o1", "o2", "o3"), {"node": "n"})]


def test_a_pin_of_an_older_store_is_read_and_gathers_new_tags(disk: DiskStore) -> None:
    """Written as releases before pins did: a root with stamps."""
    old = {"grid": {"y": 3}, "dtype": "uint32", "stamps": ["o1"], "subtrees": {"index": "ef"}}
    disk._write("roots", "ab", old)
    facts = {"grid": {"y": 3}, "dtype": "uint32"}
    content = Artifact("ab", {"index": "ef"})
    assert list(disk.pins()) == [Pin(content, ("o1",), facts)]
    disk.add_pin(Pin(content, ("o2",), facts))
    assert disk._read("roots", "ab") == {**old, "stamps": ["o1", "o2"]}


@pytest.mark.parametrize("room", ["last", "exports", "memo", "roots"])
def test_a_damaged_note_is_as_if_it_were_not_there(
    disk: DiskStore, tmp_path: Path, room: str
) -> None:
    file = tmp_path / "a"
    file.write_text("123")
    disk.set_last("w", {"k": "r"})
    disk.set_export(file, {"recipe": "r"})
    disk.remember("k", [file], 1, stat([file]))
    disk.add_pin(Pin(Artifact("ab"), ("o1",)))
    (path,) = (path for path in (disk.root / room).rglob("*") if path.is_file())
    path.write_text("[1")
    found = {
        "last": disk.last("w") == {},
        "exports": disk.export(file) is None,
        "memo": disk.memo("k", [file]) is None,
        "roots": list(disk.pins()) == [],
    }
    assert found == {name: name == room for name in found}
    disk.add_pin(Pin(Artifact("ab"), ("o2",)))


def test_a_store_in_memory_forgets_files_and_last_runs(tmp_path: Path) -> None:
    store = MemoryStore()
    store.remember("k", [tmp_path], 1, stat([tmp_path]))
    store.set_last("w", {"k": "r"})
    store.add_pin(Pin(Artifact("ab"), ("o1",)))
    assert store.memo("k", [tmp_path]) is None
    assert store.last("w") == {}
    assert list(store.pins()) == []
    store.set_export(tmp_path, {"recipe": "r"})
    assert store.export(tmp_path) == {"recipe": "r"}


def test_a_store_in_memory_can_be_emptied() -> None:
    store = MemoryStore()
    artifact = keep(store)
    store.record("r", {"digest": artifact.digest})
    store.clear()
    assert not store.has(artifact.digest)
    assert store.trace("r") is None
    with pytest.raises(Damaged):
        store.load_record(artifact.digest)


def test_records_are_unpacked_as_what_their_header_says() -> None:
    record = Record({"x": np.array([1.0])}, {"a": 1})
    assert unpack(FACTS, lambda: record, lambda n, r: IDS) is record


def test_a_record_is_held_once_while_it_is_read(tmp_path: Path) -> None:
    record = Record({"a": np.arange(2_000_000, dtype=np.float64)}, {})
    write_record(record, tmp_path)
    known = sums(tmp_path)
    tracemalloc.start()
    found = read_record(tmp_path, known)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(found.arrays["a"], record.arrays["a"])
    assert most < 16_000_000 + 3 * PIECE
