"""``objclass batch --dry-run``: what a batch would do, and what would fail."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.batch_words import failed_with, files_said, new_notes

if TYPE_CHECKING:
    from objclass.batch import Batch, BatchRequest, ImageDone


def show_dry_run(request: BatchRequest) -> int:
    """List the images and what would fail; the exit code is that of the batch before work.

    What is to be done is written down, so that others can do it, unless the batch would not begin.
    """
    from objclass.batch.folder import beginnings
    from objclass.batch.foreseen import batch_problems, result_problems
    from objclass.batch.preparing import begun, missing_files, planned
    from objclass.batch.room import result_room
    from objclass.cli.batch_document import add_foreseen

    batch, plan = planned(request)
    json_document.add(notes=batch.notes)
    for note in batch.notes:
        click.echo(f"note: {note}")
    seen, failing = _list_images(batch)
    room = result_room(batch)
    lacking = list(room.problems()) if room else []
    problems = [*batch_problems(batch), *lacking]
    add_foreseen(batch, seen, problems)
    for problem in problems:
        click.echo(str(problem), err=True)
    would_fail = f"; {failing} would fail" if failing else ""
    foretold = batch.forecast
    json_document.add(memory=foretold.as_json())
    click.echo(f"memory: {foretold}")
    if room:
        json_document.add(room=room.as_json())
        click.echo(f"room: {room}")
    count = "1 image" if len(batch.images) == 1 else f"{len(batch.images)} images"
    click.echo(f"{count}; nothing was run{would_fail}")
    would_begin = not any((*missing_files(batch), *result_problems(batch), *lacking))
    if batch.folder is None and not beginnings(request.out) and would_begin:
        begun(batch, plan)
        click.echo(f"objclass batch --resume {shlex.quote(str(request.out))} works them off")
    return 2 if failing or problems else 0


def _list_images(batch: Batch) -> tuple[list[ImageDone], int]:
    """List every image with its files; return what is foreseen, if asked, and how many fail."""
    from objclass.batch.foreseen import foresee

    told: set[str] = set()
    failing, seen = 0, []
    for each in foresee(batch):
        seen += [each] if json_document.asked() else []  # of many images one is enough at a time
        for line in new_notes(each, told):
            click.echo(line)
        files = ", ".join(files_said(named) for _, named in each.image.files.values())
        click.echo(f"{each.image.name}: {files}{f'  {failed_with(each)}' if each.failed else ''}")
        failing += each.failed
    return seen, failing
