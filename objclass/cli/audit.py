"""``objclass audit``."""

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
)

if TYPE_CHECKING:
    from objclass.curation.auditing import NewAudit

BOUNDS = ("share", "low", "high")


@click.command("audit", cls=Command)
@click.argument(
    "file",
    type=click.Path(path_type=Path),
    metavar="WORKFLOW.yaml|BATCH|AUDIT.csv",
)
@option("-n", "--count", type=click.IntRange(min=2), default=150, show_default=True,
        help="How many objects.")  # fmt: skip
@option(
    "--stratify",
    type=click.Choice(["none", "class"]),
    default="none",
    show_default=True,
    help="By predicted class and by what counts are grouped by, so that rare classes are seen.",
)
@option("--seed", type=int, default=0, show_default=True, help="Another number draws others.")
@option("--node", metavar="NAME", help="The classifier, where the workflow has several.")
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write elsewhere than to what the export names as its audit; never over a file.",
)
@option("--spend", is_flag=True, help="Declare an audit spent: its rows may be trained on.")
@set_option
@cache_option
@trust_option
@json_option
def command(
    file: Path,
    count: int,
    stratify: str,
    seed: int,
    node: str | None,
    output: Path | None,
    spend: bool,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    as_json: bool,
) -> int:
    """Draw random objects to be classed blind, by which counts are corrected.

    Look at the cut-outs, fill in the column class, and name the file as audit of the export
    that writes counts. The audit of a batch lies in its folder: the same command draws it
    first, and writes corrected counts when it is filled in.
    """
    if spend:
        refuse_idle(("spend", "as_json"), "with --spend")
        return _spend(file)
    if file.is_dir():
        drawn_by = ("count", "stratify", "seed", "as_json")
        refuse_idle(drawn_by, "on the folder of a batch, whose project and images are settled")
        return _batch(file, count, stratify, seed)
    from typing import cast

    from objclass.cli.live import teller
    from objclass.curation.auditing import Stratify, audit
    from objclass.run import Request

    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        found = audit(
            file, request, count=count, seed=seed, stratify=cast("Stratify", stratify),
            output=output, node=node,
        )  # fmt: skip
    _add(found)
    for line in _lines(found, request.typed(file)):
        click.echo(line)
    return 0


def _add(found: NewAudit) -> None:
    """Tell programs what was drawn."""
    json_document.add(
        written=[str(found.table), str(found.picture)],
        drawn=found.drawn,
        objects=found.total,
        strata=found.strata,
        export=found.export,
        notes=found.notes,
    )


def _lines(found: NewAudit, workflow: str) -> Iterator[str]:
    """Yield what was written and how to go on."""
    from objclass.cli.annotation_screen import short

    for note in found.notes:
        yield f"note: {note}"
    how = f"drawn at random from {found.strata} strata" if found.strata > 1 else "drawn at random"
    yield f"wrote   {short(found.table)}  {found.drawn} of {found.total} objects, {how}"
    yield f"wrote   {short(found.picture)}  each with its line in the table"
    yield f"next    fill in the column class of {short(found.table)}, in the order of the file"
    if not found.named:
        where = f"the export '{found.export}'" if found.export else "an export that writes counts"
        yield f"        write 'audit: {found.table.name}' into {where}"
    if not found.counts:
        counts = f"{found.table.name.partition('.')[0]}_results/counts.csv"
        yield f"        and 'counts: {counts}' below its 'write:'"
    yield f"        objclass run {workflow}"


def _batch(out: Path, count: int, stratify: str, seed: int) -> int:
    """Draw the audit of a batch, or correct its counts by it."""
    from objclass.cli.annotation_screen import short
    from objclass.scoring.batch_audit import AUDIT, audit_batch, corrected_batch

    if not (out / AUDIT).exists():
        drawn = audit_batch(out, count=count, seed=seed, stratify=stratify)
        _add(drawn)
        for line in _lines(drawn, ""):
            click.echo(line if "objclass run" not in line else f"        objclass audit {out}")
        return 0
    refuse_idle(("as_json",), f"since {out / AUDIT} is drawn already")
    found = corrected_batch(out)
    json_document.add(
        written=[str(found.table)],
        shares={n: dict(zip(BOUNDS, s, strict=True)) for n, s in found.shares.items()},
        audited=found.audited,
        method=found.method,
        notes=found.notes,
    )
    for note in found.notes:
        click.echo(f"warning: {note}")
    for name, (share, low, high) in found.shares.items():
        click.echo(f"{name}: {100 * share:.1f} % ({100 * low:.1f} to {100 * high:.1f})")
    click.echo(f"{found.method}; {found.audited} audited")
    click.echo(f"wrote   {short(found.table)}")
    return 0


def _spend(file: Path) -> int:
    """Declare an audit spent."""
    from objclass.curation.spending import spend

    rows = spend(file)
    json_document.add(written=[str(file)], spent=rows)
    click.echo(f"spent   {file}  its {rows} rows may be trained on; counts need a new audit")
    return 0
