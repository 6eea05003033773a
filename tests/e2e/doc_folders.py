"""The files that pages of the documentation speak of: made small, before a page is read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def shipped(folder: Path) -> None:
    """The shipped workflows, as in a clone."""
    (folder / "workflows").mkdir()
    for path in (ROOT / "workflows").glob("*.yaml"):
        shutil.copy(path, folder / "workflows")
    shutil.copytree(ROOT / "workflows/data", folder / "workflows/data")


FOLDERS: Mapping[str, Callable[[Path], None]] = {
    "first-run.md": shipped,
}
