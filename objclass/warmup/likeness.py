"""A workflow like somebody's, with drawn images in the place of theirs.

It needs the same kernels, since these depend on types and dimensions and not on what is seen. It
stands in a folder of its own, and so do all files that it writes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.model import ModelHeader
from objclass.nodes.source import FileSource
from objclass.warmup.samples import CENTERS, DEPTH, deep, drawn_discs

if TYPE_CHECKING:
    from objclass.data.foreground import Foreground
    from objclass.engine.kind import ImageReading
    from objclass.engine.look import ImageKey
    from objclass.engine.node import Part
    from objclass.run import Job

SIZES = {"min_size": 5, "max_size": 10_000}
"""Limits in which all that is drawn lies; theirs are for objects of theirs."""
LEVELS = {"threshold": 50, "core_threshold": 75}
"""Values between what is drawn inside and outside, where an image is no prediction map."""
BESIDE = {"series", "sizes", "crop", "level", "axes"}
"""Fields of an input that say how to read a file, and not what an image is like."""
CLASSES = ("a", "b")
"""Classes where nobody has named any."""


def write_likeness(job: Job, folder: Path) -> Path:
    """Write the workflow, its images and its annotations into a folder; return the workflow.

    Parameters
    ----------
    job
        The workflow with the headers of its images; the first one is drawn.
    folder
        An empty folder.
    """
    image = job.graph.images[0]
    written = dict(job.workflow.source.data)
    nodes = {name: dict(node) for name, node in written["nodes"].items()}
    maps = set()
    for name in written["nodes"]:
        reads = job.graph.nodes[name].reads_image
        if reads is None:
            _redirect(nodes[name], job.folder)
            continue
        (part,) = job.graph.parts[name][image.name]
        nodes[name] = _input(nodes[name], name, reads, image)
        nodes[name] |= _draw(part, folder / _filled(nodes[name]["path"], image))
        maps |= {name} if reads.role == "prediction_map" else set()
    for name, fields in nodes.items():
        if fields["kind"] == "classifier" and "annotations" in fields:
            _annotate(folder / f"{name}.csv", _classes(job, name), image, job)
            fields["annotations"] = f"{name}.csv"
        if fields["kind"] in ("threshold", "components"):
            _within_reach(fields, str(fields.get("image")) in maps)
    file = folder / "likeness.yaml"
    text = json.dumps({**_heading(written, job, image, folder), "nodes": nodes})
    file.write_text(text, encoding="utf-8")
    return file


def _heading(written: Mapping[str, Any], job: Job, image: ImageKey, folder: Path) -> dict[str, Any]:
    """Return the top level; a sheet has one row, and a project goes where the results go."""
    keep = ("version", "compatibility", "plate_map", "plugins")
    heading = {key: written[key] for key in keep if key in written}
    if "plate_map" in heading:
        heading["plate_map"] = str((job.folder / heading["plate_map"]).absolute())
    if "plugins" in heading:
        heading["plugins"] = [str((job.folder / path).absolute()) for path in heading["plugins"]]
    if "images" in written:
        _write_rows(folder / "images.csv", [[*image.names], [*image.names.values()]])
        heading["images"] = "images.csv"
    return heading


def _input(
    written: Mapping[str, Any], name: str, node: ImageReading, image: ImageKey
) -> dict[str, Any]:
    """Return an input whose file is a drawn one, under the same names of images."""
    used = [each for each in image.names if f"{{{each}}}" in node.path]
    path = "/".join([name, *(f"{{{each}}}" for each in used)])
    return {**{k: v for k, v in written.items() if k not in BESIDE}, "path": f"{path}.h5"}


def _filled(path: str, image: ImageKey) -> str:
    for name, value in image.names.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _draw(part: Part, file: Path) -> dict[str, Any]:
    """Draw what a part is like; return the fields of an input that say so."""
    import h5py

    header, source = part.header, part.source
    assert isinstance(header, ImageHeader | LabelHeader)
    assert isinstance(source, FileSource)
    grid, channels = header.grid, header.channels if isinstance(header, ImageHeader) else ()
    planes = [_plane(header, k, np.dtype(source.stored)) for k in range(max(len(channels), 1))]
    array = np.stack(planes if grid.dimensions == 2 else [deep(plane) for plane in planes], -1)
    fields: dict[str, Any] = {"axes": f"{grid.spatial}c"}
    if "c" not in grid.axes and len(planes) == 1:
        array, fields["axes"] = array[..., 0], grid.spatial
    elif not all(channel.isdecimal() for channel in channels):
        fields["channels"] = list(channels)
    if grid.frames is not None:
        array, fields["axes"] = array[None], f"t{fields['axes']}"
    if grid.spacing is not None and grid.unit is not None:
        sizes = dict(zip("zyx", map(float, grid.spacing), strict=True))
        fields["pixel_size"] = {axis: f"{sizes[axis]!r} {grid.unit}" for axis in grid.spatial}
    file.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(file, "w") as opened:
        opened["exported_data"] = array
    return fields


def _plane(
    header: ImageHeader | LabelHeader, channel: int, dtype: np.dtype[Any]
) -> NDArray[np.generic]:
    """Return the discs as an image of such a role and type shows them."""
    discs = drawn_discs()
    inside, grain = discs > 0, np.indices(discs.shape).sum(0) % 11
    shown: NDArray[Any] = 20 + grain + (60 - 10 * (channel % 3)) * inside
    if isinstance(header, LabelHeader):
        shown = discs
    elif header.role == "segmentation":
        shown = np.where(inside, *_mask_values(header.foreground))
    elif header.role == "prediction_map":
        low, high = header.value_range or (0.0, 1.0)
        shown = low + (high - low) * np.where(inside, 0.9, 0.05)
    return shown.astype(dtype)


def _mask_values(foreground: Foreground | None) -> tuple[float, float]:
    """Return the values of an object and of the background."""
    if foreground is None:
        return 1, 0
    if foreground.values:
        return foreground.values[0], next(v for v in range(256) if v not in foreground.values)
    if foreground.above is not None:
        return foreground.above + 1, foreground.above
    assert foreground.below is not None
    return foreground.below - 1, foreground.below


def _redirect(node: dict[str, Any], folder: Path) -> None:
    """Let a node read its files from where they are, and write beside the drawn images."""
    for field in ("project", "model", "table"):
        if isinstance(node.get(field), str) and (folder / node[field]).is_file():
            node[field] = str((folder / node[field]).absolute())
    if node["kind"] == "export" and "write" in node:
        for field in ("audit", "controls"):
            node.pop(field, None)
        node["write"] = {what: _target(target) for what, target in node["write"].items()}


def _target(target: Any) -> Any:
    """Return where an output goes instead: below a folder, without names of images."""
    if isinstance(target, Mapping):
        return {key: _target(v) if key == "path" else v for key, v in target.items()}
    plain = str(target).replace("{", "").replace("}", "").replace(":", "")
    return str(
        PurePosixPath("out", *(p for p in PurePosixPath(plain).parts if p not in ("/", "..")))
    )


def _classes(job: Job, name: str) -> tuple[str, ...]:
    """Return the classes of a classifier."""
    parts = [part for each in job.graph.parts[name].values() for part in each]
    known = [part.header.classes for part in parts if isinstance(part.header, ModelHeader)]
    return next((classes for classes in known if len(classes) > 1), CLASSES)


def _annotate(file: Path, classes: tuple[str, ...], image: ImageKey, job: Job) -> None:
    """Give the discs the classes in turn, large and small ones to each."""
    (part, *_), *_ = (job.graph.parts[name][image.name] for name in image.files)
    assert isinstance(part.header, ImageHeader | LabelHeader)
    grid = part.header.grid
    before = {"image": image.name} if image.names else {}
    before |= {} if grid.frames is None else {"t": "0"}
    before |= {} if grid.dimensions == 2 else {"z": str(DEPTH // 2)}
    rows = [
        [classes[k % len(classes)], *before.values(), *map(str, center)]
        for k, center in enumerate(CENTERS)
    ]
    _write_rows(file, [["class", *before, "y", "x"], *rows])


def _write_rows(file: Path, rows: Iterable[Iterable[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)


def _within_reach(node: dict[str, Any], is_map: bool) -> None:
    """Let a node find what is drawn, whatever it looks for."""
    node.update({field: size for field, size in SIZES.items() if field in node})
    if not is_map:
        node.update(
            {f: level for f, level in LEVELS.items() if isinstance(node.get(f), int | float)}
        )
