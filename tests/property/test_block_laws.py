"""Law A: digests do not depend on block shape, workers, scheduler or chunks of files.

A workflow with every feature family runs on a random image, whole and on one worker; then by
block, on some workers of some scheduler. All digests and all written files must be the same.
The store's chunks are a few voxels, so that small images have many of them: a plugin file says
so in every process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np
import pytest
from dask_servers import scheduler, worker
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from objclass.data import blocks
from workflows import Bench, Ran

SHORT = settings(max_examples=3, deadline=None)
LONG = settings(max_examples=20, deadline=None)
FAMILIES = (
    "size, position, axes, intensity, hull, morphology, skeleton, texture, own_range_texture, "
    "colocalization, spherical_texture, regionprops, neighbors, parent, mine"
)
ILASTIK = '{ilastik: ["Count", "Mean", "Mean in neighborhood", "Skewness"]}'
PLUGIN = """\
from objclass.data import blocks
from objclass.measure.plugin import Object, object_family

blocks.CHUNKS = {chunks}


@object_family("mine", columns={{"sum": "Sum of x over the voxels."}})
def mine(thing: Object) -> dict[str, float]:
    return {{"sum": float(thing.mask.nonzero()[-1].sum())}}
"""
SIMPLE = "kind: threshold, image: prob, channel: 1"
TWO_LEVELS = f"{SIMPLE}, method: hysteresis, core_threshold: 0.62"
FINDING = (
    f"{TWO_LEVELS}, threshold: 0.45, sigma: 0.8, merge_objects: false",
    f"{SIMPLE}, threshold: 0.5, sigma: 0",
    f"{SIMPLE}, threshold: otsu, sigma: 1.3, min_size: 3, max_size: 200",
    f"{SIMPLE}, threshold: li",
    f"{SIMPLE}, threshold: triangle, sigma: 0.7",
    "kind: threshold, image: prob, channel: [0, 1], separate: true, threshold: 0.52",
    f"{TWO_LEVELS}, threshold: 0.45, min_size: 2",
    f"{TWO_LEVELS}, threshold: otsu, core_channel: 0",
    f"{TWO_LEVELS}, threshold: 0.3, sigma: 0, merge_objects: false, min_size: 2, max_size: 300",
    "kind: threshold, image: prob, channel: [0, 1], separate: true, method: hysteresis, "
    "core_threshold: 0.6, threshold: 0.4, merge_objects: false",
    "kind: components, image: mask, connectivity: full, fill_holes: true",
    "kind: components, image: mask, border_objects: remove, min_size: 2",
    "kind: components, image: wide, inside: mask, ids: keep",
    "kind: components, image: ids, fill_holes: true, border_objects: remove",
)
ESTIMATORS = (
    "{kind: random_forest, trees: 3}",
    "{kind: extra_trees, trees: 3}",
    "gradient_boosting",
    "logistic_regression",
    "nearest_neighbors",
)
TEXT = """\
version: 1
plugins: [mine.py]
{top}nodes:
  raw: {{kind: input, path: in.h5/raw, axes: c{axes}, channels: [dna, actin], value_range: [0, 250]}}
  prob: {{kind: input, path: in.h5/prob, axes: {axes}c, role: prediction_map}}
  mask: {{kind: input, path: in.h5/mask, axes: {axes}, role: segmentation}}
  ids: {{kind: input, path: in.h5/ids, axes: {axes}, role: label_image}}
  wide: {{kind: threshold, image: prob, channel: 1, threshold: 0.4, sigma: 2, min_size: 0}}
  cells: {{{finding}}}
  feats:
    kind: features
    image: raw
    objects: cells
    parents: wide
    measure: [{measure}]
    regions: {{ring: {{around: 2, gap: 1}}, around: {{around: 1, others: true}}, rest: {{parent: wide}}}}
  types: {{kind: classifier, features: feats, annotations: annotations.csv, estimator: {estimator}}}
  result: {{kind: predict, features: feats, classifier: types}}
  save:
    kind: export
    from: result
    image: raw
    write: {{table: out/t.csv, counts: out/n.csv, predictions: out/p.npy, probabilities: out/q.npy}}
"""  # noqa: E501


@dataclass(frozen=True)
class Example:
    """A workflow on a random image, and how it is cut."""

    shape: tuple[int, ...]
    seed: int
    dtype: str
    finding: str
    estimator: str
    measure: str
    top: str
    chunk: tuple[int, ...]
    file_chunk: tuple[int, ...]
    block: tuple[int, ...]

    @property
    def axes(self) -> str:
        return "zyx"[-len(self.shape) :]

    def bench(self, folder: Path) -> Bench:
        """Write everything, and annotate some objects that are found."""
        self._write(folder)
        text = TEXT.format(
            axes=self.axes, finding=self.finding, measure=self.measure, top=self.top,
            estimator=self.estimator,
        )  # fmt: skip
        bench = Bench(folder, text, cache=folder / "whole").annotate([], self._header()).edit()
        index = bench.run(until="cells", workers=1).labels("cells").index
        rows = [("ab"[k % 2], *place) for k, place in enumerate(index.inside[:12].tolist())]
        return bench.annotate(rows, self._header())

    def by_block(self, bench: Bench) -> Bench:
        """The same workflow by block, with a cache of its own, on files of other chunks."""
        written = ", ".join(f"{a}: {n}" for a, n in zip(self.axes, self.block, strict=True))
        text = bench.text.replace("kind: predict,", f"kind: blockwise, block: {{{written}}},")
        return Bench(bench.folder, text, cache=bench.folder / "blocks").edit()

    def _header(self) -> str:
        return ",".join(["class", *self.axes])

    def _write(self, folder: Path) -> None:
        rng = np.random.default_rng(self.seed)
        d = len(self.shape)
        chunks = {2: (5, 5), 3: (3, 3, 3), d: self.chunk}
        (folder / "mine.py").write_text(PLUGIN.format(chunks=chunks))
        smooth = ndimage.gaussian_filter(rng.random(self.shape), 1.2)
        smooth = ((smooth - smooth.min()) / max(np.ptp(smooth), 1e-9)).astype(np.float32)
        noise = rng.random((2, *self.shape)) * 90
        raw = (noise + 150 * np.stack([smooth, 1 - smooth])).astype(self.dtype)
        ids, _ = ndimage.label(smooth > 0.55)
        arrays = {
            "raw": (raw, (1, *self.file_chunk)),
            "prob": (np.stack([1 - smooth, smooth], -1), (*self.file_chunk, 1)),
            "mask": ((smooth > 0.5).astype(np.uint8), self.file_chunk),
            "ids": ((ids * 7).astype(np.uint32), self.file_chunk),
        }
        with h5py.File(folder / "in.h5", "w") as file:
            for name, (array, chunk) in arrays.items():
                fits = tuple(map(min, chunk, array.shape))
                file.create_dataset(name, data=array, chunks=fits, compression=1)


@st.composite
def examples(draw: st.DrawFn, families: str = FAMILIES) -> Example:
    """Images of a few dozen voxels along an axis; blocks from one voxel to more than the image.

    The first of each choice is what the plainest example has, which is always tried.
    """
    d = draw(st.sampled_from([2, 3]))
    longest = 40 if d == 2 else 16
    ilastik = draw(st.integers(0, 4)) == 4
    edges = st.sampled_from([5, 2, 3, 7, 11])
    shape = tuple(draw(st.integers(longest // 2, longest)) for _ in range(d))
    return Example(
        shape=shape,
        seed=draw(st.integers(0, 2**32 - 1)),
        dtype=draw(st.sampled_from(["uint8", "uint16", "int16", "float32"])),
        finding=draw(st.sampled_from(FINDING)),
        estimator=draw(st.sampled_from(ESTIMATORS)),
        measure=f"{families}, {ILASTIK}" if ilastik else families,
        top="compatibility: ilastik\n" if ilastik else "",
        chunk=tuple(draw(edges) for _ in shape),
        file_chunk=tuple(draw(edges) for _ in shape),
        block=tuple(draw(st.sampled_from([7, 1, 2, 3, 5, 11, 13, n + 3])) for n in shape),
    )


@pytest.fixture(autouse=True)
def _small_and_eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin of the examples sets chunks; processes are worth their start from two tasks on."""
    monkeypatch.setattr(blocks, "CHUNKS", blocks.CHUNKS)
    monkeypatch.setattr("objclass.engine.schedulers.processes.LARGE", 0)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        address, _ = stack.enter_context(scheduler(folder))
        for _ in range(2):
            stack.enter_context(worker(folder, address))
        yield address


def made(ran: Ran, folder: Path) -> tuple[dict[str, str], dict[str, bytes], dict[str, Any]]:
    """What a run made: digests, files, and what it told of each step."""
    files = sorted((folder / "out").iterdir()) if (folder / "out").exists() else []
    told = {o.step.key: (o.warnings, o.problems) for o in ran.outcomes}
    written = {path.name: path.read_bytes() for path in files}
    for path in files:
        path.unlink()
    (folder / "cells.objclass.h5").unlink(missing_ok=True)  # the next run has another cache
    return ran.digests, written, told


def check_law(example: Example, **ways: Any) -> None:
    """Whole on one worker, then by block in other ways: everything is the same."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        bench = example.bench(folder)
        whole = made(bench.run(workers=1), folder)
        assert {step for step, (_, problems) in whole[2].items() if problems} <= {"types.model||"}
        by_block = made(example.by_block(bench).run(**ways), folder)
        for here, there in zip(by_block, whole, strict=True):
            assert here == there


@SHORT
@given(examples())
def test_blocks_and_chunks_of_any_shape_change_nothing(example: Example) -> None:
    check_law(example, workers=1)


@settings(SHORT, max_examples=1)
@given(examples("size, intensity, mine"), st.sampled_from([3, 2]))
def test_processes_change_nothing(example: Example, workers: int) -> None:
    check_law(example, workers=workers)


@settings(SHORT, max_examples=1)
@given(examples("size, intensity, mine"))
def test_workers_of_a_cluster_change_nothing(cluster: str, example: Example) -> None:
    check_law(example, scheduler=cluster)


@pytest.mark.slow
@LONG
@given(examples())
def test_blocks_and_chunks_of_any_shape_change_nothing_at_length(example: Example) -> None:
    check_law(example, workers=1)


@pytest.mark.slow
@settings(LONG, max_examples=6)
@given(examples(), st.sampled_from([2, 3]))
def test_processes_change_nothing_at_length(example: Example, workers: int) -> None:
    check_law(example, workers=workers)


@pytest.mark.slow
@settings(LONG, max_examples=6)
@given(examples())
def test_workers_of_a_cluster_change_nothing_at_length(cluster: str, example: Example) -> None:
    check_law(example, scheduler=cluster)
