"""``objclass why``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from objclass.cli import json_document
from objclass.cli.options import (
    Command,
    cache_option,
    json_option,
    option,
    set_option,
    trust_option,
)


@click.command("why", cls=Command)
@click.argument("what", metavar="TABLE:LINE|IMAGE:OBJECT")
@option(
    "--of",
    type=click.Path(path_type=Path),
    metavar="WORKFLOW.yaml|BATCH_FOLDER",
    help="What made it; by default what wrote the table, or the one workflow here.",
)
@option("--frame", type=click.IntRange(min=0), help="Time point, where an image has several.")
@set_option
@cache_option
@trust_option
@json_option
def command(
    what: str,
    of: Path | None,
    frame: int | None,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    as_json: bool,
) -> int:
    """Say where an object and its class come from: voxels, parameters, model, annotations.

    A row of a table is named by its line, as editors count: objects.csv:2 is the first object.
    What the row says otherwise than the workflow does now is told.
    """
    from objclass.cli.live import teller
    from objclass.lineage.why import why
    from objclass.lineage.words import lineage_lines
    from objclass.run import Request

    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        found = why(what, of, request, frame=frame)
    known = asdict(found)
    json_document.add(**{name.rstrip("_"): value for name, value in known.items()})
    if not as_json:
        for line in lineage_lines(found):
            click.echo(line)
    return 0
