"""``objclass run``."""

from __future__ import annotations

from pathlib import Path

import click

from objclass.cli.options import (
    Command,
    force_option,
    json_option,
    option,
    scheduler_option,
    until_option,
    workers_option,
    workflow_options,
)


@click.command("run", cls=Command)
@workflow_options
@until_option
@force_option
@option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@option(
    "--use-valid", is_flag=True, help="Train on the valid annotations though others are invalid."
)
@workers_option
@scheduler_option
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
    scheduler: str | None,
    as_json: bool,
) -> int:
    """Run a workflow: only what changed is computed."""
    from objclass.cli.live import teller
    from objclass.cli.screen import run_json, run_screen
    from objclass.run import Request, prepare

    with teller(quiet=as_json) as tell:
        request = Request(
            sets, cache, until, force, fail_fast, use_valid, tell,
            trust_plugins=trust, workers=workers, scheduler=scheduler,
        )  # fmt: skip
        job = prepare(workflow, request)
        outcomes = job.run()
    text, code = run_json(job, outcomes) if as_json else run_screen(job, outcomes)
    click.echo(text)
    bugs = [outcome.bug for outcome in outcomes if outcome.bug]
    if bugs:
        from objclass.cli.bug import report

        return report("\n\n".join(bugs))
    return code
