"""Looks whether everything in a store is as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from objclass.engine.artifact import INDEX, Artifact
from objclass.engine.disk_store import MANIFEST, DiskStore, record_name
from objclass.engine.files import tally, unseal
from objclass.engine.housekeeping import (
    NOTES,
    content_folders,
    indexes_of_files,
    notes_in,
    read_note,
)


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
    for path in (path for room in NOTES for path in notes_in(root, room)):
        checked += 1
        why = note_damage(path)
        if why and path.exists():
            damaged.append(Damage(path.stem, path.parent.parent.name, why))
            if repair:
                path.unlink(missing_ok=True)
    return Verified(checked, tuple(damaged))


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
    for path in notes_in(root, "traces"):
        trace = read_note(path)
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
    import zarr

    from objclass.data.blocks import chunk_shape, tiles
    from objclass.engine.content import ChunkDigests

    array: Any = zarr.open_array(str(path), mode="r")
    chunks = ChunkDigests(array.shape, str(array.dtype))
    for region in tiles(array.shape, chunk_shape(array.shape)):
        chunks.add(region, array[region.slices])
    return chunks.whole()
