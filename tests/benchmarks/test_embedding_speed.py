"""CPU time of embedding 10,000 objects, beside what the runtime takes for as many windows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile
from small_networks import helper, write_network

from objclass.run import Request, prepare

pytestmark = pytest.mark.benchmark
SIDE, PITCH, SIZE = 100, 32, 64
"""Objects along each side of the image, pixels from one to the next, pixels of a window."""
TEXT = """\
version: 1
nodes:
  raw:    {kind: input, path: raw.tif, axes: cyx, channels: [r, g, b]}
  nuclei: {kind: input, path: labels.tif, role: label_image}
  emb:    {kind: embedding, image: raw, objects: nuclei, model: net.onnx, range: RANGE}
"""
NETWORKS: dict[str, Sequence[tuple[int, int]]] = {
    "3 million multiplications": [(16, 2), (32, 2), (64, 2)],
    "0.06 billion": [(32, 2), (64, 2), (128, 1), (128, 1)],
    "0.23 billion": [(32, 1), (64, 1), (128, 2), (128, 2), (128, 1)],
}
"""Name to convolutions of 3 x 3: filters and stride."""


def write_convolutions(path: Path, layers: Sequence[tuple[int, int]]) -> None:
    random = np.random.default_rng(0)
    nodes, weights, before, channels = [], {}, "x", 3
    for k, (filters, stride) in enumerate(layers):
        values = random.normal(size=(filters, channels, 3, 3)) / np.sqrt(9 * channels)
        weights[f"w{k}"] = values.astype(np.float32)
        conv = {"pads": [1, 1, 1, 1], "strides": [stride, stride]}
        nodes += [helper.make_node("Conv", [before, f"w{k}"], [f"c{k}"], **conv),
                  helper.make_node("Relu", [f"c{k}"], [f"r{k}"])]  # fmt: skip
        before, channels = f"r{k}", filters
    nodes.append(helper.make_node("GlobalAveragePool", [before], ["y"]))
    write_network(path, nodes, weights, ("n", 3, SIZE, SIZE))


def write_image(folder: Path) -> None:
    values = np.random.default_rng(1).integers(0, 4000, (3, SIDE * PITCH, SIDE * PITCH))
    grey = {"photometric": "minisblack", "metadata": {"axes": "CYX"}}
    tifffile.imwrite(folder / "raw.tif", values.astype(np.uint16), **grey)
    y, x = np.mgrid[:PITCH, :PITCH] - PITCH // 2
    ids = np.arange(1, SIDE * SIDE + 1, dtype=np.uint32).reshape(SIDE, SIDE)
    labels = np.kron(ids, (y * y + x * x < 150).astype(np.uint32))
    tifffile.imwrite(folder / "labels.tif", labels)


def bare(path: Path) -> float:
    """CPU seconds of the runtime alone, in one thread, for as many windows."""
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    batch = np.random.default_rng(2).random((32, 3, SIZE, SIZE), dtype=np.float32)
    session.run(None, {"x": batch})
    begin = time.process_time()
    for _ in range(SIDE * SIDE // 32):
        session.run(None, {"x": batch})
    return time.process_time() - begin


@pytest.mark.parametrize("name", NETWORKS)
def test_ten_thousand_objects_cost_little_more_than_the_runtime_takes(
    name: str, tmp_path: Path
) -> None:
    write_image(tmp_path)
    write_convolutions(tmp_path / "net.onnx", NETWORKS[name])
    for percentiles in ("[0, 4000]", "[0.5 %, 99.8 %]"):  # the first loads libraries and images
        (tmp_path / "cells.yaml").write_text(TEXT.replace("RANGE", percentiles))
        job = prepare(tmp_path / "cells.yaml", Request(workers=1))
        begin = time.process_time()
        outcomes = job.run()
        ours = time.process_time() - begin
        assert {o.status for o in outcomes} <= {"ran", "cached"}
    alone = min(bare(tmp_path / "net.onnx") for _ in range(2))
    print(f"\n{name}: {ours:.2f} s, the runtime alone {alone:.2f} s: {ours / alone:.2f} times")
    assert ours / alone < (10 if name.startswith("3") else 1.3)
