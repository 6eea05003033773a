"""The contract of a node kind as a function to call from any test.

``check_node(check, "name")`` raises an AssertionError that says which promise is broken, or
returns quietly. The node stands in a small workflow, so that it has something to read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import get_args

from objclass.data.digest import canonical_json
from objclass.data.wire import Wire
from objclass.engine.artifact import Artifact
from objclass.engine.decide import give_inputs
from objclass.engine.execute import Execution
from objclass.engine.graph import Graph, Step
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Node, Part, View
from objclass.engine.options import Options
from objclass.engine.step import bind_inputs
from objclass.engine.summary import Summary, read_summary, write_summary
from objclass.schema.base import fields_by_key
from objclass.schema.json_schema import field_docs

BLOCK = {"z": 3, "y": 17, "x": 23}


def check_node(check: Callable[[], Graph], *names: str) -> None:
    """Check that nodes keep the contract of a node, whatever they compute.

    The workflow runs in memory: once as a whole, once by small blocks. Files of exports are
    written where it says.

    Parameters
    ----------
    check
        Checks a workflow and returns its graph, anew for every call:
        ``lambda: objclass.prepare("mine.yaml").graph``, or what
        :func:`objclass.engine.graph.build` makes of kinds that objclass does not know.
    names
        The nodes to check; by default all of them.

    Raises
    ------
    AssertionError
        Naming the promise that is broken, the node and the part.
    """
    graph, again = check(), check()
    assert not graph.findings.problems, "; ".join(map(str, graph.findings.problems))
    chosen = names or graph.order
    for name in chosen:
        _check_kind(type(graph.nodes[name]))
        _check_parts(name, graph)
        _check_again(name, graph, again)
    graph = replace(graph, wanted=frozenset(chosen))
    execution, made = _ran(graph, {})
    for step in execution.steps.values():
        if step.node in chosen:
            _check_subtrees(step, execution)
            _check_alone(step, execution)
    _check_blocks(graph, made, chosen)


def _check_kind(model: type[Node]) -> None:
    """The kind is called by its name and explains itself."""
    (kind,) = get_args(model.model_fields["kind"].annotation)
    assert model.__doc__, f"{kind} has no docstring"
    assert isinstance(model.version, int), f"{kind}: version {model.version!r} is no whole number"
    assert model.model_config.get("frozen"), f"{kind} is not frozen"
    keys = fields_by_key(model).keys()
    bare = sorted(keys - field_docs(model).keys() - {"kind"})
    assert not bare, f"{kind}: its fields {bare} have no description"
    unknown = sorted(set(model.synonyms.values()) - keys)
    assert not unknown, f"{kind}: synonyms lead to {unknown}, which are no fields"
    hidden = sorted(keys & model.synonyms.keys())
    assert not hidden, f"{kind}: {hidden} are fields, and synonyms as well"


def _parts(graph: Graph, name: str) -> Iterator[tuple[str, Part]]:
    """Yield every part of a node, with its image."""
    for image, parts in graph.parts[name].items():
        for part in parts:
            yield image, part


def _check_parts(name: str, graph: Graph) -> None:
    """Parts have names that a wire can hold, read what exists, and are known by content."""
    for image, parts in graph.parts[name].items():
        names = [part.name for part in parts]
        assert len(set(names)) == len(names), f"{name}: two parts of {image} have one name"
    for image, part in _parts(graph, name):
        what = f"{name}.{part.name}"
        assert Wire.parse(what) == Wire(name, part.name), f"{what} is not what a wire can say"
        reads = [read.name for read in part.reads]
        assert len(set(reads)) == len(reads), f"{what}: two reads have one name"
        for wire in (read.wire for read in part.reads):
            there = {other.name for other in graph.parts[wire.node].get(image, ())}
            assert wire.part in there, f"{what} reads {wire}, which is no part"
        _check_parameters(what, part)


def _check_parameters(what: str, part: Part) -> None:
    """Parameters are JSON: they enter the recipe, which holds no place of this machine."""
    try:
        parameters = json.loads(canonical_json(part.parameters))
    except TypeError as error:
        raise AssertionError(f"{what}: its parameters are no JSON: {error}") from None
    for text in _texts(parameters):
        place = PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
        assert not place, f"{what}: the path {text} is in its parameters, which enter the recipe"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _check_again(name: str, graph: Graph, again: Graph) -> None:
    """Checking has no memory: the same workflow has the same parts."""
    parts, others = [*_parts(graph, name)], [*_parts(again, name)]
    called = [f"{name}.{part.name}" for _, part in parts]
    assert called == [f"{name}.{part.name}" for _, part in others], f"{name}: other parts"
    for what, (_, part), (_, other) in zip(called, parts, others, strict=True):
        assert part.header == other.header, f"{what}: another header when checked again"
        same = canonical_json(part.parameters) == canonical_json(other.parameters)
        assert same, f"{what}: other parameters when checked again"
        before, after = ((p.reads, p.times, p.joins) for p in (part, other))
        assert before == after, f"{what} reads or joins otherwise when checked again"


def _ran(graph: Graph, block: Mapping[str, int]) -> tuple[Execution, dict[str, Artifact]]:
    """Run a graph in memory; return the run, and step key to what is no file."""
    blocks = dict.fromkeys(graph.order, block) if block else {}
    execution = Execution(graph, MemoryStore(), Options("check_node", block=blocks))
    made = {}
    for outcome in execution.run():
        key = outcome.step.key
        told = "; ".join(map(str, outcome.problems)) or str(outcome.reason)
        assert outcome.known is not None, f"{key} {outcome.status}: {told}"
        if outcome.step.part.output is None:
            made[key] = outcome.known.artifact
    return execution, made


def _check_subtrees(step: Step, execution: Execution) -> None:
    """Subtrees that a read names are there."""
    for read in step.part.reads:
        for address in execution.graph.addresses(step, read):
            there = execution.attempts.known[address].artifact.subtrees
            missing = sorted(set(read.subtrees or ()) - set(there))
            assert not missing, f"{step.key} reads {missing} of {read.wire}, which has {[*there]}"


def _check_alone(step: Step, execution: Execution) -> None:
    """A part makes the same once more, from what it declared and nothing else."""
    part, known = step.part, execution.attempts.known
    if part.source is not None or part.output is not None:
        return
    store = MemoryStore()
    inputs = bind_inputs(give_inputs(step, execution.graph, known), execution.store)
    view = View(part, step.image, step.t, inputs, store.new_voxels, store.scratch)
    made = execution.graph.nodes[step.node].compute(part, view)
    same = store.keep(made.content) == known[step.address].artifact
    assert same, f"{step.key} makes something else when it is made again"
    _check_told(step, made.summary)


def _check_told(step: Step, told: Summary | None) -> None:
    """What is told is of the type that the part names, and a trace gives it back."""
    kind = step.part.tells
    assert told is None or type(told) is kind, f"{step.key} tells a summary that it does not name"
    try:
        record = json.loads(json.dumps(write_summary(told)))
    except TypeError as error:
        raise AssertionError(f"{step.key}: its summary is no JSON: {error}") from None
    same = read_summary(kind, record) == told
    assert same, f"{step.key}: a trace gives back another summary"


def _check_blocks(graph: Graph, whole: Mapping[str, Artifact], chosen: Collection[str]) -> None:
    """The execution block never changes a result."""
    _, cut = _ran(graph, BLOCK)
    for key, artifact in whole.items():
        if key.partition(".")[0] in chosen:
            assert cut[key].digest == artifact.digest, f"{key} is another result by block"
