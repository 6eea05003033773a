"""``objclass label``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_switch, option, workflow_options
from objclass.io.free_memory import keep_little

if TYPE_CHECKING:
    from objclass.errors import Problem


@click.command("label", cls=Command)
@workflow_options
@option("--node", metavar="NAME", help="Which classifier, where the workflow has several.")
@option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Where the page is, 0 for any port that is free.  [default: 8765, or a free one]",
)
@option("--no-browser", is_flag=True, help="Print the address; open no browser.")
@option(
    "--idle",
    type=click.FloatRange(min=0),
    metavar="MINUTES",
    help="End when no page was open for so long.",
)
@json_switch
def command(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    node: str | None,
    port: int | None,
    no_browser: bool,
    idle: float | None,
) -> int:
    """Annotate objects in a browser, and watch the classifier learn.

    Prints an address for this machine only, with a token that nobody guesses; every change is
    saved as it is made. Ctrl-C ends it.
    """
    from objclass.cli.live import teller
    from objclass.page import require_server
    from objclass.run import Request

    require_server()
    from objclass.page.desk import LabellingDesk
    from objclass.page.guard import new_token
    from objclass.page.server import address_of, listen, serve
    from objclass.session import Session

    def opened(on_change: Callable[[int], None]) -> Session:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        return Session.open(workflow, request, node, on_change=on_change)

    keep_little()
    desk, token, once = LabellingDesk(workflow, opened), new_token(), new_token()
    with teller() as tell, listen(port) as listening:
        address, number = address_of(listening, token), listening.getsockname()[1]
        _tell_problems(desk.problems(), workflow)
        click.echo("\n".join(address_lines(workflow, address, number)))
        json_document.add(address=address, port=number)
        sys.stdout.flush()
        if not no_browser and has_screen():
            click.launch(address_of(listening, once))  # others see what a browser is told
        serve(desk, token, listening, None if idle is None else 60 * idle, once)
    return 0


def _tell_problems(problems: Sequence[Problem], workflow: Path) -> None:
    """Say why nothing can be shown yet, as the page does; refuse a file that is not there."""
    from objclass.errors import InputError

    if problems and not workflow.is_file():
        raise InputError(*problems)
    click.echo("".join(f"{problem}\n" for problem in problems), err=True, nl=False)


def address_lines(workflow: Path, address: str, port: int) -> list[str]:
    """Return what the command prints before somebody labels."""
    return [
        f"label   {workflow}",
        f"open    {address}",
        f"        from another machine: ssh -L {port}:127.0.0.1:{port} THIS_MACHINE, then the same",
        "ctrl-c  ends it; every change is saved as it is made",
    ]


def has_screen() -> bool:
    """Return False where a browser would have nowhere to open, or would open in the terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
