"""``objclass project``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from objclass.cli import json_document
from objclass.cli.options import CommandGroup, json_option, json_switch, option

FILE = click.Path(path_type=Path)


@click.group("project", cls=CommandGroup)
def command() -> None:
    """Show what a project file holds, or take it apart."""


@command.command("show", short_help="Show what a project holds.")
@click.argument("file", type=FILE, metavar="PROJECT")
@json_option
def show(file: Path, as_json: bool) -> int:
    """Show workflow, classes, columns, inputs and quality; nothing in the file is run.

    An .ilp of ilastik shows its variant, images, threshold, features, classes and forest.
    """
    described, lines = _ilastik(file) if file.suffix.lower() == ".ilp" else _ours(file)
    if as_json:
        json_document.add(**described)
        return 0
    for line in lines:
        click.echo(line)
    return 0


def _ours(file: Path) -> tuple[dict[str, Any], Iterator[str]]:
    from objclass.io.project import read
    from objclass.report.project import describe, lines

    project = read(file)
    return describe(project), lines(project, str(file))


def _ilastik(file: Path) -> tuple[dict[str, Any], Iterator[str]]:
    from objclass.ilastik.project import read_ilp
    from objclass.report.ilastik_project import describe, lines

    project = read_ilp(file)
    return describe(project), lines(project, str(file))


@command.command("extract", short_help="Get its workflow and annotations back.")
@click.argument("file", type=FILE, metavar="PROJECT.objclass.h5")
@option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where to; files that are there are never overwritten.",
)
@json_switch
def extract(file: Path, output: Path) -> int:
    """Write the workflow and the annotations of a project as files again."""
    from objclass.io.project import read
    from objclass.io.project.extracting import extract as extracted

    stem = file.name.removesuffix(".h5").removesuffix(".objclass")
    written = list(extracted(read(file), output, stem))
    json_document.add(written=written)
    for path in written:
        click.echo(f"wrote   {path}")
    return 0
