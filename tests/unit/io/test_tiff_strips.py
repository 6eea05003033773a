"""A TIFF whose strips or tiles cannot be is named, whatever its compression."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from objclass.errors import ObjclassError
from objclass.io.formats import describe, open_reader

PLANES = np.stack([np.arange(2000, dtype=np.uint16).reshape(40, 50) // 7 + k for k in range(3)])
KINDS = {
    "uncompressed": {"rowsperstrip": 7},
    "tiles": {"tile": (16, 16)},
    **{
        name: {"compression": name, "rowsperstrip": 7}
        for name in ("lzw", "packbits", "zlib", "zstd")
    },
    "lzw tiles": {"compression": "lzw", "tile": (16, 16)},
}
BYTES = {3: 2, 4: 4, 16: 8}
"""TIFF's type of a tag → bytes of one value."""


def written(path: Path, kind: str) -> Path:
    """Write a volume of three planes."""
    tifffile.imwrite(
        path, PLANES, photometric="minisblack", metadata={"axes": "ZYX"}, **KINDS[kind]
    )
    return path


def changed(path: Path, name: str, value: Callable[[int], int], place: int = 2) -> Path:
    """Change one value of a tag of the first plane in the file, and nothing else."""
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        tags = file.pages[0].tags
        tag = tags.get(name) or tags[name.replace("Strip", "Tile")]
        size = BYTES[int(tag.dtype)]
        at = tag.valueoffset + size * (place if tag.count > 1 else 0)
    before = int.from_bytes(content[at : at + size], "little")
    content[at : at + size] = value(before).to_bytes(size, "little")
    path.write_bytes(content)
    return path


def read(path: Path) -> np.ndarray:
    """Read all voxels of a file."""
    reader = open_reader(path)
    try:
        return reader.read(tuple(slice(0, n) for n in describe(path).shape))
    finally:
        reader.close()


DAMAGE = {
    "an offset beyond the file": ("StripOffsets", lambda before: before + 10**6),
    "an offset in the head": ("StripOffsets", lambda before: 4),
    "no offset": ("StripOffsets", lambda before: 0),
    "an offset in the next strip": ("StripOffsets", lambda before: before + 3),
    "no bytes": ("StripByteCounts", lambda before: 0),
    "more bytes than the file": ("StripByteCounts", lambda before: before + 10**4),
    "another voxel type": ("BitsPerSample", lambda before: 8),
    "another compression": ("Compression", lambda before: 1 if before != 1 else 5),
    "a width of nothing": ("ImageWidth", lambda before: 0),
    "a huge width": ("ImageWidth", lambda before: 60_000),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_what_cannot_be_is_named_and_never_read_as_other_voxels(
    kind: str, damage: str, tmp_path: Path
) -> None:
    path = changed(written(tmp_path / "a.tif", kind), *DAMAGE[damage])
    with pytest.raises(ObjclassError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_no_file_that_lacks_voxels_is_read(kind: str, tmp_path: Path) -> None:
    """A file may lack bytes behind its last voxel."""
    whole = written(tmp_path / "whole.tif", kind)
    content = whole.read_bytes()
    with tifffile.TiffFile(whole) as file:
        ends = [
            o + n for p in file.pages for o, n in zip(p.dataoffsets, p.databytecounts, strict=True)
        ]
    path = tmp_path / "a.tif"
    for length in [*range(0, max(ends), len(content) // 40), max(ends) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(ObjclassError):
            read(path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("StripOffsets", 4, "is cut off or damaged; got a strip begins in the head of the file"),
        ("StripByteCounts", 0, "got a strip has no bytes; copy it again"),
        ("BitsPerSample", 8, "got its first segment holds 700 bytes where its voxels need 350"),
    ],
)
def test_the_message_says_what_cannot_be(name: str, value: int, says: str, tmp_path: Path) -> None:
    path = changed(written(tmp_path / "a.tif", "zlib"), name, lambda before: value)
    with pytest.raises(ObjclassError) as caught:
        read(path)
    assert says in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_sound_files_of_every_kind_are_read(kind: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(written(tmp_path / "a.tif", kind)), PLANES)


@pytest.mark.parametrize(
    "options",
    [
        {"bigtiff": True},
        {"imagej": True},
        {"truncate": True},
        {"byteorder": ">"},
        {"planarconfig": "separate", "photometric": "rgb"},
        {"planarconfig": "separate", "photometric": "rgb", "compression": "lzw"},
        {"photometric": "rgb", "compression": "zlib", "predictor": True},
    ],
    ids=str,
)
def test_unusual_but_sound_files_are_read(options: dict[str, object], tmp_path: Path) -> None:
    colour = options.get("photometric") == "rgb"
    separate = options.get("planarconfig") == "separate"
    voxels = PLANES if separate or not colour else np.moveaxis(PLANES, 0, -1).copy()
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, voxels, **({"photometric": "minisblack"} | options))
    np.testing.assert_array_equal(read(path).reshape(voxels.shape), voxels)


def test_strips_that_share_all_their_bytes_are_sound(tmp_path: Path) -> None:
    """Some programs save equal tiles once."""
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.full((32, 16), 7, np.uint8), tile=(16, 16), compression="zlib")
    with tifffile.TiffFile(path) as file:
        (first, _), (count, other) = file.pages[0].dataoffsets, file.pages[0].databytecounts
    assert count == other
    changed(path, "StripOffsets", lambda before: first, place=1)
    np.testing.assert_array_equal(read(path), np.full((32, 16), 7))
