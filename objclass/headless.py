"""ilastik's own command line: its words, our engine, its file names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from objclass.batch import Batch, BatchRequest, Done, missing_files
from objclass.engine.look import ImageKey
from objclass.engine.node import Node
from objclass.errors import InputError, Problem, listed, raise_all
from objclass.ilastik import outputs
from objclass.ilastik.contents import IlastikProject, TableSettings
from objclass.ilastik.headless import HeadlessArguments, parse_headless
from objclass.ilastik.imported import project_file
from objclass.ilastik.project import read_ilp
from objclass.images import image_keys
from objclass.nodes.export import ExportNode, Target
from objclass.nodes.input import InputNode
from objclass.nodes.registry import KINDS
from objclass.results import Result, Wanted, with_exports
from objclass.schema.space import Crop
from objclass.schema.workflow import Workflow, load

AXES = "txyzc"
"""The order in which ilastik names the ends of a region."""


@dataclass(frozen=True)
class Headless:
    """A command line of ilastik, ready to run: one batch of one image per lane."""

    arguments: HeadlessArguments
    project: IlastikProject
    lanes: tuple[Batch, ...]

    def run(self) -> Iterator[Done]:
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
    path = Path(arguments.project)
    project = read_ilp(path)
    trained = project_file(project)
    workflow = load(trained.workflow, KINDS, (), path.with_suffix(".yaml"))
    _check_roles(arguments, project.variant)
    lanes = []
    for number in range(len(next(iter(arguments.inputs.values())))):
        nodes, results = _nodes(arguments, project, workflow, number)
        images = image_keys(workflow, nodes, Path.cwd(), sheet=False)
        request = BatchRequest(path, Path.cwd(), overwrite=True, names="ilastik")
        keys = tuple(_called(image, arguments.inputs["raw"][number]) for image in images)
        lanes.append(Batch(request, trained, workflow, nodes, keys, results))
    raise_all(problem for lane in lanes for problem in missing_files(lane))
    return Headless(arguments, project, tuple(lanes))


def _called(image: ImageKey, raw: str) -> ImageKey:
    return replace(image, nickname=outputs.nickname(raw))


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
                    expected=listed(options[r] for r in needed),
                )
                for role in strange
            ),
        ]
    )


def _nodes(
    arguments: HeadlessArguments, project: IlastikProject, workflow: Workflow, number: int
) -> tuple[dict[str, Node], tuple[Result, ...]]:
    """Return the nodes of one lane, its files and what is written where, and its results."""
    nodes = dict(cast("dict[str, Node]", workflow.nodes))
    for name, node in nodes.items():
        if isinstance(node, InputNode):
            nodes[name] = _input(arguments, node, number)
    exported, results = with_exports(nodes, Wanted((), ".h5", None, "ilastik"))
    ((save,),) = (result.exports for result in results)
    export = cast(ExportNode, exported[save])
    targets = _targets(arguments, project, arguments.inputs["raw"][number])
    return {**exported, save: export.model_copy(update={"write": targets})}, results


def _input(arguments: HeadlessArguments, node: InputNode, number: int) -> InputNode:
    position = 0 if node.role == "raw" else 1
    path = arguments.inputs[node.role][number]
    axes = arguments.axes_of(position) or (
        None if arguments.ignore_training_axistags else node.axes
    )
    if axes and "*" in path:  # of the stack or of one of its files
        axes = axes.replace(arguments.stack_along, "")
    full = path if Path(path).is_absolute() else str(Path.cwd() / path)
    return node.model_copy(update={"path": _stacked(full, arguments), "axes": axes, "crop": None})


def _stacked(path: str, arguments: HeadlessArguments) -> str:
    """Return a glob as the pattern of a stack along the axis asked for."""
    if "*" not in path:
        return path
    return path.replace("*", f"{{{arguments.stack_along}}}", 1)


def _targets(arguments: HeadlessArguments, project: IlastikProject, raw: str) -> dict[str, Target]:
    """Return the image and the table to write, as the command line and the project say."""
    stored = project.export
    targets: dict[str, Target] = {}
    table = project.table
    if table is not None or arguments.table_filename:
        settings = table or TableSettings()
        path = outputs.table_path(settings, raw, arguments.table_filename)
        if path.suffix.lower() in outputs.HDF5_TABLES:
            fix = "write --table_filename=NAME.csv to a project whose table is csv"
            raise InputError(Problem("tables in HDF5 are not written yet", got=path.name, fix=fix))
        targets["table"] = Target(path=str(path))
    if arguments.table_only:
        return targets
    form = arguments.output_format or stored.format or outputs.DEFAULT_FORMAT
    pattern = arguments.output_filename_format or stored.filename_format or outputs.DEFAULT_PATH
    base = None if arguments.output_filename_format else project.path.parent
    path = outputs.image_path(pattern, form, raw, arguments.export_source, base)
    hdf5 = path.suffix == ".h5"
    region = arguments.cutout_subregion or stored.region
    targets[outputs.SOURCES[arguments.export_source]] = Target(
        path=str(path),
        dataset=(arguments.output_internal_path or stored.internal_path) if hdf5 else None,
        dtype=cast(Any, arguments.export_dtype or stored.dtype),
        axes=arguments.output_axis_order or stored.axis_order,
        region=_crop(region) if region else None,
    )
    return targets


def _crop(region: tuple[tuple[int | None, ...], tuple[int | None, ...]]) -> Crop | None:
    """Return a region; an end that is not given is that of the image."""
    parts: dict[str, tuple[int, int]] = {}
    for letter, start, stop in zip(AXES, *region, strict=True):
        if start is None and stop is None:
            continue
        parts[letter] = (start or 0, stop if stop is not None else 2**31)
    return Crop(**parts) if parts else None
