"""``objclass collect``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli.options import (
    Command,
    json_option,
    option,
    scheduler_option,
    workers_option,
    workflow_options,
)

if TYPE_CHECKING:
    from objclass.run import Job


@click.command("collect", cls=Command)
@workflow_options
@option("--shards", type=click.IntRange(min=1), metavar="N", help="How many shards there were.")
@option("--plan", "plan_said", metavar="TEXT", help="Refuse where plan --shards N says another.")
@workers_option
@scheduler_option
@json_option
def command(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    shards: int | None,
    plan_said: str | None,
    workers: int | None,
    scheduler: str | None,
    as_json: bool,
) -> int:
    """Run what is left after all shards: what joins images, and what reads that.

    What a shard should have made and has not is named, and nothing is run.
    """
    from objclass.cli.live import teller
    from objclass.cli.screen import tell_run
    from objclass.engine.shard import check_plan
    from objclass.run import Request, prepare

    if plan_said is not None and shards is None:
        raise click.UsageError("--plan belongs to --shards N")
    with teller(quiet=as_json) as tell:
        request = Request(
            sets, cache, tell=tell, trust_plugins=trust, workers=workers, scheduler=scheduler
        )
        job = prepare(workflow, request)
        check_plan(job.graph, shards or 1, job.texts, plan_said)
        _check_made(job, shards, request.typed(workflow))
        outcomes = job.run()
    code = tell_run(job, outcomes, as_json=as_json)
    bugs = [outcome.bug for outcome in outcomes if outcome.bug]
    if bugs:
        from objclass.cli.bug import report

        return report("\n\n".join(bugs))
    return code


def _check_made(job: Job, shards: int | None, words: str) -> None:
    """Refuse where shards have not made all that is theirs."""
    from objclass.engine.shard import lacking
    from objclass.errors import InputError, Problem, list_some

    problems = []
    for number, images in lacking(job.graph, job.plan(), shards or 1).items():
        named = (f"{image} ({list_some(nodes, 6)})" for image, nodes in images.items())
        who = f"shard {number}/{shards} has" if shards else "the shards have"
        again = f"objclass run {words} --shard {number}/{shards}" if shards else "run them again"
        fix = f"{again}; objclass run {words} makes it here"
        problems.append(Problem(f"{who} not made {list_some(named, 4)}", fix=fix))
    if problems:
        raise InputError(*problems)
