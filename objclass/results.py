"""What a batch writes of every result of a project, and how its files are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.data.wire import Wire
from objclass.engine.look import ImageKey
from objclass.engine.node import Node
from objclass.errors import InputError, Problem, list_some, nearest, raise_all
from objclass.io.output_formats import usual_ending
from objclass.io.project import ProjectFile, read
from objclass.nodes.export import ExportNode, default_paths
from objclass.nodes.export.counts import CountsOutput
from objclass.nodes.export.identities import IdentitiesOutput
from objclass.nodes.export.layout import OF_IMAGES, Dialect
from objclass.nodes.export.output import IMAGE, OBJECT_TABLE, PICTURE, TABLE, ExportOutput, Sort
from objclass.nodes.export.outputs import OUTPUTS
from objclass.nodes.export.table import TableOutput
from objclass.nodes.export.target import ImageTarget, Target
from objclass.wells.control_wells import ControlWells


@dataclass(frozen=True)
class OutputRequest:
    """What to write.

    Parameters
    ----------
    export
        Names of results; empty for what the workflow writes.
    image_format, table_format
        Suffixes of images and tables; by default ``.tif`` and ``.csv``.
    names
        ``ilastik`` to call files, columns and axes as ilastik does.
    """

    export: tuple[str, ...] = ()
    image_format: str | None = None
    table_format: str | None = None
    names: Dialect | None = None

    def suffix(self, sort: Sort) -> str:
        """Return the suffix of files of a sort; of HDF5 are object tables alone."""
        table = self.table_format
        other = table if table in TABLE.suffixes else None
        wanted = {IMAGE: self.image_format, TABLE: other, OBJECT_TABLE: table}
        return wanted.get(sort) or sort.usual


@dataclass(frozen=True)
class Result:
    """One result of a project: predictions, or objects that are exported as they are.

    Parameters
    ----------
    name
        The node that makes it.
    wire
        The same with its part.
    exports
        The export nodes that write it.
    counts_by, counting
        What its objects are counted by, and the export that says so; empty where no counts are
        wanted.
    gathered
        What is written of all images once they are worked off, from the files of each.
    controls
        Which wells are controls, as the first of its exports says that names some.
    """

    name: str
    wire: Wire
    exports: tuple[str, ...] = ()
    counts_by: tuple[str, ...] = ()
    counting: str = ""
    controls: ControlWells = field(default_factory=ControlWells)
    gathered: tuple[str, ...] = ()


Nodes = Mapping[str, Node]


def trained_project(path: Path) -> ProjectFile:
    """Return a trained project: one of ours, or one of ilastik's.

    Raises
    ------
    InputError
        For files that cannot be read or used, with the way on.
    """
    if path.suffix.lower() != ".ilp":
        return read(path)
    from objclass.ilastik.imported import project_file
    from objclass.ilastik.project import read_ilp

    return project_file(read_ilp(path))


def name_images(images: Sequence[ImageKey], nodes: Nodes, names: str | None) -> list[ImageKey]:
    """Return the images with the nicknames that their files are called by."""
    raw = _raw(nodes)
    if names != "ilastik" or raw is None:
        return list(images)
    from objclass.ilastik.outputs import nickname

    return [
        replace(i, nickname=nickname(_first(i.files[raw.node][1]))) if raw.node in i.files else i
        for i in images
    ]


def _first(named: str | tuple[str, ...]) -> str:
    return named if isinstance(named, str) else named[0]


def with_exports(nodes: Nodes, wanted: OutputRequest) -> tuple[dict[str, Node], tuple[Result, ...]]:
    """Return the nodes with exports that write every image's results into the folder.

    A workflow has as many results as nodes that it exports from, and predictions that it does
    not export. Where there is one, files are called after the image alone, else after the
    image and the node.
    """
    raise_all(_not_written(what) for what in wanted.export if what not in OUTPUTS)
    raise_all(_not_in_batch(what) for what in wanted.export if not OUTPUTS[what].in_batch)
    origins = origins_of(nodes)
    kept: dict[str, Node] = {n: e for n, e in nodes.items() if not e.writes}
    results = []
    for wire, exports in origins.items():
        name = _called_after(wire, nodes)
        written = dict(_exports_with_files(nodes, wire, exports, wanted))
        prefix = f"{name}_" if len(origins) > 1 else ""
        twice = _twice(written)
        for export, (node, whats) in written.items():
            paths = {w: f"{export}_" if w in twice else prefix for w in whats}
            saved = _saving(nodes, node, whats, paths, wanted)
            if saved.write:
                kept[export] = saved
        counting = [export for export, (_, whats) in written.items() if CountsOutput.name in whats][
            -1:
        ]
        by = written[counting[0]][0].counts_by or ("image",) if counting else ()
        saving = tuple(export for export in written if export in kept)
        counted = counting[0] if counting else ""
        every = dict.fromkeys(what for _, whats in written.values() for what in whats)
        gathered = tuple(what for what in every if OUTPUTS[what].gathered)
        named = _controls(exports.values())
        results.append(Result(name, wire, saving, by, counted, named, gathered))
    raise_all(_without_table(wanted))
    raise_all(_nothing(wanted, results))
    return kept, tuple(results)


def named_controls(nodes: Nodes) -> dict[str, ControlWells]:
    """Return node to the control wells that exports of its results name, where one does."""
    exports = [node for node in nodes.values() if isinstance(node, ExportNode) and node.controls]
    names = dict.fromkeys(each.from_.node for each in exports)
    return {n: _controls(each for each in exports if each.from_.node == n) for n in names}


def _controls(exports: Iterable[ExportNode]) -> ControlWells:
    named = (each.controls.wells for each in exports if each.controls is not None)
    return next(named, ControlWells())


def origins_of(nodes: Nodes) -> dict[Wire, dict[str, ExportNode]]:
    """Return what a workflow exports from, with the exports; and what it only predicts.

    Raises
    ------
    InputError
        Where nothing is predicted.
    """
    predicting = {n: node.predicts for n, node in nodes.items() if node.predicts}
    if not predicting:
        raise InputError(
            Problem("the project's workflow predicts nothing", fix="add a predict node")
        )
    found: dict[Wire, dict[str, ExportNode]] = {}
    for name, node in nodes.items():
        if isinstance(node, ExportNode):
            found.setdefault(_whole_wire(node.from_, nodes), {})[name] = node
    seen = [predicting[wire.node] for wire in found if wire.node in predicting]
    for name, each in predicting.items():
        if each not in seen:  # ``blockwise`` and ``predict`` of the same are one result
            seen.append(each)
            found[_whole_wire(Wire(name), nodes)] = {}
    return found


def _whole_wire(wire: Wire, nodes: Nodes) -> Wire:
    return wire if wire.part else Wire(wire.node, nodes[wire.node].main)


def _called_after(wire: Wire, nodes: Nodes) -> str:
    """Return the name of a result: its node, and the part where that is not the main one."""
    main = wire.part is None or wire.part == nodes[wire.node].main
    return wire.node if main else f"{wire.node}_{wire.part}"


def _exports_with_files(
    nodes: Nodes, wire: Wire, exports: Mapping[str, ExportNode], wanted: OutputRequest
) -> Iterator[tuple[str, tuple[ExportNode, list[str]]]]:
    """Yield every export of a result with what it writes now."""
    new = ExportNode(kind="export", from_=wire)
    known = dict(exports) or {_free_name(wire, nodes): new}
    if not wanted.export:
        defaults = default_paths(with_image=False)
        for name, node in known.items():
            yield name, (node, list(node.write or (defaults if exports else (TableOutput.name,))))
        return
    able = [what for what in dict.fromkeys(wanted.export) if _can(nodes, wire, what)]
    for name, node in known.items():
        last = name == list(known)[-1]
        others = [what for n, each in known.items() if n != name for what in each.write or ()]
        mine = [w for w in able if w in (node.write or ()) or (last and w not in others)]
        yield name, (node, mine)


def _free_name(wire: Wire, nodes: Nodes) -> str:
    """Return a name for an export that the workflow does not have."""
    name = f"save_{wire.node}"
    while name in nodes:
        name += "_"
    return name


def _can(nodes: Nodes, wire: Wire, what: str) -> bool:
    """Return True where a result has what is wanted."""
    return OUTPUTS[what].made_of(nodes[wire.node], nodes[_objects(nodes, wire)])


def _objects(nodes: Nodes, wire: Wire) -> str:
    """Return the node that makes the objects of a result."""
    node = nodes[wire.node]
    if node.predicts is not None:
        return _objects(nodes, node.predicts.features)
    return node.measures.objects.node if node.measures is not None else wire.node


def _twice(written: Mapping[str, tuple[ExportNode, list[str]]]) -> set[str]:
    """Return what several exports write of one result."""
    whats = [what for _, mine in written.values() for what in mine]
    return {what for what in whats if whats.count(what) > 1}


def _saving(
    nodes: Nodes,
    node: ExportNode,
    whats: Sequence[str],
    prefixes: Mapping[str, str],
    wanted: OutputRequest,
) -> ExportNode:
    """Return an export that writes into the folder of the batch; counts are not one per image."""
    write = {
        what: _target(what, (node.write or {}).get(what), prefixes[what], wanted)
        for what in whats
        if OUTPUTS[what].in_batch and not OUTPUTS[what].of_batch
    }
    image = node.image or _raw(nodes)
    taken = {field for what in write for field in OUTPUTS[what].takes}
    names = (wanted.names or node.names) if "names" in taken else None
    if names not in OF_IMAGES and TableOutput.name not in write:
        names = None
    columns = node.columns if "columns" in taken else ()
    return node.model_copy(
        update={
            "write": write,
            "image": image,
            "names": names,
            "columns": columns,
            "counts_by": None,
            "audit": None,
            "controls": None,
        }
    )


def _raw(nodes: Nodes) -> Wire | None:
    raws = [n for n, e in nodes.items() if e.reads_image and e.reads_image.role == "raw"]
    return Wire(raws[0]) if raws else None


def _not_written(what: str) -> Problem:
    close = nearest(what, OUTPUTS)
    fix = f"did you mean {close}?" if close else None
    return Problem(f"--export {what}: cannot be written", expected=list_some(OUTPUTS, 30), fix=fix)


def _not_in_batch(what: str) -> Problem:
    says = f"--export {what}: it is one of all images, which a batch works off one by one"
    return Problem(says, fix="write it in a workflow, by objclass run")


def _nothing(wanted: OutputRequest, results: Sequence[Result]) -> Iterator[Problem]:
    """Report what is wanted and no result has; of wells it is known when there are images."""
    if any(OUTPUTS[what].of_wells for what in wanted.export):
        return
    if wanted.export and not any(result.exports or result.counts_by for result in results):
        names = list_some(result.name for result in results)
        what = f"--export {list_some(wanted.export)}: no result of the project has it"
        yield Problem(what, got=names, expected="such as table")


def _without_table(wanted: OutputRequest) -> Iterator[Problem]:
    for what in wanted.export:
        explained = OUTPUTS[what].explains
        if explained and explained not in wanted.export:
            says = f"--export {what}: it says what the columns of the {explained} mean"
            yield Problem(says, fix=f"add --export {explained}")


def any_paths(results: Sequence[Result], names: Dialect | None) -> Iterator[str]:
    """Yield the paths of all that a batch can write for an image, whatever it writes now."""
    nodes = [name for result in results for name in (result.name, *result.exports)]
    for prefix in ("", *(f"{name}_" for name in dict.fromkeys(nodes))):
        for output in OUTPUTS.values():
            for suffix in output.sort.suffixes:
                path = _path(output, prefix, suffix, names)
                yield path.replace("{result_type}", output.result_type)


def _path(output: ExportOutput, prefix: str, suffix: str, names: Dialect | None) -> str:
    ending = usual_ending(suffix) if output.sort is IMAGE else suffix
    called = output.ilastik_ending if names in STARTS else output.ending
    return f"{STARTS.get(names, '{image}')}_{prefix}{called}{ending}"


STARTS: Mapping[Dialect | None, str] = {"ilastik": "{nickname}"}
"""``names`` → what the files of an image begin with, where that is not the image."""


def _target(what: str, trained: Target | None, prefix: str, wanted: OutputRequest) -> Target:
    """Return the file of a result, with the options it had in the workflow."""
    output = OUTPUTS[what]
    suffix = suffix_of(output, wanted)
    if trained is not None and output.sort == PICTURE:  # which no format is about
        suffix = Path(trained.path).suffix.lower()
    path = _path(output, prefix, suffix, wanted.names)
    ilastik_axes = wanted.names in OF_IMAGES and isinstance(trained, ImageTarget)
    if trained is None or ilastik_axes:
        return output.options(path=path)
    return trained.elsewhere(path, suffix)


def suffix_of(output: ExportOutput, wanted: OutputRequest) -> str:
    """Return the suffix of a file; report a format that it cannot have."""
    suffix, known = wanted.suffix(output.sort), output.sort.suffixes
    if suffix not in known:
        got, expected = suffix.lstrip("."), list_some(s.lstrip(".") for s in known)
        raise InputError(Problem(f"--format: {output.name} has no such format", got, expected))
    return suffix


def idle_formats(
    results: Sequence[Result], nodes: Nodes, wanted: OutputRequest
) -> Iterator[Problem]:
    """Report formats of what is not written at all."""
    saving = [nodes[name] for result in results for name in result.exports]
    whats = [what for node in saving if isinstance(node, ExportNode) for what in node.write or ()]
    sorts = {OUTPUTS[what].sort.name for what in whats}
    sorts |= {CountsOutput.sort.name for result in results if result.counts_by}
    for suffix, sort, such in (
        (wanted.image_format, IMAGE, IdentitiesOutput.name),
        (wanted.table_format, TABLE, TableOutput.name),
    ):
        if suffix and sort.name not in sorts:
            what = f"--format {suffix.lstrip('.')} has no effect: no {sort.name} is written"
            yield Problem(what, fix=f"add --export {such}")


def counts_name(result: Result, results: Sequence[Result], wanted: OutputRequest) -> str:
    """Return the file of the counts of a result: one per batch."""
    return batch_file(CountsOutput.name, result, results, wanted)


def batch_file(what: str, result: Result, results: Sequence[Result], wanted: OutputRequest) -> str:
    """Return what the file of an output is called that is about all images of a batch."""
    prefix, output = f"{result.name}_" if len(results) > 1 else "", OUTPUTS[what]
    return f"{prefix}{output.gathered or what}{suffix_of(output, wanted)}"
