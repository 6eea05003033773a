"""Takes a project file apart: the workflow and the annotation files as they were written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from objclass.errors import InputError, Problem, list_some
from objclass.io.new_file import all_or_none, write_new
from objclass.io.project.contents import ProjectFile

TABLES = (".csv", ".tsv", ".txt")
LONGEST = 200
"""Bytes of a name; file systems stop at 255."""
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")


def extract(project: ProjectFile, folder: Path, stem: str = "workflow") -> tuple[Path, ...]:
    """Write the workflow text and the annotation files of a project into a folder.

    Plugin sources stay in the project: what comes out may have been written by anybody and
    is only text that objclass reads, never runs.

    Parameters
    ----------
    project
        As :func:`objclass.io.project.read` returns it.
    folder
        Where; it is made. Nothing is written outside of it whatever the names in the project
        say: of a name that leads elsewhere only the last part counts.
    stem
        The workflow's name without its suffix.

    Returns
    -------
    tuple of Path
        What was written, the workflow first.

    Raises
    ------
    InputError
        Where one of the files exists already; then nothing is written.
    """
    texts = dict(_texts(project, stem))
    there = [name for name in texts if os.path.lexists(folder / name)]
    if there:
        what = f"{folder} holds {list_some(there, 4)} already; nothing was written"
        raise InputError(Problem(what, fix="choose another folder with -o"))
    for name in texts:
        _check_inside(folder, folder / name)
    with all_or_none() as written:
        for name, text in texts.items():
            write_new(folder / name, text)
            written.append(folder / name)
    return tuple(folder / name for name in texts)


def _texts(project: ProjectFile, stem: str) -> Iterator[tuple[str, str]]:
    """Yield relative path and text; a table that two classifiers share comes once."""
    seen = {f"{safe_part(stem)}.yaml".lower(): project.workflow}
    yield f"{safe_part(stem)}.yaml", project.workflow
    for table in project.annotations:
        name = safe_name(table.name)
        if not table.text or seen.get(name.lower()) == table.text:
            continue
        number = 2
        path = Path(name)
        while name.lower() in seen:
            name = path.with_stem(f"{path.stem}_{number}").as_posix()
            number += 1
        seen[name.lower()] = table.text
        yield name, table.text


def _check_inside(folder: Path, path: Path) -> None:
    """Raise where a link in the folder leads out of it."""
    if not path.resolve().is_relative_to(folder.resolve()):
        what = f"{path} would lie outside {folder}"
        raise InputError(Problem(what, fix="choose an empty folder with -o"))


def safe_name(name: str) -> str:
    """Return a relative path for a table that a project calls `name`, whoever wrote it.

    >>> safe_name("data/ihc.csv"), safe_name("../../.bashrc"), safe_name("C:\\\\x\\\\a.csv")
    ('data/ihc.csv', 'bashrc.csv', 'a.csv')
    """
    parts = name.replace("\\", "/").split("/")
    leads_elsewhere = not parts[0] or ".." in parts or ":" in name
    kept = [part for part in parts if part.strip(". ")]
    kept = kept[-1:] if leads_elsewhere else kept[-8:]
    safe = [safe_part(part) for part in kept] or ["annotations"]
    if not safe[-1].lower().endswith(TABLES):
        safe[-1] += ".csv"
    return "/".join(safe)


def safe_part(text: str) -> str:
    """Return one part of a path that every system takes: no control signs, not hidden."""
    plain = _UNFIT.sub("_", text).strip(". ") or "unnamed"
    plain = f"_{plain}" if _DEVICE.fullmatch(plain) else plain
    if len(plain.encode("utf-8", "replace")) <= LONGEST:
        return plain
    path = Path(plain)
    short = plain.encode("utf-8", "replace")[: LONGEST - 10].decode("utf-8", "ignore")
    return short + (path.suffix if len(path.suffix) < 10 else "")
