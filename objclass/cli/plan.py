"""``objclass plan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.options import (
    Command,
    force_option,
    json_option,
    memory_option,
    option,
    until_option,
    workers_option,
    workflow_options,
)

if TYPE_CHECKING:
    from objclass.run import Job


@click.command("plan", cls=Command)
@workflow_options
@until_option
@force_option
@option(
    "--shards", type=click.IntRange(min=1), metavar="N", help="Say what each of N shards makes."
)
@workers_option
@memory_option
@json_option
def command(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    until: str | None,
    force: tuple[str, ...],
    shards: int | None,
    workers: int | None,
    memory: str | None,
    as_json: bool,
) -> int:
    """Say what would run and why; computes nothing, writes nothing, takes no lock."""
    from objclass.cli.screen import add_plan, plan_screen
    from objclass.run import Request, prepare

    request = Request(
        sets, cache, until, force, trust_plugins=trust, workers=workers, memory=memory
    )
    job = prepare(workflow, request)
    if shards is not None:
        _show_shards(job, shards, as_json)
        return 1 if job.left_out else 0
    planned = job.plan()
    if as_json:
        add_plan(job, planned)
    else:
        click.echo(plan_screen(job, planned))
    return 1 if job.left_out else 0


def _show_shards(job: Job, count: int, as_json: bool) -> None:
    """Print how images, or frames, are dealt, and what tells the plan from others."""
    from objclass.engine.shard import dealt, fingerprint
    from objclass.errors import list_some

    names, mark = dealt(job.graph, count), fingerprint(job.graph, count, job.texts)
    if as_json:
        json_document.add(plan=mark, shards=names)
        json_document.add_problems(job.left_out)
        return
    for number, found in names.items():
        click.echo(f"shard {number}/{count}: {list_some(found, 6) or 'nothing'}")
    click.echo(f"plan {mark}")
