"""ilastik's own command line: its words, our engine, its file names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from objclass.batch import Batch, BatchRequest, ImageDone, missing_files
from objclass.batch.advice import by_option
from objclass.batch.work import strip_places
from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Node
from objclass.errors import ObjclassError, Problem, advise, list_some, raise_all
from objclass.ilastik import outputs
from objclass.ilastik.contents import IlastikProject
from objclass.ilastik.headless import HeadlessArguments, parse_headless
from objclass.ilastik.headless_exports import Writes, exports
from objclass.ilastik.imported import project_file
from objclass.ilastik.project import read_ilp
from objclass.ilastik.trained import contract_of
from objclass.images import image_keys
from objclass.io.image import layout_of
from objclass.io.name_order import misplaced
from objclass.io.project import ProjectFile
from objclass.io.stack import describe_source
from objclass.nodes.blockwise import BlockwiseNode
from objclass.nodes.export import ExportNode
from objclass.nodes.export.output import OBJECT_TABLE
from objclass.nodes.export.outputs import OUTPUTS
from objclass.nodes.export.table import TableOutput
from objclass.nodes.input import InputNode
from objclass.nodes.input_axes import with_fitting_axes
from objclass.nodes.predict import PredictNode
from objclass.nodes.registry import KINDS
from objclass.results import OutputRequest, with_exports
from objclass.schema.space import AxisValues
from objclass.schema.workflow import Workflow, load


@dataclass(frozen=True)
class Headless:
    """A command line of ilastik, ready to run: one batch of one image per lane."""

    arguments: HeadlessArguments
    project: IlastikProject
    lanes: tuple[Batch, ...]

    def run(self) -> Iterator[ImageDone]:
        """Work off every lane."""
        for lane in self.lanes:
            yield from lane.run()


def prepare_headless(words: Sequence[str]) -> Headless:
    """Read ilastik's arguments and its project, and say what every lane reads and writes.

    Raises
    ------
    InputError
        For options that are unknown or not supported, and projects that cannot be used.
    """
    arguments = parse_headless(words)
    path = Path(arguments.project).expanduser()
    project = read_ilp(path)
    trained = project_file(project)
    workflow = load(trained.workflow, KINDS, (), path.with_suffix(".yaml"))
    _check_roles(arguments, project.variant)
    swapped = misplaced({str(role): paths for role, paths in arguments.inputs.items()})
    raise_all(replace(problem, node=None) for problem in swapped)
    count = len(next(iter(arguments.inputs.values())))
    lanes = [_lane(arguments, project, trained, workflow, number) for number in range(count)]
    raise_all(problem for lane in lanes for problem in missing_files(lane))
    raise_all(_find_written_twice(lanes))
    raise_all(_in_every(lanes))
    return Headless(arguments, project, tuple(lanes))


def _lane(
    arguments: HeadlessArguments,
    project: IlastikProject,
    trained: ProjectFile,
    workflow: Workflow,
    number: int,
) -> Batch:
    """Return what one image is and what is written of it."""
    nodes = dict(cast("dict[str, Node]", workflow.nodes))
    for name, node in nodes.items():
        if isinstance(node, InputNode):
            nodes[name] = _input(arguments, node, number)
    raw = arguments.inputs["raw"][number]
    images = image_keys(workflow, nodes, Path.cwd(), sheet=False)
    keys = tuple(replace(image, nickname=outputs.nickname(raw)) for image in images)
    request = BatchRequest(project.path, Path.cwd(), overwrite=True, names="ilastik")
    exported, results = with_exports(nodes, OutputRequest((), ".h5", None, "ilastik"))
    ((save,),) = (result.exports for result in results)
    options = _options(arguments, nodes)
    batch = Batch(
        request,
        trained,
        workflow,
        nodes,
        keys,
        results,
        axes_options=options,
        advise=by_input_axes,
    )
    writes = exports(arguments, project, raw, lambda: _extent(batch))
    kept = {name: node for name, node in exported.items() if name != save}
    saving = _saving(exported, save, writes)
    by_block = arguments.export_source in outputs.BLOCKWISE
    made = _by_block(saving, kept, project) if by_block else saving
    return replace(batch, nodes={**kept, **made})


def _saving(nodes: Mapping[str, Node], save: str, writes: Writes) -> dict[str, ExportNode]:
    """Return an export for each of what is written, like the one that the workflow has."""
    node = nodes[save]
    assert isinstance(node, ExportNode)
    return {f"{save}{e}": node.model_copy(update={"write": w}) for e, w in writes.items()}


def _by_block(
    saving: Mapping[str, ExportNode], nodes: Mapping[str, Node], project: IlastikProject
) -> dict[str, Node]:
    """Return the exports with their images of ilastik's blocks; tables are of whole objects."""
    (predicted,) = (node for node in nodes.values() if isinstance(node, PredictNode))
    named = f"{next(iter(saving))}_blocks"
    found: dict[str, Node] = {named: _halo_node(predicted, project)}
    for name, node in saving.items():
        table = {what: t for what, t in (node.write or {}).items() if what == TableOutput.name}
        images = {what: t for what, t in (node.write or {}).items() if what not in table}
        of_blocks = {"write": images, "from_": Wire(named)}
        found |= {name: node.model_copy(update={"write": table})} if table else {}
        found |= {f"{name}_by_block": node.model_copy(update=of_blocks)} if images else {}
    return found


def _halo_node(predicted: PredictNode, project: IlastikProject) -> BlockwiseNode:
    """Return the project's own blocks and halo, which are stored as x, y, z."""
    flat = contract_of(project).dimensions == 2
    block, halo = (
        AxisValues(y=y, x=x, z=None if flat else z)
        for x, y, z in (project.blockwise.block, project.blockwise.halo)
    )
    return BlockwiseNode(
        kind="blockwise",
        features=predicted.features,
        classifier=predicted.classifier,
        mode="halo",
        block=block,
        halo=halo,
    )


def _options(arguments: HeadlessArguments, nodes: Mapping[str, Node]) -> dict[str, str]:
    """Return the inputs whose axes are those of training, and how others are told."""
    options = {}
    for name, node in nodes.items():
        if isinstance(node, InputNode) and arguments.axes_of(_position(node)) is None:
            options[name] = _axes_option(node)
    return options


def _axes_option(node: InputNode) -> str:
    return "--input_axes={axes}" if node.role == "raw" else OTHERS


OTHERS = "--input_axes=None,{axes}"
"""How the axes of the second input are told."""


def _position(node: InputNode) -> int:
    return 0 if node.role == "raw" else 1


def _extent(batch: Batch) -> dict[str, tuple[int, int]]:
    """Return first and one past the last voxel of every axis of the objects' input."""
    (image,) = batch.images
    nodes = with_fitting_axes(batch.nodes, image, batch.axes_options)
    (node,) = (n for n in nodes.values() if isinstance(n, InputNode) and n.role != "raw")
    (name,) = (name for name, each in nodes.items() if each is node)
    file, axes = describe_source(node.source_of(image, name)[0], node.axes, node.chosen)
    layout = layout_of(file, axes)
    lengths = {letter: layout.length(letter) for letter in layout.axes if letter != "c"}
    return {letter: (0, length) for letter, length in {**lengths, "c": 1}.items()}


def _find_written_twice(lanes: Sequence[Batch]) -> list[Problem]:
    """Report images whose results would have one name."""
    makers: dict[Path, list[str]] = {}
    for lane in lanes:
        for node in lane.nodes.values():
            for what, target in (node.write or {}).items() if isinstance(node, ExportNode) else ():
                names = makers.setdefault(Path(target.path), [_named_by(what)])
                names.append(lane.images[0].nickname)
    return [
        Problem(
            f"{len(names)} results would be one file",
            got=f"{path} for {list_some(names, 4)}",
            fix=f"put {{nickname}} or {{dataset_dir}} into --{option}",
        )
        for path, (option, *names) in makers.items()
        if len(names) > 1
    ]


def _named_by(what: str) -> str:
    """Return the option that names the files of an output."""
    return FILE_OPTIONS.get(OUTPUTS[what].sort, "output_filename_format")


FILE_OPTIONS = {OBJECT_TABLE: "table_filename"}
"""The option that names files of a sort; other ones are named by the format of names."""


def _by_option(problem: Problem, lane: Batch) -> Problem:
    """Return a problem of what is written without its node, which no command line names."""
    written = isinstance(lane.nodes.get(problem.node or ""), ExportNode)
    return by_input_axes(replace(problem, node=None) if written else problem, lane.nodes)


def by_input_axes(problem: Problem, nodes: Mapping[str, Node]) -> Problem:
    """Return a problem whose advice to write a field is ilastik's option, or where it is one."""
    node = nodes.get(problem.node or "")
    if isinstance(node, InputNode) and [each.field for each in problem.settings] == ["axes"]:
        option = _axes_option(node)
        return problem.worded(lambda axes: axes.by_option(option.replace("{axes}", axes.value)))
    told = by_option(problem, nodes)
    if told == problem or told.fix is None:
        return problem
    return replace(told, fix=advise("with 'objclass batch': ", told.fix))


def _in_every(lanes: Sequence[Batch]) -> list[Problem]:
    """Return what is wrong with every image by the headers; one bad image stops no other."""
    found: list[Problem] = []
    for lane in lanes:
        for image in lane.images:
            problems = list(image.problems)
            try:
                if not problems:
                    lane.job(image, MemoryStore())
            except ObjclassError as error:
                problems = [
                    _by_option(p, lane) for p in strip_places(error.problems, lane.workflow)
                ]
            if not problems:
                return []
            found += problems
    return found


def _check_roles(arguments: HeadlessArguments, second: str) -> None:
    """Report inputs that the project needs and does not get, or cannot use."""
    options = {"raw": "--raw_data", "prediction_map": "--prediction_maps"}
    options |= {"segmentation": "--segmentation_image", "label_image": "--label_image"}
    needed = ("raw", second)
    missing = [role for role in needed if role not in arguments.inputs]
    strange = [role for role in arguments.inputs if role not in needed]
    raise_all(
        [
            *(
                Problem(f"{options[role]} is missing", fix=f"add {options[role]}=…")
                for role in missing
            ),
            *(
                Problem(
                    f"{options[role]}: the project has no such input",
                    expected=list_some(options[r] for r in needed),
                )
                for role in strange
            ),
        ]
    )


def _input(arguments: HeadlessArguments, node: InputNode, number: int) -> InputNode:
    path = str(Path(arguments.inputs[node.role][number]).expanduser())
    axes = arguments.axes_of(_position(node)) or (
        None if arguments.ignore_training_axistags else node.axes
    )
    if axes and "*" in path:  # of the stack or of one of its files
        axes = axes.replace(arguments.stack_along, "")
    full = path if Path(path).is_absolute() else str(Path.cwd() / path)
    return node.model_copy(update={"path": _stack(full, arguments), "axes": axes, "crop": None})


def _stack(path: str, arguments: HeadlessArguments) -> str:
    """Return a glob as the pattern of a stack along the axis asked for."""
    if "*" not in path:
        return path
    return path.replace("*", f"{{{arguments.stack_along}}}", 1)
