"""Classify other images with a trained project: the same graph, the model fixed.

Images are worked off one by one and nothing is kept between them, so memory does not grow
with their number; one bad image does not stop the rest.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from objclass.engine.execute import Outcome
from objclass.engine.look import ImageKey
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Node
from objclass.engine.store import DiskStore, Store
from objclass.errors import InputError, ObjclassError, Problem, listed, nearest, raise_all
from objclass.images import image_keys
from objclass.io.project import ProjectFile
from objclass.io.reading import missing
from objclass.nodes.export import RESULT_TYPES, ExportNode
from objclass.nodes.input import InputNode
from objclass.nodes.registry import KINDS
from objclass.nodes.source import files_of
from objclass.plugins import recorded_families
from objclass.project import effective
from objclass.report.summary import summarize
from objclass.results import SAVE, Wanted, any_paths, called, trained_project, with_exports
from objclass.run import Job, Request, assemble
from objclass.schema.workflow import Workflow, load

SUMMARY, FAILURES = "summary.csv", "failures.csv"


@dataclass(frozen=True)
class BatchRequest:
    """What a person asks of a batch.

    Parameters
    ----------
    project
        The trained project.
    inputs
        Input node to path pattern.
    roles
        Role (raw, prediction_map, …) to path pattern, for the only input of that role.
    out
        Folder for the results.
    export
        What to write for every image; by default what the workflow writes.
    image_format
        Suffix of images, such as ``.h5``.
    names
        ``ilastik`` to call files, columns and axes as ilastik does.
    plugins
        Plugin files that the project was trained with, the same bytes.
    sets
        ``node.field=value`` overrides; "not as trained".
    cache
        Folder of a store; by default nothing is kept.
    overwrite
        Replace results that are there already.
    """

    project: Path
    out: Path
    inputs: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    export: tuple[str, ...] = ()
    image_format: str = ".tif"
    names: Literal["ilastik"] | None = None
    plugins: tuple[Path, ...] = ()
    sets: tuple[str, ...] = ()
    cache: Path | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class Batch:
    """A batch that is ready to run: its project, nodes and images."""

    request: BatchRequest
    project: ProjectFile
    workflow: Workflow
    nodes: Mapping[str, Node]
    images: tuple[ImageKey, ...]
    notes: tuple[str, ...] = ()
    families: Mapping[str, Any] = field(default_factory=dict)

    def job(self, image: ImageKey, store: Store) -> Job:
        """Check one image and return its job."""
        folder = self.request.out.absolute()
        return assemble(
            self.workflow,
            folder,
            self.nodes,
            [image],
            store,
            Request(),
            self.project,
            self.families,
        )

    def run(self, tell: Callable[[Done], None] = lambda done: None) -> Iterator[Done]:
        """Work off every image; yield what became of each."""
        cache = self.request.cache
        for image in self.images:
            done = self._one(image, DiskStore(cache) if cache else MemoryStore())
            tell(done)
            yield done

    def _one(self, image: ImageKey, store: Store) -> Done:
        if image.problems:
            return Done(image, problems=unplaced(image.problems, self.workflow))
        try:
            return self._finished(image, self.job(image, store))
        except ObjclassError as error:
            return Done(image, problems=unplaced(error.problems, self.workflow))
        except Exception as error:
            problem = Problem(f"unexpected: {type(error).__name__}: {error}")
            return Done(image, problems=(problem,), bug=traceback.format_exc())

    def _finished(self, image: ImageKey, job: Job) -> Done:
        outcomes = job.run(overwrite=self.request.overwrite)
        report = summarize(job, outcomes)
        if report.exit_code:
            bug = next((o.bug for o in outcomes if o.bug), "")
            problems = unplaced(report.problems, self.workflow) or _unfinished(outcomes)
            return Done(image, problems=problems, bug=bug, notes=job.notes)
        facts: dict[str, Any] = {}
        for node in report.nodes:
            facts |= {n: v for n, v in node.facts.items() if n in ("objects", "classes")}
        counts = facts.get("objects", 0), facts.get("classes", {})
        return Done(image, *counts, written=report.written, notes=job.notes)


@dataclass(frozen=True)
class Done:
    """What became of one image.

    Parameters
    ----------
    image
        The image.
    objects, classes
        Objects found, and objects per class.
    written
        Files written.
    problems
        Why it has no result.
    bug
        Traceback of an error nobody foresaw.
    notes
        What a person should know of it.
    """

    image: ImageKey
    objects: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    written: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    bug: str = ""
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """True where the image has no result."""
        return bool(self.problems)


def _unfinished(outcomes: Sequence[Outcome]) -> tuple[Problem, ...]:
    reasons = [str(o.reason) for o in outcomes if o.reason and o.status != "ran"]
    return (Problem(f"not finished: {listed(reasons, 3)}"),)


def unplaced(problems: Sequence[Problem], workflow: Workflow) -> tuple[Problem, ...]:
    """Return problems without places in the project's workflow, which is no file to open."""
    inside = workflow.source.file
    return tuple(
        replace(p, place=None) if p.place and p.place.file == inside else p for p in problems
    )


def prepare_batch(request: BatchRequest) -> Batch:
    """Read the project, replace its inputs and pair the files.

    Raises
    ------
    InputError
        For a project that cannot be used, inputs without files, files without partners, and
        results that are there already.
    """
    project = trained_project(request.project)
    name = f"{request.project.stem.removesuffix('.objclass')}.yaml"
    file = request.project.parent / name
    trained = as_trained(project, file)
    workflow = load(project.workflow, KINDS, overridden(trained, request.sets), file)
    nodes = cast("Mapping[str, Node]", workflow.nodes)
    wanted = Wanted(request.export, request.image_format, request.names)
    nodes = with_exports(with_inputs(nodes, request), wanted)
    try:
        own = tuple(any_paths(request.names))
        out = request.out.absolute()
        images = image_keys(workflow, nodes, Path.cwd(), sheet=False, results=own, out=out)
    except InputError as error:
        raise InputError(*unplaced(error.problems, workflow)) from None
    images = called(images, nodes, request.names)
    families = recorded_families(project, request.plugins, nodes)
    notes = tuple(_notes(request))
    batch = Batch(request, project, workflow, nodes, tuple(images), notes, families)
    raise_all(missing_files(batch))
    raise_all(_present(batch))
    return batch


def as_trained(project: ProjectFile, file: Path) -> list[str]:
    """Return what training was told by ``--set``, which the text of the workflow does not say."""
    said = effective(cast("Mapping[str, Node]", load(project.workflow, KINDS, (), file).nodes))
    trained = json.loads(project.parameters).get("nodes", {})
    return [
        f"{node}.{name}={json.dumps(value)}"
        for node in said
        for name, value in trained.get(node, said[node]).items()
        if said[node].get(name) != value
    ]


def overridden(trained: Sequence[str], sets: Sequence[str]) -> tuple[str, ...]:
    """Return what holds of training's settings and those of now."""
    now = {text.partition("=")[0].strip() for text in sets}
    return (*(text for text in trained if text.partition("=")[0] not in now), *sets)


def missing_files(batch: Batch) -> list[Problem]:
    """Report files named one by one that are not there; patterns only find what is."""
    found: dict[str, Problem] = {}
    for image in batch.images:
        for node, (source, _) in image.files.items():
            plain = "{" not in cast(InputNode, batch.nodes[node]).path
            for path in files_of(source) if plain else ():
                if not path.exists():
                    found[node] = missing(path).at(node=node)
    return list(found.values())


def _notes(request: BatchRequest) -> Iterator[str]:
    for change in request.sets:
        yield f"not as trained: {change}"


def with_inputs(nodes: Mapping[str, Node], request: BatchRequest) -> dict[str, Node]:
    """Return the nodes with every input reading the files of this batch, uncropped."""
    wanted = wanted_inputs(nodes, request)
    found = dict(nodes)
    for name, pattern in wanted.items():
        node = cast(InputNode, nodes[name])
        crop = node.crop.without_ranges() if node.crop else None
        path = pattern if Path(pattern).is_absolute() else str(Path.cwd() / pattern)
        found[name] = node.model_copy(update={"path": path, "crop": crop})
    return found


def wanted_inputs(nodes: Mapping[str, Node], request: BatchRequest) -> dict[str, str]:
    """Return the pattern of every input node; report inputs without one and unknown names."""
    inputs = {name: node for name, node in nodes.items() if isinstance(node, InputNode)}
    wanted = dict(request.inputs)
    problems = [_unknown_input(name, inputs) for name in request.inputs if name not in inputs]
    for role, pattern in request.roles.items():
        fitting = [name for name, node in inputs.items() if node.role == role]
        given = [name for name in fitting if name in wanted]
        if len(fitting) == 1 and not given:
            wanted[fitting[0]] = pattern
        else:
            problems.append(_unclear_role(role, fitting, given, inputs))
    if not problems:
        problems += [_no_files(name, inputs[name]) for name in inputs if name not in wanted]
    raise_all(problems)
    return wanted


def _unknown_input(name: str, inputs: Mapping[str, InputNode]) -> Problem:
    close = nearest(name, inputs)
    fix = f"did you mean {close}?" if close else None
    what = f"--input {name}: the project has no such input"
    return Problem(what, expected=_inputs(inputs), fix=fix)


def _unclear_role(
    role: str, fitting: Sequence[str], given: Sequence[str], inputs: Mapping[str, InputNode]
) -> Problem:
    """Say why the files of a role belong to no one input."""
    option = f"--{role.replace('_', '-')}"
    if not fitting:
        return Problem(f"{option}: the project has no such input", expected=_inputs(inputs))
    if len(fitting) == 1:
        what = f"{option} and --input {given[0]} name the same input"
        return Problem(what, fix="give one of them")
    what = f"{option}: the project has {len(fitting)} such inputs"
    return Problem(what, got=listed(fitting), fix="use --input NODE=PATTERN")


def _inputs(inputs: Mapping[str, InputNode]) -> str:
    return listed(f"{name} ({node.role})" for name, node in inputs.items())


def _no_files(name: str, node: InputNode) -> Problem:
    option = f"--{node.role.replace('_', '-')} PATTERN or --input {name}=PATTERN"
    return Problem(f"the project's input '{name}' has no files", fix=f"add {option}")


def _present(batch: Batch) -> list[Problem]:
    """Report results that are there already, so that nothing is overwritten by accident."""
    read = {
        file for i in batch.images for source, _ in i.files.values() for file in files_of(source)
    }
    real = {os.path.realpath(file) for file in read}
    paths = list(results(batch))
    inputs = [path for path in paths if os.path.realpath(path) in real]
    if inputs:
        what = "a result would overwrite an input"
        return [Problem(what, got=str(inputs[0]), fix="choose another --out")]
    there = [path for path in paths if path.exists()]
    if batch.request.overwrite or not there:
        return []
    count = "1 result is" if len(there) == 1 else f"{len(there)} results are"
    fix = "choose another --out, or add --overwrite"
    got = listed((path.name for path in there), 3)
    return [Problem(f"{count} there already", got=got, fix=fix)]


def results(batch: Batch) -> Iterator[Path]:
    """Yield every file that a batch writes."""
    export = cast(ExportNode, batch.nodes[SAVE])
    out = batch.request.out
    for what, target in (export.write or {}).items():
        known = {"result_type": RESULT_TYPES.get(what, what)}
        for image in batch.images:
            names = {"{image}": image.name, "{nickname}": image.nickname}
            path = target.path.replace("{result_type}", known["result_type"])
            yield out / next(path.replace(n, v) for n, v in names.items() if n in path)
    yield from (out / name for name in (SUMMARY, FAILURES))


def write_reports(batch: Batch, done: Sequence[Done]) -> None:
    """Write ``summary.csv``, one row per image, and ``failures.csv`` where images failed."""
    from objclass.io.tables import write_table

    classes = list(dict.fromkeys(name for each in done for name in each.classes))
    write_table(batch.request.out / SUMMARY, summary_columns(done, classes))
    rows = [(each.image.name, str(problem)) for each in done for problem in each.problems]
    failures = batch.request.out / FAILURES
    if rows:
        columns = {"image": [name for name, _ in rows], "problem": [text for _, text in rows]}
        write_table(failures, columns)
    else:
        failures.unlink(missing_ok=True)  # of the batch that this one replaces


def summary_columns(done: Sequence[Done], classes: Sequence[str]) -> dict[str, list[Any]]:
    """Return one row per image: names, status, objects and objects per class.

    A failed image has no counts (None), which is not the same as none found (0).
    """
    names = list(dict.fromkeys(name for each in done for name in each.image.names))
    columns: dict[str, list[Any]] = {"image": [each.image.name for each in done]}
    for name in names:
        columns[name] = [each.image.names.get(name, "") for each in done]
    columns["status"] = ["failed" if each.failed else "done" for each in done]
    columns["objects"] = [None if each.failed else each.objects for each in done]
    for name in classes:
        columns[f"n_{name}"] = [None if d.failed else d.classes.get(name, 0) for d in done]
    return columns
