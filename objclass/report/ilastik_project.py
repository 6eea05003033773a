"""What a project of ilastik holds, as values to print or to write as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from objclass.errors import InputError, list_some
from objclass.ilastik.contents import IlastikProject, InputInfo
from objclass.ilastik.inputs import locate
from objclass.ilastik.trained import model_of
from objclass.io.project.guard import printable

GAP: Final = "  "
VARIANTS: Final = {
    "prediction_map": "objects from a prediction map",
    "segmentation": "objects from a segmentation",
    "label_image": "objects from a label image",
}
METHODS: Final = {
    "simple": "Simple",
    "hysteresis": "Hysteresis",
    "dont_merge": "Hysteresis, don't merge objects",
}


def describe(project: IlastikProject) -> dict[str, Any]:
    """Return what a project holds as a JSON value.

    Returns
    -------
    dict
        ``version``, ``workflow``, ``variant``, ``images`` (role → path, axes, shape, found),
        ``threshold`` (None but for prediction maps), ``features`` (plugin → ids), ``margin``,
        ``classes`` (name, color, annotations), ``forest`` (trees, columns, and why it cannot
        be used), ``notes``.
    """
    return {
        "version": project.version,
        "workflow": project.workflow,
        "variant": project.variant,
        "images": [
            {role: _input(info, project) for role, info in lane.inputs.items()}
            for lane in project.lanes
        ],
        "threshold": _threshold(project),
        "features": {plugin: sorted(names) for plugin, names in project.used.items() if names},
        "margin": list(project.margin),
        "classes": _classes(project),
        "forest": _forest(project),
        "notes": list(project.notes),
    }


def _input(info: InputInfo, project: IlastikProject) -> dict[str, Any]:
    folder = project.path.parent
    found = bool(info.files) and all(locate(file, folder) for file in info.files if "*" not in file)
    return {
        "files": list(info.files),
        "axes": info.axes,
        "shape": list(info.shape),
        "found": found or info.inside is not None,
    }


def _threshold(project: IlastikProject) -> dict[str, Any] | None:
    found = project.threshold
    if found is None:
        return None
    names = ("method", "channel", "low", "min_size", "max_size")
    shown = {name: getattr(found, name) for name in names}
    if found.method != "simple":
        shown |= {"core_channel": found.core_channel, "high": found.high}
    return shown | {"sigma": dict(zip("xyz", found.sigma, strict=True))}


def _classes(project: IlastikProject) -> list[dict[str, Any]]:
    given = [number for frame in project.annotations.values() for number in frame.values()]
    return [
        {"name": each.name, "color": each.color, "annotations": given.count(number)}
        for number, each in enumerate(project.classes, 1)
    ]


def _forest(project: IlastikProject) -> dict[str, Any] | None:
    """Return size and use of the stored forest; None where there is none."""
    if not project.forests:
        return None
    facts: dict[str, Any] = {
        "trees": sum(len(forest.trees) for forest in project.forests),
        "columns": project.forests[0].columns,
    }
    try:
        model_of(project)
    except InputError as error:
        facts["refused"] = [str(problem) for problem in error.problems]
    return facts


def lines(project: IlastikProject, file: str) -> Iterator[str]:
    """Yield what a project holds, line by line, in words; safe to print whoever wrote it."""
    found = describe(project)
    version = found["version"] or "of unknown version"
    rows = [("project", f"{file} (ilastik {version})"), ("workflow", found["workflow"])]
    rows.append(("variant", VARIANTS[found["variant"]]))
    for lane in found["images"]:
        rows += [("image", _input_words(role, info)) for role, info in lane.items()]
    rows += [("threshold", text) for text in _threshold_words(found["threshold"])]
    for plugin, names in found["features"].items():
        rows.append(("features", f"{plugin}{GAP}{len(names)}: {list_some(names, 6)}"))
    if any(found["margin"]):
        rows.append(("neighborhood", " x ".join(map(str, found["margin"]))))
    for one in found["classes"]:
        count = one["annotations"]
        annotated = "1 annotation" if count == 1 else f"{count} annotations"
        rows.append(("class", GAP.join([one["name"], annotated, one["color"]])))
    rows += [("forest", text) for text in _forest_words(found["forest"])]
    rows += [("note", text) for text in found["notes"]]
    yield from _align(rows)


def _align(rows: list[tuple[str, str]]) -> Iterator[str]:
    width = max(len(title) for title, _ in rows)
    before = ""
    for title, text in rows:
        shown = "" if title == before else title
        yield f"{shown.ljust(width)}{GAP}{printable(text)}".rstrip()
        before = title


def _input_words(role: str, info: Mapping[str, Any]) -> str:
    path = list_some(info["files"], 1) if info["files"] else "inside the project"
    lengths = dict(zip(info["axes"], info["shape"], strict=False))
    words = [role, path, info["axes"], " x ".join(map(str, info["shape"]))]
    if lengths:
        count = lengths.get("c", 1)
        words.append(f"{count} channel{'s' if count != 1 else ''}")
    return GAP.join(word for word in [*words, "" if info["found"] else "(not here)"] if word)


def _threshold_words(found: Mapping[str, Any] | None) -> Iterator[str]:
    if found is None:
        return
    yield METHODS[found["method"]]
    if "high" in found:
        yield f"core channel {found['core_channel']}{GAP}high {found['high']:g}"
    yield f"channel {found['channel']}{GAP}threshold {found['low']:g}"
    yield "smoothing " + GAP.join(f"{axis} {s:g}" for axis, s in found["sigma"].items())
    yield f"size {found['min_size']} to {found['max_size']}"


def _forest_words(found: Mapping[str, Any] | None) -> Iterator[str]:
    if found is None:
        yield "none: objclass import, and train"
        return
    yield f"{found['trees']} trees on {found['columns']} columns"
    yield from (f"not used: {text}" for text in found.get("refused", ()))
