"""What images have in common is worked out once, and what differs is told of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from objclass import Request, prepare
from objclass.errors import InputError
from objclass.io import tiff
from objclass.io.same_head import HEADS
from objclass.nodes import input as input_module
from objclass.nodes.export import table as table_module

IMAGES = 12
WORKFLOW = """
version: 1
nodes:
  raw: {kind: input, path: "img/{f}_raw.tif"}
  seg: {kind: input, path: "img/{f}_seg.tif", role: segmentation}
  cells: {kind: components, image: seg}
  feats: {kind: features, image: raw, objects: cells, measure: [size, intensity]}
  save: {kind: export, from: feats, write: {table: "out/{f}.csv"}}
"""


@pytest.fixture
def workflow(tmp_path: Path) -> Iterator[Path]:
    """A workflow over twelve images whose files say the same of themselves."""
    HEADS.clear()
    (tmp_path / "img").mkdir()
    voxels = np.zeros((16, 16), np.uint8)
    voxels[3:7, 3:7] = 200
    for number in range(IMAGES):
        for kind in ("raw", "seg"):
            tifffile.imwrite(tmp_path / f"img/f{number:02d}_{kind}.tif", voxels)
    (tmp_path / "w.yaml").write_text(WORKFLOW)
    yield tmp_path / "w.yaml"
    HEADS.clear()


def count(patch: pytest.MonkeyPatch, owner: object, name: str) -> list[str]:
    """Note every call of a function."""
    calls: list[str] = []
    inner = getattr(owner, name)

    def counted(*args: object, **named: object) -> object:
        calls.append(name)
        return inner(*args, **named)

    patch.setattr(owner, name, counted)
    return calls


def test_twelve_images_of_one_kind_cost_what_two_cost(
    workflow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = count(monkeypatch, tiff, "open_file")
    laid_out = count(monkeypatch, input_module, "image_header")
    chosen = count(monkeypatch, table_module, "table_reads")
    prepare(workflow)
    assert (len(opened), len(laid_out), len(chosen)) == (2, 4, 1)


def test_images_whose_files_say_the_same_share_their_headers(workflow: Path) -> None:
    parts = prepare(workflow).graph.parts
    for node in ("raw", "seg", "cells", "feats"):
        headers = [found[0].header for found in parts[node].values()]
        assert len({id(header) for header in headers[1:]}) == 1
        assert headers[0] == headers[1]


def test_an_image_between_others_keeps_its_own_shape(workflow: Path) -> None:
    for kind in ("raw", "seg"):
        path = workflow.parent / f"img/f05_{kind}.tif"
        tifffile.imwrite(path, np.ones((9, 21), np.uint8))
    parts = prepare(workflow).graph.parts["cells"]
    shapes = [found[0].header.grid.shape for found in parts.values()]
    assert shapes == [(16, 16)] * 5 + [(9, 21)] + [(16, 16)] * 6


def test_a_mistake_that_all_images_share_is_told_of_all(workflow: Path) -> None:
    request = Request(sets=("raw.foreground=2",))
    with pytest.raises(InputError) as caught:
        prepare(workflow, request)
    (problem,) = caught.value.problems
    assert "foreground is for segmentations" in problem.what
    assert problem.images == ()


def test_masks_whose_channels_agree_are_told_from_those_whose_channels_differ(
    workflow: Path,
) -> None:
    """Their headers are alike, their voxels are not."""
    grey = np.zeros((16, 16), np.uint8)
    grey[3:7, 3:7] = 200
    colours = np.stack([grey, grey, grey], -1)
    for number in range(IMAGES):
        tifffile.imwrite(workflow.parent / f"img/f{number:02d}_seg.tif", colours, photometric="rgb")
    prepare(workflow)
    colours[0, 0, 1] = 7
    tifffile.imwrite(workflow.parent / "img/f07_seg.tif", colours, photometric="rgb")
    with pytest.raises(InputError) as caught:
        prepare(workflow)
    (problem,) = caught.value.problems
    assert problem.images == ("f07",)
    assert problem.what == "it has 3 channels"
