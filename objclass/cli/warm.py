"""``objclass warm``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_option, set_option, trust_option

if TYPE_CHECKING:
    from objclass.warmup import Warmed


@click.command("warm", cls=Command)
@trust_option
@set_option
@click.argument(
    "workflow",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="[WORKFLOW.yaml]",
    required=False,
)
@json_option
def command(workflow: Path | None, sets: tuple[str, ...], trust: bool, as_json: bool) -> int:
    """Compile all kernels now, or those of a workflow, so that no run has to.

    Machine code is kept beside the package, else below the home, or where NUMBA_CACHE_DIR says.
    A container image or a node of a cluster that has it starts at once. A workflow is tried on
    drawn images of the types and dimensions of its own: its cache, results and annotations stay
    as they are.
    """
    from objclass.cli.live import teller
    from objclass.run import Request
    from objclass.warmup import warm, warm_workflow

    if workflow is None and (sets or trust):
        raise click.UsageError("--set and --trust-plugins are for a workflow: name its file")
    with teller(quiet=as_json) as tell:
        request = Request(sets, trust_plugins=trust, tell=tell)
        warmed = warm(tell) if workflow is None else warm_workflow(workflow, request)
    _show(warmed)
    return 0


def _show(warmed: Warmed) -> None:
    """Print what there is machine code of."""
    from objclass.errors import Problem, RunError

    json_document.add(
        kernels=warmed.kernels,
        compiled=warmed.compiled,
        kept=warmed.kept,
        folders=warmed.folders,
        left=warmed.left,
    )
    click.echo(f"warm    {warmed.kernels} kernels, {warmed.compiled} of them compiled now")
    for folder in warmed.folders:
        click.echo(f"kept    {folder}")
    for what in warmed.left:
        click.echo(f"left    {what}")
    if warmed.kept < warmed.kernels:
        left = warmed.kernels - warmed.kept
        raise RunError(
            Problem(
                "machine code is not kept, so that each process compiles again",
                got=f"no folder that takes the files of {left} kernels",
                fix="name one that can be written and is closed to others: NUMBA_CACHE_DIR=FOLDER",
            )
        )
