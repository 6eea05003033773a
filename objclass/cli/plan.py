"""``objclass plan``."""

from __future__ import annotations

from pathlib import Path

import click

from objclass.cli.options import Command, force_option, json_option, until_option, workflow_options


@click.command("plan", cls=Command)
@workflow_options
@until_option
@force_option
@json_option
def command(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    until: str | None,
    force: tuple[str, ...],
    as_json: bool,
) -> int:
    """Say what would run and why; computes nothing, writes nothing, takes no lock."""
    from objclass.cli.screen import plan_json, plan_screen
    from objclass.run import Request, prepare

    job = prepare(workflow, Request(sets, cache, until, force, trust_plugins=trust))
    planned = job.plan()
    click.echo(plan_json(job, planned) if as_json else plan_screen(job, planned))
    return 1 if job.left_out else 0
