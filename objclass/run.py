"""Composes language, nodes and engine: load, check, plan and run a workflow."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
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
from objclass.nodes.blockwise import BlockwiseNode
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
    folder = workflow.file.parent
    store = DiskStore(cache_folder(folder, request.cache))
    nodes = cast("Mapping[str, Node]", workflow.nodes)
    images = image_keys(workflow, nodes, folder)
    return assemble(workflow, folder, nodes, images, store, request)


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
    raise_all(output_problems(graph))
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


def output_problems(graph: Graph) -> list[Problem]:
    """Return the problems of outputs that would overwrite each other or an input."""
    read = {path: node for node in graph.nodes for path in _files_read(graph, node)}
    written: dict[Path, str] = {}
    problems = []
    for node, by_image in graph.parts.items():
        for image, parts in by_image.items():
            for part in parts:
                if part.output is None:
                    continue
                path = part.output.absolute()
                owner = f"{node}.{part.name}" + ("" if "image" in part.joins else f" of '{image}'")
                if path in read:
                    what = f"{node}.{part.name} would overwrite the input of '{read[path]}'"
                    problems.append(Problem(what, got=str(part.output)))
                elif written.setdefault(path, owner) != owner:
                    what = f"{written[path]} and {owner} would write one file"
                    fix = "put {image} or another name into the path"
                    problems.append(Problem(what, got=str(part.output), fix=fix, node=node))
    return problems[:12]


def _files_read(graph: Graph, node: str) -> list[Path]:
    return [
        file.absolute()
        for parts in graph.parts[node].values()
        for part in parts
        if part.source is not None
        for piece in part.source.pieces
        for file in piece.files
    ]


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
