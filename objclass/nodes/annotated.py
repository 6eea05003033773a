"""The annotation files of a classifier: found, parsed once, sorted by image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from objclass.annotations import Annotations, Row, assign, parse
from objclass.annotations.images import AssignedRows
from objclass.annotations.rows import Voxel
from objclass.audit.table import DESIGN, SPENT
from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader
from objclass.engine.files import stat
from objclass.engine.look import Look
from objclass.engine.node import Part
from objclass.errors import InputError, Problem
from objclass.nodes.foreign import ForeignRow, tell_apart
from objclass.nodes.identity import ImageIdentities
from objclass.nodes.placeholder import fill, image_names

Names = tuple[tuple[str, str], ...]
"""Names of an image and their values."""
Called = tuple[str, Names, tuple[str, ...], tuple[str, ...]]
"""An image, its names, what else it goes by, and the names of its files."""


@dataclass(frozen=True)
class AnnotationFile:
    """What the annotation files of a classifier say.

    Parameters
    ----------
    name
        As written in the workflow.
    exists
        False where there is no file yet.
    rows
        Rows by image name.
    unclassed
        Rows whose class is still empty.
    files
        The files that are there, as the workflow would write them.
    problems, notes
        What is wrong with them, and what a person should know.
    near
        Where there is none, the file that was perhaps meant.
    foreign
        Rows that were made on another image; they are not in `rows`.
    taken
        Rows that were foreign, but that the person said to be of the image of now.
    identities
        The images of the workflow, told apart by their voxels.
    empty
        Rows without a class that name an object, by image name.
    """

    name: str
    exists: bool
    rows: Mapping[str, tuple[Row, ...]]
    unclassed: int = 0
    files: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    near: str | None = None
    foreign: tuple[ForeignRow, ...] = ()
    taken: tuple[Row, ...] = ()
    identities: ImageIdentities | None = field(default=None, compare=False)
    empty: Mapping[str, tuple[Row, ...]] = field(default_factory=dict, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the whole workflow behind: a gate asks it, a step in another process does not."""
        return {**vars(self), "identities": None, "empty": {}}


@dataclass(frozen=True)
class TrainingAnnotations:
    """What training goes by: held by the parts that learn.

    Parameters
    ----------
    files
        What the annotation files say.
    use_valid
        Train on the valid rows though others are invalid.
    """

    files: AnnotationFile
    use_valid: bool = False


@dataclass(frozen=True)
class ImageAnnotations:
    """The rows of one image and what they are matched with: held by the part that matches.

    Parameters
    ----------
    rows
        As the file of now has them.
    header
        Of the objects.
    whole
        Grid of the uncropped image.
    frame_names
        The texts of ``{t}`` in the names of its files.
    """

    rows: tuple[Row, ...]
    header: LabelHeader
    whole: Grid
    frame_names: tuple[str, ...] = ()


def annotation_names(parts: Iterable[Part]) -> set[str]:
    """Return the annotation files behind the parts of a node, as the workflow names them."""
    held = (part.held_if(TrainingAnnotations) for part in parts)
    return {name for found in held if found is not None for name in found.files.files}


def annotation_file(look: Look, path: str, labels: LabelHeader) -> AnnotationFile:
    """Read the annotation files of a classifier; report their problems.

    Parameters
    ----------
    look
        Of the classifier.
    path
        As written; names in braces make one file per image.
    labels
        The objects that are annotated.
    """
    axes = (
        labels.grid.spatial,
        labels.grid.frames is not None,
        labels.keeps_ids,
        voxel_of(labels),
    )
    try:
        found: AnnotationFile = look.once(axes, lambda: _all_files(look, path, *axes))
    except InputError as error:
        raise look.passed_on(error, "annotations") from None
    for note in found.notes:
        look.note(note)
    for problem in found.problems:
        if problem not in look.findings.problems:
            look.findings.problems.append(problem)
    return found


def read_again(found: AnnotationFile, labels: LabelHeader) -> AnnotationFile:
    """Return what the annotation files of a checked workflow say now.

    Parameters
    ----------
    found
        What they said when the workflow was checked.
    labels
        The objects that are annotated.

    Raises
    ------
    InputError
        Where a file is no table.
    """
    assert found.identities is not None, "what was pickled knows no images"
    grid = labels.grid
    axes = grid.spatial, grid.frames is not None, labels.keeps_ids, voxel_of(labels)
    return _all_files(found.identities.look, found.name, *axes)


def voxel_of(labels: LabelHeader) -> Voxel:
    """Return the size of a voxel, as far as the image says it."""
    grid = labels.grid
    if grid.spacing is None or grid.unit is None:
        return Voxel()
    return Voxel(tuple(zip("zyx", grid.spacing, strict=True)), grid.unit)


def _all_files(
    look: Look, path: str, spatial: str, has_time: bool, keeps_ids: bool, voxel: Voxel
) -> AnnotationFile:
    rows: dict[str, tuple[Row, ...]] = {}
    unclassed = 0
    problems, notes, files = [], [], []
    foreign: list[ForeignRow] = []
    taken: list[Row] = []
    empty: dict[str, tuple[Row, ...]] = {}
    identities = ImageIdentities(look)
    for name, full, images in _files(look, path):
        key = (str(full), name, str(stat([full])), spatial, has_time, keeps_ids, voxel)
        found, assigned, unsaid = _read(*key, images)
        apart = tell_apart(identities, full, assigned, look.settings.used(full))
        rows |= apart.rows
        empty |= unsaid.rows
        foreign += apart.foreign
        taken += apart.taken
        unclassed += found.unclassed
        problems += [*found.problems, *assigned.problems, *apart.problems]
        problems += _of_audit(name, found)
        notes += [f"{name}: {note}" for note in found.notes]
        files.append(name)
    once = tuple(dict.fromkeys(problems))
    near = None if files else _near(look.settings.folder / path)
    return AnnotationFile(
        path, bool(files), rows, unclassed, tuple(files), once, tuple(notes), near,
        tuple(foreign), tuple(taken), identities, empty,
    )  # fmt: skip


def _of_audit(file: str, found: Annotations) -> Iterator[Problem]:
    """Report rows of an audit: a classifier that saw them would look better than it is."""
    said = [(row, text) for row in found.rows for title, text in row.extra.items()
            if title.lower() == DESIGN and text and text.lower() != SPENT]  # fmt: skip
    if said:
        row = said[0][0]
        count = "this row is" if len(said) == 1 else f"{len(said)} rows are"
        what = f"{count} of an audit, and training on an audit would make its counts wrong"
        fix = f"take them out, or give the audit up: objclass audit --spend {file}"
        yield Problem(what, fix=fix, place=row.place)


def _near(path: Path) -> str | None:
    """Return the table beside a missing one whose name is one slip away.

    ``day1.annotations.csv`` is that of ``day1.yaml``, not a slip in another workflow.
    """
    tables = path.parent.glob(f"*{path.suffix}") if path.suffix else ()
    names = [table.name for table in tables if not _is_of_workflow(table)]
    close = get_close_matches(path.name, names, n=1, cutoff=0.85)
    return close[0] if close else None


def _is_of_workflow(table: Path) -> bool:
    """True for a table that is called after a workflow beside it."""
    stem, dot, _ = table.name.rpartition(".annotations.")
    return bool(dot) and any(
        table.with_name(f"{stem}{suffix}").exists() for suffix in (".yaml", ".yml")
    )


def _files(look: Look, path: str) -> Iterator[tuple[str, Path, tuple[Called, ...]]]:
    """Yield every annotation file that is there, and the images it speaks of."""
    images: dict[str, list[Called]] = {}
    identities = ImageIdentities(look)
    for image in look.settings.images:
        name = fill(look, "annotations", path, image_names(image))
        called = identities.called(image), identities.files(image)
        images.setdefault(name, []).append((image.name, tuple(image.names.items()), *called))
    for name, described in images.items():
        full = Path(name) if Path(name).is_absolute() else look.settings.folder / name
        if stat([full]) is not None:
            yield name, full, tuple(described)


@lru_cache(maxsize=64)
def _read(
    full: str,
    name: str,
    state: str,
    spatial: str,
    has_time: bool,
    keeps_ids: bool,
    voxel: Voxel,
    images: tuple[Called, ...],
) -> tuple[Annotations, AssignedRows, AssignedRows]:
    from objclass.io.tables import read_rows

    table = read_rows(Path(full))
    names = tuple(dict.fromkeys(key for _, pairs, *_ in images for key, _ in pairs))
    found = parse(name, table.header, table.rows, spatial, has_time, names, keeps_ids, voxel)
    known = {image: dict(pairs) for image, pairs, *_ in images}
    aliases = {image: called for image, _, called, _ in images}
    files = {image: files for image, *_, files in images}
    unsaid = replace(found, rows=found.empty)
    assigned, named = (assign(rows, known, aliases, files) for rows in (found, unsaid))
    return found, assigned, named
