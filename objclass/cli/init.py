"""``objclass init``."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_switch, option


@click.command("init", cls=Command)
@option("--raw", required=True, metavar="FILE", help="The raw image; {name} for many files.")
@option("--prediction-map", metavar="FILE", help="Probabilities, such as ilastik exports.")
@option("--segmentation", metavar="FILE", help="A mask: 0 is background.")
@option("--label-image", metavar="FILE", help="Ids of objects: 0 is background.")
@option(
    "--axes",
    multiple=True,
    metavar="[NODE=]LETTERS",
    help="Axes of a file that does not name them, such as prob=zyxc.",
)
@option(
    "--series",
    multiple=True,
    metavar="[NODE=]NAME",
    help="Name or number of the image in a file of several, such as raw=0.",
)
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("cells.yaml"),
    show_default=True,
    help="The workflow to write; one that is there is never overwritten.",
)
@json_switch
def command(
    raw: str,
    prediction_map: str | None,
    segmentation: str | None,
    label_image: str | None,
    axes: tuple[str, ...],
    series: tuple[str, ...],
    output: Path,
) -> int:
    """Write a workflow, with comments, from the headers of your files.

    Give the raw image and one of --prediction-map, --segmentation or --label-image.
    """
    from objclass.cli.screen import add_workflow, images_line
    from objclass.draft import SCHEMA, draft
    from objclass.errors import InputError
    from objclass.io.new_file import all_or_none, check_new, write_new
    from objclass.run import prepare

    check_new(output)
    role, objects = _objects(prediction_map, segmentation, label_image)
    text = draft(raw, objects, role, output, axes, series=series)
    try:
        with all_or_none() as written:
            write_new(output, text)
            written.append(output)
            job = prepare(output)
    except InputError as error:  # the workflow is gone, so its lines say nothing
        raise InputError(*(replace(problem, place=None) for problem in error.problems)) from None
    add_workflow(job)
    json_document.add(written=[output])
    click.echo(f"wrote   {output}")
    for note in job.notes:
        click.echo(f"note    {note}")
    click.echo(f"        {len(job.workflow.nodes)} nodes, {images_line(job)}; no problems")
    file = shlex.quote(str(output))
    click.echo(f"next    objclass annotations new {file}")
    click.echo(f"        objclass run {file}")
    click.echo(f"        objclass label {file}")
    click.echo("            instead of both: give objects classes in a browser")
    click.echo(f"        objclass schema -o {shlex.quote(str(output.with_name(SCHEMA)))}")
    click.echo("            so that your editor completes and checks the workflow")
    return 0


def _objects(
    prediction_map: str | None, segmentation: str | None, label_image: str | None
) -> tuple[Any, str]:
    """Return the one thing objects come from."""
    from objclass.errors import InputError, Problem

    given = {
        "prediction_map": prediction_map,
        "segmentation": segmentation,
        "label_image": label_image,
    }
    found = [(role, path) for role, path in given.items() if path is not None]
    if len(found) != 1:
        expected = "one of --prediction-map, --segmentation and --label-image"
        got = " and ".join(f"--{role.replace('_', '-')}" for role, _ in found) or None
        raise InputError(Problem("what are the objects?", got=got, expected=expected))
    return found[0]
