"""Reading a project of ilastik: everything that matters of it, nothing executed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from objclass.errors import InputError, Problem
from objclass.ilastik.contents import (
    Features,
    IlastikClass,
    IlastikProject,
    Lane,
    StoredFeature,
    Variant,
)
from objclass.ilastik.folder import ProjectGroup, open_file
from objclass.ilastik.forest import read_forests
from objclass.ilastik.inputs import ATLAS, read_lanes, read_roles
from objclass.ilastik.settings import read_blockwise, read_export, read_table, read_threshold
from objclass.io.project.guard import printable
from objclass.measure.ilastik_names import STANDARD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAP, SEGMENTATION, LABEL_IMAGE, PIXEL = "Prediction", "Binary", "Labels", "Pixel"
VARIANTS: Final[Mapping[str, tuple[Variant, str, str]]] = {
    MAP: ("prediction_map", "prediction image", "Raw Data, Pixel Prediction Map"),
    SEGMENTATION: ("segmentation", "binary image", "Raw Data, Segmentation"),
    LABEL_IMAGE: ("label_image", "label image", "Raw Data, Label Image"),
    PIXEL: ("prediction_map", "pixel classification", ""),
}
"""End of the workflow's class name → variant, and what the other names of it say."""
PIXEL_NOTE: Final = (
    "this is a Pixel + Object project: its pixel half is not run; export its Probabilities in "
    "ilastik and give them as prediction maps"
)
COLORS: Final = (
    "#ffe119", "#0082c8", "#e6194b", "#46f0f0", "#3cb44b", "#fabebe", "#aa6e28", "#911eb4",
    "#008080", "#f58230", "#f032e6", "#d2f53c", "#ffd7b4", "#e6beff", "#808080",
)  # fmt: skip
"""ilastik's colours of classes, in order."""
_FRAME: Final = re.compile(r"\[*\s*(\d{1,9})\b.*")


def read_ilp(path: Path | str) -> IlastikProject:
    """Read an object classification project of ilastik.

    Parameters
    ----------
    path
        The ``.ilp`` file. It is only read, and nothing in it is unpickled or executed.

    Raises
    ------
    InputError
        For files that are no such project or are damaged, for other workflows, and for
        projects with an atlas, with "Fill Missing Slices" or with Graph Cut.
    """
    with open_file(Path(path)) as root:
        return _project(root)


def _project(root: ProjectGroup) -> IlastikProject:
    workflow = root.text("workflowName", "")
    variant, kind = _variant(root, workflow)
    lanes = read_lanes(root)
    _check_applets(root, lanes)
    notes = [PIXEL_NOTE] if kind == PIXEL else []
    threshold = None
    if variant == "prediction_map":
        threshold, assumed = read_threshold(root)
        notes += assumed
    classes, said = _classes(root)
    annotations, left_out = _annotations(root, len(classes))
    return IlastikProject(
        path=root.path,
        version=root.text("ilastikVersion", ""),
        workflow=workflow,
        variant=variant,
        roles=read_roles(root),
        lanes=lanes,
        threshold=threshold,
        measured=read_features(root, "ObjectExtraction/Features"),
        selected=read_features(root, "ObjectClassification/SelectedFeatures", texts=False),
        classes=classes,
        annotations=annotations,
        object_counts=_object_counts(root),
        forests=read_forests(root),
        blockwise=read_blockwise(root),
        export=read_export(root),
        table=read_table(root),
        notes=(*notes, *said, *left_out),
    )


def _variant(root: ProjectGroup, workflow: str) -> tuple[Variant, str]:
    """Return what objects come from, by any of the names that ilastik gives a workflow."""
    for end, (variant, source, shown) in VARIANTS.items():
        known = {
            f"Object Classification (from {source})",
            f"ObjectClassificationWorkflow{end}",
            f"Object Classification [Inputs: {shown}]",
        }
        if workflow in known or (end == PIXEL and _is_pixel_and_object(workflow)):
            return variant, end
    raise InputError(_other_workflow(root.path, workflow))


def _is_pixel_and_object(workflow: str) -> bool:
    return workflow.startswith("Pixel Classification + Object Classification")


def _other_workflow(path: Path, workflow: str) -> Problem:
    if not workflow:
        what = f"{path} names no workflow: it is not a project of ilastik"
        return Problem(what, expected="a project saved by ilastik (.ilp)")
    maps = any(word in workflow for word in ("Pixel", "Autocontext", "Neural"))
    fix = (
        "export its Probabilities in ilastik; they are the prediction maps of an object "
        "classification"
    )
    return Problem(
        f"{path} is a project of another workflow",
        got=f"'{printable(workflow)}'",
        expected="Object Classification",
        fix=fix if maps else "open it in ilastik; objclass runs object classification only",
    )


def _check_applets(root: ProjectGroup, lanes: Sequence[Lane]) -> None:
    """Refuse what changes objects or columns in a way that is not rebuilt here."""
    if root.folder("Fill Missing Slices"):
        what = f"{root.path}: 'Fill Missing Slices' is not supported"
        fix = "fill the slices before, and make the project without Fill Missing Slices"
        raise InputError(Problem(what, fix=fix))
    if any(ATLAS in lane.inputs for lane in lanes):
        what = f"{root.path}: an Atlas is not supported"
        fix = "remove the atlas in ilastik's Input Data and save; it only adds a table column"
        raise InputError(Problem(what, fix=fix))


def read_features(root: ProjectGroup, where: str, *, texts: bool = True) -> Features:
    """Return the features stored in a group, on request without their display texts.

    Old projects have a level ``0`` more.
    """
    folder = root.folder(where)
    if folder is None:
        return {}
    plugins = dict(folder.folders())
    if plugins and all(name.isdecimal() for name in plugins):
        plugins = dict(next(iter(plugins.values())).folders())
    return {plugin: dict(_features(inside, texts)) for plugin, inside in plugins.items()}


def _features(folder: ProjectGroup, texts: bool) -> Iterator[tuple[str, StoredFeature]]:
    for name, inside in folder.folders():
        margin: tuple[int, ...] = ()
        if "margin" in inside:
            values = inside.array("margin", "iuf").reshape(-1)
            if len(values) > 3 or any(not 0 <= v < 2**31 or v != int(v) for v in values):
                inside.refuse(f"margin of feature '{name}'", values.tolist()[:4])
            margin = tuple(int(v) for v in values)
        text = inside.text("displaytext", "") if texts else ""
        yield name, StoredFeature(name, text, margin)


def _classes(root: ProjectGroup) -> tuple[tuple[IlastikClass, ...], list[str]]:
    """Return the classes, each with a name of its own, and what had to be renamed."""
    folder = root.folder("ObjectClassification")
    if folder is None:
        return (), []
    stored = _list(folder, "LabelNames")
    colors = _colors(folder)
    notes: list[str] = []
    names: list[str] = []
    for k, name in enumerate(stored):
        fine = _fine_name(name, k, names)
        if fine != name:
            notes.append(f"class {k + 1} is called '{printable(name)}' in ilastik, '{fine}' here")
        names.append(fine)
    shades = [colors[k] if k < len(colors) else COLORS[k % len(COLORS)] for k in range(len(names))]
    pairs = zip(names, shades, strict=True)
    return tuple(IlastikClass(name, color) for name, color in pairs), notes


def _fine_name(name: str, number: int, taken: Sequence[str]) -> str:
    """Return a name that a workflow can hold: printable, not empty, different from others."""
    fine = "".join(c for c in name if c.isprintable()).strip() or f"Label {number + 1}"
    fine = f"{fine} (class)" if fine in ("ignore", "unclassified") else fine
    many = 2
    unique = fine
    while unique in taken:
        unique, many = f"{fine} ({many})", many + 1
    return unique


def _list(folder: ProjectGroup, name: str) -> tuple[str, ...]:
    """Return a list of texts; an empty one is stored as one element and a flag."""
    if name not in folder or _is_empty(folder, name):
        return ()
    return folder.texts(name)


def _is_empty(folder: ProjectGroup, name: str) -> bool:
    return folder.attribute(name, "isEmpty") in (True, "True", 1)


def _colors(folder: ProjectGroup) -> list[str]:
    if "LabelColors" not in folder or _is_empty(folder, "LabelColors"):
        return []
    values = folder.array("LabelColors", "iuf", 2)
    if values.shape[1] < 3:
        return []
    rows = values[:, :3].clip(0, 255).astype(int).tolist()
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in rows]


def _annotations(
    root: ProjectGroup, classes: int
) -> tuple[dict[tuple[int, int], dict[int, int]], list[str]]:
    """Return ``(lane, t)`` → object id → class number, and what was left out."""
    folder = root.folder("ObjectClassification/LabelInputs")
    found: dict[tuple[int, int], dict[int, int]] = {}
    unknown = 0
    for lane, inside in folder.folders() if folder else ():
        for name in inside.names():
            frame = _FRAME.fullmatch(name)
            if not lane.isdecimal() or not frame:
                continue
            given = _classes_of_frame(inside, name)
            kept = {number: k for number, k in given.items() if k <= classes}
            unknown += len(given) - len(kept)
            if kept:
                found[int(lane), int(frame[1])] = kept
    notes = [f"{unknown} annotations of classes without a name are left out"] if unknown else []
    return found, notes


def _classes_of_frame(folder: ProjectGroup, name: str) -> dict[int, int]:
    """Return object id → class number of one frame; 0 is "no class"."""
    values: NDArray[np.generic] = folder.array(name, "iuf").reshape(-1)
    given: dict[int, int] = {}
    for number, value in enumerate(values.tolist()):
        if value != value or value < 0 or value > 2**31 or value != int(value):
            folder.refuse(f"class of object {number} in '{folder.within(name)}'", value)
        if value and number:
            given[number] = int(value)
    return given


def _object_counts(root: ProjectGroup) -> dict[tuple[int, int], int]:
    """Return how many objects there were when features were last computed, where stored."""
    folder = root.folder("ObjectExtraction/RegionFeatures")
    found: dict[tuple[int, int], int] = {}
    for lane, inside in folder.folders() if folder else ():
        for name, frame in inside.folders():
            time = _FRAME.fullmatch(name)
            for plugin in ("Default features", STANDARD):
                table = frame.folder(plugin)
                if time and lane.isdecimal() and table and "Count" in table:
                    rows = len(table.array("Count", "iuf", 2))
                    found[int(lane), int(time[1])] = max(rows - 1, 0)
    return found
