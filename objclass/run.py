"""Composes language, nodes and engine: load, check, plan and run a workflow."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from objclass.engine.decide import Past
from objclass.engine.execute import Execution, Options, Outcome
from objclass.engine.graph import Graph, build, sources
from objclass.engine.look import ImageKey, Settings
from objclass.engine.memo import Memo
from objclass.engine.node import Node
from objclass.engine.plan import Planned, plan
from objclass.engine.store import DiskStore, Store
from objclass.errors import InputError, Problem, listed, nearest, raise_all
from objclass.images import image_keys
from objclass.nodes.annotated import annotation_names
from objclass.nodes.blockwise import BlockwiseNode
from objclass.nodes.classifier import ClassifierNode
from objclass.nodes.registry import KINDS
from objclass.project import with_project
from objclass.schema.workflow import Workflow, load

if TYPE_CHECKING:
    from objclass.io.project.contents import TrainedClassifier

CACHE = ".objclass"


@dataclass(frozen=True)
class Request:
    """What a person asks of a workflow.

    Parameters
    ----------
    sets
        ``node.field=value`` overrides.
    cache
        Folder of the store; by default ``.objclass`` beside the workflow, or what
        ``OBJCLASS_CACHE`` says.
    until
        Make only this node and what it needs.
    force
        Nodes to run again though cached.
    fail_fast
        Stop at the first failure.
    use_valid
        Train on the valid annotations though others are invalid.
    tell
        Called with steps as they start and outcomes as they end.
    """

    sets: tuple[str, ...] = ()
    cache: Path | None = None
    until: str | None = None
    force: tuple[str, ...] = ()
    fail_fast: bool = False
    use_valid: bool = False
    tell: Callable[[Any], None] = lambda event: None


@dataclass(frozen=True)
class Job:
    """A checked workflow, ready to be planned or run."""

    workflow: Workflow
    folder: Path
    graph: Graph
    store: Store
    memo: Memo
    request: Request = field(default_factory=Request)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know before anything runs."""
        return tuple(self.graph.findings.notes)

    @property
    def name(self) -> str:
        """Name under which the last run is remembered."""
        return self.workflow.file.name

    @property
    def past(self) -> Past:
        """The last run of this workflow, and what is forced."""
        return Past(self.store.last(self.name), frozenset(self.request.force))

    def plan(self) -> tuple[Planned, ...]:
        """Return what would run and why; computes and writes nothing."""
        return plan(self.graph, self.store, self.past)

    def run(self, *, overwrite: bool = False) -> tuple[Outcome, ...]:
        """Run the workflow and return what became of every step."""
        self.memo.save()
        options = Options(
            workflow=self.name,
            forced=frozenset(self.request.force),
            fail_fast=self.request.fail_fast,
            block=blocks_above(self.graph.nodes),
            overwrite=overwrite,
            tell=self.request.tell,
        )
        return Execution(self.graph, self.store, options).run()


def prepare(path: Path | str, request: Request | None = None) -> Job:
    """Load and check a workflow.

    Parameters
    ----------
    path
        The workflow file.
    request
        Overrides and options.

    Raises
    ------
    InputError
        With every problem that the text and the headers of the files show.
    """
    request = request or Request()
    workflow = load(Path(path), KINDS, request.sets)
    raise_all(not_built(workflow))
    folder = workflow.file.parent
    store = DiskStore(cache_folder(folder, request.cache))
    nodes = cast("Mapping[str, Node]", workflow.nodes)
    images = image_keys(workflow, nodes, folder)
    return assemble(workflow, folder, nodes, images, store, request)


def not_built(workflow: Workflow) -> list[Problem]:
    """Return what a workflow asks for at its top level and nobody can do yet."""
    place = workflow.source.place(("plugins",))
    fix = "remove it: only built-in families are measured"
    return [Problem("plugins are not built yet", fix=fix, place=place)] if workflow.plugins else []


def assemble(
    workflow: Workflow,
    folder: Path,
    nodes: Mapping[str, Node],
    images: Sequence[ImageKey],
    store: Store,
    request: Request,
    trained: Mapping[str, TrainedClassifier] | None = None,
) -> Job:
    """Check nodes against the headers of these images and return the job."""
    _check_names(nodes, request)
    memo = Memo(store)
    settings = Settings(
        folder=folder,
        place=workflow.place,
        memo=memo,
        images=images,
        compatibility=workflow.compatibility,
        trained=trained or {},
        options={"use_valid": request.use_valid},
    )
    all_nodes = nodes if trained else with_project(workflow, nodes, folder)
    graph = build(all_nodes, settings, request.until)
    raise_all(graph.findings.told(len(images)))
    raise_all(output_problems(graph, workflow))
    return Job(workflow, folder, graph, store, memo, request)


def cache_folder(folder: Path, wanted: Path | None) -> Path:
    """Return the folder of the store."""
    return wanted or Path(os.environ.get("OBJCLASS_CACHE") or folder / CACHE)


def _check_names(nodes: Mapping[str, Node], request: Request) -> None:
    asked = [("--until", request.until)] if request.until else []
    asked += [("--force", name) for name in request.force]
    raise_all(
        Problem(
            f"{option} {name}: there is no such node",
            expected=listed(nodes),
            fix=f"did you mean {nearest(name, nodes)}?" if nearest(name, nodes) else None,
        )
        for option, name in asked
        if name not in nodes
    )


def output_problems(graph: Graph, workflow: Workflow) -> list[Problem]:
    """Return the problems of outputs that would overwrite each other or what is read."""
    read = dict(_files_read(graph, workflow))
    written: dict[str, str] = {}
    problems = []
    for node, image, part, path in _outputs(graph):
        owner = f"{node}.{part}" + (f" of '{image}'" if image else "")
        found = _output_problem(path, owner, read, written)
        place = workflow.place(node, f"write.{part}") if node in workflow.nodes else None
        problems += [problem.at(place, node) for problem in found]
    return problems[:12]


def _outputs(graph: Graph) -> Iterator[tuple[str, str | None, str, Path]]:
    """Yield node, image (None where all are in one file), part and path of every output."""
    for node, by_image in graph.parts.items():
        for image, parts in by_image.items():
            for part in parts:
                if part.output is not None:
                    yield node, None if "image" in part.joins else image, part.name, part.output


def _output_problem(
    path: Path, owner: str, read: Mapping[str, str], written: dict[str, str]
) -> list[Problem]:
    """Return what is wrong with one output, and note that it is written."""
    real = os.path.realpath(path)
    if real in read:
        return [Problem(f"it would overwrite {read[real]}", got=str(path), fix="choose another path")]
    if path.is_dir():
        return [Problem("its path is a folder", got=str(path), fix="add a file name")]
    if written.setdefault(real, owner) != owner:
        fix = "put {image} or another name into the path"
        return [Problem(f"{written[real]} and {owner} would write one file", str(path), fix=fix)]
    return []


def _files_read(graph: Graph, workflow: Workflow) -> Iterator[tuple[str, str]]:
    """Yield the real path of everything a workflow reads, and what it is."""
    folder = workflow.file.parent
    yield os.path.realpath(workflow.file), "the workflow"
    if workflow.images:
        yield os.path.realpath(folder / workflow.images), "the sheet of images"
    for name, node in graph.nodes.items():
        parts = [part for found in graph.parts[name].values() for part in found]
        if isinstance(node, ClassifierNode):
            files = annotation_names(parts) | ({node.annotations} if node.annotations else set())
            for path in files:
                yield os.path.realpath(folder / path), f"the annotations of '{name}'"
            if node.project:
                yield os.path.realpath(folder / node.project), f"the project of '{name}'"
        pieces = (piece for part in parts if part.source for piece in part.source.pieces)
        for piece in pieces:
            yield from ((os.path.realpath(f), f"the input of '{name}'") for f in piece.files)


def blocks_above(nodes: Mapping[str, Node]) -> dict[str, Mapping[str, int]]:
    """Return the execution block of every node above a ``blockwise`` node."""
    found: dict[str, Mapping[str, int]] = {}
    for name, node in nodes.items():
        if isinstance(node, BlockwiseNode):
            for above in ancestors(nodes, name):
                found.setdefault(above, node.block_by_axis())
    return found


def ancestors(nodes: Mapping[str, Node], name: str) -> set[str]:
    """Return a node and every node it reads from, near or far."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [wire.node for wire in sources(nodes[node])]
    return found


def problems_of(outcomes: Sequence[Outcome]) -> list[Problem]:
    """Return every problem found while running."""
    return list(dict.fromkeys(p for outcome in outcomes for p in outcome.problems))


__all__ = ["InputError", "Job", "Request", "prepare"]
