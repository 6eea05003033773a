"""The lanes of a project as images: their names and where their files are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from objclass.data.dataclass import dataclass
from objclass.data.delimited import quote
from objclass.errors import InputError, Problem, list_some
from objclass.ilastik.contents import IlastikProject, InputInfo
from objclass.ilastik.inputs import RAW, SECOND, candidates, file_name
from objclass.io.formats import split_inner
from objclass.io.patterns import expand
from objclass.io.project.guard import printable
from objclass.io.source import Source

OPTIONS: Final = {RAW: "--raw", **{SECOND[v]: f"--{v.replace('_', '-')}" for v in SECOND}}
"""Role → the option that names its files."""


@dataclass(frozen=True)
class LaneFiles:
    """Files a person names instead of those stored, one a lane or none.

    Parameters
    ----------
    raw, second
        Raw images, and what objects come from.
    """

    raw: Sequence[str] = ()
    second: Sequence[str] = ()


def image_names(project: IlastikProject) -> tuple[str, ...]:
    """Return a name for every lane: ilastik's nickname of its raw image, made unique."""
    names: list[str] = []
    for number, lane in enumerate(project.lanes):
        info = lane.inputs.get(RAW)
        stem = info.nickname if info else ""
        name = re.sub(r"[^\w.+-]+", "_", stem).strip("_") or f"lane{number + 1}"
        names.append(f"{name}_{number + 1}" if name in names else name)
    return tuple(names)


@dataclass(frozen=True)
class LaneInput:
    """Where an input of a lane is.

    Parameters
    ----------
    path
        As it can be opened here, or None.
    text
        As the workflow says it.
    missing
        Where it is not here.
    """

    path: Source | None
    text: str
    missing: Problem | None = None


def places_of(
    project: IlastikProject, given: LaneFiles, out: Path
) -> dict[tuple[int, str], LaneInput]:
    """Return ``(lane, role)`` → where the input is."""
    places = {}
    second = SECOND[project.variant]
    for role, files in ((RAW, given.raw), (second, given.second)):
        if files and len(files) != len(project.lanes):
            got = f"{len(files)} for {len(project.lanes)} images"
            what = f"{OPTIONS[role]}: one file is needed for every image of the project"
            raise InputError(Problem(what, got=got, expected=list_some(image_names(project))))
        for number, lane in enumerate(project.lanes):
            info = lane.inputs.get(role) or InputInfo(role)
            wanted = files[number] if files else None
            places[number, role] = _place(project, number, info, wanted, out)
    return places


def _place(
    project: IlastikProject, lane: int, info: InputInfo, wanted: str | None, out: Path
) -> LaneInput:
    folder = project.path.absolute().parent
    if wanted is not None:
        return _find_wanted(info, wanted, out)
    for text in _try_files(info, folder):
        source = _source(text)
        if source is not None:
            return LaneInput(source, seen_from(text, out))
    text = os.pathsep.join(info.files) or f"{info.role}.h5"
    return LaneInput(None, text.replace("\\", "/"), _missing(lane, info, folder))


def _find_wanted(info: InputInfo, wanted: str, out: Path) -> LaneInput:
    """Return where a file is that a person named."""
    text = str(Path.cwd() / wanted)
    source = _source(text)
    if source is None:
        what = f"{OPTIONS[info.role]}: there is no such file, or it stands for several images"
        raise InputError(Problem(what, got=wanted))
    return LaneInput(source, seen_from(text, out))


def _try_files(info: InputInfo, folder: Path) -> tuple[str, ...]:
    """Return the paths, as our workflows say them, where an input may be."""
    if len(info.files) != 1 or info.files[0].count("*") > 1:
        return ()
    text = info.files[0].replace("*", f"{{{info.stacked}}}")
    return candidates(text, folder)


def _source(text: str) -> Source | None:
    """Return the file, or the stack of files, that a path stands for; None for none."""
    try:
        found = expand(text, Path.cwd())
    except InputError:
        return None
    source = found[0].source
    there = all(path.exists() for path in source.files)
    return source if there and len(found) == 1 else None


def _missing(lane: int, info: InputInfo, folder: Path) -> Problem:
    what = f"image {lane + 1}: {info.role} was not found"
    option = OPTIONS[info.role]
    if info.inside is not None:
        fix = f"its data are stored inside the project: export them in ilastik, then add {option}"
        return Problem(
            what, got=f"'{printable(info.inside)}' inside the project", fix=f"{fix} FILE"
        )
    if info.stacked:
        fix = f"add for example {option} 'slices/{{z}}.png'"
        return Problem(what, got=f"a stack: {printable(list_some(info.files, 2))}", fix=fix)
    beside = folder / file_name(info.files[0]) if info.files else folder
    near = f" {beside.name}" if info.files and beside.exists() else " FILE"
    return Problem(
        what, got=printable(list_some(info.files)) or "no path", fix=f"add {option}{near}"
    )


def seen_from(path: str, folder: Path) -> str:
    """Return a path as a workflow in `folder` says it, with the array inside the file."""
    file, inner = split_inner(path)
    shown = Path(os.path.relpath(file, folder.absolute())).as_posix()
    return f"{shown}/{inner}" if inner else shown


def sheet_text(project: IlastikProject, places: Mapping[tuple[int, str], LaneInput]) -> str | None:
    """Return the sheet of images, where there are several."""
    if len(project.lanes) < 2:
        return None
    second = SECOND[project.variant]
    lines = ["image,raw_file,second_file"]
    for number, name in enumerate(image_names(project)):
        cells = (name, places[number, RAW].text, places[number, second].text)
        lines.append(",".join(map(quote, cells)))
    return "\n".join(lines) + "\n"
