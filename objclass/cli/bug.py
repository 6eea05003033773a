"""What happens on an error nobody foresaw: a log is written and a report asked for."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

import click

from objclass import __version__
from objclass.cli.json_document import add_problems
from objclass.errors import Problem


def report(text: str | None = None) -> int:
    """Write a log of the current exception (or of `text`) and return exit code 3."""
    details = text or traceback.format_exc()
    name = f"objclass-bug-{time.strftime('%Y%m%d-%H%M%S')}.log"
    facts = f"objclass {__version__}, Python {platform.python_version()}, {platform.platform()}"
    details = _in_utf8(details)
    log = f"{facts}\n{_in_utf8(' '.join(sys.argv))}\n\n{details}"
    last = details.strip().splitlines()[-1]
    click.echo(f"objclass made a mistake: {last}", err=True)
    where = _written(log, name)
    asked = f"Please report it with {f'the log {where}' if where else 'this log:'}"
    click.echo(f"Your data are untouched. {asked}", err=True)
    if where is None:
        click.echo(log, err=True)
    add_problems(
        [Problem(f"objclass made a mistake: {last}", fix=asked if where else f"{asked}\n{log}")]
    )
    return 3


def _written(log: str, name: str) -> Path | None:
    """Write the log and return where; None where no temporary folder has room."""
    try:
        path = Path(tempfile.gettempdir()) / name
        path.write_text(log, encoding="utf-8")
    except OSError:
        return None
    return path


def _in_utf8(text: str) -> str:
    """Return a text that can be written whatever it holds: names of files may be no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
