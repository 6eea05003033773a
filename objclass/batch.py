"""Classify other images with a trained project: the same graph, the model fixed.

Images are worked off one by one and nothing is kept between them, so memory does not grow
with their number; one bad image does not stop the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from objclass.data.wire import Wire
from objclass.engine.execute import Outcome
from objclass.engine.look import ImageKey
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Node
from objclass.engine.store import DiskStore, Store
from objclass.errors import InputError, ObjclassError, Problem, listed, nearest, raise_all
from objclass.images import image_keys
from objclass.io.project import ProjectFile, read
from objclass.nodes.export import IMAGES, SUFFIXES, WHAT, ExportNode, Target
from objclass.nodes.input import InputNode
from objclass.nodes.predict import Predicting
from objclass.nodes.registry import KINDS
from objclass.report.summary import summarize
from objclass.run import Job, Request, assemble
from objclass.schema.workflow import Workflow, load

ENDINGS = {"table": "objects", "identities": "ids", "predictions": "classes"}
FORMATS = {"table": ".csv", "counts": ".csv", "overlay": ".png"}
SAVE = "save"


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
            self.project.classifiers,
        )

    def run(self, tell: Callable[[Done], None] = lambda done: None) -> Iterator[Done]:
        """Work off every image; yield what became of each."""
        cache = self.request.cache
        for image in self.images:
            done = self._one(image, DiskStore(cache) if cache else MemoryStore())
            tell(done)
            yield done

    def _one(self, image: ImageKey, store: Store) -> Done:
        try:
            job = self.job(image, store)
            outcomes = job.run(overwrite=self.request.overwrite)
        except ObjclassError as error:
            return Done(image, problems=error.problems)
        report = summarize(job, outcomes)
        if report.exit_code:
            bug = next((o.bug for o in outcomes if o.bug), "")
            return Done(image, problems=report.problems or _unfinished(outcomes), bug=bug)
        facts: dict[str, Any] = {}
        for node in report.nodes:
            facts |= {n: v for n, v in node.facts.items() if n in ("objects", "classes")}
        return Done(image, facts.get("objects", 0), facts.get("classes", {}), report.written)


@dataclass(frozen=True)
class Done:
    """What became of one image."""

    image: ImageKey
    objects: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    written: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    bug: str = ""

    @property
    def failed(self) -> bool:
        """True where the image has no result."""
        return bool(self.problems)


def _unfinished(outcomes: Sequence[Outcome]) -> tuple[Problem, ...]:
    reasons = [str(o.reason) for o in outcomes if o.reason and o.status != "ran"]
    return (Problem(f"not finished: {listed(reasons, 3)}"),)


def prepare_batch(request: BatchRequest) -> Batch:
    """Read the project, replace its inputs and pair the files.

    Raises
    ------
    InputError
        For a project that cannot be used, inputs without files, files without partners, and
        results that are there already.
    """
    project = read(request.project)
    name = Path(f"{request.project.stem.removesuffix('.objclass')}.yaml")
    workflow = load(project.workflow, KINDS, request.sets, request.project.parent / name)
    nodes = cast("Mapping[str, Node]", workflow.nodes)
    nodes = with_exports(with_inputs(nodes, request), request)
    images = image_keys(workflow, nodes, Path.cwd(), sheet=False)
    batch = Batch(request, project, workflow, nodes, tuple(images), tuple(_notes(request)))
    if not request.overwrite:
        raise_all(_present(batch))
    return batch


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
    problems = []
    wanted = dict(request.inputs)
    for name in request.inputs:
        if name not in inputs:
            close = nearest(name, inputs)
            fix = f"did you mean {close}?" if close else None
            what = f"--input {name}: the project has no such input"
            problems.append(Problem(what, expected=listed(inputs), fix=fix))
    for role, pattern in request.roles.items():
        option = f"--{role.replace('_', '-')}"
        fitting = [n for n, node in inputs.items() if node.role == role and n not in wanted]
        if len(fitting) != 1:
            got = listed(fitting) if fitting else f"none; it has {_inputs(inputs)}"
            fix = "use --input NODE=PATTERN" if fitting else None
            problems.append(Problem(f"{option}: which input of the project?", got=got, fix=fix))
            continue
        wanted[fitting[0]] = pattern
    if not problems:
        problems += [_no_files(name, inputs[name]) for name in inputs if name not in wanted]
    raise_all(problems)
    return wanted


def _inputs(inputs: Mapping[str, InputNode]) -> str:
    return listed(f"{name} ({node.role})" for name, node in inputs.items())


def _no_files(name: str, node: InputNode) -> Problem:
    option = f"--{node.role.replace('_', '-')} PATTERN or --input {name}=PATTERN"
    return Problem(f"the project's input '{name}' has no files", fix=f"add {option}")


def with_exports(nodes: Mapping[str, Node], request: BatchRequest) -> dict[str, Node]:
    """Return the nodes with one export that writes every image's results into the folder."""
    exports = [node for node in nodes.values() if isinstance(node, ExportNode)]
    predicting = [name for name, node in nodes.items() if isinstance(node, Predicting)]
    if not predicting:
        raise InputError(
            Problem("the project's workflow predicts nothing", fix="add a predict node")
        )
    origin = exports[-1].from_ if exports else Wire(predicting[-1])
    raw = next((e.image for e in exports if e.image), None) or _raw(nodes)
    columns = exports[-1].columns if exports else ()
    write = {what: Target(path=_target(what, request)) for what in _whats(exports, request)}
    node = ExportNode(kind="export", from_=origin, image=raw, write=write, columns=columns)
    kept = {n: each for n, each in nodes.items() if not isinstance(each, ExportNode)}
    return {**kept, SAVE: node}


def _raw(nodes: Mapping[str, Node]) -> Wire | None:
    raws = [n for n, e in nodes.items() if isinstance(e, InputNode) and e.role == "raw"]
    return Wire(raws[0]) if raws else None


def _whats(exports: Sequence[ExportNode], request: BatchRequest) -> list[str]:
    if request.export:
        raise_all(
            Problem(f"--export {what}: cannot be written", expected=listed(WHAT, 20))
            for what in request.export
            if what not in WHAT
        )
        return list(dict.fromkeys(request.export))
    default = dict.fromkeys(("table", "identities"))
    written = [what for node in exports for what in (node.write or default)]
    return list(dict.fromkeys(written)) or ["table"]


def _target(what: str, request: BatchRequest) -> str:
    suffix = FORMATS.get(what, request.image_format)
    if what in IMAGES and suffix not in SUFFIXES[what]:
        expected = listed(SUFFIXES[what])
        raise InputError(Problem("--format: unknown image format", got=suffix, expected=expected))
    return f"{{image}}_{ENDINGS.get(what, what)}{suffix}"


def _present(batch: Batch) -> list[Problem]:
    """Report results that are there already, so that nothing is overwritten by accident."""
    export = cast(ExportNode, batch.nodes[SAVE])
    ends = [target.path.removeprefix("{image}") for target in (export.write or {}).values()]
    paths = [batch.request.out / f"{i.name}{end}" for i in batch.images for end in ends]
    there = [path for path in paths if path.exists()]
    if not there:
        return []
    what = f"{len(there)} results are there already"
    fix = "choose another --out, or add --overwrite"
    return [Problem(what, got=listed((path.name for path in there), 3), fix=fix)]


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
