"""N5 arrays: blocks read one by one and decoded, as the N5 specification lays them out.

Dimensions stand x first and the first one varies fastest, so that an array in C order has
them reversed. Numbers are big-endian; a block that is not there is 0.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from objclass.errors import InputError, Problem, RunError, list_some
from objclass.io.n5_metadata import n5_facts
from objclass.io.zarr_metadata import KeyValueStore, MetadataNode, as_mapping

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Decoder = Callable[[bytes], bytes]


def _gzip(data: bytes) -> bytes:
    import zlib

    return zlib.decompress(data, wbits=47)  # 32 + 15: gzip or zlib, as the data begin


def _bzip2(data: bytes) -> bytes:
    import bz2

    return bz2.decompress(data)


def _xz(data: bytes) -> bytes:
    import lzma

    return lzma.decompress(data)


def _zstd(data: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.zstd_decode(data))


def _blosc(data: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.blosc_decode(data))


def _lz4(data: bytes) -> bytes:
    """Decode the blocks of Java's LZ4BlockOutputStream."""
    import imagecodecs

    pieces, at = [], 0
    while data[at : at + 8] == b"LZ4Block":
        method, packed, size = struct.unpack_from("<BII", data, at + 8)
        body = data[at + 21 : at + 21 + packed]
        raw = method & 0xF0 == 0x10
        pieces.append(body if raw else bytes(imagecodecs.lz4_decode(body, out=size)))
        at += 21 + packed
    return b"".join(pieces)


DECODERS: dict[str, Decoder] = {
    "raw": bytes,
    "gzip": _gzip,
    "bzip2": _bzip2,
    "xz": _xz,
    "zstd": _zstd,
    "blosc": _blosc,
    "lz4": _lz4,
}
"""Compressions by the name that N5 gives them."""


class N5Array:
    """Voxels of one N5 array, in C order.

    Raises
    ------
    InputError
        Where the array is compressed in a way that is not read.
    """

    def __init__(self, store: KeyValueStore, node: MetadataNode) -> None:
        import numpy as np

        facts = n5_facts(node.facts)
        self._store, self._path = store, node.path
        self.shape, self.chunks = facts.shape, facts.blocks
        self.dtype = np.dtype(facts.dtype)
        said = node.facts.get("compression", node.facts.get("compressionType", "raw"))
        kind = as_mapping(said).get("type", said)
        if kind not in DECODERS:
            what = f"{store}/{node.path} is compressed in a way that cannot be read here"
            raise InputError(Problem(what, str(kind), list_some(DECODERS, 9)))
        self._decode = DECODERS[str(kind)]

    def __getitem__(self, index: tuple[slice | int, ...]) -> NDArray[np.generic]:
        """Return the voxels at `index`: one slice (step 1) or integer per axis."""
        import numpy as np

        spans = [
            (i, i + 1) if isinstance(i, int) else i.indices(n)[:2]
            for i, n in zip(index, self.shape, strict=True)
        ]
        result: NDArray[np.generic] = np.zeros([max(0, b - a) for a, b in spans], self.dtype)
        for place in product(
            *(range(a // c, -(-b // c)) for (a, b), c in zip(spans, self.chunks, strict=True))
        ):
            block = self._block(place)
            if block is not None:
                into, out = zip(*self._shared(place, spans, block.shape), strict=True)
                result[into] = block[out]
        return result[tuple(0 if isinstance(i, int) else slice(None) for i in index)]

    def _shared(
        self, place: tuple[int, ...], spans: list[tuple[int, int]], block: tuple[int, ...]
    ) -> Iterator[tuple[slice, slice]]:
        """Yield per axis where a block lies in the result, and the part of it that counts."""
        for number, (start, stop), chunk, length in zip(
            place, spans, self.chunks, block, strict=True
        ):
            low, high = max(start, number * chunk), min(stop, number * chunk + length)
            yield (
                slice(low - start, max(low, high) - start),
                slice(low - number * chunk, max(low, high) - number * chunk),
            )

    def _block(self, place: tuple[int, ...]) -> NDArray[np.generic] | None:
        """Return one block; None where it is not there."""
        import numpy as np

        key = "/".join(filter(None, (self._path, *map(str, reversed(place)))))
        data = self._store.chunk(key)
        if data is None:
            return None
        mode, dimensions = struct.unpack_from(">HH", data)
        if mode not in (0, 1) or dimensions != len(self.shape):
            what = f"{self._store}/{key} is no block of an image"
            raise RunError(Problem(what, f"mode {mode}, {dimensions} dimensions"))
        edges = struct.unpack_from(f">{dimensions}I", data, 4)[::-1]
        body = self._decode(data[4 + 4 * dimensions + 4 * mode :])
        voxels = np.frombuffer(body, self.dtype.newbyteorder(">"), prod(edges))
        return voxels.reshape(edges).astype(self.dtype)
