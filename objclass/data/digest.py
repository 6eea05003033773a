"""Content digests: the same content has the same digest on every machine.

Arrays are hashed as a tree over fixed chunks (little-endian, C order, one NaN, no negative
zero), so a digest never depends on execution blocks. Values are hashed as canonical typed
JSON: sorted keys, and ``1`` and ``1.0`` stay different (a float field has made both 1.0
before).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from objclass.data.blocks import chunk_shape, tiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LENGTH = 32
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=True)


def of_bytes(data: bytes | memoryview) -> str:
    """Return the digest of raw bytes, 32 hexadecimal digits."""
    return str(blake3(data).hexdigest(LENGTH // 2))


class PieceDigest:
    """The digest of bytes that come in pieces: that of all of them, as :func:`of_bytes` has it."""

    def __init__(self) -> None:
        self._hasher = blake3()

    def add(self, data: bytes | memoryview) -> None:
        """Take the next piece."""
        self._hasher.update(data)

    def whole(self) -> str:
        """Return the digest of the pieces so far."""
        return str(self._hasher.hexdigest(LENGTH // 2))


def canonical_json(value: Any) -> str:
    """Return `value` as JSON with sorted keys and no spaces; floats keep their point."""
    return _CANONICAL.encode(value)


def of_value(value: Any) -> str:
    """Return the digest of a JSON value."""
    return of_bytes(canonical_json(value).encode())


def canonical(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return `array` little-endian and C-contiguous, with one NaN and no negative zero."""
    import numpy as np

    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    if array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN like any other
            array = np.add(array, 0.0, dtype=array.dtype)
        missing = np.isnan(array)
        if missing.any():
            array[missing] = np.nan
    return array


def of_chunk(array: NDArray[np.generic]) -> str:
    """Return the digest of one storage chunk's voxels."""
    return of_bytes(canonical(array).tobytes())


class GrowingDigest:
    """The digest of a chunk whose voxels come row by row, or plane by plane."""

    def __init__(self) -> None:
        self._hash = blake3()

    def add(self, rows: NDArray[np.generic]) -> None:
        """Take the next rows or planes, each of them whole."""
        self._hash.update(canonical(rows).tobytes())

    def whole(self) -> str:
        """Return the digest, which is :func:`of_chunk` of all that was taken."""
        return str(self._hash.hexdigest(LENGTH // 2))


def of_chunks(shape: Iterable[int], dtype: str, chunks: Iterable[str]) -> str:
    """Return the digest of an array from its chunk digests in raster order."""
    # as canonical_json writes it; a table of hundreds of short columns would wait for JSON
    lengths = ",".join(str(int(length)) for length in shape)
    inside = ",".join(f'"{chunk}"' for chunk in chunks)
    return of_bytes(f'["array",[{lengths}],"{dtype}",[{inside}]]'.encode())


def of_array(array: NDArray[np.generic]) -> str:
    """Return the digest of an array of any shape; 2D and 3D arrays go by fixed chunks."""
    dtype = array.dtype.newbyteorder("<").str
    if array.ndim not in (2, 3):
        return of_chunks(array.shape, dtype, [of_chunk(array)])
    regions = tiles(array.shape, chunk_shape(array.shape))
    return of_chunks(array.shape, dtype, [of_chunk(array[r.slices]) for r in regions])


def of_tree(children: Mapping[str, str]) -> str:
    """Return the digest of named children."""
    return of_value(["tree", dict(children)])
