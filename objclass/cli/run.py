"""``objclass run``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli.options import (
    Command,
    force_option,
    json_option,
    memory_option,
    option,
    scheduler_option,
    until_option,
    workers_option,
    workflow_options,
)

if TYPE_CHECKING:
    from objclass.engine.outcome import StepOutcome
    from objclass.engine.shard import Shard


@click.command("run", cls=Command)
@workflow_options
@until_option
@force_option
@option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@option(
    "--use-valid", is_flag=True, help="Train on the valid annotations though others are invalid."
)
@workers_option
@memory_option
@scheduler_option
@option("--shard", "shard_said", metavar="K/N", help="Make only the K-th of N parts of the steps.")
@option("--plan", "plan_said", metavar="TEXT", help="Refuse where plan --shards N says another.")
@json_option
def command(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    until: str | None,
    force: tuple[str, ...],
    fail_fast: bool,
    use_valid: bool,
    workers: int | None,
    memory: str | None,
    scheduler: str | None,
    shard_said: str | None,
    plan_said: str | None,
    as_json: bool,
) -> int:
    """Run a workflow: only what changed is computed."""
    from objclass.cli.live import teller
    from objclass.cli.screen import tell_run
    from objclass.engine.shard import check_plan
    from objclass.run import Request, prepare

    shard = _shard(shard_said, plan_said)
    with teller(quiet=as_json) as tell:
        request = Request(
            sets, cache, until, force, fail_fast, use_valid, tell,
            trust_plugins=trust, workers=workers, scheduler=scheduler, memory=memory,
        )  # fmt: skip
        job = prepare(workflow, request)
        if shard:
            check_plan(job.graph, shard.count, job.texts, plan_said)
        outcomes = job.run(shard=shard)
    code = tell_run(job, outcomes, as_json=as_json)
    if shard and not as_json:
        click.echo(_rest(shard, request.typed(workflow)))
    return _report_bugs(outcomes) or code


def _report_bugs(outcomes: Sequence[StepOutcome]) -> int:
    """Report what nobody foresaw; return the exit code, 0 where there is none."""
    from objclass.cli.bug import report

    bugs = [outcome.bug for outcome in outcomes if outcome.bug]
    return report("\n\n".join(bugs)) if bugs else 0


def _rest(shard: Shard, words: str) -> str:
    return f"this was shard {shard}; after all shards, objclass collect {words} makes the rest"


def _shard(said: str | None, plan: str | None) -> Shard | None:
    from objclass.engine.shard import Shard

    if said is None and plan is not None:
        raise click.UsageError("--plan belongs to --shard K/N")
    return None if said is None else Shard.read(said)
