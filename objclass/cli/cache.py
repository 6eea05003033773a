"""``objclass cache``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from objclass.cli import json_document
from objclass.cli.options import CommandGroup, cache_option, json_option, json_switch, option

F = TypeVar("F", bound=Callable[..., Any])
GIGABYTE = 10**9


@click.group("cache", cls=CommandGroup)
def command() -> None:
    """Look at, clean or verify the cache of a workflow; your own files are never touched."""


def place_options(function: F) -> F:
    """Add the argument that says which cache, and --cache."""
    place = click.argument(
        "place", type=click.Path(path_type=Path), metavar="WORKFLOW.yaml|FOLDER", default=Path()
    )
    return cache_option(place(function))


@command.command("info", short_help="Say how large the cache is.")
@place_options
@json_option
def info(place: Path, cache: Path | None, as_json: bool) -> int:
    """Say how large the cache is, room by room, and when it was last used."""
    from dataclasses import asdict

    from objclass.cli.cache_screen import info_lines
    from objclass.engine.housekeeping import info as looked_at

    found = looked_at(store_root(place, cache))
    if as_json:
        json_document.add(**asdict(found), size=found.size)
    else:
        click.echo("\n".join(info_lines(found)))
    return 0


@command.command("clean", short_help="Drop what the last runs do not need.")
@place_options
@option(
    "--keep-gb",
    type=click.FloatRange(min=0),
    metavar="N",
    help="Drop only until N GB are left, the least recently used first.",
)
@option("--all", "everything", is_flag=True, help="Drop every result.")
@option("--dry-run", is_flag=True, help="Only say what would go.")
@json_switch
def clean(
    place: Path, cache: Path | None, keep_gb: float | None, everything: bool, dry_run: bool
) -> int:
    """Drop results that no last run of a workflow needs, and what killed runs left behind.

    Label images in which annotations were valid are always kept: annotations are found again
    by them.
    """
    from objclass.cli.cache_screen import cleaned_lines
    from objclass.engine.housekeeping import clean as cleaned

    if everything and keep_gb is not None:
        raise click.UsageError("give --keep-gb or --all, not both")
    keep = None if keep_gb is None else round(keep_gb * GIGABYTE)
    found = cleaned(store_root(place, cache), keep, everything=everything, dry_run=dry_run)
    json_document.add(
        dropped=found.dropped,
        left=found.left,
        notes_dropped=found.notes,
        orphans=found.orphans,
        freed=found.freed,
        dry_run=dry_run,
    )
    click.echo("\n".join(cleaned_lines(found, dry_run)))
    return 0


@command.command("verify", short_help="Compare every result with its digest.")
@place_options
@option("--repair", is_flag=True, help="Drop what is damaged; the next run makes it again.")
@json_switch
def verify(place: Path, cache: Path | None, repair: bool) -> int:
    """Read every result of the cache and compare it with its digest."""
    from objclass.cli.cache_screen import verified_lines
    from objclass.engine.damage import verify as verified

    found = verified(store_root(place, cache), repair=repair)
    json_document.add(checked=found.checked, damaged=found.damaged, repaired=repair)
    click.echo("\n".join(verified_lines(found, repair)))
    return 1 if found.damaged and not repair else 0


def store_root(place: Path, cache: Path | None) -> Path:
    """Return the folder of the cache that a workflow, its folder or the cache itself names."""
    from objclass.engine.housekeeping import is_store
    from objclass.errors import InputError, Problem
    from objclass.run import cache_folder

    if not place.exists():
        raise InputError(Problem(f"there is no {place}", expected="a workflow or a folder"))
    if cache is None and is_store(place):
        return place
    root = cache_folder(place if place.is_dir() else place.parent, cache)
    if not is_store(root):
        raise InputError(Problem(f"there is no cache at {root}", fix="a run makes it"))
    return root
