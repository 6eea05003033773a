"""The only rebuild logic: may this step run, must it, and why.

:func:`decide` is pure: ``plan`` folds it without computing, ``execute`` while computing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.data.digest import of_tree
from objclass.data.wire import Wire
from objclass.engine.artifact import EMPTY, INDEX, Artifact
from objclass.engine.files import FilesState, state_written
from objclass.engine.graph import Address, Graph, Step
from objclass.engine.node import DigestedFile, FileGroup, JoinedInput, Node, Part, piece_of
from objclass.engine.reason import FORCED, Reason, difference
from objclass.engine.recipe import preimage, recipe
from objclass.engine.store import Store
from objclass.engine.summary import Summary, UnreadableSummary, read_summary


@dataclass(frozen=True, slots=True)
class KnownArtifact:
    """An artifact whose digest is known, and what its trace says."""

    artifact: Artifact
    summary: Summary | None = None
    preimage: Mapping[str, Any] = field(default_factory=dict)
    recipe: str = ""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    state: FilesState = None
    """For what lies in files: their sizes and times when the digests were known to be theirs."""


@dataclass(frozen=True, slots=True)
class Cached:
    """The result is there."""

    known: KnownArtifact


@dataclass(frozen=True, slots=True)
class Run:
    """The step must run."""

    recipe: str
    preimage: Mapping[str, Any]
    reason: Reason


@dataclass(frozen=True)
class Blocked:
    """The node itself holds the step back."""

    reason: Reason


@dataclass(frozen=True)
class Pending:
    """Something it reads is not known yet."""

    wires: tuple[str, ...]


Decision = Cached | Run | Blocked | Pending


@lru_cache(1024)
def pending(wires: tuple[str, ...]) -> Pending:
    """Return what waits for these nodes; thousands of images share it."""
    return Pending(wires)


@dataclass(frozen=True)
class RunHistory:
    """What came before: the recipes of the last run, what the user forces, and who runs.

    ``readings`` is step key to how a file was read; see :mod:`objclass.engine.reading`.
    """

    last: Mapping[str, str] = field(default_factory=dict)
    forced: frozenset[str] = frozenset()
    workflow: Path | None = None
    readings: Mapping[str, Any] = field(default_factory=dict)


def decide(
    step: Step, graph: Graph, known: Mapping[Address, KnownArtifact], store: Store, past: RunHistory
) -> Decision:
    """Say whether a step is cached, must run, is blocked, or waits.

    Parameters
    ----------
    step
        The step in question; not a reference to a file.
    graph
        Where it stands.
    known
        Artifacts known so far; nothing else decides.
    store
        Traces and contents; only looked at.
    past
        Last run and forced nodes.
    """
    addresses = {read.name: graph.addresses(step, read) for read in step.part.reads}
    missing = [a[0] for found in addresses.values() for a in found if a not in known]
    if missing:
        return pending(tuple(dict.fromkeys(missing)))
    node = graph.nodes[step.node]
    if type(node).gate is not Node.gate:
        held_back = node.gate(step.part, give_inputs(step, graph, known))
        if held_back:
            return Blocked(held_back)
    image = preimage(node.kind, step.part, _artifacts(addresses, known), step.t)
    wires = {read.name: _name_wire(step, read.wire) for read in step.part.reads}
    return rebuild(step, recipe(image), {**image, "wires": wires}, store, past)


def _name_wire(step: Step, wire: Wire) -> str:
    """Name a wire in a reason: the node, or the part where it is the step's own node."""
    return wire.part or wire.node if wire.node == step.node else wire.node


def _artifacts(
    addresses: Mapping[str, Sequence[Address]], known: Mapping[Address, KnownArtifact]
) -> dict[str, list[tuple[str | None, Artifact]]]:
    return {name: [(a[2], known[a].artifact) for a in found] for name, found in addresses.items()}


def give_inputs(
    step: Step, graph: Graph, known: Mapping[Address, KnownArtifact]
) -> dict[str, tuple[JoinedInput, ...]]:
    """Return what a step gets over its wires, without a way to load it."""
    return {
        read.name: tuple(
            _give_inputs(a, graph.provider(a), known[a], read.wire)
            for a in graph.addresses(step, read)
        )
        for read in step.part.reads
    }


def _give_inputs(address: Address, provider: Part, known: KnownArtifact, wire: Wire) -> JoinedInput:
    return JoinedInput(
        image=address[2] or "",
        t=address[3],
        artifact=known.artifact,
        header=provider.header,
        summary=known.summary,
        preimage=known.preimage,
        wire=wire,
        source=provider.source,
        state=known.state,
    )


def rebuild(
    step: Step, made_of: str, image: Mapping[str, Any], store: Store, past: RunHistory
) -> Cached | Run:
    """Say whether a step whose recipe is known is cached, or must run.

    Parameters
    ----------
    step
        The step.
    made_of, image
        Its recipe, and what the recipe was made of.
    store
        Traces and contents; only looked at.
    past
        Last run and forced nodes.
    """
    if step.node in past.forced:
        return Run(made_of, image, FORCED)
    if step.part.output is not None:
        return _export(step, step.part.output, made_of, image, store, past)
    trace = store.trace(made_of)
    if trace is not None:
        there = trace["digest"] == EMPTY or store.has(trace["digest"])
        known = read_trace(step.part, made_of, {**trace, "preimage": image}) if there else None
        if known is not None:
            return Cached(known)
    kept = _made_elsewhere(step, image, store, past) if step.part.elsewhere else None
    return Cached(kept) if kept else Run(made_of, image, why(step, made_of, image, store, past))


def _made_elsewhere(
    step: Step, image: Mapping[str, Any], store: Store, past: RunHistory
) -> KnownArtifact | None:
    """Return what the last run knew of a step that only another machine would make otherwise."""
    before = past.last.get(step.key)
    trace = None if before is None else store.trace(before)
    if before is None or trace is None or not store.has(trace["digest"]):
        return None
    old, parameters = trace["preimage"], image["parameters"]
    here = {name: parameters[name] for name in step.part.elsewhere}
    alike = {**old, "parameters": {**old["parameters"], **here}}
    known = read_trace(step.part, before, trace)
    if known is None or recipe(_of_recipe(alike)) != recipe(_of_recipe(image)):
        return None
    told = f"kept from another machine: {difference(old, image)}"
    return replace(known, warnings=(*known.warnings, told))


def _of_recipe(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pre-image without what only reasons show."""
    return {name: value for name, value in image.items() if name != "wires"}


def read_trace(part: Part, made_of: str, trace: Mapping[str, Any]) -> KnownArtifact | None:
    """Return what a trace knows of its artifact; None where it tells not what the part tells."""
    try:
        summary = read_summary(part.tells, trace["summary"])
    except UnreadableSummary:
        return None
    return KnownArtifact(
        # of thousands of images, each has its digests, and all have the same names
        artifact=Artifact(trace["digest"], {intern(n): d for n, d in trace["subtrees"].items()}),
        summary=summary,
        preimage=trace["preimage"],
        recipe=made_of,
        seconds=trace["seconds"],
        warnings=tuple(trace["warnings"]),
    )


def why(
    step: Step, made_of: str, image: Mapping[str, Any], store: Store, past: RunHistory
) -> Reason:
    """Explain why a step must run, against the last run of this workflow."""
    before = past.last.get(step.key)
    if before is None:
        return Reason("first run", says="first run")
    if before == made_of:
        return Reason("content missing", says="its result is no longer in the cache")
    trace = store.trace(before)
    if trace is None:
        return Reason("changed", says="changed")
    return difference(trace["preimage"], image)


def _export(
    step: Step,
    path: Path,
    made_of: str,
    image: Mapping[str, Any],
    store: Store,
    past: RunHistory,
) -> Cached | Run:
    record = store.export(path)
    if record is None or record["recipe"] != made_of:
        other = written_by(path, record, past.workflow)
        taken = bool(other) and past.last.get(step.key) == made_of
        now = Reason("file replaced", says=f"{path.name} is now that of {other}")
        return Run(made_of, image, now if taken else why(step, made_of, image, store, past))
    if not path.exists():
        return Run(made_of, image, Reason("file missing", says=f"{path.name} is gone"))
    if not is_unchanged(path, record):
        return Run(
            made_of, image, Reason("file edited", says=f"{path.name} was edited or replaced")
        )
    known = read_trace(step.part, made_of, {**record, "subtrees": {}, "preimage": image})
    return Cached(known) if known else Run(made_of, image, why(step, made_of, image, store, past))


def written_by(path: Path, record: Mapping[str, Any] | None, workflow: Path | None) -> str | None:
    """Return the name of another workflow that wrote a file and is still there, or None.

    Parameters
    ----------
    path
        The file.
    record
        What is recorded of it; it names the workflow as seen from the file.
    workflow
        The workflow that asks.
    """
    if record is None or workflow is None or not record.get("workflow") or not path.exists():
        return None
    other = path.parent / record["workflow"]
    ours = os.path.realpath(other) == os.path.realpath(workflow)
    there = not ours and other.is_file() and is_unchanged(path, record)
    return other.name if there else None


def is_unchanged(path: Path, record: Mapping[str, Any]) -> bool:
    """Return True where a file is as we wrote it: by size and time, then by its bytes."""
    now = state_written(path)
    if now is None or now[0][0] != record["stat"][0][0]:
        return False
    return bool(now == record["stat"] or file_digest(path) == record["digest"])


def file_digest(path: Path) -> str:
    """Return the digest of a file's bytes, or of all files below a folder and their names."""
    from blake3 import blake3

    if path.is_dir():
        below = sorted(each for each in path.rglob("*") if each.is_file())
        return of_tree({each.relative_to(path).as_posix(): file_digest(each) for each in below})
    hasher = blake3()
    hasher.update_mmap(path)
    return str(hasher.hexdigest(16))


def recall_reference(step: Step, graph: Graph, store: Store) -> KnownArtifact | None:
    """Return what is remembered of a file that an input refers to; None when it must be read."""
    wanted = graph.subtrees.get((step.node, step.part.name), ())
    piece = piece_read(step)
    digests = store.memo(["digests", piece.key], piece.vouch)
    if digests is None or not all(is_known(step.t, name, digests, store) for name in wanted):
        return None
    return refer(step, wanted, digests)


def is_known(t: int | None, name: str, digests: Mapping[str, Any], store: Store) -> bool:
    """Return True where a subtree's digest is remembered, and its content kept where it has one."""
    found = digests.get(subtree_key(t, name))
    return found is not None and (name != INDEX or store.has(found))


def refer(step: Step, wanted: Sequence[str], digests: Mapping[str, Any]) -> KnownArtifact:
    """Return what is known of a file's frame from remembered digests."""
    artifact = Artifact.of({name: digests[subtree_key(step.t, name)] for name in wanted})
    told = (digests.get(_warnings_key(step.t, name), ()) for name in wanted)
    warnings = tuple(dict.fromkeys(warning for each in told for warning in each))
    return KnownArtifact(artifact, recipe=artifact.digest, warnings=warnings)


def memorize(t: int | None, name: str, found: DigestedFile) -> dict[str, Any]:
    """Return what is remembered of a subtree that was read: its digest and warnings."""
    told = {_warnings_key(t, name): list(found.warnings)} if found.warnings else {}
    return {subtree_key(t, name): found.digest, **told}


def subtree_key(t: int | None, name: str) -> str:
    """Name a subtree of a frame in a memo."""
    return f"{'' if t is None else t}|{name}"


def _warnings_key(t: int | None, name: str) -> str:
    return f"{subtree_key(t, name)}|warnings"


def piece_read(step: Step) -> FileGroup:
    """Return the files that hold a step's frame."""
    assert step.part.source is not None
    return piece_of(step.part.source, step.t)
