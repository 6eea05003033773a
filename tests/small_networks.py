"""Networks of a few operators, written as ONNX files, whose answers one can count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
helper, numpy_helper = onnx.helper, onnx.numpy_helper

EDGES = np.zeros((2, 1, 3, 3), np.float32)
EDGES[0, 0, 1, 1] = 1
EDGES[1, 0, 1, :2] = (-1, 1)
"""One filter keeps a pixel, the other is 1 where a row of ones begins."""


def write_network(
    path: Path,
    nodes: Sequence[Any],
    weights: dict[str, np.ndarray] | None = None,
    shape: Sequence[int | str] = ("n", 1, 16, 16),
    kind: int = onnx.TensorProto.FLOAT,
    more_inputs: Sequence[Any] = (),
    domains: Sequence[str] = (),
) -> Path:
    """Write a network from ``x`` to ``y``."""
    x = helper.make_tensor_value_info("x", kind, shape)
    y = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()]
    graph = helper.make_graph(list(nodes), "small", [x, *more_inputs], [y], tensors)
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(d, 1) for d in domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def counting(path: Path, shape: Sequence[int | str] = ("n", 1, 16, 16)) -> Path:
    """Of a window of zeros and ones: how many ones, and in how many rows they begin."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("ReduceSum", ["r", "sides"], ["y"], keepdims=0),
    ]
    return write_network(path, nodes, {"w": EDGES, "sides": np.array([2, 3])}, shape)


def averaging(path: Path) -> Path:
    """A map of cells of 2 by 2 pixels: their mean, and twice that."""
    nodes = [
        helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p", "w"], ["y"]),
    ]
    weights = {"w": np.array([1, 2], np.float32).reshape(2, 1, 1, 1)}
    return write_network(path, nodes, weights, (1, 1, "h", "w"))


def of_node(path: Path, *names: str, shape: Sequence[int | str] = ("n", 1, 16, 16)) -> Path:
    """A chain of operators without weights, then the mean of the window."""
    steps = ["x", *(f"s{k}" for k in range(len(names)))]
    nodes = [
        helper.make_node(name, [a], [b])
        for name, a, b in zip(names, steps[:-1], steps[1:], strict=True)
    ]
    return write_network(path, [*nodes, helper.make_node("GlobalAveragePool", steps[-1:], ["y"])],
                         shape=shape)  # fmt: skip
