"""Memory of a batch by block does not grow with the image."""

from __future__ import annotations

from pathlib import Path

from memory_peak import BALLS, batch_peak, trained, write_volume

GROWTH = 30 * 10**6
"""Bytes that twice the image may take more: its map alone has 38 MB more, its ids 151 MB."""


def test_twice_the_image_takes_no_more_memory_by_block(tmp_path: Path) -> None:
    project = trained(tmp_path)
    write_volume(tmp_path / "one.h5", (9, 4, 4))
    write_volume(tmp_path / "two.h5", (18, 4, 4))
    batch_peak(project, tmp_path / "small.h5")  # compiles what is not compiled
    one, said = batch_peak(project, tmp_path / "one.h5")
    assert f"{9 * 16 * BALLS} objects" in said
    two, said = batch_peak(project, tmp_path / "two.h5")
    assert f"{18 * 16 * BALLS} objects" in said
    assert two - one < GROWTH
