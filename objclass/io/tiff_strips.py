"""Whether the strips and tiles of a TIFF can be what its tags say: a damaged file is named.

A changed byte within voxels gives other voxels; without a checksum, which TIFF has not, nobody
can tell (compressed data often fail to decode). What can be told is told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tifffile import TiffFile, TiffPageSeries

HEADER, BIG_HEADER = 8, 16
"""Bytes at the start of a TIFF and of a BigTIFF in which no voxel lies."""
PLAIN = 1
YCBCR = 6
CHECKED = (5, 8, 32773, 32946, 34925, 50000)
"""Compressions whose decoded length is known: LZW, Deflate, PackBits, LZMA, Zstandard."""
SPARE = 8
"""Bytes that an encoder may leave behind the last voxel."""
EVEN = 1
"""Bytes that make the length of an uncompressed segment even."""


def impossible(series: TiffPageSeries) -> str | None:
    """Return what cannot be about the strips or tiles of an image; None for nothing."""
    return next(_impossible(series), None)


def _impossible(series: TiffPageSeries) -> Iterator[str]:
    import numpy as np

    pages = [page for page in series._pages if page is not None]
    key = series.keyframe
    kind = "tile" if key.is_tiled else "strip"
    for page in pages:
        if len(page.dataoffsets) != len(page.databytecounts):
            yield f"{len(page.dataoffsets)} places of {kind}s and {len(page.databytecounts)} sizes"
            return
    offsets = np.array([o for page in pages for o in page.dataoffsets], np.int64)
    counts = np.array([c for page in pages for c in page.databytecounts], np.int64)
    if ((counts == 0) & (offsets != 0)).any():
        yield f"a {kind} has no bytes"
    if ((counts > 0) & (offsets < (BIG_HEADER if key.parent.is_bigtiff else HEADER))).any():
        yield f"a {kind} begins in the head of the file"
    if _overlapping(offsets, counts):
        yield f"{kind}s overlap"
    yield from _wrong_sizes(series, pages, kind)


def _overlapping(offsets: NDArray[np.int64], counts: NDArray[np.int64]) -> bool:
    """True where two segments share some bytes; sharing all is a way to save space."""
    import numpy as np

    used = np.unique(np.stack([offsets, counts])[:, counts > 0], axis=1)
    return bool((used[0, 1:] < (used[0] + used[1])[:-1]).any())


def _wrong_sizes(series: TiffPageSeries, pages: list[Any], kind: str) -> Iterator[str]:
    """Say where uncompressed segments are larger or smaller than their voxels."""
    key = series.keyframe
    if key.compression != PLAIN or key.photometric == YCBCR:
        return
    full = segment_bytes(key, 0, whole=True)
    most = max((count for page in pages for count in page.databytecounts), default=0)
    if most > full + EVEN and most not in (series.nbytes, key.nbytes):
        yield f"a {kind} has {most:,} bytes where its voxels need {full:,}"
    if series.dataoffset is not None:
        return
    for page in pages:
        for number, count in enumerate(page.databytecounts):
            needed = segment_bytes(key, number)
            if 0 < count < needed:
                yield f"a {kind} has {count:,} bytes where its voxels need {needed:,}"
                return


def segment_bytes(key: Any, number: int, whole: bool = False) -> int:
    """Return how many bytes the voxels of a strip or tile take.

    The last strip of a plane may have fewer rows than the others; `whole` counts all rows.
    """
    samples = key.samplesperpixel if key.planarconfig == 1 else 1
    if key.is_tiled:
        rows, columns = key.tilelength * key.tiledepth, key.tilewidth
    else:
        per_strip = min(key.rowsperstrip, key.imagelength) or key.imagelength
        strips = -(-key.imagelength // per_strip)
        left = key.imagelength - number % strips * per_strip
        rows, columns = per_strip if whole else min(per_strip, left), key.imagewidth
    return int(rows * (-(-columns * samples * key.bitspersample // 8)))


def misfit(file: TiffFile, series: TiffPageSeries) -> str | None:
    """Return what is wrong with the first compressed segment: it gives too few or many bytes.

    This tells of a width, type or compression that is not that of the voxels.
    """
    import tifffile

    key = series.keyframe
    offset, count = key.dataoffsets[0], key.databytecounts[0]
    if key.compression not in CHECKED or not count:
        return None
    file.filehandle.seek(offset)
    try:
        found = len(tifffile.TIFF.DECOMPRESSORS[key.compression](file.filehandle.read(count)))
    except Exception:
        return None  # reading says which file cannot be decoded, and why
    needed, full = segment_bytes(key, 0), segment_bytes(key, 0, whole=True)
    if needed <= found <= full + SPARE:
        return None
    return f"its first segment holds {found:,} bytes where its voxels need {needed:,}"
