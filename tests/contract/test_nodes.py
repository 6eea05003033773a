"""Every node kind keeps the contract of a node, whatever it computes."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import workflows
from objclass.data.digest import canonical_json
from objclass.data.wire import Wire
from objclass.engine.decide import given
from objclass.engine.execute import Execution
from objclass.engine.graph import Graph, Step
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Node, Part, View
from objclass.engine.options import Options
from objclass.engine.step import bound
from objclass.nodes.registry import KINDS
from objclass.run import Job
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
  shapes: {kind: features, objects: cells, measure: [size]}
  classes:
    kind: classifier
    features: measured
    annotations: annotations.csv
    estimator: {kind: random_forest, trees: 3}
  predicted: {kind: predict, features: measured, classifier: classes}
  again: {kind: blockwise, features: measured, classifier: classes, block: 32}
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


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_called_by_its_name_and_explains_itself(kind: str) -> None:
    model = KINDS[kind]
    assert issubclass(model, Node)
    assert get_args(model.model_fields["kind"].annotation) == (kind,)
    assert isinstance(model.version, int)
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert name == "kind" or field.description, f"{kind}.{name} has no description"
    assert model.model_config["frozen"]


@pytest.mark.parametrize("kind", KINDS)
def test_synonyms_lead_to_fields_and_hide_none(kind: str) -> None:
    keys = {field.alias or name for name, field in KINDS[kind].model_fields.items()}
    synonyms = KINDS[kind].synonyms
    assert set(synonyms.values()) <= keys
    assert keys.isdisjoint(synonyms)


def test_parts_have_names_of_their_own_that_a_wire_can_hold(job: Job) -> None:
    for name in job.graph.order:
        names = [part.name for n, part in parts(job.graph) if n == name]
        assert len(set(names)) == len(names)
        assert all(Wire.parse(f"{name}.{part}") == Wire(name, part) for part in names)


def test_every_part_reads_parts_that_exist_and_names_its_reads_apart(job: Job) -> None:
    known = {(name, part.name) for name, part in parts(job.graph)}
    for _, part in parts(job.graph):
        assert {(read.wire.node, read.wire.part) for read in part.reads} <= known
        assert len({read.name for read in part.reads}) == len(part.reads)


def test_subtrees_named_by_a_read_are_there(job: Job) -> None:
    execution = Execution(job.graph, job.store, Options(job.name))
    execution.run()
    for step in execution.steps.values():
        for read in step.part.reads:
            for address in job.graph.addresses(step, read):
                artifact = execution.attempts.known[address].artifact
                assert set(read.subtrees or ()) <= set(artifact.subtrees), step.key


def test_parameters_are_json_and_hold_no_path(job: Job) -> None:
    for name, part in parts(job.graph):
        text = canonical_json(part.parameters)
        assert json.loads(text) == json.loads(canonical_json(json.loads(text)))
        if name != "project":  # which writes every node down, without paths
            assert str(job.folder) not in text
            assert "raw.tif" not in text


def test_checking_twice_gives_the_same_parts(job: Job) -> None:
    again = Bench(job.folder).job()
    for (name, part), (other_name, other) in zip(parts(job.graph), parts(again.graph), strict=True):
        assert (name, part.name) == (other_name, other.name)
        assert part.header == other.header
        assert canonical_json(part.parameters) == canonical_json(other.parameters)
        assert (part.reads, part.times, part.joins) == (other.reads, other.times, other.joins)


def test_a_part_computes_from_what_it_declared_and_makes_what_its_header_says(job: Job) -> None:
    """It is given nothing else, and makes the result of the run once more."""
    execution = Execution(job.graph, job.store, Options(job.name))
    outcomes = execution.run()
    for outcome in outcomes:
        step = outcome.step
        if step.part.source is not None or step.part.output is not None:
            continue
        assert outcome.known is not None
        inputs = given(step, job.graph, execution.attempts.known)
        got = bound(inputs, job.store)
        store = MemoryStore()
        view = View(step.part, step.image, step.t, got, store.new_voxels, store.scratch)
        made = job.graph.nodes[step.node].compute(step.part, view)
        artifact = store.keep(made.content)
        assert artifact == outcome.known.artifact, step.key
        assert json.loads(json.dumps(made.summary)) == as_json(made.summary), step.key


def test_every_step_and_its_node_can_be_sent_to_another_process(job: Job) -> None:
    for step in job.graph.steps():
        sent = pickle.loads(pickle.dumps(step))
        assert (sent.address, sent.part.header) == (step.address, step.part.header)
        node = job.graph.nodes[step.node]
        assert pickle.loads(pickle.dumps(node)) == node


def as_json(value: Any) -> Any:
    """A value with tuples as lists and keys as text."""
    return json.loads(json.dumps(value))


def test_a_step_gives_the_same_by_block_as_in_one_piece(job: Job) -> None:
    """Law A: the execution block never changes a result."""
    blocks = {name: {"z": 3, "y": 17, "x": 23} for name in job.graph.order}
    whole = digests(Execution(job.graph, MemoryStore(), Options("whole")))
    cut = digests(Execution(job.graph, MemoryStore(), Options("cut", block=blocks)))
    assert cut == whole


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
    steps = [key for key in found if key.startswith("predicted.")]
    assert steps
    for key in steps:
        assert found[key] == found[key.replace("predicted.", "again.")]


def test_nodes_are_frozen(job: Job) -> None:
    node = job.graph.nodes["nuclei"]
    with pytest.raises(ValueError, match="frozen"):
        node.threshold = 0.9  # type: ignore[attr-defined]
    step = next(iter(job.graph.steps()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.node = "x"  # type: ignore[misc]
    assert isinstance(step, Step)
