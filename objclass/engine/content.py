"""How contents lie on disk: Zarr arrays for voxels, one columnar file for a record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from io import BytesIO
from itertools import product
from math import prod
from pathlib import Path
from typing import IO, Any, BinaryIO
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from objclass.data import digest
from objclass.data.blocks import Region, chunk_shape, chunks_in, tiles
from objclass.engine.artifact import Content, Record
from objclass.engine.chunk_files import ARRAY, ChunkFiles
from objclass.engine.columns import ArrayColumns, Columns, StoredColumns
from objclass.engine.decoded import DecodedChunks
from objclass.engine.packed import memory_array

RECORD = "record.npz"
FACTS = "facts.json"
VOXELS = "voxels"
PIECE = 1 << 22
"""Bytes of a file that are held while it is compared with its digest."""
LARGE = 1 << 22
"""Bytes of a record beyond which its columns are not held."""
CHUNKS = "chunks"
"""File beside a Zarr array with 16 bytes per chunk in raster order: the digest of its file."""


class ChunkDigests:
    """Digests of chunks as they are written, and of the whole array from them."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype).newbyteorder("<").str
        self.found: dict[tuple[int, ...], str] = {}
        self._begun: dict[tuple[int, ...], tuple[int, digest.GrowingDigest]] = {}

    def add(self, region: Region, array: NDArray[np.generic]) -> None:
        """Note the chunks of a region that lies on chunk borders.

        Along the first axis it may end within chunks; the next region goes on from there.
        """
        for part in chunks_in(region, self.shape):
            chunk = part.aligned(chunk_shape(self.shape), self.shape)
            if part == chunk:
                self.note(chunk, digest.of_chunk(array[part.within(region)]))
            else:
                self._add_rows(chunk, part, array[part.within(region)])

    def _add_rows(self, chunk: Region, part: Region, rows: NDArray[np.generic]) -> None:
        """Note some of a chunk's rows, or planes; all before them were noted."""
        begun = self._begun.pop(chunk.start, (chunk.start[0], digest.GrowingDigest()))
        reached, growing = begun
        if part.start[0] != reached or part.shape[1:] != chunk.shape[1:]:
            raise ValueError(f"{part} does not go on where chunk {chunk} ended, at {reached}")
        growing.add(rows)
        if part.stop[0] == chunk.stop[0]:
            self.note(chunk, growing.whole())
        else:
            self._begun[chunk.start] = part.stop[0], growing

    def note(self, chunk: Region, known: str) -> None:
        """Note the digest of one chunk."""
        self.found[chunk.start] = known

    def whole(self) -> str:
        """Return the digest of the array; every chunk must have been written."""
        order = tiles(self.shape, chunk_shape(self.shape))
        return digest.of_chunks(self.shape, self.dtype, [self.found[r.start] for r in order])


class ZarrVoxels:
    """An array in a Zarr v3 folder; chunks are fixed by the shape, and compressed."""

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        dtype: str,
        writing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.path = path
        self.shape = shape
        self._writing = writing
        self._digests = ChunkDigests(shape, dtype)
        self._array = ChunkFiles.create(path, shape, dtype)

    def write(self, region: Region, array: NDArray[np.generic]) -> None:
        """Write a region on chunk borders."""
        self._digests.add(region, array)
        with self._writing():
            self._array.write(region, array)

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a region."""
        return self._array.read(region)

    def digest(self) -> str:
        """Return the digest of all voxels."""
        return self._digests.whole()


class MemoryVoxels:
    """An array in memory with the same digest as one on disk."""

    def __init__(self, shape: tuple[int, ...], dtype: str) -> None:
        self.shape = shape
        self._digests = ChunkDigests(shape, dtype)
        self._array, self._read = memory_array(shape, dtype)

    def write(self, region: Region, array: NDArray[np.generic]) -> None:
        """Write a region on chunk borders."""
        self._digests.add(region, array)
        self._array[region.slices] = array

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a region."""
        return self._read(region)

    def digest(self) -> str:
        """Return the digest of all voxels."""
        return self._digests.whole()


def sums(folder: Path) -> dict[str, str]:
    """Return the digest of every file below `folder` but the chunks, which have their own list."""
    small = (p for p in folder.rglob("*") if p.is_file())
    named = ((p.relative_to(folder).as_posix(), p) for p in small)
    return {
        name: digest.of_bytes(path.read_bytes())
        for name, path in sorted(named)
        if not name.startswith(f"{VOXELS}/") or path.name in (ARRAY, CHUNKS)
    }


def checked(folder: Path, name: str, known: Mapping[str, str]) -> bytes:
    """Return the bytes of a file; raise where they are not those that were written."""
    found = (folder / name).read_bytes()
    if digest.of_bytes(found) != known[name]:
        raise ValueError(f"{name} is not as it was written")
    return found


@contextmanager
def opened(folder: Path, name: str, known: Mapping[str, str]) -> Iterator[BinaryIO]:
    """Open a file for reading, of which a piece at a time is held; raise as :func:`checked`."""
    with (folder / name).open("rb") as file:
        found, first = digest.PieceDigest(), file.read(PIECE)
        found.add(first)
        piece = first
        while len(piece) == PIECE:
            piece = file.read(PIECE)
            found.add(piece)
        if found.whole() != known[name]:
            raise ValueError(f"{name} is not as it was written")
        file.seek(0)
        yield BytesIO(first) if len(first) < PIECE else file  # a small one is read once


def content_bytes(content: Content) -> int:
    """Return how many bytes a content takes at most, about."""
    arrays = content.record.arrays.values() if content.record else ()
    voxels = sum(prod(v.shape) for v in content.voxels.values())
    return voxels + sum(np.asarray(array).nbytes for array in arrays)


def lay_out(content: Content, folder: Path) -> None:
    """Write a content's record and move its Zarr arrays into `folder`."""
    (folder / VOXELS if content.voxels else folder).mkdir(parents=True)
    for name, voxels in content.voxels.items():
        assert isinstance(voxels, ZarrVoxels)
        voxels.path.rename(folder / VOXELS / name)
        chunks = chunk_files(folder / VOXELS / name, voxels.shape)
        digests = b"".join(chunk_digest(path) for path in chunks.values())
        (folder / VOXELS / name / CHUNKS).write_bytes(digests)
    if content.record is not None:
        write_record(content.record, folder)


def chunk_files(array: Path, shape: tuple[int, ...]) -> dict[tuple[int, ...], Path]:
    """Return the file of every chunk of a Zarr array by its number along each axis."""
    chunk = chunk_shape(shape)
    starts = (tile.start for tile in tiles(shape, chunk))
    numbers = (tuple(a // n for a, n in zip(start, chunk, strict=True)) for start in starts)
    return {each: array.joinpath("c", *map(str, each)) for each in numbers}


def chunk_digest(path: Path) -> bytes:
    """Return the digest of a chunk's file, 16 bytes."""
    return bytes.fromhex(digest.of_bytes(path.read_bytes()))


def write_record(record: Record, folder: Path) -> None:
    """Write a record; columns of one type and length lie together in one array."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    arrays = {name: np.asarray(array) for name, array in record.arrays.items()}
    for name, array in arrays.items():
        groups.setdefault((array.dtype.str, array.shape), []).append(name)
    with ZipFile(folder / RECORD, "w") as archive:  # as np.savez, which holds all stacks at once
        for number, group in enumerate(groups.values()):
            with archive.open(f"{number}.npy", "w", force_zip64=True) as member:
                _write_stack(member, [arrays[name] for name in group])
    facts = {"order": list(arrays), "groups": list(groups.values()), "facts": dict(record.facts)}
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _write_stack(file: IO[bytes], rows: Sequence[NDArray[Any]]) -> None:
    """Write arrays of one type and shape as one NPY array, of which one row is held at a time."""
    first = rows[0]
    if first.dtype.hasobject:
        raise ValueError(f"{first.dtype} cannot be written without pickling it")
    descr = np.lib.format.dtype_to_descr(first.dtype)
    header = {"descr": descr, "fortran_order": False, "shape": (len(rows), *first.shape)}
    np.lib.format.write_array_header_1_0(file, header)
    for row in rows:
        file.write(np.ascontiguousarray(row).data.cast("B") if row.size else b"")


def read_record(folder: Path, known: Mapping[str, str]) -> Record:
    """Return the record kept in `folder`; nothing in it is unpickled.

    Parameters
    ----------
    folder
        Where the content lies.
    known
        What :func:`sums` said when it was written.
    """
    facts = json.loads(checked(folder, FACTS, known))
    with (
        opened(folder, RECORD, known) as stored,
        np.load(stored, allow_pickle=False) as file,
    ):
        groups = enumerate(facts["groups"])
        arrays = {n: a for i, names in groups for n, a in zip(names, file[str(i)], strict=True)}
    return Record({name: arrays[name] for name in facts["order"]}, facts["facts"])


def read_columns(folder: Path, known: Mapping[str, str]) -> Columns:
    """Return the arrays of the record kept in `folder`; large ones are left where they are.

    Parameters
    ----------
    folder, known
        As :func:`read_record` has them.
    """
    if (folder / RECORD).stat().st_size <= LARGE:
        return ArrayColumns(read_record(folder, known).arrays)
    facts = json.loads(checked(folder, FACTS, known))
    with opened(folder, RECORD, known):  # compared with its digest, a piece at a time
        return StoredColumns(
            folder / RECORD, tuple(facts["order"]), tuple(map(tuple, facts["groups"]))
        )


def decode_chunks(array: ChunkFiles, region: Region) -> NDArray[np.generic]:
    """Return a region of an array as the disk has it now."""
    return array.read(region)


class StoredVoxels:
    """An array kept in a content; a chunk is compared with the list when it is first read.

    The list says that a chunk is whole, and that it is the chunk of this place in this array.
    """

    def __init__(self, folder: Path, name: str, known: Mapping[str, str]) -> None:
        place = f"{VOXELS}/{name}"
        checked(folder, f"{place}/{ARRAY}", known)
        self._array = ChunkFiles.opened(folder / place)
        self._chunk = self._array.chunks
        # Not a method of this object, so that its decoded chunks go when it goes.
        decode = partial(decode_chunks, self._array)
        self._decoded = DecodedChunks(self._array.shape, self._array.dtype, decode)
        self._unread: dict[tuple[int, ...], tuple[Path, bytes]] = {}
        if f"{place}/{CHUNKS}" in known:  # older contents have no list
            listed = checked(folder, f"{place}/{CHUNKS}", known)
            files = chunk_files(folder / place, self._array.shape)
            self._unread = {
                number: (path, listed[16 * k : 16 * k + 16])
                for k, (number, path) in enumerate(files.items())
            }

    def read(self, region: Region) -> NDArray[np.generic]:
        """Return a region; raise where a chunk is not the one that was written there."""
        if self._unread:
            for number in self._numbers(region):
                path, expected = self._unread.get(number, (None, b""))
                if path is not None and chunk_digest(path) != expected:
                    raise ValueError(f"chunk {number} is not as it was written")
                self._unread.pop(number, None)
        return self._decoded.read(region)

    def _numbers(self, region: Region) -> Iterator[tuple[int, ...]]:
        """Yield the chunks that a region touches."""
        along = zip(region.start, region.stop, self._chunk, strict=True)
        return product(*(range(start // n, -(-stop // n)) for start, stop, n in along))


def voxel_reader(
    folder: Path, known: Mapping[str, str]
) -> Callable[[str, Region], NDArray[np.generic]]:
    """Return ``read(name, region)`` for the arrays kept in `folder`; see :func:`read_record`."""
    arrays: dict[str, StoredVoxels] = {}

    def read(name: str, region: Region) -> NDArray[np.generic]:
        if name not in arrays:
            arrays[name] = StoredVoxels(folder, name, known)
        return arrays[name].read(region)

    return read
