"""Label images inside an OME-Zarr image: where ``labels/NAME`` lies, and the list of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from objclass.errors import InputError, Problem
from objclass.io.formats import split_inner

LABELS, TABLES = "labels", "tables"
"""What the groups are called in which an image has its label images, and its tables."""
CALLED = {LABELS: "label image", TABLES: "table"}


def is_inside(path: Path) -> bool:
    """Return True for a path that goes on inside a Zarr folder."""
    file, inner = split_inner(str(path))
    return inner is not None and Path(file).suffix.lower() == ".zarr"


def place_inside(path: Path, group: str = LABELS) -> Path:
    """Return where a label image, or a table, is written that is named inside an image.

    A well that is called by its name (``p.zarr/B03/0/labels/new``) lies in its folder.

    Raises
    ------
    InputError
        Where there is no such image, or the path is not ``labels/NAME`` of it.
    """
    from objclass.io.multiscale import multiscale_of
    from objclass.io.zarr_array import find_node
    from objclass.io.zarr_metadata import FolderStore

    file, inner = split_inner(str(path))
    above, _, name = (inner or "").rpartition("/")
    image, _, found = f"/{above}".rpartition("/")
    store, called = FolderStore(Path(file)), CALLED[group]
    if found != group or not name:
        fix = f"write for example {file}{image}/{group}/{name or 'nuclei'}"
        raise InputError(Problem(f"{path}: only {called}s are written into an image", fix=fix))
    node = find_node(store, image.strip("/"))
    if node is None or multiscale_of(node.attributes, path) is None:
        what = f"{path}: there is no OME-Zarr image that this {called} could lie in"
        fix = f"write a new one: {name}{'.ome' if group == LABELS else ''}.zarr"
        raise InputError(Problem(what, expected=f"an image {file}{image}", fix=fix))
    return Path(file, node.path, group, name)


def version_for(path: Path, usual: str) -> str:
    """Return the version of OME-Zarr of a new folder: that of the image it lies in, if any."""
    if path.parent.name != LABELS:
        return usual
    from objclass.io.zarr_metadata import ZARR3, FolderStore, node_at

    node = node_at(FolderStore(path.parent.parent), "")
    return usual if node is None or node.format == ZARR3 else "0.4"


@contextmanager
def alone(group: Path) -> Iterator[None]:
    """Let one process at a time change a group, so that no name is lost."""
    import fcntl

    handle = os.open(group, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def listed(group: Path) -> Iterator[list[str]]:
    """Lend the names of a group of label images; what is added is to be written at the end."""
    from objclass.io.zarr_metadata import FolderStore, label_names, node_at

    with alone(group):
        node = node_at(FolderStore(group), "")
        yield list(label_names(node) if node else ())
