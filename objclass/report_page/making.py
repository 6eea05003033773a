"""Makes the page of a workflow, a project or a batch, and writes it."""

from __future__ import annotations

import json
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem
from objclass.io.aside import written_aside
from objclass.report_page.content import ReportContent
from objclass.report_page.document import GENERATOR, page
from objclass.run import SUFFIXES, Request

PAGE, CRATE = ".html", "ro-crate-metadata.json"
PROJECT, ILASTIK = ".h5", ".ilp"
START = 4096
"""Bytes of a file in which its mark is looked for."""


@dataclass(frozen=True)
class WrittenReport:
    """What was written.

    Parameters
    ----------
    path
        The page.
    content
        What it tells.
    crate
        The description of provenance beside it; None where nobody asked for it.
    """

    path: Path
    content: ReportContent
    crate: Path | None = None


def report(
    path: Path, request: Request | None = None, output: Path | None = None, *, crate: bool = False
) -> WrittenReport:
    """Write everything there is to tell of a workflow, a project or a batch as one HTML page.

    What a workflow lacks is computed and kept; where all is cached nothing is.

    Parameters
    ----------
    path
        A workflow, a project file, or the folder of a batch.
    request
        Overrides and options of a workflow.
    output
        The page; by default beside what it is about. A page of ours is replaced.
    crate
        Write ``ro-crate-metadata.json`` beside it (Workflow Run RO-Crate).

    Raises
    ------
    InputError
        Where there is nothing to report on, or something else lies at `output`.
    RunError
        Where objects cannot be made, or the disk refuses.
    """
    target = output or beside(path)
    check_target(target)
    described = target.with_name(CRATE) if crate else None
    if described is not None:
        check_crate(described)
    content = content_of(path, request or Request())
    _write(target, page(content))
    if described is not None:
        from objclass.report_page.crate import describe_run

        found = describe_run(content, path, target)
        _write(described, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return WrittenReport(target, content, described)


def content_of(path: Path, request: Request) -> ReportContent:
    """Return what there is to tell of a workflow, a project or a batch."""
    if path.is_dir():
        from objclass.report_page.batch_folder import batch_content

        return batch_content(path)
    suffix = path.suffix.lower()
    if suffix == ILASTIK:
        fix = f"turn it into a workflow first: objclass import {path}"
        raise InputError(Problem(f"{path}: there is no report of an ilastik project", fix=fix))
    if suffix == PROJECT:
        from objclass.report_page.trained import project_content

        return project_content(path)
    from objclass.report_page.workflow import workflow_content

    return workflow_content(path, request)


def beside(path: Path) -> Path:
    """Return where a page is written when nobody says."""
    if path.is_dir():
        return path / f"report{PAGE}"
    stem = path.name.removesuffix(".objclass.h5") if path.suffix not in SUFFIXES else path.stem
    return path.with_name(f"{stem}.report{PAGE}")


def check_target(target: Path) -> None:
    """Refuse a page that would not be called what it is, or that would replace another file."""
    if target.suffix.lower() not in (PAGE, ".htm"):
        got, fix = target.suffix or None, f"such as -o {target.stem}{PAGE}"
        raise InputError(Problem(f"-o {target}: a report is an HTML page", got=got, fix=fix))
    _check_ours(target, GENERATOR)


def check_crate(path: Path) -> None:
    """Refuse to replace a description that somebody else wrote."""
    from objclass.report_page.crate import MARK

    _check_ours(path, MARK)


def _check_ours(path: Path, mark: str) -> None:
    if not path.exists() and not path.is_symlink():
        return
    if path.is_file():
        with path.open("rb") as file:
            if mark.encode() in file.read(START):
                return
    what = f"{path} exists already and is no report of objclass; nothing was written"
    raise InputError(Problem(what, fix="choose another name with -o"))


def _write(path: Path, text: str) -> None:
    data = text.encode()
    with written_aside(path, len(data)) as aside:
        aside.write_bytes(data)
