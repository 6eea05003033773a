"""Composes language, nodes and engine: load, check, plan and run a workflow."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from objclass.annotation_use import note_uses
from objclass.data.dataclass import dataclass
from objclass.data.memory_share import MemoryShare, memory_share, memory_shared, set_memory_share
from objclass.engine.cluster import address_problems
from objclass.engine.decide import RunHistory
from objclass.engine.disk_store import DiskStore
from objclass.engine.execute import Execution
from objclass.engine.foresight import foresee_memory
from objclass.engine.graph import Checked, Graph, blocks_above, build
from objclass.engine.look import ImageKey, WorkflowSettings
from objclass.engine.memo import Memo
from objclass.engine.node import Node
from objclass.engine.options import Options
from objclass.engine.outcome import StepOutcome
from objclass.engine.plan import Planned, plan
from objclass.engine.reading import readings
from objclass.engine.shard import Shard
from objclass.engine.store import Store, unrecorded
from objclass.engine.texts import TextRead, edited
from objclass.errors import InputError, Problem, check_types, list_some, nearest, raise_all
from objclass.images import axis_name_notes, image_keys, with_plate_map
from objclass.io.memory_limit import memory_limit_of
from objclass.nodes.contract import CONTRACTS
from objclass.nodes.families import PluginSource
from objclass.nodes.probed import PROBES
from objclass.nodes.projection import PROJECTIONS
from objclass.nodes.registry import KINDS
from objclass.plugins import Trust, added_families, run_again, sources_of
from objclass.project import project_path, used_in, with_project
from objclass.run.memory import MemoryForecast, forecast, memory_problems
from objclass.run.outputs import output_problems, texts_read
from objclass.schema.workflow import Workflow, load

if TYPE_CHECKING:
    from objclass.io.project.contents import ProjectFile

CACHE = ".objclass"
SUFFIXES = (".yaml", ".yml")


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
    same_image
        Take the image of now for the one that foreign annotations were made on.
    trust_plugins
        Allow the plugin files of the workflow to run, now and later, as they are now.
    workers
        How many processes may work; by default as many as there are processors for this one.
    scheduler
        Address of a ``dask.distributed`` scheduler, whose workers make the steps instead.
    memory
        What all processes may take together, such as ``4GiB``; by default what
        ``OBJCLASS_MEMORY`` says, or control groups, SLURM and the computer allow.
    """

    sets: tuple[str, ...] = ()
    cache: Path | None = None
    until: str | None = None
    force: tuple[str, ...] = ()
    fail_fast: bool = False
    use_valid: bool = False
    tell: Callable[[Any], None] = lambda event: None
    same_image: bool = False
    trust_plugins: bool = False
    workers: int | None = None
    scheduler: str | None = None
    memory: str | None = None

    def __post_init__(self) -> None:
        """Refuse one text where a list is meant, and what is no address."""
        lists = check_types(self, lists=("sets", "force"), paths=("cache",))
        raise_all([*lists, *address_problems(self.scheduler, self.workers)])

    def typed(self, workflow: str | Path) -> str:
        """Return the words that name a workflow on the command line, as it was loaded."""
        # without --set and --cache, advice would speak of other objects than its screen does
        sets = [word for each in self.sets for word in ("--set", each)]
        cache = ["--cache", str(self.cache)] if self.cache else []
        return shlex.join([str(workflow), *sets, *cache])


@dataclass(frozen=True)
class Job:
    """A checked workflow, ready to be planned or run.

    `left_out` are the problems of images whose files make none, such as a missing frame; the
    graph is without these images. `plugins` are its plugin files as they were, `texts` all files
    that a person may edit meanwhile.
    """

    workflow: Workflow
    folder: Path
    graph: Graph
    store: Store
    memo: Memo
    request: Request = field(default_factory=Request)
    left_out: tuple[Problem, ...] = ()
    plugins: tuple[PluginSource, ...] = ()
    texts: tuple[TextRead, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know: before anything runs, and of what could not be recorded."""
        return (*self.graph.findings.notes, *unrecorded(self.store), *edited(self.texts))

    @property
    def name(self) -> str:
        """Name under which the last run is remembered."""
        return self.workflow.file.name

    @property
    def past(self) -> RunHistory:
        """The last run of this workflow, and what is forced."""
        last, read = self.store.last(self.name), readings(self.store, self.name)
        return RunHistory(last, frozenset(self.request.force), self.file, read)

    @property
    def file(self) -> Path | None:
        """The workflow's file; None for a project, which names no file that stays."""
        file = self.workflow.file.absolute()
        return file if file.is_file() and file.suffix in SUFFIXES else None

    def plan(self) -> tuple[Planned, ...]:
        """Return what would run and why; computes and writes nothing."""
        return plan(self.graph, self.store, self.past)

    def forecast(self) -> MemoryForecast:
        """Return how much memory a run takes, foretold from headers, and how many processes.

        Raises
        ------
        InputError
            Where a step that must run needs more than it may take.
        """
        found = list(foresee_memory(self.graph, blocks_above(self.graph.nodes)))
        told = forecast(found, memory_limit_of(self.request.memory), self.request.workers)
        share = memory_share() or told.share
        large = [each for each in found if each.least > share.bytes]
        if large:
            raise_all(memory_problems(self.graph, large, share, self.plan()))
        return told

    def run(
        self,
        *,
        overwrite: bool = False,
        shard: Shard | None = None,
        scheduler: str = "processes",
        block: Mapping[str, int] | None = None,
    ) -> tuple[StepOutcome, ...]:
        """Run the workflow, or a shard of it; return what became of every step.

        Several workers are processes, or with the scheduler ``serial`` threads of this one.
        Steps for which the workflow names no execution block go by `block`, which never changes
        a result; None is the whole frame.
        """
        told = self.forecast()
        self.graph.findings.notes.update(dict.fromkeys(told.notes))
        share = memory_share() or told.share
        self.memo.save()
        options = Options(
            workflow=self.name,
            forced=frozenset(self.request.force),
            fail_fast=self.request.fail_fast,
            block={
                **(dict.fromkeys(self.graph.nodes, block) if block else {}),
                **blocks_above(self.graph.nodes),
            },
            overwrite=overwrite,
            file=self.file,
            tell=self.request.tell,
            workers=told.workers,
            scheduler=scheduler,
            address=self.request.scheduler,
            shard=shard,
            setup=partial(set_up, self.plugins, None if self.request.scheduler else share),
        )
        try:
            with memory_shared(share):
                outcomes = Execution(self.graph, self.store, options).run()
            note_uses(self.store, self.folder, outcomes)
            self.memo.save()
        finally:
            self.store.leave()
        return outcomes


def set_up(plugins: Sequence[PluginSource], share: MemoryShare | None) -> None:
    """Prepare a new process: what it may take, and the plugins of the run."""
    set_memory_share(share)
    run_again(plugins)


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
        With every problem that the text and the headers of the files show, and where no image
        can be worked on.
    """
    request = request or Request()
    workflow = load(Path(path), KINDS, request.sets)
    folder = workflow.file.parent
    store = DiskStore(cache_folder(folder, request.cache))
    nodes = cast("Mapping[str, Node]", workflow.nodes)
    images, notes = _mapped(workflow, image_keys(workflow, nodes, folder))
    whole = [image for image in images if not image.problems]
    left_out = tuple(problem for image in images for problem in image.problems)
    if left_out and not whole:
        raise InputError(*left_out)
    job = assemble(workflow, folder, nodes, whole, store, request)
    job.graph.findings.notes.update(dict.fromkeys((*notes, *axis_name_notes(nodes))))
    return replace(job, left_out=left_out)


def _mapped(
    workflow: Workflow, images: Sequence[ImageKey]
) -> tuple[Sequence[ImageKey], Sequence[str]]:
    """Return the images with what a plate map says of them, and what a person should know."""
    if workflow.plate_map is None:
        return images, ()
    try:
        return with_plate_map(images, workflow.resolve(workflow.plate_map))
    except InputError as error:
        place = workflow.source.place(("plate_map",))
        raise InputError(*(problem.at(place) for problem in error.problems)) from None


def assemble(
    workflow: Workflow,
    folder: Path,
    nodes: Mapping[str, Node],
    images: Sequence[ImageKey],
    store: Store,
    request: Request,
    project: ProjectFile | None = None,
    families: Mapping[str, Any] | None = None,
    checked: Checked | None = None,
) -> Job:
    """Check nodes against the headers of these images and return the job.

    Parameters
    ----------
    workflow, folder, nodes
        What to run, and where its relative paths start.
    images
        On what.
    store
        Where results are kept.
    request
        Overrides and options.
    project
        A trained project, whose classifiers are used as they are.
    families
        Feature families that are not built in. None runs the plugin files that the workflow
        lists, where a person has allowed them.
    checked
        What the checks of other images found, with the same project and request.
    """
    _check_request(nodes, request)
    memo = Memo(store)
    trust = Trust(request.trust_plugins)
    if families is None:
        families = families_of(workflow, folder, nodes, trust)
    settings = WorkflowSettings(
        folder=folder,
        place=workflow.place,
        memo=memo,
        images=images,
        compatibility=workflow.compatibility,
        trained=project.classifiers if project else {},
        options=_options(request, project),
        families=families,
        used=lambda path: store.use(path) or used_in(project_path(workflow, folder), path),
    )
    all_nodes = nodes if project else with_project(workflow, nodes, folder)
    graph = build(all_nodes, settings, request.until, checked)
    graph.findings.notes.update(dict.fromkeys(trust.notes))
    raise_all(graph.findings.told(len(images)))
    raise_all(output_problems(graph, workflow))
    plugins = sources_of(families)
    read = () if project else tuple(TextRead.of(*t) for t in texts_read(graph, workflow, plugins))
    return Job(workflow, folder, graph, store, memo, request, plugins=plugins, texts=read)


def _options(request: Request, project: ProjectFile | None) -> dict[str, Any]:
    """Return what nodes ask for beside their own fields."""
    return {
        "use_valid": request.use_valid,
        "same_image": request.same_image,
        CONTRACTS: project.inputs if project else {},
        PROJECTIONS: project.projections if project else {},
        PROBES: project.probes if project else {},
    }


def families_of(
    workflow: Workflow, folder: Path, nodes: Mapping[str, Node], trust: Trust
) -> Mapping[str, Any]:
    """Return the feature families that are not built in; runs the plugin files listed."""
    paths = [folder / name for name in workflow.plugins]
    try:
        return added_families(paths, nodes, trust)
    except InputError as error:
        place = workflow.source.place(("plugins",)) if workflow.plugins else None
        raise InputError(*(problem.at(place) for problem in error.problems)) from None


def cache_folder(folder: Path, wanted: Path | None) -> Path:
    """Return the folder of the store."""
    return wanted or Path(os.environ.get("OBJCLASS_CACHE") or folder / CACHE)


def _check_request(nodes: Mapping[str, Node], request: Request) -> None:
    """Refuse names that no node has, and what is no amount of memory."""
    memory_limit_of(request.memory)
    asked = [("--until", request.until)] if request.until else []
    asked += [("--force", name) for name in request.force]
    raise_all(
        Problem(
            f"{option} {name}: there is no such node",
            expected=list_some(nodes),
            fix=f"did you mean {nearest(name, nodes)}?" if nearest(name, nodes) else None,
        )
        for option, name in asked
        if name not in nodes
    )


def problems_of(outcomes: Sequence[StepOutcome]) -> list[Problem]:
    """Return every problem found while running."""
    return list(dict.fromkeys(p for outcome in outcomes for p in outcome.problems))
