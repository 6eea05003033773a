"""Runs one step: a function of what it is given and of a store, without any state.

What it takes and what it returns can be pickled, so that a step may run in another process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.data.ordered import ThreadedMap
from objclass.engine.artifact import INDEX, Artifact
from objclass.engine.decide import file_digest
from objclass.engine.edited import MovedFile, set_aside
from objclass.engine.failure import Failure, failure_of
from objclass.engine.files import stat
from objclass.engine.graph import Step
from objclass.engine.input_files import change_error
from objclass.engine.node import JoinedInput, Made, Node, Source, View, piece_of
from objclass.engine.pin import Pin
from objclass.engine.store import Store, Workshop
from objclass.engine.summary import Summary
from objclass.io.free_memory import give_back


@dataclass(frozen=True)
class StepRequest:
    """Everything that a step needs beside a store.

    Parameters
    ----------
    step, node
        What to make, and the node that makes it.
    recipe
        Of the result.
    inputs
        Read name to what comes over its wire; data are loaded when asked.
    block
        Execution block per axis, or None for the whole frame; never changes a result.
    threads
        How many blocks may be worked on at a time; never changes a result.
    pins
        Tag to what earlier runs pinned, for parts that recall.
    overwrite
        Replace a file that is not ours, instead of renaming it first.
    workflow
        The workflow's file; what another one wrote is not ours.
    """

    step: Step
    node: Node
    recipe: str
    inputs: Mapping[str, tuple[JoinedInput, ...]]
    block: Mapping[str, int] | None = None
    threads: int = 1
    pins: Mapping[str, Pin] = field(default_factory=dict)
    overwrite: bool = False
    workflow: Path | None = None


@dataclass(frozen=True)
class StepResult:
    """What a step made; its content is in the store, or in the file it wrote.

    Parameters
    ----------
    artifact
        The digests of what was kept.
    summary, warnings
        Kept with the trace, so that a cached run can repeat them.
    told
        What is said once: where a file went that was in the way.
    pins
        What cleaning must keep from now on.
    seconds, peak
        Time to compute, and the most memory that the process had so far.
    """

    artifact: Artifact
    summary: Summary | None
    warnings: tuple[str, ...]
    told: tuple[str, ...]
    pins: tuple[Pin, ...]
    seconds: float
    peak: int


def run_step(request: StepRequest, store: Store) -> StepResult | Failure:
    """Make what a step makes and keep it in the store; records nothing.

    Parameters
    ----------
    request
        What to make, from what.
    store
        Where inputs lie and the result goes.
    """
    begun = time.perf_counter()
    part = request.step.part
    try:
        with _aside(request, store) as aside, store.workshop(request.recipe) as workshop:
            made = request.node.compute(part, _view(request, store, workshop))
            _check_files(request)
            seconds = time.perf_counter() - begun
            artifact = _kept(part.output, made, workshop)
    except Exception as error:
        return failure_of(request.step, error)
    finally:
        if request.block is not None:
            give_back()
    warnings = (*made.warnings, *_describe_reading(request, store))
    return StepResult(artifact, made.summary, warnings, aside.told, made.pins, seconds, _peak())


def _aside(request: StepRequest, store: Store) -> AbstractContextManager[MovedFile]:
    """Protect what a person or another workflow did to the file that a step writes."""
    path = request.step.part.output
    if path is None or request.overwrite:
        return nullcontext(MovedFile())
    return set_aside(path, store.export(path), request.workflow)


def _view(request: StepRequest, store: Store, workshop: Workshop) -> View:
    step = request.step
    return View(
        part=step.part,
        image=step.image,
        t=step.t,
        given=bind_inputs(request.inputs, store),
        new_voxels=workshop.new_voxels,
        scratch=workshop.scratch,
        block=request.block,
        each=ThreadedMap(request.threads),
        pins=request.pins,
        shelf=store,
    )


def bind_inputs(
    inputs: Mapping[str, tuple[JoinedInput, ...]], store: Store
) -> dict[str, tuple[JoinedInput, ...]]:
    """Return inputs that can be loaded."""
    return {
        name: tuple(replace(each, load=partial(load, each, store)) for each in found)
        for name, found in inputs.items()
    }


def load(given: JoinedInput, store: Store) -> Any:
    """Return the data of an input, read lazily from the store or from the file referred to."""
    if given.source is None:
        return store.load(given.artifact, given.header)
    index = given.artifact.subtrees.get(INDEX, "")
    return given.source.open(given.t, partial(store.load_record, index))


def _kept(output: Path | None, made: Made, workshop: Workshop) -> Artifact:
    return workshop.keep(made.content) if output is None else Artifact(file_digest(output))


def _referred(request: StepRequest) -> Iterator[tuple[JoinedInput, Source]]:
    """Yield the inputs that refer to files."""
    inputs = (each for found in request.inputs.values() for each in found)
    return ((each, each.source) for each in inputs if each.source is not None)


def _check_files(request: StepRequest) -> None:
    """Raise where a file is no longer the one that the recipe speaks of."""
    for given, source in _referred(request):
        piece = piece_of(source, given.t)
        if given.state is None or stat(piece.vouch) != given.state:
            raise change_error(piece.files[0])


def _describe_reading(request: StepRequest, store: Store) -> tuple[str, ...]:
    """Return what reading files showed, where no digest was made that would say it."""
    if store.lasts:
        return ()
    found = (source.told(given.t) for given, source in _referred(request))
    return tuple(dict.fromkeys(sentence for each in found for sentence in each))


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
