"""Writes imported annotations: behind those that are there, or into a new file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from objclass.annotations.edit import Add, Widen, apply
from objclass.annotations.merge import MergedRow, merged_text
from objclass.annotations.rows import Row
from objclass.annotations.table import open_table
from objclass.curation.backed_up import OpenedText, opened_text
from objclass.curation.importing import AnnotationImport, ImportedRow
from objclass.data.dataclass import dataclass
from objclass.io.new_file import check_new, write_new
from objclass.io.tables import check_text_name

OBJECT = ("object", "size", "stamp")
"""Columns that an annotation file gets where it has them not."""


@dataclass(frozen=True)
class ImportedFile:
    """A table that was written, and the copy of what it was; None where it is new."""

    table: Path
    backup: Path | None
    rows: int


def write_imported(
    imported: AnnotationImport, output: Path | None = None
) -> tuple[ImportedFile, ...]:
    """Write the new rows: behind those of the annotation file, or into a new file.

    Parameters
    ----------
    imported
        What :func:`objclass.curation.importing.import_annotations` returned.
    output
        A new file; by default the annotation file of the workflow, or those of the images.
        Where that is there, rows are added behind its last, everything else stays to the
        byte, and the file as it was is kept as ``NAME.bak``.

    Raises
    ------
    InputError
        Where `output` is there already, or an annotation file cannot take the rows.
    """
    new = imported.of("new")
    if output is not None:
        check_output(output)
        return (_write_new(imported, output, new),)
    by_file: dict[Path, list[ImportedRow]] = {}
    for row in new:
        by_file.setdefault(imported.found.path_of(row.image), []).append(row)
    texts = {path: _text_with(imported, path, rows) for path, rows in by_file.items()}
    return tuple(
        ImportedFile(path, opened[0].replace(opened[1]), len(by_file[path]))
        if opened is not None
        else _write_new(imported, path, by_file[path])
        for path, opened in texts.items()
    )


def _write_new(imported: AnnotationImport, path: Path, rows: Sequence[ImportedRow]) -> ImportedFile:
    """Write rows as a table of their own."""
    write_new(path, merged_text([_merged(imported, row) for row in rows]))
    return ImportedFile(path, None, len(rows))


def _text_with(
    imported: AnnotationImport, path: Path, rows: Sequence[ImportedRow]
) -> tuple[OpenedText, str] | None:
    """Return a table and its text with rows added; None where there is none yet."""
    if not path.exists():
        return None
    opened = opened_text(path)
    names = tuple(name for image in imported.found.job.graph.images for name in image.names)
    table = open_table(opened.text, tuple(dict.fromkeys(names)), str(path))
    wanted = (*_of_image(imported, path, table.columns), *OBJECT)
    wide = Widen(tuple(name for name in wanted if name not in table.columns))
    columns = {*table.columns, *wide.columns}
    adds = [_added(imported, row, columns) for row in rows]
    return opened, apply(opened.text, wide, *adds, names=table.names, file=str(path))[0]


def check_output(output: Path) -> None:
    """Raise where imported annotations cannot be written to a file."""
    check_new(output)
    check_text_name(output, "nuclei.csv")


def _of_image(
    imported: AnnotationImport, path: Path, columns: Mapping[str, int]
) -> tuple[str, ...]:
    """Return the column of image names, where a table needs one more to tell images apart."""
    found, images = imported.found, imported.found.job.graph.images
    about = [image.name for image in images if found.path_of(image.name) == path]
    named = bool(images[0].names) and all(name in columns for name in images[0].names)
    return () if len(about) == 1 or named else ("image",)


def _stamped(imported: AnnotationImport, row: ImportedRow) -> Row:
    """Return a row with the voxel, id, size and stamp of its object, and of which image it is."""
    found, match_ = imported.found, row.match
    assert match_ is not None
    assert match_.voxel is not None
    labels = found.labels[row.image, match_.frame]
    grid, index = labels.header.grid, labels.index
    at = index.row_of(match_.object)
    z, y, x = match_.voxel
    t = None if grid.frames is None else (match_.frame or 0) + grid.first_frame
    return replace(
        match_.row, t=t, z=z if grid.dimensions == 3 else None, y=y, x=x,
        object=match_.object, size=int(index.size[at]), stamp=index.stamp[at].decode(),
        image_digest=found.digest(row.image, t), names={}, extra={},
    )  # fmt: skip


def _merged(imported: AnnotationImport, row: ImportedRow) -> MergedRow:
    return MergedRow(_stamped(imported, row), row.image, row.class_, f"from {row.place}")


def _added(imported: AnnotationImport, row: ImportedRow, columns: set[str]) -> Add:
    """Return the edit that adds a row; it says its image where the table can."""
    new, graph = _stamped(imported, row), imported.found.job.graph
    of = next(image.names for image in graph.images if image.name == row.image)
    named = bool(of) and set(of) <= columns
    return Add(
        row.class_, new.t, new.z, new.y, new.x,
        image=row.image if "image" in columns and not named else "",
        names=dict(of) if named else {}, object=new.object, size=new.size, stamp=new.stamp,
        image_digest=new.image_digest, note=f"from {row.place}",
    )  # fmt: skip
