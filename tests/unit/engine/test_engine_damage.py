"""Every way a stored content can be broken is found, and nothing whole is called broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.image import ImageHeader
from objclass.engine.artifact import Artifact, Content, Record
from objclass.engine.damage import digest_of, verify
from objclass.engine.disk_store import DiskStore
from objclass.engine.files import stat
from objclass.engine.pin import Pin
from objclass.engine.store import Damaged

Spoil = Callable[[Path], object]


def put(store: DiskStore, content: Content) -> Path:
    """Keep a content and return its folder."""
    with store.workshop("f" * 32) as workshop:
        digest = workshop.keep(content).digest
    return store.root / "content" / digest[:2] / digest


def voxels(store: DiskStore, shape: tuple[int, ...], dtype: str, names: tuple[str, ...]) -> Path:
    """Keep arrays of several chunks, with an index where there is one array."""
    rng = np.random.default_rng(0)
    with store.workshop("e" * 32) as workshop:
        arrays = {}
        for name in names:
            array = rng.integers(0, 5, shape).astype(dtype)
            arrays[name] = workshop.new_voxels(shape, dtype)
            arrays[name].write(Region.whole(shape), array)
        record = Record({"ids": np.arange(3)}, {"n": 3}) if names == ("voxels",) else None
        digest = workshop.keep(Content(arrays, record)).digest
    return store.root / "content" / digest[:2] / digest


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "cache")


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((600, 520), "uint32"), ((70, 65, 66), "uint64"), ((3, 5), "float32"), ((1, 1, 1), "uint8")],
)
@pytest.mark.parametrize("names", [("voxels",), ("0",), ("0", "2")])
def test_the_digest_on_disk_is_the_one_it_was_kept_under(
    store: DiskStore, shape: tuple[int, ...], dtype: str, names: tuple[str, ...]
) -> None:
    folder = voxels(store, shape, dtype, names)
    assert digest_of(folder) == folder.name


@pytest.mark.parametrize(
    "record",
    [
        Record({}, {"matches": [["valid", 3, None, [0, 1, 2]]], "x": 1.0, "nan": float("nan")}),
        Record({"a": np.empty(0), "b": np.array([np.nan, -0.0]), "c": np.array([b"o1"], "S11")}),
        Record({"X": np.ones((4, 2)), "y": np.arange(4)}, {"tuple": [1, 2], "text": "µ"}),
    ],
)
def test_records_too(store: DiskStore, record: Record) -> None:
    folder = put(store, Content(record=record))
    assert digest_of(folder) == folder.name


def chunk(folder: Path) -> Path:
    """The first chunk of the first array."""
    return next(p for p in sorted(folder.rglob("*")) if p.is_file() and p.parent.name.isdigit())


def flip(path: Path) -> None:
    """Change one byte in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


SPOILS: dict[str, Spoil] = {
    "a byte of a chunk": lambda folder: flip(chunk(folder)),
    "a byte of the record": lambda folder: flip(folder / "record.npz"),
    "a byte of the facts": lambda folder: flip(folder / "facts.json"),
    "half a chunk": lambda folder: chunk(folder).write_bytes(chunk(folder).read_bytes()[:9]),
    "a chunk less": lambda folder: chunk(folder).unlink(),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "another manifest": lambda folder: (folder / "manifest.json").write_text("{}"),
    "no record": lambda folder: (folder / "record.npz").unlink(),
    "a file more": lambda folder: (folder / "voxels/x").write_text("x"),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS.keys())
def test_damage_is_found_named_and_dropped_when_asked(store: DiskStore, spoil: Spoil) -> None:
    bad = voxels(store, (600, 520), "uint32", ("voxels",))
    good = put(store, Content(record=Record({"a": np.arange(3)})))
    trace = {"digest": bad.name, "preimage": {"kind": "threshold.objects"}}
    store.record("a" * 32, trace)
    spoil(bad)
    found = verify(store.root)
    assert [(each.name, each.made_by) for each in found.damaged] == [
        (bad.name, "threshold.objects")
    ]
    assert found.damaged[0].why
    assert bad.exists()
    verify(store.root, repair=True)
    assert not bad.exists()
    assert good.exists()
    assert verify(store.root).damaged == ()


def test_a_content_under_another_digest_is_damaged(store: DiskStore) -> None:
    folder = put(store, Content(record=Record({"a": np.arange(3)})))
    other = folder.with_name("b" * 32)
    folder.rename(other)
    (found,) = verify(store.root).damaged
    assert found.why == f"its digest is {folder.name}"


def test_notes_that_do_not_read_are_damaged_too(store: DiskStore) -> None:
    store.set_last("cells.yaml", {"a": "b"})
    (path,) = (store.root / "last").rglob("*.json")
    path.write_text("{half")
    (found,) = verify(store.root, repair=True).damaged
    assert (found.name, found.made_by, found.why) == (path.stem, "last", "not as it was written")
    assert not path.exists()


def test_looking_changes_nothing(store: DiskStore) -> None:
    folder = voxels(store, (600, 520), "uint32", ("voxels",))
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}
    assert verify(store.root).checked == 1
    assert {path: path.stat().st_mtime_ns for path in before} == before


def swap(a: Path, b: Path) -> None:
    """Let two files or folders change places."""
    aside = a.with_name("aside")
    a.rename(aside)
    b.rename(a)
    aside.rename(b)


def rows(store: DiskStore, *numbers: int) -> Path:
    """Keep a record of numbers."""
    return put(store, Content(record=Record({"a": np.array(numbers)}, {"first": numbers[0]})))


@pytest.mark.parametrize("room", ["last", "roots"])
def test_records_that_changed_places_are_damage(
    store: DiskStore, room: str, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("x")
    for name in ("a" * 32, "b" * 32):
        store.set_last(name, {"s": name})
        store.add_pin(Pin(Artifact(name), (name,)))
    first, second = sorted((store.root / room).rglob("*.json"))
    swap(first, second)
    whys = {each.name: each.why for each in verify(store.root).damaged}
    assert whys == {
        first.stem: f"it is the record {room}/{second.stem}, under another name",
        second.stem: f"it is the record {room}/{first.stem}, under another name",
    }
    known = {"last": [*store.last("a" * 32), *store.last("b" * 32)], "roots": list(store.pins())}
    assert not known[room]


def known_records(store: DiskStore, file: Path) -> dict[str, list[object]]:
    """What is known of two names in every room of many records."""
    names = ["a" * 32, "b" * 32]
    return {
        "traces": [store.trace(name) for name in names],
        "memo": [store.memo(name, [file]) for name in names],
        "exports": [store.export(file.with_name(name)) for name in names],
    }


@pytest.mark.parametrize(
    ("room", "other"), [("traces", "memo"), ("memo", "exports"), ("exports", "traces")]
)
def test_files_of_records_in_the_room_of_others_are_damage(
    store: DiskStore, room: str, other: str, tmp_path: Path
) -> None:
    file = tmp_path / "x"
    file.write_text("x")
    for k, name in enumerate(("a" * 32, "b" * 32)):
        store.record(name, {"digest": str(k)})
        store.remember(name, [file], k + 1, stat([file]))
        store.set_export(tmp_path / name, {"n": k})
    assert all(map(all, known_records(store, file).values()))
    (first,), (second,) = ((store.root / each).iterdir() for each in (room, other))
    swap(first, second)
    found = verify(store.root)
    assert found.checked == 6
    assert sorted(each.made_by for each in found.damaged) == sorted([room, other] * 2)
    assert all(each.why.endswith("in another room") for each in found.damaged)
    known = known_records(DiskStore(store.root), file)
    assert not any(known[room] + known[other])


@pytest.mark.parametrize("room", ["traces", "memo", "exports"])
def test_a_damaged_record_among_many_is_named_and_dropped(
    store: DiskStore, room: str, tmp_path: Path
) -> None:
    file = tmp_path / "x"
    file.write_text("x")
    for k, name in enumerate(("a" * 32, "b" * 32)):
        store.record(name, {"digest": f"digest {k}"})
        store.remember(name, [file], f"digest {k}", stat([file]))
        store.set_export(tmp_path / name, {"n": f"digest {k}"})
    (path,) = (store.root / room).iterdir()
    path.write_bytes(path.read_bytes().replace(b"digest 0", b"digest 2"))
    (found,) = verify(store.root, repair=True).damaged
    assert (found.made_by, found.why) == (room, "not as it was written")
    assert verify(store.root).damaged == ()
    known = known_records(store, file)
    assert [each is not None for each in known[room]] == [False, True]
    assert all(all(known[other]) for other in known if other != room)


def test_contents_that_changed_places_are_damage(store: DiskStore) -> None:
    first, second = rows(store, 1, 2), rows(store, 3, 4)
    swap(first, second)
    assert {each.name for each in verify(store.root).damaged} == {first.name, second.name}
    for digest in (first.name, second.name):
        with pytest.raises(Damaged):
            store.load_record(digest)


@pytest.mark.parametrize("file", ["record.npz", "facts.json", "manifest.json"])
def test_files_of_two_contents_that_changed_places_are_damage(store: DiskStore, file: str) -> None:
    first, second = rows(store, 1, 2), rows(store, 3, 4)
    swap(first / file, second / file)
    assert {each.name for each in verify(store.root).damaged} == {first.name, second.name}


def two_channels(store: DiskStore) -> tuple[Path, Artifact]:
    """Keep two channels of four chunks each, which differ."""
    shape = (600, 600)
    with store.workshop("e" * 32) as workshop:
        arrays = {}
        for k, name in enumerate("01"):
            arrays[name] = workshop.new_voxels(shape, "uint16")
            values = np.arange(shape[0] * shape[1], dtype="uint16").reshape(shape) + k
            arrays[name].write(Region.whole(shape), values.astype("uint16"))
        artifact = workshop.keep(Content(arrays))
    return store.folder(artifact.digest), artifact


PLACES = {
    "two channels": ("voxels/0", "voxels/1"),
    "two chunks of a channel": ("voxels/0/c/0/0", "voxels/0/c/1/1"),
    "one chunk of two channels": ("voxels/0/c/0/1", "voxels/1/c/0/1"),
    "the lists of chunks": ("voxels/0/chunks", "voxels/1/chunks"),
}


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES.keys())
def test_voxels_that_changed_places_are_damage(store: DiskStore, places: tuple[str, str]) -> None:
    folder, artifact = two_channels(store)
    swap(folder / places[0], folder / places[1])
    assert [each.name for each in verify(store.root).damaged] == [folder.name]
    image = store.load(artifact, ImageHeader(Grid((600, 600)), ("0", "1"), "uint16"))
    with pytest.raises(Damaged):
        image.read(0), image.read(1)


def test_a_region_is_compared_where_it_is_read(store: DiskStore) -> None:
    folder, artifact = two_channels(store)
    swap(folder / "voxels/0/c/0/1", folder / "voxels/1/c/0/1")
    image = store.load(artifact, ImageHeader(Grid((600, 600)), ("0", "1"), "uint16"))
    assert image.read(0, Region((0, 0), (512, 512)))[3, 5] == 3 * 600 + 5
    for _ in range(2):
        with pytest.raises(Damaged, match=r"chunk \(0, 1\) is not as it was written"):
            image.read(0, Region((0, 511), (1, 513)))
