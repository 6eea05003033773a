"""``objclass features``: the catalogue of what can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.options import CommandGroup, json_option

if TYPE_CHECKING:
    from objclass.report.features import CatalogueEntry


@click.group("features", cls=CommandGroup, invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> int:
    """List the features that can be measured; `show NAME` says how one is defined.

    `show ilastik` lists ilastik's own, which a workflow chooses by ilastik's names.
    """
    if context.invoked_subcommand is None:
        from objclass.report.features import catalogue

        _print(catalogue(), as_json, brief=True)
    return 0


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> int:
    """Show a family or a feature: group, unit, definition and source."""
    from objclass.report.features import find

    _print(find(name), as_json, brief=False)
    return 0


def _print(entries: Sequence[CatalogueEntry], as_json: bool, *, brief: bool) -> None:
    if as_json:
        json_document.add(features=entries)
        return
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        click.echo("\n".join(_brief(entry, width) if brief else _whole(entry)))


def _brief(entry: CatalogueEntry, width: int) -> list[str]:
    unit = f" ({entry.unit})" if entry.unit else ""
    return [f"{entry.name.ljust(width)}  {entry.group:<9}  {entry.definition}{unit}"]


def _whole(entry: CatalogueEntry) -> list[str]:
    columns = f"{entry.plane} in 2D, {entry.volume} in 3D"
    channel = ", per channel" if entry.per_channel else ""
    return [
        entry.name,
        f"  {entry.definition}",
        f"  family {entry.family}, group {entry.group}, unit {entry.unit or 'none'}",
        f"  columns: {columns}{channel}",
        f"  source: {entry.source}",
        f"  portable: {'yes' if entry.portable else 'no'}",
    ]
