"""``objclass blockwise compare``: blocks of 24 columns cut three of the twelve discs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from terminal import typed

from objclass.comparison.agreement import agreement
from objclass.nodes.piece_table import BLOCK, OBJECT, SIZE
from workflows import deep, flat


def compared(folder: Path, *options: str) -> dict[str, Any]:
    screen = typed(f"blockwise compare cells.yaml {' '.join(options)} --json", folder)
    assert (screen.code, screen.err) == (0, "")
    found: dict[str, Any] = json.loads(screen.out)
    return found


def test_agreement_is_counted_by_object_and_voxel() -> None:
    """Object 7 lies in two blocks and gets two classes; object 9 gets the other class whole."""
    pieces = {
        OBJECT: np.array([7, 9, 7], np.uint64),
        BLOCK: np.array([1, 1, 2]),
        SIZE: np.array([30, 8, 12]),
    }
    ids, sizes, code = np.array([7, 9], np.uint64), np.array([42, 8]), np.array([1, 1], np.uint8)
    found = agreement(ids, sizes, code, pieces, np.array([1, 2, 2], np.uint8))
    assert found.differs.tolist() == [True, True]
    assert (found.voxels_differ, found.cut, found.in_two_classes) == (20, 1, 1)
    assert found.changes == {(1, 2): 2}


def test_every_block_is_tried_with_every_halo_and_a_halo_is_recommended(tmp_path: Path) -> None:
    flat(tmp_path)
    found = compared(tmp_path, "--block 24,48 --block 64,48 --halo 0 --halo 13,13")
    sizes = [(each["block"]["x"], each["halo"]["x"]) for each in found["sizes"]]
    assert sizes == [(24, 0), (24, 13), (64, 0), (64, 13)]
    assert [each["cut"] for each in found["sizes"]] == [3, 3, 0, 0]
    assert found["sizes"][2]["objects_agree"] == found["sizes"][2]["objects"] == 12
    assert found["sizes"][2]["voxels_agree"] == found["sizes"][2]["voxels"] == 6 * (113 + 29)
    assert found["largest"] == found["recommended"] == {"y": 13, "x": 13}
    assert not (tmp_path / "results").exists()
    assert not (tmp_path / "cells.objclass.h5").exists()


def test_z_goes_along_in_a_volume(tmp_path: Path) -> None:
    deep(tmp_path)
    found = compared(tmp_path, "--block 24,48,2 --halo z=1,y=2,x=2")
    assert found["sizes"][0]["block"] == {"z": 2, "y": 48, "x": 24}
    assert found["recommended"] == {"z": 3, "y": 13, "x": 13}


def test_objects_that_differ_are_drawn(tmp_path: Path) -> None:
    flat(tmp_path)
    screen = typed("blockwise compare cells.yaml --block 24,48 --halo 0 -o differ.png", tmp_path)
    assert screen.code == 0
    assert "recommended halo: y 13 x 13; mode: exact needs none" in screen.out
    assert "wrote   " in screen.out
    with Image.open(tmp_path / "differ.png") as picture:
        assert picture.mode == "RGB"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--block 0 --halo 1", "block 0, halo 1: a block has no voxels"),
        ("--block 24 --halo 64", "block 24, halo 64: every block would see the whole image"),
        ("--block 24,24,4 --halo 1", "block has an axis z, and the image has none"),
        ("--block 24,a --halo 1", "'24,a' is no size in voxels"),
        ("--block 24 --halo 1 --node nuclei", "'nuclei' predicts nothing"),
        ("--block 24", "Missing option '--halo'"),
    ],
)
def test_a_wrong_size_is_named_with_its_option(options: str, said: str, tmp_path: Path) -> None:
    flat(tmp_path)
    screen = typed(f"blockwise compare cells.yaml {options}", tmp_path)
    assert screen.code == 2
    assert said in screen.err
