"""Which workflow or batch a table belongs to."""

from __future__ import annotations

import os
from pathlib import Path

from objclass.engine.disk_store import DiskStore
from objclass.errors import InputError, Problem
from objclass.run import CACHE


def find_origin(file: Path | None) -> Path:
    """Return the workflow that wrote a table, or the folder of the batch it lies in.

    Parameters
    ----------
    file
        The table; None looks for the one workflow of this folder.

    Raises
    ------
    InputError
        Where nothing is recorded of it.
    """
    from objclass.batch.folder import beginnings

    if file is None:
        return _only_workflow(Path())
    for folder in file.absolute().parents:
        if beginnings(folder):
            return folder
        if (folder / CACHE).is_dir():
            record = DiskStore(folder / CACHE).export(file.absolute())
            if record and record.get("workflow"):
                return Path(os.path.relpath(file.absolute().parent / str(record["workflow"])))
    what = f"{file}: nothing is recorded of how it was made"
    raise InputError(Problem(what, fix="name its workflow or batch: --of cells.yaml"))


def _only_workflow(folder: Path) -> Path:
    found = [
        path
        for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))
        if "nodes:" in path.read_text(encoding="utf-8", errors="replace")
    ]
    if len(found) == 1:
        return found[0]
    got = f"{len(found)} workflows in this folder" if found else "no workflow in this folder"
    fix = "name the workflow or batch of the image: --of cells.yaml"
    raise InputError(Problem("of which workflow?", got=got, fix=fix))
