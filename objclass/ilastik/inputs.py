"""The applet "Input Data": which files a project was trained on, as far as it says."""

from __future__ import annotations

import re
from math import isfinite
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Final

from objclass.ilastik.contents import InputInfo, Lane
from objclass.io.axistags import parse
from objclass.io.formats import split_inner
from objclass.io.header import known_axes

if TYPE_CHECKING:
    from objclass.ilastik.folder import ProjectGroup

RAW: Final = "Raw Data"
ATLAS: Final = "Atlas"
SECOND: Final = {
    "prediction_map": "Prediction Maps",
    "segmentation": "Segmentation Image",
    "label_image": "Label Image",
}
"""Variant → the role that objects come from."""
INTERNAL: Final = "ProjectInternal"
_WINDOWS: Final = re.compile(r"^[A-Za-z]:[\\/]|^\\\\")


def read_roles(root: ProjectGroup) -> tuple[str, ...]:
    """Return the input roles in order."""
    folder = root.folder("Input Data")
    return folder.texts("Role Names") if folder and "Role Names" in folder else ()


def read_lanes(root: ProjectGroup) -> tuple[Lane, ...]:
    """Return the inputs of every lane; a role without data is missing."""
    infos = root.folder("Input Data/infos")
    if infos is None:
        return ()
    lanes = []
    for _, lane in infos.folders():
        found = {role: _info(role, folder) for role, folder in lane.folders() if folder.names()}
        lanes.append(Lane(found))
    return tuple(lanes)


def _info(role: str, folder: ProjectGroup) -> InputInfo:
    """Read one input of one lane."""
    shape = _shape(folder)
    axes = _axes(folder, len(shape))
    location = folder.text("location", "")
    kind = folder.text("__class__", "")
    internal = INTERNAL in (location, kind.removesuffix("DatasetInfo"))
    return InputInfo(
        role=role,
        files=() if internal else split_stack(folder.text("filePath", "")),
        axes=axes,
        shape=shape if len(shape) == len(axes) else (),
        nickname=folder.text("nickname", ""),
        drange=_drange(folder),
        display_mode=folder.text("display_mode", "default"),
        subvolume=_subvolume(folder, len(axes)),
        kind=kind or location,
        inside=_inside(folder) if internal else None,
    )


def _shape(folder: ProjectGroup) -> tuple[int, ...]:
    if "shape" not in folder:
        return ()
    return tuple(int(n) for n in folder.array("shape", "iu", 1))


def _axes(folder: ProjectGroup, dimensions: int) -> str:
    """Return axis letters from ``axistags`` or the older ``axisorder``; empty for unknown."""
    if "axistags" in folder:
        text = folder.text("axistags")
        count = dimensions or text.count('"key"')
        tags = parse(text, None, count)
        if tags is not None:
            return tags.axes
    letters = folder.text("axisorder", "")
    return known_axes(letters, dimensions or len(letters)) or ""


def _drange(folder: ProjectGroup) -> tuple[float, float] | None:
    if "drange" not in folder:
        return None
    values = folder.array("drange").reshape(-1).tolist()
    fine = len(values) == 2 and all(map(isfinite, values)) and values[0] < values[1]
    return (float(values[0]), float(values[1])) if fine else None


def _subvolume(folder: ProjectGroup, axes: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    if "subvolume_roi" not in folder:
        return None
    corners = folder.array("subvolume_roi", "iu", 2).tolist()
    if len(corners) != 2 or len(corners[0]) != axes:
        return None
    return tuple(corners[0]), tuple(corners[1])


def _inside(folder: ProjectGroup) -> str:
    """Return where in the project copied data lie."""
    default = f"Input Data/local_data/{folder.text('datasetId', '')}"
    return folder.text("inner_path", default) or default


def split_stack(text: str) -> tuple[str, ...]:
    """Return the paths that ilastik joined with the separator of the system it ran on.

    That is ``;`` on Windows and ``:`` elsewhere. Files of a stack have one suffix; so a colon
    behind a drive letter, or before the array in a file, separates nothing.

    >>> split_stack("a.png:b.png"), split_stack("C:/a.h5/data"), split_stack("C:/a.h5;C:/b.h5")
    (('a.png', 'b.png'), ('C:/a.h5/data',), ('C:/a.h5', 'C:/b.h5'))
    """
    for mark in ";:":
        parts = text.split(mark)
        suffixes = {PureWindowsPath(split_inner(part)[0]).suffix.lower() for part in parts}
        if len(parts) > 1 and len(suffixes) == 1 and "" not in suffixes:
            return tuple(parts)
    return (text,) if text else ()


def candidates(text: str, folder: Path) -> tuple[str, ...]:
    """Return where a stored path may be on this machine, best first.

    Parameters
    ----------
    text
        A path as stored, perhaps of Windows, perhaps with an array behind it.
    folder
        The project's folder, where relative paths start.
    """
    plain = text.replace("\\", "/")
    if _WINDOWS.match(text) or plain.startswith("/"):
        return tuple(dict.fromkeys((text, plain)))
    return tuple(dict.fromkeys((str(folder / text), str(folder / plain))))


def locate(text: str, folder: Path) -> str | None:
    """Return a stored path as it can be opened here, or None where its file is not here."""
    for path in candidates(text, folder):
        file, _ = split_inner(path)
        if Path(file).exists():
            return path
    return None


def file_name(text: str) -> str:
    """Return the last part of a stored path's file, of whatever system."""
    file, _ = split_inner(text)
    return PureWindowsPath(file).name
