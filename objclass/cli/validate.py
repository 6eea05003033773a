"""``objclass validate``."""

from __future__ import annotations

from pathlib import Path

import click

from objclass.cli.options import Command, json_switch, workflow_options


@click.command("validate", cls=Command)
@workflow_options
@json_switch
def command(workflow: Path, sets: tuple[str, ...], cache: Path | None, trust: bool) -> int:
    """Check a workflow and the headers of its files; compute and write nothing."""
    from objclass.cli.screen import add_workflow, images_line
    from objclass.errors import InputError
    from objclass.run import Request, prepare

    job = prepare(workflow, Request(sets, cache, trust_plugins=trust))
    add_workflow(job)
    for note in job.notes:
        click.echo(f"note: {note}")
    if job.left_out:
        raise InputError(*job.left_out)
    click.echo(f"{workflow}: {len(job.workflow.nodes)} nodes, {images_line(job)}; no problems")
    return 0
