"""``objclass warm``."""

from __future__ import annotations

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_option


@click.command("warm", cls=Command)
@json_option
def command(as_json: bool) -> int:
    """Compile all kernels now, so that no run has to.

    Machine code is kept beside the package, else below the home, or where NUMBA_CACHE_DIR says.
    A container image or a node of a cluster that has it starts at once.
    """
    from objclass.cli.live import teller
    from objclass.errors import Problem, RunError
    from objclass.warmup import warm

    with teller(quiet=as_json) as tell:
        warmed = warm(tell)
    json_document.add(
        kernels=warmed.kernels,
        compiled=warmed.compiled,
        kept=warmed.kept,
        folders=warmed.folders,
    )
    click.echo(f"warm    {warmed.kernels} kernels, {warmed.compiled} of them compiled now")
    for folder in warmed.folders:
        click.echo(f"kept    {folder}")
    if warmed.kept < warmed.kernels:
        left = warmed.kernels - warmed.kept
        raise RunError(
            Problem(
                "machine code is not kept, so that each process compiles again",
                got=f"no folder that takes the files of {left} kernels",
                fix="name one that can be written and is closed to others: NUMBA_CACHE_DIR=FOLDER",
            )
        )
    return 0
