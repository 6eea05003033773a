"""``blockwise`` runs the nodes above it by block and gives the very same artifacts.

The images are larger than a chunk of the store (512² or 64³), the blocks fit neither the
chunks nor the image, and a long band and a large shell lie in many blocks at once. Nor does it
matter how many blocks are worked on at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from objclass.data.blocks import Region
from objclass.data.image import ImageHeader
from objclass.nodes.source import FileSource
from workflows import Bench, Ran, write_map, write_raw

PLANE, VOLUME = (1300, 1100), (70, 140, 130)
BLOCKS = {2: {"y": 400, "x": 300}, 3: {"z": 32, "y": 60, "x": 50}}
STEP = {2: 60, 3: 26}
SETTINGS = {"simple": "", "hysteresis": "    method: hysteresis\n    core_threshold: 0.8\n"}


def drawn(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Draw raw values from 0 to 1 and the probability of being an object.

    A band from corner to corner and a shell around the middle (in 3D a rope and half a shell),
    and small balls on a lattice that is not that of the blocks; every third is 0.6 probable.
    """
    places = np.indices(shape, dtype=np.float32)
    lengths = np.array(shape, np.float32).reshape(-1, *(1,) * len(shape))
    share = places / lengths
    wave = share[-1] + 0.05 * np.sin(12 * share[-2])
    band = np.abs(share[0] - wave) < 6 / shape[0]
    radius = np.sqrt((((places - lengths / 2) / lengths) ** 2).sum(0))
    shell = np.abs(radius - 0.4) < 0.012
    if len(shape) == 3:
        band &= np.abs(share[1] - share[2]) < 0.04
        shell = (np.abs(radius - 0.3) < 0.02) & (share[1] < 0.5)
    probability = np.full(shape, 0.05, np.float32)
    for number, ball in enumerate(balls(shape, places)):
        probability[ball] = 0.6 if number % 3 == 2 else 0.95
    probability[band | shell] = 0.9
    raw = 0.2 + 0.3 * share.sum(0) / len(shape) + 0.4 * probability
    noise = np.random.default_rng(7).random(shape, np.float32)
    return (0.9 * raw + 0.1 * noise).astype(np.float32), probability


def balls(shape: tuple[int, ...], places: np.ndarray) -> Iterator[tuple[Any, ...]]:
    """Yield the voxels of balls of different sizes."""
    step = STEP[len(shape)]
    centers = product(*(range(step // 3, n, step) for n in shape))
    for number, center in enumerate(centers):
        radius = 3 + number % 5
        box = tuple(slice(max(0, c - radius), c + radius + 1) for c in center)
        near = places[(slice(None), *box)] - np.reshape(center, (-1, *(1,) * len(shape)))
        found = np.nonzero((near**2).sum(0) <= radius**2)
        yield tuple(axis + place.start for axis, place in zip(found, box, strict=True))


@dataclass(frozen=True)
class Case:
    """One workflow on one image."""

    shape: tuple[int, ...]
    method: str
    dtype: str
    measure: str = "size, position, axes, intensity"

    def bench(self, folder: Path) -> Bench:
        """Write the image, its map or mask, annotations and the workflow with ``predict``."""
        raw, probability = drawn(self.shape)
        scale = 1 if self.dtype == "float32" else np.iinfo(self.dtype).max
        write_raw(folder / "raw.tif", (raw * scale).astype(self.dtype))
        axes = "zyx"[-len(self.shape) :]
        span = f"axes: {axes}, value_range: [0, {scale}]"
        text = f"version: 1\nnodes:\n  raw: {{kind: input, path: raw.tif, {span}}}\n"
        if self.method == "components":
            tifffile.imwrite(folder / "mask.tif", (probability > 0.5).astype(np.uint8))
            text += f"  mask: {{kind: input, path: mask.tif, axes: {axes}, role: segmentation}}\n"
            text += "  cells: {kind: components, image: mask}\n"
        else:
            write_map(folder / "prob.h5", probability)
            text += f"  prob: {{kind: input, path: prob.h5, axes: {axes}c, role: prediction_map}}\n"
            text += "  cells:\n    kind: threshold\n    image: prob\n    channel: 1\n"
            text += f"    sigma: 1.3\n    min_size: 40\n{SETTINGS[self.method]}"
        text += (
            f"  feats: {{kind: features, image: raw, objects: cells, measure: [{self.measure}]}}\n"
            "  types: {kind: classifier, features: feats, annotations: annotations.csv,\n"
            "    estimator: {kind: random_forest, trees: 3}}\n"
            "  result: {kind: predict, features: feats, classifier: types}\n"
        )
        places = list(product(*(range(STEP[len(self.shape)] // 3, n, STEP[len(self.shape)])
                                for n in self.shape)))  # fmt: skip
        strong = [place for number, place in enumerate(places) if number % 3 != 2]
        rows = [("ab"[k % 2], *place) for k, place in enumerate(strong[::2])]
        return Bench(folder, text).annotate(rows, ",".join(["class", *axes])).edit()

    def __str__(self) -> str:
        return f"{len(self.shape)}D {self.method} {self.dtype}"


EVERY = "size, position, axes, intensity, hull, morphology, skeleton, texture, neighbors"
CASES = (
    Case(PLANE, "simple", "uint8", EVERY),
    Case(PLANE, "hysteresis", "uint16"),
    Case(PLANE, "components", "float32"),
    Case(VOLUME, "simple", "float32", EVERY),
    Case(VOLUME, "hysteresis", "uint8"),
    Case(VOLUME, "components", "uint16"),
)
REST = tuple(
    Case(shape, method, dtype, EVERY)
    for shape in (PLANE, VOLUME)
    for method in ("simple", "hysteresis", "components")
    for dtype in ("uint8", "uint16", "float32")
)


def by_block(bench: Bench, cache: str = "other") -> Bench:
    """The same workflow with ``blockwise``, and a cache of its own."""
    block = BLOCKS[3 if "axes: zyx" in bench.text else 2]
    written = ", ".join(f"{axis}: {n}" for axis, n in block.items())
    text = bench.text.replace("kind: predict,", f"kind: blockwise, block: {{{written}}},")
    return Bench(bench.folder, text, cache=bench.folder / cache).edit()


def spanned(ran: Ran, block: dict[str, int]) -> int:
    """Count the blocks that the box of the largest object lies in."""
    index = ran.labels("cells").index
    largest = int(index.size.argmax())
    edges = np.array(list(block.values()))
    first, last = index.start[largest] // edges, (index.stop[largest] - 1) // edges
    return prod((last - first + 1).tolist())


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Region]]:
    """The regions read from files, with what they were read for."""
    seen: list[tuple[str, Region]] = []
    read = FileSource.read

    def spied(self: FileSource, t: int | None, channel: int, region: Region) -> Any:
        role = self.header.role if isinstance(self.header, ImageHeader) else "label_image"
        seen.append((role, region))
        return read(self, t, channel, region)

    monkeypatch.setattr(FileSource, "read", spied)
    return seen


def compare(case: Case, folder: Path, regions: list[tuple[str, Region]]) -> None:
    """Run a case whole and by block; every artifact must have the same digest."""
    bench = case.bench(folder)
    whole = bench.run()
    assert whole.statuses == {"ran"}, [p for o in whole.outcomes for p in o.problems]
    regions.clear()
    blocks = by_block(bench).run(workers=1)
    assert blocks.statuses == {"ran"}
    assert spanned(blocks, BLOCKS[len(case.shape)]) >= 3
    assert len(blocks.labels("cells").index) > 20
    assert blocks.digests == whole.digests
    searched = [region for role, region in regions if role in ("prediction_map", "segmentation")]
    assert searched
    assert max(prod(region.shape) for region in searched) < prod(case.shape)
    shared = by_block(bench, "shared").run(workers=3)
    assert shared.digests == whole.digests
    for one, several in zip(blocks.of("cells"), shared.of("cells"), strict=True):
        assert one.known is not None
        assert several.known is not None
        assert (one.warnings, one.known.summary) == (several.warnings, several.known.summary)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_by_block_is_the_whole_image(
    case: Case, tmp_path: Path, regions: list[tuple[str, Region]]
) -> None:
    compare(case, tmp_path, regions)


@pytest.mark.slow
@pytest.mark.parametrize("case", REST, ids=str)
def test_by_block_is_the_whole_image_at_length(
    case: Case, tmp_path: Path, regions: list[tuple[str, Region]]
) -> None:
    compare(case, tmp_path, regions)


def test_blockwise_finds_what_predict_made(tmp_path: Path) -> None:
    """In one cache nothing runs twice: block size and kind are in no recipe."""
    bench = Case(VOLUME, "simple", "uint8").bench(tmp_path)
    assert bench.run().statuses == {"ran"}
    other = by_block(bench)
    other.cache = None
    found = other.run()
    assert {o.step.key for o in found.outcomes if o.status == "ran"} <= {"project.file||"}
    assert found.state("result") == "cached"
