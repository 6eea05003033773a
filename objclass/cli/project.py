"""``objclass project``."""

from __future__ import annotations

from pathlib import Path

import click

from objclass.cli.options import json_option

project_argument = click.argument(
    "file", type=click.Path(path_type=Path), metavar="PROJECT.objclass.h5"
)


@click.group("project")
def command() -> None:
    """Show what a project file holds, or take it apart."""


@command.command("show", short_help="Show what a project holds.")
@project_argument
@json_option
def show(file: Path, as_json: bool) -> int:
    """Show workflow, classes, columns, inputs and quality; nothing in the file is run."""
    import json

    from objclass.io.project import read
    from objclass.report.project import described, lines

    project = read(file)
    if as_json:
        click.echo(json.dumps(described(project), indent=1))
        return 0
    for line in lines(project, str(file)):
        click.echo(line)
    return 0


@command.command("extract", short_help="Get its workflow and annotations back.")
@project_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where to; files that are there are never overwritten.",
)
def extract(file: Path, output: Path) -> int:
    """Write the workflow and the annotations of a project as files again."""
    from objclass.io.project import read
    from objclass.io.project.extracting import extract as extracted

    stem = file.name.removesuffix(".h5").removesuffix(".objclass")
    for path in extracted(read(file), output, stem):
        click.echo(f"wrote   {path}")
    return 0
