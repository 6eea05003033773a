"""The smallest and largest value of images, from all voxels or from a sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from objclass.data.blocks import Region
from objclass.io.extent import ValueExtent, extent_of, seen_in
from objclass.io.locator import Locator


def test_values_that_are_no_numbers_are_left_out() -> None:
    image = np.array([[np.nan, 2.0, np.inf], [-np.inf, -1.5, 7.0]], np.float32)
    assert extent_of(lambda t, c, r: image[r.slices], (None,), 1, image.shape) == ValueExtent(
        -1.5, 7.0
    )
    nothing = np.full((2, 2), np.nan)
    assert extent_of(lambda t, c, r: nothing[r.slices], (None,), 1, nothing.shape) is None


def test_every_frame_and_channel_is_looked_at() -> None:
    seen = []

    def read(t: int | None, channel: int, region: Region) -> np.ndarray:
        seen.append((t, channel))
        return np.full(region.shape, 10 * (t or 0) + channel)

    assert extent_of(read, (0, 1, 2), 2, (4, 4)) == ValueExtent(0, 21)
    assert len(seen) == 6


def test_of_a_large_image_evenly_spaced_parts_are_looked_at() -> None:
    rows = []

    def read(t: int | None, channel: int, region: Region) -> np.ndarray:
        rows.append(region.start[0])
        return np.array([region.start[0]])

    found = extent_of(read, (None,), 1, (5120, 100), most=200_000)
    assert found == ValueExtent(1024, 3072, whole=False)
    assert rows == [1024, 3072]  # of ten parts of 512 rows


def test_of_many_images_at_most_eight_are_looked_at(tmp_path: Path) -> None:
    for k in range(20):
        np.save(tmp_path / f"{k:02}.npy", np.full((3, 3), k, np.uint16))
    (tmp_path / "00.npy").write_bytes(b"broken")
    paths = [Locator(tmp_path / f"{k:02}.npy") for k in range(20)]
    seen = seen_in(paths)
    assert (seen.looked, seen.images) == (6, 20)
    assert seen.extent == ValueExtent(3.0, 18.0)
