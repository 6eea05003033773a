"""``objclass report``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.options import (
    Command,
    cache_option,
    json_option,
    option,
    refuse_idle,
    set_option,
    trust_option,
    workers_option,
)

if TYPE_CHECKING:
    from objclass.report_page.making import WrittenReport


@click.command("report", cls=Command)
@click.argument(
    "file", type=click.Path(path_type=Path), metavar="WORKFLOW.yaml|PROJECT|BATCH_FOLDER"
)
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page (HTML); by default beside what it is about.",
)
@option("--crate", is_flag=True, help="Write ro-crate-metadata.json beside it, for archives.")
@set_option
@cache_option
@trust_option
@workers_option
@json_option
def command(
    file: Path,
    output: Path | None,
    crate: bool,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    workers: int | None,
    as_json: bool,
) -> int:
    """Write one page that tells everything: pictures, counts, scores, methods, provenance.

    It opens in any browser without a network, prints, and can be sent as it is. Of a workflow,
    what is not cached is computed first; of projects and batches, what they hold is told.
    """
    from objclass.cli.live import teller
    from objclass.report_page.making import report
    from objclass.run import SUFFIXES, Request

    if file.is_dir() or (file.suffix.lower() not in SUFFIXES and file.is_file()):
        refuse_idle(("output", "crate", "as_json"), "without a workflow")
    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust, workers=workers)
        found = report(file, request, output, crate=crate)
    written = [found.path, *([found.crate] if found.crate else [])]
    json_document.add(
        written=written,
        images=found.content.images,
        failures=len(found.content.failures),
        notes=[*found.content.notes, *found.content.remarks],
    )
    if not as_json:
        for line in _lines(found):
            click.echo(line)
    return 1 if found.content.failures else 0


def _lines(found: WrittenReport) -> Iterator[str]:
    """Yield what was written."""
    from objclass.cli.annotation_screen import short

    content = found.content
    yield from (f"note: {note}" for note in (*content.notes, *content.remarks))
    for image, problem in content.failures[:10]:
        yield f"failed  {image}: {problem}"
    size = max(0.1, found.path.stat().st_size / 1e6)
    yield f"wrote   {short(found.path)}  {size:.1f} MB, opens in any browser"
    if found.crate is not None:
        yield f"wrote   {short(found.crate)}  its provenance (Workflow Run RO-Crate)"
