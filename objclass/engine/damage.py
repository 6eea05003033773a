"""Looks whether everything in a store is as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.engine.artifact import INDEX, Artifact
from objclass.engine.disk_store import MANIFEST, PACKED, DiskStore, record_name
from objclass.engine.files import tally, unseal
from objclass.engine.housekeeping import (
    NOTES,
    content_folders,
    indexes_of_files,
    notes_in,
)
from objclass.engine.record_file import name_in, record_in
from objclass.engine.record_room import RecordRoom
from objclass.io.disk import writing


@dataclass(frozen=True)
class Damage:
    """Something that is not as it was written: its name, what made it, and why."""

    name: str
    made_by: str
    why: str


@dataclass(frozen=True)
class Verified:
    """What :func:`verify` looked at and found damaged."""

    checked: int
    damaged: tuple[Damage, ...]


def verify(root: Path, *, repair: bool = False) -> Verified:
    """Read every content and compare its digest with its name.

    Parameters
    ----------
    root
        Folder of the store.
    repair
        Drop what is damaged, so that the next run makes it again.
    """
    makers = _makers(root)
    damaged: list[Damage] = []
    checked = 0
    for folder in content_folders(root):
        why = damage(folder)
        checked += 1
        if why and folder.exists():
            damaged.append(Damage(folder.name, makers.get(folder.name, "unknown"), why))
            if repair:
                DiskStore(root).forget(folder.name)
    for name, room, why in _records(root):
        checked += 1
        if why:
            damaged.append(Damage(name, room, why))
    if repair:
        _drop_damaged(root)
    return Verified(checked, tuple(damaged))


def _records(root: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, room and damage of every record; the damage is empty where there is none."""
    for room in PACKED:
        for line in RecordRoom(root, room).lines():
            if line != b"\n":
                yield name_in(line).decode(errors="replace"), room, line_damage(line, room)
    for path in _notes(root):
        if (why := note_damage(path)) == "" or path.exists():
            yield path.stem, path.parent.parent.name, why


def _notes(root: Path) -> Iterator[Path]:
    """Yield the records that have a file each."""
    for room in NOTES:
        yield from notes_in(root, room)
    for room in PACKED:
        yield from RecordRoom(root, room).singles()


def _drop_damaged(root: Path) -> None:
    for path in _notes(root):
        if note_damage(path):
            path.unlink(missing_ok=True)
    with writing(root):
        for room in PACKED:
            RecordRoom(root, room).pack(wholly=True)


def line_damage(line: bytes, room: str) -> str:
    """Return what is wrong with a record of a room; empty where it is as it was written."""
    found = record_in(line)
    if found is None:
        return "not as it was written"
    right = found[1].startswith(f"{room}/")
    return "" if right else f"it is the record {found[1]}, in another room"


def note_damage(path: Path) -> str:
    """Return what is wrong with a record; empty where it is as it was written."""
    try:
        found = unseal(path)
    except (OSError, ValueError, RecursionError):
        return "not as it was written"
    right = found[1:] in ([], [record_name(path.parent.parent.name, path.stem)])
    return "" if right else f"it is the record {found[-1]}, under another name"


def _makers(root: Path) -> dict[str, str]:
    """Return content digest to the kind and part that made it."""
    found = dict.fromkeys(indexes_of_files(root), "index of a file")
    for _, trace in RecordRoom(root, "traces").records():
        if isinstance(trace, dict) and isinstance(trace.get("preimage"), dict):
            found[str(trace.get("digest"))] = str(trace["preimage"].get("kind", "unknown"))
    return found


def damage(folder: Path) -> str:
    """Return what is wrong with a content; empty where it is as it was written."""
    try:
        found = digest_of(folder)
    except Exception as error:  # whatever a library says of broken bytes
        return f"{type(error).__name__}: {error}".splitlines()[0][:200]
    if found != folder.name:
        return f"its digest is {found}"
    named = unseal(folder / MANIFEST)[1:]
    right = named in ([], [record_name("content", folder.name)])
    return "" if right else "its manifest is that of another content"


def digest_of(folder: Path) -> str:
    """Return the digest of a content as it lies on disk.

    Raises
    ------
    Exception
        Of any kind where it does not read.
    """
    from objclass.engine.content import FACTS, VOXELS, checked, read_record

    manifest = unseal(folder / MANIFEST)[0]
    if not isinstance(manifest, dict):
        raise ValueError("its manifest is missing")
    files, size = tally(folder)
    if [files - 1, size - (folder / MANIFEST).stat().st_size] != manifest["tally"]:
        raise ValueError("files are missing or cut short")
    sums: Mapping[str, str] = manifest["sums"]
    for name in sums:
        checked(folder, name, sums)
    record = read_record(folder, sums) if FACTS in sums else None
    arrays = sorted((folder / VOXELS).iterdir()) if (folder / VOXELS).is_dir() else []
    if not arrays:
        return record.artifact().digest if record else Artifact.of({}).digest
    subtrees = {path.name: _voxel_digest(path) for path in arrays}
    if record:
        subtrees[INDEX] = record.artifact().digest
    return Artifact.of(subtrees).digest


def _voxel_digest(path: Path) -> str:
    """Return the digest of a Zarr array, read chunk by chunk."""
    from objclass.data.blocks import tiles
    from objclass.engine.chunk_files import ChunkFiles
    from objclass.engine.content import ChunkDigests

    array = ChunkFiles.opened(path)
    chunks = ChunkDigests(array.shape, str(array.dtype))
    for region in tiles(array.shape, array.chunks):
        chunks.add(region, array.read(region))
    return chunks.whole()
