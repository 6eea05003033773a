"""``objclass import``: an ilastik project as a workflow."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_switch, option


@click.command("import", cls=Command)
@click.argument("project", type=click.Path(dir_okay=False, path_type=Path), metavar="PROJECT.ilp")
@option("-o", "--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@option("--raw", multiple=True, metavar="FILE", help="Training raw image, one a lane.")
@option(
    "--prediction-map",
    "--segmentation",
    "--label-image",
    "second",
    multiple=True,
    metavar="FILE",
    help="Training map, segmentation or label image, one a lane.",
)
@option(
    "--rename",
    multiple=True,
    metavar="OLD=NEW",
    help="Call a class otherwise, where its name means something else here.",
)
@option("--no-run", is_flag=True, help="Write the files and stop.")
@json_switch
def command(
    project: Path,
    out: Path,
    raw: tuple[str, ...],
    second: tuple[str, ...],
    rename: tuple[str, ...],
    no_run: bool,
) -> int:
    """Write a workflow, annotations and the trained forest of an ilastik project.

    Where the training images are found, the workflow is run once: it trains a reproducible
    forest and says how far it agrees with ilastik's.
    """
    from objclass.importing import bring
    from objclass.io.new_file import all_or_none

    files = bring(project, out, raw, second, rename)
    json_document.add(written=files.written, notes=files.imported.notes)
    json_document.add_problems(files.imported.missing)
    for path in files.written:
        click.echo(f"wrote   {path}")
    for note in files.imported.notes:
        click.echo(f"note: {note}")
    for problem in files.imported.missing:
        click.echo(f"missing: {problem}")
    if no_run or files.imported.missing:
        click.echo(f"next    objclass run {shlex.quote(str(files.workflow))}")
        return 0
    with all_or_none() as written:
        written += files.written
        return _run(files)


def _run(files: object) -> int:
    from objclass.cli.live import teller
    from objclass.cli.screen import add_run, run_screen
    from objclass.importing import ImportedFiles, find_agreement
    from objclass.io.new_file import remove_all
    from objclass.run import Request, prepare

    assert isinstance(files, ImportedFiles)
    with teller() as tell:
        job = prepare(files.workflow, Request(tell=tell))
        outcomes = job.run()
    text, code = run_screen(job, outcomes)
    click.echo(text)
    add_run(job, outcomes)
    if any(outcome.status == "failed" for outcome in outcomes):
        remove_all(files.written)
        click.echo("removed what was imported: mend what is said above, and import again")
        return code
    found = find_agreement(job, outcomes, files)
    json_document.add(agreement=found)
    if found is not None:
        click.echo(str(found))
    return code
