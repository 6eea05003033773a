"""Chunks on a server as zarr-python asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.core.buffer import Buffer, BufferPrototype

from objclass.io.server import SERVED


class ServedChunks(Store):  # type: ignore[misc]
    """A hierarchy on a server, which is read only; its chunks are asked for side by side."""

    supports_writes = False
    supports_deletes = False
    supports_listing = False

    def __init__(self, root: Path) -> None:
        super().__init__(read_only=True)
        self.root = root

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServedChunks) and other.root == self.root

    def __str__(self) -> str:
        return str(self.root)

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return a file, or a part of it; None where there is none."""
        url = f"{self.root}/{key}"
        data = await asyncio.to_thread(SERVED.chunk, url, *_ends(byte_range))
        return None if data is None else prototype.buffer.from_bytes(data)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return parts of files."""
        wanted = (self.get(key, prototype, part) for key, part in key_ranges)
        return list(await asyncio.gather(*wanted))

    async def exists(self, key: str) -> bool:
        """Return True where there is a file."""
        return await asyncio.to_thread(SERVED.metadata, f"{self.root}/{key}") is not None

    async def set(self, key: str, value: Buffer) -> None:
        """Refuse to write."""
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        """Refuse to delete."""
        raise NotImplementedError

    async def set_partial_values(self, key_start_values: Iterable[Any]) -> None:
        """Refuse to write."""
        raise NotImplementedError

    @property
    def supports_partial_writes(self) -> bool:
        """Return False."""
        return False

    def list(self) -> AsyncIterator[str]:
        """Refuse to list."""
        raise NotImplementedError

    def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Refuse to list."""
        raise NotImplementedError

    def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Refuse to list."""
        raise NotImplementedError


def _ends(part: ByteRequest | None) -> tuple[int | None, int | None]:
    """Return the first and one past the last byte; a negative start counts from the end."""
    if isinstance(part, RangeByteRequest):
        return part.start, part.end
    if isinstance(part, OffsetByteRequest):
        return part.offset, None
    return (-part.suffix, None) if isinstance(part, SuffixByteRequest) else (None, None)
