"""The annotation files of a classifier: found, parsed once, sorted by image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from objclass.annotations import Annotations, Row, assign, parse
from objclass.data.labels import LabelHeader
from objclass.engine.files import stat
from objclass.engine.look import Look
from objclass.errors import InputError, Problem


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
    """

    name: str
    exists: bool
    rows: Mapping[str, tuple[Row, ...]]
    unclassed: int = 0


def annotation_file(look: Look, path: str, labels: LabelHeader) -> AnnotationFile:
    """Read the annotation file of a classifier; report its problems."""
    images = tuple((image.name, tuple(image.names.items())) for image in look.settings.images)
    full = Path(path) if Path(path).is_absolute() else look.settings.folder / path
    state = stat([full])
    if state is None:
        return AnnotationFile(path, False, {})
    grid = labels.grid
    key = (str(full), path, str(state), grid.spatial, grid.frames is not None, labels.keeps_ids)
    try:
        found, rows, problems = _read(*key, images)
    except InputError as error:
        raise look.passed_on(error, "annotations") from None
    for note in found.notes:
        look.note(f"{path}: {note}")
    for problem in dict.fromkeys((*found.problems, *problems)):
        if problem not in look.findings.problems:
            look.findings.problems.append(problem)
    return AnnotationFile(path, True, rows, found.unclassed)


@lru_cache(maxsize=64)
def _read(
    full: str,
    name: str,
    state: str,
    spatial: str,
    has_time: bool,
    keeps_ids: bool,
    images: tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
) -> tuple[Annotations, Mapping[str, tuple[Row, ...]], tuple[Problem, ...]]:
    from objclass.io.tables import read_rows

    table = read_rows(Path(full))
    names = tuple(dict.fromkeys(key for _, pairs in images for key, _ in pairs))
    found = parse(name, table.header, table.rows, spatial, has_time, names, keeps_ids)
    rows, problems = assign(found, {image: dict(pairs) for image, pairs in images})
    return found, rows, problems
