"""``objclass annotations import``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from objclass.cli import json_document
from objclass.cli.options import (
    Command,
    cache_option,
    json_option,
    nearest_option,
    option,
    set_option,
    trust_option,
)

if TYPE_CHECKING:
    from objclass.curation.foreign_rows import ImportOptions
    from objclass.curation.imported_file import ImportedFile
    from objclass.curation.importing import AnnotationImport

SHOWN = 30
"""Rows that the screen lists."""
SAID = {
    "new": "new",
    "known": "annotated so already",
    "again": "about an object of another one",
    "contradicting": "contradict the annotations",
    "disputed": "contradict each other",
    "background": "on background",
    "cropped": "outside the crop",
    "outside": "outside the image",
    "missing": "about an object that is not there",
    "unread": "not understood",
}
"""What became of rows, in words."""
TOLD = ("contradicting", "disputed", "background", "cropped", "outside", "missing", "unread")


@click.command("import", cls=Command, short_help="Take those made in other programs.")
@click.argument(
    "workflow", type=click.Path(dir_okay=False, path_type=Path), metavar="WORKFLOW.yaml"
)
@click.argument(
    "files",
    type=click.Path(path_type=Path),
    metavar="FILE…",
    nargs=-1,
    required=True,
)
@option(
    "--class",
    "classes",
    multiple=True,
    metavar="NAME=CLASS",
    help="What a class of the files is called here; CLASS alone for all that say none.",
)
@option("--image", metavar="NAME", help="The image of the workflow that all files are about.")
@option(
    "--unit",
    type=click.Choice(["nm", "um", "mm"]),
    help="Columns X, Y and Z of a table are lengths in this unit; by default pixels.",
)
@option(
    "--tables",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Of CellProfiler: a database, a properties file, or a table of images or objects.",
)
@nearest_option("Points")
@option("--write", is_flag=True, help="Add the new rows to the annotations; keep NAME.bak.")
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write them to this new file instead, whatever is annotated already.",
)
@option("--node", metavar="NAME", help="Only this classifier, where the workflow has several.")
@set_option
@cache_option
@trust_option
@json_option
def command(
    workflow: Path,
    files: tuple[Path, ...],
    classes: tuple[str, ...],
    image: str | None,
    unit: Any,
    tables: tuple[Path, ...],
    nearest: float | None,
    write: bool,
    output: Path | None,
    node: str | None,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    as_json: bool,
) -> int:
    """Find the objects that points, regions, paint and tables of other programs are about.

    Reads ImageJ's regions (.roi, .zip), points and Cell Counter (.csv, .xml), QuPath's
    GeoJSON and tables, training sets of CellProfiler Analyst, painted label images, and tables
    of anybody. Nothing is written without --write or -o.
    """
    from objclass.cli.annotation_screen import on
    from objclass.cli.live import teller
    from objclass.curation.foreign_rows import ImportOptions
    from objclass.curation.imported_file import write_imported
    from objclass.curation.importing import import_annotations
    from objclass.run import Request

    _check_target(output, write=write)
    options = ImportOptions(*_classes(classes), image or "", unit, tables, nearest)
    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        alone = output is not None
        found = import_annotations(workflow, files, options, request, node, alone=alone)
    wanted = (write or output is not None) and found.of("new")
    written = write_imported(found, output) if wanted else ()
    json_document.add(**imported_json(found, written))
    if not as_json:
        words = on(request.typed(workflow), node)
        asked = _typed(files, classes, options)
        click.echo("\n".join(imported_lines(found, written, words, asked, elsewhere=alone)))
    return 0


def _check_target(output: Path | None, *, write: bool) -> None:
    """Raise where rows would be written to two places, or to a file that cannot be new."""
    from objclass.curation.imported_file import check_output

    if output is not None:
        if write:
            raise click.UsageError("either --write or -o FILE, not both")
        check_output(output)


def _classes(given: tuple[str, ...]) -> tuple[dict[str, str], str]:
    """Return names of files to classes, and the class of what says none."""
    named: dict[str, str] = {}
    unnamed = ""
    for text in given:
        name, sign, class_ = text.rpartition("=")
        if sign and not class_:
            raise click.UsageError(f"--class {text}: what is it called here?")
        if sign and named.get(name, class_) != class_:
            raise click.UsageError(f"--class {name}={named[name]} and --class {text}: give one")
        if sign:
            named[name] = class_
        elif unnamed:
            raise click.UsageError(f"--class {unnamed} and --class {text}: give one, or NAME=CLASS")
        else:
            unnamed = class_
    return named, unnamed


def _typed(files: Sequence[Path], classes: Sequence[str], options: ImportOptions) -> str:
    """Return files and options as one types them."""
    given = [("--class", text) for text in classes]
    given += [("--image", options.image)] if options.image else []
    given += [("--unit", options.unit)] if options.unit else []
    given += [("--tables", str(table)) for table in options.tables]
    given += [("--nearest", f"{options.nearest:g}")] if options.nearest is not None else []
    return shlex.join([*map(str, files), *(word for pair in given for word in pair)])


def imported_lines(
    found: AnnotationImport,
    written: Sequence[ImportedFile],
    workflow: str,
    asked: str,
    *,
    elsewhere: bool,
) -> Iterator[str]:
    """Yield what became of the rows, those that a person must look at, and how to go on."""
    from objclass.annotations.rows import rows_of
    from objclass.cli.annotation_screen import GAP, align, short

    yield from (f"note: {note}" for note in found.notes)
    total = "1 annotation" if len(found.rows) == 1 else f"{len(found.rows)} annotations"
    said = [f"{n} {SAID[name]}" for name, n in found.counts.items()]
    said += [f"{found.unclassed} without a class"] if found.unclassed else []
    yield f"{total}: {', '.join(said)}" if said else total
    left = [row for row in found.rows if row.became in TOLD]
    if left:
        rows = [[row.place, row.class_, SAID[row.became], row.why] for row in left[:SHOWN]]
        yield from align(rows, left=4)
        yield from (f"{GAP}and {len(left) - SHOWN} more",) if len(left) > SHOWN else ()
    new = rows_of(len(found.of("new")))
    if found.unclassed:
        yield "next    --class CLASS names the class of annotations that say none"
    for each in written:
        yield f"wrote   {short(each.table)}{GAP}{rows_of(each.rows)}"
        if each.backup:
            yield f"kept    {short(each.backup)}{GAP}the file as it was"
    if written and elsewhere:
        yield "next    add its rows to the annotations, or name it in 'annotations'"
    elif written:
        yield f"next    objclass run {workflow}"
    elif found.of("new"):
        yield f"next    objclass annotations import {workflow} {asked} --write"
        yield f"            adds {new} to {found.found.file.name}; -o NEW.csv writes them elsewhere"


def imported_json(found: AnnotationImport, written: Sequence[ImportedFile]) -> dict[str, Any]:
    """Return everything as JSON values."""
    rows = []
    for row in found.rows:
        match = row.match
        z, y, x = (match.voxel if match else None) or (None, None, None)
        rows.append({
            "file": row.file, "counted": row.counted, "number": row.number,
            "became": row.became, "class": row.class_, "image": row.image,
            "t": match.row.t if match else None, "z": z, "y": y, "x": x,
            "object": match.object if match else 0, "why": row.why,
        })  # fmt: skip
    return {
        "rows": rows,
        "counts": found.counts,
        "unclassed": found.unclassed,
        "written": [str(each.table) for each in written],
        "backups": [str(each.backup) for each in written if each.backup],
        "notes": list(found.notes),
    }
