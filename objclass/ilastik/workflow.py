"""A project of ilastik as a workflow: the same objects, features and classes, in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from objclass.data.dataclass import dataclass
from objclass.ilastik.contents import IlastikProject, InputInfo, ThresholdSettings
from objclass.ilastik.inputs import RAW, SECOND
from objclass.ilastik.names import (
    DEFAULTS,
    FAMILY,
    PLUGINS,
    STANDARD,
    Feature,
    fits,
    selection_name,
)
from objclass.ilastik.yaml_text import line, number, one_line, per_axis
from objclass.schema.scalars import plain_or_quoted

SCHEMA: Final = "workflow.schema.json"
NODES: Final = {
    "prediction_map": "probabilities",
    "segmentation": "segmentation",
    "label_image": "label_image",
}
"""Variant → the input node that objects come from; it is also the node's role."""
METHODS: Final = {
    "simple": "Simple",
    "hysteresis": "Hysteresis",
    "dont_merge": "Hysteresis, Don't merge objects",
}


@dataclass(frozen=True)
class TrainingShape:
    """What is known of the training images: 2 or 3 dimensions and the number of channels."""

    dimensions: int
    channels: int


@dataclass(frozen=True)
class WorkflowInputs:
    """What the workflow reads.

    Parameters
    ----------
    raw, second
        Paths or patterns, as the workflow says them.
    raw_remark, second_remark
        What to say about them.
    annotations
        The annotations file.
    sheet
        The sheet of images, where there are several.
    value_range
        Range of the prediction map's values, where the file does not say it itself.
    """

    raw: str
    second: str
    raw_remark: str = ""
    second_remark: str = ""
    annotations: str = "annotations.csv"
    sheet: str | None = None
    value_range: tuple[float, float] | None = None


def workflow_text(
    project: IlastikProject, sources: WorkflowInputs, shape: TrainingShape | None
) -> str:
    """Return the workflow of a project.

    Parameters
    ----------
    project
        As :func:`objclass.ilastik.project.read_ilp` read it.
    sources
        Files, as the workflow says them.
    shape
        Of the training images, where known: channels are pinned, and features that ilastik
        does not offer for such images are left out.
    """
    return "\n".join([*_heading(project, sources), *_nodes(project, sources, shape)]) + "\n"


def _heading(project: IlastikProject, sources: WorkflowInputs) -> Iterator[str]:
    version = f", saved by ilastik {one_line(project.version)}" if project.version else ""
    yield f"# yaml-language-server: $schema={SCHEMA}"
    yield f"# Imported from {one_line(project.path.name)}{version}:"
    yield f"# {one_line(project.workflow)}. Remarks name the applet that a value comes from."
    for note in project.notes:
        yield f"# note: {one_line(note)}"
    yield "version: 1"
    yield f"title: {plain_or_quoted(one_line(project.path.stem).strip() or 'ilastik')}"
    yield line("compatibility: ilastik", "objects and features as ilastik makes them", 0)
    if sources.sheet:
        yield line(f"images: {plain_or_quoted(sources.sheet)}", "the lanes of Input Data", 0)


def _nodes(
    project: IlastikProject, sources: WorkflowInputs, shape: TrainingShape | None
) -> Iterator[str]:
    yield from ("", "nodes:")
    yield from _raw(project, sources, shape)
    yield ""
    yield from _second(project, sources)
    yield ""
    yield from _objects(project)
    yield ""
    features = list(measured_features(project, shape))
    yield from _features(project, features)
    yield ""
    yield from _classes(project, features, sources)
    yield ""
    yield from _predict_nodes(project)
    yield ""
    yield from _save(project, features)


def _raw(
    project: IlastikProject, sources: WorkflowInputs, shape: TrainingShape | None
) -> Iterator[str]:
    yield line("raw:", f"Input Data: {RAW}", 2)
    yield line("kind: input")
    yield line(f"path: {plain_or_quoted(sources.raw)}", sources.raw_remark)
    info = project.input(RAW)
    if info is not None:
        yield from _axes(info)
    if shape is not None:
        names = ", ".join(map(str, range(shape.channels)))
        yield line(f"channels: [{names}]", "numbers, as ilastik counts them")


def _axes(info: InputInfo) -> Iterator[str]:
    if info.file_axes:
        yield line(f"axes: {info.file_axes}", "as the project says")
    if info.subvolume is not None:
        pairs = zip(info.axes, *info.subvolume, strict=True)
        crop = ", ".join(f"{letter}: [{start}, {stop}]" for letter, start, stop in pairs)
        yield line(f"crop: {{{crop}}}", "its sub-volume")


def _second(project: IlastikProject, sources: WorkflowInputs) -> Iterator[str]:
    role = SECOND[project.variant]
    yield line(f"{NODES[project.variant]}:", f"Input Data: {role}", 2)
    yield line("kind: input")
    yield line(f"path: {plain_or_quoted(sources.second)}", sources.second_remark)
    info = project.input(role)
    if info is not None:
        yield from _axes(info)
    yield line(f"role: {project.variant}")
    if sources.value_range is not None:
        low, high = map(number, sources.value_range)
        yield line(f"value_range: [{low}, {high}]", "its data range in the project")
    channels = info.length("c") if info is not None else None
    if project.variant != "prediction_map" and channels is not None and channels > 1:
        yield line("crop: {c: 0}", "ilastik uses the first channel")


def _objects(project: IlastikProject) -> Iterator[str]:
    node = NODES[project.variant]
    if project.threshold is not None:
        yield line("nuclei:", "Threshold and Size Filter", 2)
        yield line("kind: threshold")
        yield line(f"image: {node}")
        yield from _threshold(project.threshold)
        return
    yield line("nuclei:", "the objects, numbered 1 to n in every frame", 2)
    yield line("kind: components")
    yield line(f"image: {node}")
    if project.variant == "label_image":
        yield line("ids: relabel", "ilastik renumbers them by first appearance")


def _threshold(settings: ThresholdSettings) -> Iterator[str]:
    simple = settings.method == "simple"
    yield line(f"method: {'simple' if simple else 'hysteresis'}", METHODS[settings.method])
    yield line(f"channel: {settings.channel}", "counted from 0")
    if not simple:
        yield line(f"core_channel: {settings.core_channel}")
    x, y, z = settings.sigma
    yield line(f"sigma: {per_axis(x, y, z)}", "Smooth")
    yield line(f"threshold: {number(settings.low)}", "Threshold" if simple else "low Threshold")
    if not simple:
        yield line(f"core_threshold: {number(settings.high)}", "high Threshold")
    yield line(f"min_size: {settings.min_size}", "Size Filter, in voxels")
    yield line(f"max_size: {settings.max_size}")
    if settings.method == "dont_merge":
        yield line("merge_objects: false", "Don't merge objects")


def measured_features(
    project: IlastikProject, shape: TrainingShape | None = None
) -> Iterator[tuple[str, Feature]]:
    """Yield plugin and feature of what the classifier uses or the table shows, in order.

    Parameters
    ----------
    project
        The project.
    shape
        Of the images: features that ilastik does not offer for them are left out.
    """
    used = project.used
    wanted = {(plugin, name) for plugin in used for name in used[plugin]}
    wanted |= {(STANDARD, name) for name in DEFAULTS}
    wanted |= {(plugin, name) for plugin, name in _find_exports(project)}
    for plugin, name in sorted(wanted):
        feature = PLUGINS.get(plugin, {}).get(name)
        if feature is None or (feature.local and not project.has_margin):
            continue
        if shape is None or fits(plugin, feature, shape.dimensions, shape.channels):
            yield plugin, feature


def _find_exports(project: IlastikProject) -> Iterator[tuple[str, str]]:
    """Yield plugin and id of the features in the table; they may be named by display text."""
    names = set(project.table.features if project.table else ())
    for plugin, group in project.measured.items():
        for name, stored in group.items():
            known = PLUGINS.get(plugin, {}).get(name)
            if names & {name, stored.text, known.text if known else name}:
                yield plugin, name


def _features(project: IlastikProject, features: list[tuple[str, Feature]]) -> Iterator[str]:
    yield line("features:", "Object Feature Selection", 2)
    yield line("kind: features")
    yield line("image: raw")
    yield line("objects: nuclei")
    yield line("measure:")
    yield line(f"- {FAMILY}:", "by the names ilastik stores; beside them those it shows", 6)
    for _, feature in features:
        always = ", in every table" if feature.name in DEFAULTS else ""
        shown = feature.text if feature.text != feature.name else ""
        yield line(f"- {plain_or_quoted(feature.name)}", f"{shown}{always}".removeprefix(", "), 10)
    if any(feature.local for _, feature in features):
        margin = (*project.margin, *project.margin)[: max(2, len(project.margin))]
        yield line(f"margin: {per_axis(*margin)}", "Neighborhood size", 8)
    taken = {(plugin, feature.name) for plugin, feature in features}
    stored = ((p, name) for p, group in project.measured.items() for name in group)
    unused = [name for p, name in stored if (p, name) not in taken]
    if unused:
        yield line(f"# measured in ilastik but not used: {one_line(', '.join(unused))}")


def _classes(
    project: IlastikProject, features: list[tuple[str, Feature]], sources: WorkflowInputs
) -> Iterator[str]:
    yield line("classes:", "Object Classification", 2)
    yield line("kind: classifier")
    yield line("features: features")
    yield line(f"annotations: {plain_or_quoted(sources.annotations)}")
    if project.classes:
        yield line("classes:")
        for each in project.classes:
            yield line(f"{plain_or_quoted(each.name)}: {plain_or_quoted(each.color)}", indent=6)
    yield from _use(project, features)
    forest = "estimator: {kind: random_forest, class_weight: none}"
    yield line(forest, "100 trees, grown as ilastik's are")
    yield line("missing: zero", "as ilastik does")
    yield line("seed: 0", "ilastik's is the clock")


def _use(project: IlastikProject, features: list[tuple[str, Feature]]) -> Iterator[str]:
    used = [each for each in features if each[1].name in project.used.get(each[0], ())]
    names = [FAMILY] if used == features else [selection_name(feature) for _, feature in used]
    if names:
        yield line("use:", "Subset features", 4)
    for name in names:
        yield line(f"- {plain_or_quoted(name)}", indent=6)


def _predict_nodes(project: IlastikProject) -> Iterator[str]:
    block, halo = project.blockwise.block, project.blockwise.halo
    yield line("predicted:", "Object Classification: Prediction", 2)
    yield line("kind: predict")
    yield line("features: features")
    yield line("classifier: classes")
    yield line(f"# kind: blockwise, block: {per_axis(*block)}")
    yield line(f"# ilastik's halo was {per_axis(*halo)} (mode: halo); exact blocks need none")


def _save(project: IlastikProject, features: list[tuple[str, Feature]]) -> Iterator[str]:
    each = "{image}_" if len(project.lanes) > 1 else ""
    yield line("save:", "Object Information Export", 2)
    yield line("kind: export")
    yield line("from: predicted")
    yield line("image: raw")
    yield line("write:")
    yield line(_table(project, each), indent=6)
    yield line(f"identities: {plain_or_quoted(f'results/{each}identities.h5')}", indent=6)
    yield line(f"predictions: {plain_or_quoted(f'results/{each}predictions.h5')}", indent=6)
    shown = {*_find_exports(project), *((STANDARD, name) for name in DEFAULTS)}
    exported = [feature for plugin, feature in features if (plugin, feature.name) in shown]
    if len(exported) < len(features):
        yield line("columns:", "features in the table", 4)
        for feature in exported:
            yield line(f"- {plain_or_quoted(selection_name(feature))}", indent=6)


def _table(project: IlastikProject, each: str) -> str:
    """Return the table with the images beside it that the project asks for."""
    settings = project.table
    if settings is None or settings.file_type != "h5":
        return "table: results/objects.csv"
    name = f"{each if settings.include_raw else ''}objects.h5"
    options = [f"path: {plain_or_quoted(f'results/{name}')}"]
    options += ["images: whole"] if settings.include_raw else []
    options += [f"margin: {settings.margin}"] if settings.margin else []
    return f"table: {{{', '.join(options)}}}"
