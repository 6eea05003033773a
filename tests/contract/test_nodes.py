"""Every node kind keeps the contract of a node, whatever it computes."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import workflows
from objclass.data.digest import canonical_json
from objclass.engine.execute import Execution
from objclass.engine.graph import Graph, Step
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Part
from objclass.engine.options import Options
from objclass.nodes.registry import KINDS
from objclass.run import Job
from objclass.testing import check_node
from workflows import Bench

RICH = """\
version: 1
nodes:
  raw: {kind: input, path: raw.tif, axes: AXES}
  prob:
    kind: input
    path: prob.h5
    axes: AXESc
    channels: [background, nucleus]
    role: prediction_map
  cells: {kind: input, path: cells.tif, axes: AXES, role: label_image}
  mask: {kind: input, path: mask.tif, axes: AXES, role: segmentation}
  nuclei:
    kind: threshold
    image: prob
    channel: nucleus
    method: hysteresis
    threshold: 0.3
    sigma: 0
  simple: {kind: threshold, image: prob, channel: nucleus}
  kept: {kind: components, image: cells, min_size: 5}
  found: {kind: components, image: mask}
  measured:
    kind: features
    image: raw
    objects: nuclei
    measure: [size, intensity, position, axes]
  shapes: {kind: features, objects: cells, measure: [size], with: embedded}
  embedded: {kind: embedding, objects: cells, table: embedded.npz, keep: 2}
  classes:
    kind: classifier
    features: measured
    annotations: annotations.csv
    estimator: {kind: random_forest, trees: 3}
  predicted: {kind: predict, features: measured, classifier: classes}
  again: {kind: blockwise, features: measured, classifier: classes, block: 32}
  pieces:
    kind: blockwise
    mode: halo
    features: measured
    classifier: classes
    block: 20
    halo: 4
  compared:
    kind: classifier
    features: measured
    annotations: annotations.csv
    normalize: {by: image}
    estimator: {kind: random_forest, trees: 3}
  within: {kind: predict, features: measured, classifier: compared}
  within_again: {kind: blockwise, features: measured, classifier: compared, block: 32}
  layers:
    kind: export
    from: nuclei
    write:
      smoothed: results/smoothed.tif
      cores: results/cores.tif
      cores_filtered: results/cores_filtered.tif
      unfiltered: results/unfiltered.tif
      identities: results/ids.tif
  out:
    kind: export
    from: predicted
    image: raw
    write:
      table: results/objects.csv
      counts: results/counts.csv
      predictions: results/classes.tif
      probabilities: results/probabilities.h5
      uncertainty: results/uncertainty.tif
  plain: {kind: export, from: kept, write: {table: results/kept.csv}}
"""


def rich(folder: Path, axes: str) -> Bench:
    """A workflow with every kind of node, in 2D, 3D, or over time."""
    make = {"yx": workflows.flat, "zyx": workflows.deep, "tyx": workflows.series}[axes]
    bench = make(folder)
    ids = workflows.sparse_ids()
    ids = np.stack([ids] * {"yx": 1, "zyx": workflows.DEPTH, "tyx": 3}[axes])
    ids = ids[0] if axes == "yx" else ids
    workflows.write_raw(folder / "cells.tif", ids)
    workflows.write_raw(folder / "mask.tif", (ids > 0).astype(np.uint8))
    frames = 3 if axes == "tyx" else 1
    known = np.tile(np.unique(ids)[1:], frames)
    t = np.repeat(np.arange(frames), len(known) // frames)
    numbers = np.stack([known % 7, known % 11, t], axis=1)
    np.savez(folder / "embedded.npz", object=known, t=t, embedding=numbers)
    bench.text = RICH.replace("AXES", axes)
    return bench.edit()


@pytest.fixture(scope="module", params=["yx", "zyx", "tyx"])
def job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The rich workflow, checked and run."""
    bench = rich(tmp_path_factory.mktemp(request.param), request.param)
    ran = bench.run()
    problems = [str(p) for o in ran.outcomes for p in o.problems]
    assert ran.statuses <= {"ran", "cached"}, problems
    return bench.job()


def parts(graph: Graph) -> Iterator[tuple[str, Part]]:
    """Every part of every node of the first image."""
    for name in graph.order:
        for part in graph.parts[name][graph.images[0].name]:
            yield name, part


def test_the_workflow_has_every_kind(job: Job) -> None:
    assert {node.kind for node in job.workflow.nodes.values()} == set(KINDS)


def test_every_node_keeps_the_contract(job: Job) -> None:
    """It makes the same again, alone and by block, and explains itself."""
    check_node(lambda: Bench(job.folder).job().graph, *job.workflow.nodes)


def test_parameters_name_no_file_of_the_workflow(job: Job) -> None:
    for name, part in parts(job.graph):
        text = canonical_json(part.parameters)
        if name != "project":  # which writes every node down, without paths
            assert str(job.folder) not in text
            assert "raw.tif" not in text


def test_every_step_and_its_node_can_be_sent_to_another_process(job: Job) -> None:
    for step in job.graph.steps():
        sent = pickle.loads(pickle.dumps(step))
        assert (sent.address, sent.part.header) == (step.address, step.part.header)
        node = job.graph.nodes[step.node]
        assert pickle.loads(pickle.dumps(node)) == node


def digests(execution: Execution) -> dict[str, str]:
    """Step key to digest of all that is no file."""
    return {
        o.step.key: o.known.artifact.digest
        for o in execution.run()
        if o.known is not None and o.step.part.output is None
    }


def test_blockwise_is_predict(job: Job) -> None:
    execution = Execution(job.graph, MemoryStore(), Options("whole"))
    found = digests(execution)
    for whole, by_block in (("predicted.", "again."), ("within.", "within_again.")):
        steps = [key for key in found if key.startswith(whole)]
        assert steps
        for key in steps:
            assert found[key] == found[key.replace(whole, by_block)]


def test_nodes_are_frozen(job: Job) -> None:
    node = job.graph.nodes["nuclei"]
    with pytest.raises(ValueError, match="frozen"):
        node.threshold = 0.9  # type: ignore[attr-defined]
    step = next(iter(job.graph.steps()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.node = "x"  # type: ignore[misc]
    assert isinstance(step, Step)
