"""The sample workflow with its data, which come with the package."""

from __future__ import annotations

from pathlib import Path

from objclass.errors import Problem, RunError
from objclass.io.new_file import all_or_none, check_new, write_new

PACKAGE = Path(__file__).parents[1]
WORKFLOW = "prediction_map.yaml"
FILES = (
    WORKFLOW,
    "segmentation.yaml",
    "workflow.schema.json",
    "data/README.md",
    "data/make.py",
    "data/ihc.png",
    "data/ihc_Probabilities.h5",
    "data/ihc_annotations.csv",
    "data/coins.png",
    "data/coins_segmentation.png",
    "data/coins_annotations.csv",
)
"""What is written, below the folder."""


def write_demo(folder: Path) -> tuple[Path, ...]:
    """Write the sample workflow and its data into a folder.

    Parameters
    ----------
    folder
        Where; it is made. What is there already is never overwritten.

    Returns
    -------
    tuple of Path
        The files, the workflow first.

    Raises
    ------
    InputError
        Where one of the files is there already; then none is written.
    RunError
        Where the disk refuses, or the package was installed without its samples.
    """
    targets = tuple(folder / name for name in FILES)
    for target in targets:
        check_new(target, ANOTHER)
    contents = [_content(name) for name in FILES]
    with all_or_none() as written:
        for target, content in zip(targets, contents, strict=True):
            write_new(target, content, ANOTHER)
            written.append(target)
    return targets


ANOTHER = "name another folder, as in: objclass demo FOLDER"


def shipped() -> Path:
    """Return the folder of the samples: inside an installed package, beside one in a checkout."""
    inside = PACKAGE / "demo" / "workflows"
    return inside if inside.is_dir() else PACKAGE.parent / "workflows"


def _content(name: str) -> bytes:
    """Return a file as it is written; commands in the workflow name it where it lies then."""
    try:
        content = (shipped() / name).read_bytes()
    except FileNotFoundError:
        what = "the samples are missing from this installation"
        raise RunError(Problem(what, expected=str(shipped() / name), fix=AGAIN)) from None
    return content.replace(b"workflows/", b"") if name == WORKFLOW else content


AGAIN = "install it again: pip install --force-reinstall objclass"
