"""What the metadata files of Zarr and N5 folders say: groups, arrays, attributes.

Reads small JSON files only and needs no library, so that a cached run stays quick.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Protocol

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, nearest
from objclass.io.multiscale import Metadata, ome_part

ZARR2, ZARR3, N5 = "Zarr 2", "Zarr 3", "N5"
FILES = ("zarr.json", ".zarray", ".zgroup", ".zattrs", "attributes.json")
"""Every file that holds metadata."""
ZARR_FILES = "metadata in zarr.json, .zgroup, .zarray or attributes.json"
DEEPEST = 4
"""How far below a folder arrays are looked for."""


class KeyValueStore(Protocol):
    """Where the files of a Zarr or N5 hierarchy lie: a folder, or a place on a server.

    Attributes
    ----------
    root
        The folder, or its address.
    lists
        True where it can tell what lies in a folder.
    found
        Metadata files that were read.
    """

    root: Path
    lists: bool
    found: set[str]

    def get(self, key: str) -> bytes | None:
        """Return the bytes of a metadata file below the root; None where there is none."""

    def chunk(self, key: str) -> bytes | None:
        """Return the bytes of a chunk; None where there is none."""

    def children(self, key: str) -> tuple[str, ...]:
        """Return the names of the folders below one; none where that cannot be asked."""

    def __str__(self) -> str:
        """Return the root as a person knows it."""


class FolderStore:
    """A folder on disk; `found` holds what was read of its metadata."""

    lists = True

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: set[str] = set()

    def get(self, key: str) -> bytes | None:
        """Return the bytes of a metadata file below the root; None where there is none."""
        data = self.chunk(key)
        if data is not None:
            self.found.add(key)
        return data

    def chunk(self, key: str) -> bytes | None:
        """Return the bytes of a chunk; None where there is none."""
        try:
            return (self.root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def children(self, key: str) -> tuple[str, ...]:
        """Return the names of the folders below one, sorted; none where there is no folder."""
        try:
            with os.scandir(self.root / key) as entries:
                return tuple(sorted(entry.name for entry in entries if entry.is_dir()))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def __str__(self) -> str:
        """Return the path of the folder."""
        return str(self.root)


@dataclass(frozen=True)
class MetadataNode:
    """A group or an array of a hierarchy.

    Parameters
    ----------
    path
        Below the root; empty for the root itself.
    kind
        Whether it is a group or an array.
    format
        ``Zarr 2``, ``Zarr 3`` or ``N5``.
    attributes
        What was written about it.
    facts
        An array's shape, chunks, type and compression, in the words of its format.
    """

    path: str
    kind: Literal["group", "array"]
    format: str
    attributes: Metadata
    facts: Metadata


def node_at(store: KeyValueStore, path: str) -> MetadataNode | None:
    """Return the group or array at a path below the root; None where there is none.

    Raises
    ------
    InputError
        Where a metadata file is no JSON object.
    """
    return _zarr3(store, path) or _zarr2(store, path) or _n5(store, path)


def _zarr3(store: KeyValueStore, path: str) -> MetadataNode | None:
    found = read_object(store, path, "zarr.json")
    if found is None:
        return None
    attributes = found.get("attributes", {})
    kind: Literal["group", "array"] = "array" if found.get("node_type") == "array" else "group"
    return MetadataNode(path, kind, ZARR3, as_mapping(attributes), found)


def _zarr2(store: KeyValueStore, path: str) -> MetadataNode | None:
    array = read_object(store, path, ".zarray")
    group = read_object(store, path, ".zgroup") if array is None else None
    attributes = read_object(store, path, ".zattrs")
    if array is None and group is None and attributes is None:
        return None
    said = attributes or {}
    if array is not None:
        return MetadataNode(path, "array", ZARR2, said, array)
    return MetadataNode(path, "group", ZARR2, said, group or {})


def _n5(store: KeyValueStore, path: str) -> MetadataNode | None:
    found = read_object(store, path, "attributes.json")
    if found is None:
        return None
    kind: Literal["group", "array"] = "array" if "dimensions" in found else "group"
    return MetadataNode(path, kind, N5, found, found)


def read_object(store: KeyValueStore, path: str, name: str) -> Metadata | None:
    """Return the JSON object in a metadata file; None where there is no such file."""
    key = f"{path}/{name}" if path else name
    data = store.get(key)
    if data is None:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        got = f'"{error}"' if data.strip() else "an empty file"
        raise InputError(_no_metadata(store, key, got)) from None
    if not isinstance(found, dict):
        raise InputError(_no_metadata(store, key, type(found).__name__))
    return found


def _no_metadata(store: KeyValueStore, key: str, got: str) -> Problem:
    fix = "it may be cut off, or not written to its end: copy it or write it again"
    return Problem(f"{store}/{key} holds no metadata", got, "a JSON object", fix)


def as_mapping(value: object) -> Metadata:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_numbers(value: object) -> tuple[int, ...]:
    """Return a list of whole numbers, or nothing for anything else."""
    every = value if isinstance(value, list) else []
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in every)
    return tuple(every) if whole else ()


def images_below(store: KeyValueStore, path: str, depth: int = DEEPEST) -> Iterator[str]:
    """Yield the paths of the images and plain arrays below a group that can be listed."""
    for name in store.children(path):
        below = f"{path}/{name}" if path else name
        found = node_at(store, below)
        if found is not None and (found.kind == "array" or is_pyramid(found)):
            yield below
        elif depth > 1:
            yield from images_below(store, below, depth - 1)


def is_pyramid(node: MetadataNode) -> bool:
    """Return True for a group that holds the levels of an image."""
    return "multiscales" in ome_part(node.attributes)


def label_names(node: MetadataNode) -> tuple[str, ...]:
    """Return the label images that a group of them lists."""
    said = ome_part(node.attributes).get("labels")
    return tuple(str(name) for name in said) if isinstance(said, list) else ()


def absent(store: KeyValueStore, path: str) -> Problem:
    """The problem of a path below the root where no group and no array is."""
    folder, _, name = path.rpartition("/")
    if not path and not store.lists:
        fix = "check the address and, where it is not public, your credentials"
        what = f"{store} is no Zarr or N5 image"
        return Problem(what, "no metadata there that may be read", ZARR_FILES, fix)
    if not path:
        fix = "it may be copied or written in part: copy it again"
        return Problem(
            f"{store} is no Zarr or N5 image", "a folder without metadata", ZARR_FILES, fix
        )
    names = store.children(folder)
    if name in names:
        fix = "it may be copied or written in part: copy it again"
        return Problem(f"'{path}' in {store} is a folder without metadata", fix=fix)
    close = nearest(name, names)
    fix = f"did you mean {store}/{folder}/{close}?".replace("//", "/") if close else ""
    return Problem(f"'{path}' does not exist in {store}", fix=fix or None)
