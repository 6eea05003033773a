"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

workflow_argument = click.argument(
    "workflow", type=click.Path(dir_okay=False, path_type=Path), metavar="WORKFLOW.yaml"
)
set_option = click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="NODE.FIELD=VALUE",
    help="Override a field, such as nuclei.threshold=0.45.",
)
cache_option = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the cache; by default .objclass beside the workflow.",
)
until_option = click.option("--until", metavar="NODE", help="Stop after this node.")
force_option = click.option(
    "--force", multiple=True, metavar="NODE", help="Run this node again though it is cached."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def workflow_options(command: F) -> F:
    """Add the workflow argument and the options of every command that loads one."""
    for option in (cache_option, set_option, workflow_argument):
        command = option(command)
    return command
