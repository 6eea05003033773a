"""Makes a batch ready: its project is read, its inputs are replaced, its files are paired."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from objclass import __version__
from objclass.batch.choice import chosen
from objclass.batch.folder import BatchFolder, begin, find
from objclass.batch.foreseen import result_problems
from objclass.batch.group_scales import name_problems, scale_notes
from objclass.batch.inputs import (
    grouped,
    images_of_groups,
    shared_files,
    wanted_inputs,
    with_inputs,
)
from objclass.batch.plan import BatchPlan, plan_of, resumed
from objclass.batch.plates import control_notes, plate_problems
from objclass.batch.request import BatchRequest
from objclass.batch.room import result_room
from objclass.batch.summary_titles import OWN
from objclass.batch.work import Batch, strip_places
from objclass.engine.decide import file_digest
from objclass.engine.look import ImageKey
from objclass.engine.node import Node
from objclass.engine.reason import changed_fields
from objclass.errors import InputError, ObjclassError, Problem, list_some, nearest, raise_all
from objclass.images import with_plate_map
from objclass.io.address import check_written
from objclass.io.locator import Locator
from objclass.io.memory_limit import memory_limit_of
from objclass.io.project import ProjectFile
from objclass.io.reading import missing
from objclass.io.server import SERVED
from objclass.nodes.input_axes import SET
from objclass.nodes.registry import KINDS
from objclass.plugins import recorded_families
from objclass.project import effective
from objclass.results import (
    Result,
    any_paths,
    idle_formats,
    name_images,
    trained_project,
    with_exports,
)
from objclass.schema.workflow import Workflow, load

PLACES = ("path", "annotations")
"""Fields that say where a file lies."""


def prepare_batch(request: BatchRequest) -> Batch:
    """Read the project, replace its inputs and pair the files; begin the batch, or go on with it.

    What it is stands in the folder of its results from now on.

    Raises
    ------
    InputError
        For a project that cannot be used, inputs without files, files without partners, results
        that are there already or surely do not fit on the disk, and another batch in the same
        folder.
    """
    batch, plan = planned(request)
    if batch.folder is None:
        raise_all(missing_files(batch))
        raise_all(result_problems(batch))
    batch = _with_room(batch)
    return batch if batch.folder else begun(batch, plan)


def planned(request: BatchRequest) -> tuple[Batch, BatchPlan]:
    """Return a batch to look ahead in with its plan; with its folder, where it was begun before.

    Raises
    ------
    InputError
        As :func:`prepare_batch`, but for files that are missing and results that are there.
    """
    digest = file_digest(request.project) if request.project.is_file() else ""
    batch = prepare(request)
    plan = plan_of(request, digest, batch.images)
    there = None if request.overwrite else find(request.out)
    raise_all(there.plan.differences(plan, request.out) if there else ())
    return replace(batch, folder=there), plan


def _with_room(batch: Batch) -> Batch:
    """Return the batch with what is to be known of the disk; refuse one that is too small."""
    chosen(batch)
    room = result_room(batch)
    raise_all(room.problems() if room else ())
    return replace(batch, notes=(*batch.notes, *(room.notes if room else ())))


def begun(batch: Batch, plan: BatchPlan) -> Batch:
    """Return the batch with a folder in which it begins."""
    return replace(batch, folder=begin(batch.request.out, plan))


def resume(out: Path, **more: Any) -> Batch:
    """Return the batch that was begun in a folder, with its project and images as they were.

    Parameters
    ----------
    out
        The folder of its results.
    more
        What is asked of now, of :class:`objclass.batch.request.BatchRequest`: ``shard``, ``only``,
        ``failed``, ``old_files``, ``workers``; also ``plugins``, since a plugin file runs only
        where somebody names it.

    Raises
    ------
    InputError
        Where no batch was begun there.
    """
    there = find(out)
    if there is None:
        what = f"--resume {out}: no batch was begun there"
        fix = "begin one with objclass batch PROJECT … --out, or with --dry-run added"
        raise InputError(Problem(what, fix=fix))
    if there.plan.version != __version__:
        raise_all(there.plan.differences(replace(there.plan, version=__version__), out))
    request = resumed(there.plan, out, **more)
    batch = prepare(request, there)
    return _with_room(replace(batch, folder=there, notes=(*batch.notes, *_edited(there.plan))))


def _edited(plan: BatchPlan) -> Iterator[str]:
    """Say that the project is not as it was; the batch has a copy of its own."""
    path, digest = plan.project
    if not Path(path).is_file() or file_digest(Path(path)) != digest:
        yield f"{Path(path).name} was changed since the batch began, which goes on as it was then"


def _changed_since(project: Path, trained: str, file: Path) -> Iterator[str]:
    """Say that the workflow beside a project finds or measures objects otherwise by now."""
    if not file.is_file():
        return
    try:
        old, new = load(trained, KINDS, (), file), load(file, KINDS)
    except ObjclassError:
        return  # a workflow that is being edited is told by the command that runs it
    changes = changed_fields({"nodes": _finding(old)}, {"nodes": _finding(new)})
    if changes:
        more = f" and {len(changes) - 1} more" if changes[1:] else ""
        yield (
            f"{file.name} has changed since {project.name} was trained: {changes[0]}{more}; the "
            f"batch goes by the project; objclass run {shlex.quote(str(file))} trains it anew"
        )


def _finding(workflow: Workflow) -> dict[str, Any]:
    """Return the nodes that predictions hang on, without where their files lie."""
    nodes = effective(cast("Mapping[str, Node]", workflow.nodes))
    kept = {name: fields for name, fields in nodes.items() if fields.get("kind") != "export"}
    return {
        name: {key: value for key, value in fields.items() if key not in PLACES}
        for name, fields in kept.items()
    }


def prepare(request: BatchRequest, there: BatchFolder | None = None) -> Batch:
    """Return a batch of which files may be missing and results be there: to look ahead.

    Of one that was begun `there`, project and images are those of then.
    """
    memory_limit_of(request.memory)
    check_written(request.out)
    SERVED.forget()
    project = trained_project(there.project if there else request.project)
    name = f"{request.project.stem.removesuffix('.objclass')}.yaml"
    file = request.project.parent / name
    with stored_in(request.project, file):
        trained = as_trained(project, file)
        load(project.workflow, KINDS, tuple(trained), file)
    workflow = load(project.workflow, KINDS, overridden(trained, request.sets), file)
    nodes = cast("Mapping[str, Node]", workflow.nodes)
    wanted = wanted_inputs(nodes, request)
    declared, groups = nodes, grouped(wanted)
    beside = {name: node.located(file.parent.absolute()) for name, node in nodes.items()}
    nodes, results = with_exports(with_inputs(beside, groups[0]), request.wanted)
    mapped: tuple[str, ...] = ()
    if there is None:
        images = _images(workflow, nodes, groups, request, results)
        if request.plate_map is not None:
            conditions, mapped = with_plate_map(images, request.plate_map)
            images = tuple(conditions)
        raise_all(shared_files(wanted, images, declared, request.shared))
    else:
        images = there.plan.images
    raise_all(_unknown_names(results, images))
    raise_all(_taken_names(images))
    raise_all(_not_shared(request, wanted))
    families = recorded_families(project, request.plugins, nodes)
    notes = [f"not as trained: {change}" for change in request.sets]
    notes += _changed_since(request.project, project.workflow, file) if there is None else ()
    notes += mapped
    notes += [str(idle) for idle in idle_formats(results, nodes, request.wanted)]
    told = {text.partition("=")[0].strip() for text in request.sets}
    axes = {name: SET for name in nodes if f"{name}.axes" not in told}
    batch = Batch(request, project, workflow, nodes, images, results, tuple(notes), families, axes)
    raise_all(name_problems(batch))
    raise_all(plate_problems(batch))
    return replace(batch, notes=(*notes, *scale_notes(batch), *control_notes(batch)))


def _not_shared(request: BatchRequest, inputs: Collection[str]) -> Iterator[Problem]:
    """Report names of shared inputs that are no inputs."""
    for name in request.shared:
        if name not in inputs:
            what = f"--shared {name}: the project has no such input"
            yield Problem(what, expected=list_some(inputs))


def _images(
    workflow: Workflow,
    nodes: Mapping[str, Node],
    groups: Sequence[Mapping[str, str]],
    request: BatchRequest,
    results: Sequence[Result],
) -> tuple[ImageKey, ...]:
    own = tuple(any_paths(results, request.names))
    try:
        images = images_of_groups(workflow, nodes, groups, own, request.out.absolute())
    except InputError as error:
        raise InputError(*strip_places(error.problems, workflow)) from None
    return tuple(name_images(images, nodes, request.names))


@contextmanager
def stored_in(project: Path, file: Path) -> Iterator[None]:
    """Name the project, not a workflow that nobody has, where what it holds cannot be used.

    Parameters
    ----------
    project
        The project.
    file
        How the workflow that it holds is called in messages.
    """
    try:
        yield
    except InputError as error:
        raise InputError(*(_inside(problem, project, file) for problem in error.problems)) from None


def _inside(problem: Problem, project: Path, file: Path) -> Problem:
    place = problem.place
    line = f", line {place.line}" if place and place.file == str(file) and place.line else ""
    said = replace(problem, place=None, fix=None)
    what = f"project file '{project}' is damaged: in its workflow{line}: {said}"
    return Problem(what, fix="copy it again, or write it again with 'objclass run'")


def as_trained(project: ProjectFile, file: Path) -> list[str]:
    """Return what training was told by ``--set``, which the text of the workflow does not say."""
    said = effective(cast("Mapping[str, Node]", load(project.workflow, KINDS, (), file).nodes))
    trained = json.loads(project.parameters).get("nodes", {})
    if not isinstance(trained, dict) or not all(isinstance(f, dict) for f in trained.values()):
        raise InputError(Problem("its parameters are not those of nodes"))
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
    found: dict[tuple[str, Path], Problem] = {}
    for image in batch.images:
        for node, (source, _) in image.files.items():
            for path in source.files if isinstance(source, Locator) else ():
                if (node, path) not in found and not path.exists():
                    found[node, path] = missing(path).at(node=node)
    return list(found.values())


def _unknown_names(results: Sequence[Result], images: Sequence[ImageKey]) -> Iterator[Problem]:
    """Report names that counts are summed by and no image of this batch has."""
    known = dict.fromkeys([*(name for image in images for name in image.names), "image", "t"])
    for result in results:
        for name in result.counts_by:
            if name not in known:
                close = nearest(name, known)
                fix = f"did you mean {close}?" if close else _way_on(name, result.counting)
                what = f"counts_by: no image has a name '{name}'"
                yield Problem(what, expected=list_some(known), fix=fix)


def _taken_names(images: Sequence[ImageKey]) -> Iterator[Problem]:
    """Report names of images that the summary has columns of."""
    for name in dict.fromkeys(name for image in images for name in image.names):
        if name in OWN:
            what = f"{{{name}}} in a pattern: the summary has such a column"
            fix = f"call it something else, for example {{{name}_name}}"
            yield Problem(what, fix=fix)


def _way_on(name: str, export: str) -> str:
    return f"put {{{name}}} into the patterns, or add --set {export}.counts_by=[image]"
