"""``objclass evaluate``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from objclass.cli.options import (
    Command,
    cache_option,
    json_option,
    option,
    set_option,
    trust_option,
    workers_option,
)

if TYPE_CHECKING:
    from objclass.scoring.workflow import WorkflowAssessment

PROJECTS = (".h5", ".ilp")


@click.command("evaluate", cls=Command)
@click.argument(
    "files",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="WORKFLOW.yaml",
    nargs=1,
)
@option("--node", metavar="NODE", help="One classifier; by default all that learn.")
@option("--mistakes", is_flag=True, help="List the annotations that are probably wrong, all.")
@option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write all numbers to this new .csv or .json.",
)
@set_option
@cache_option
@trust_option
@workers_option
@json_option
def command(
    files: Path,
    node: str | None,
    mistakes: bool,
    out: Path | None,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    workers: int | None,
    as_json: bool,
) -> int:
    """Say how good a classifier is, what is probably mislabelled, and what would help.

    What is costly is computed here and kept; no model is changed by it.
    """
    from objclass.cli.live import teller
    from objclass.run import Request
    from objclass.scoring.workflow import assess_workflow

    _check_out(out)
    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust, workers=workers)
        found = assess_workflow(files, request, node)
    if not found.facts:
        from objclass.cli.screen import run_screen

        text, code = run_screen(found.job, found.outcomes)
        click.echo(text)
        return code
    if out is not None:
        _write(out, found.facts)
    if as_json:
        click.echo(json.dumps(_plain(found), indent=1))
        return 0
    for line in _lines(found, listed=mistakes):
        click.echo(line)
    if out is not None:
        click.echo(f"wrote   {out}")
    return 0


def _check_out(out: Path | None) -> None:
    """Refuse a file to write before anything is computed."""
    from objclass.errors import InputError, Problem
    from objclass.io.new_file import check_new

    if out is None:
        return
    check_new(out, "choose another name for --out")
    if out.suffix.lower() not in (".csv", ".json"):
        raise InputError(Problem(f"--out {out}: cannot be written so", expected=".csv or .json"))


def _plain(found: WorkflowAssessment) -> Mapping[str, Any]:
    return dict(found.facts)


def _lines(found: WorkflowAssessment, *, listed: bool) -> Iterator[str]:
    from objclass.report.assessment import assessment_lines, mistake_lines

    for note in found.job.notes:
        yield f"note: {note}"
    for name, facts in found.facts.items():
        if len(found.facts) > 1:
            yield f"-- {name}"
        if listed:
            yield from mistake_lines(facts["mistakes"], None)
            continue
        yield from assessment_lines(facts)
        yield ""
        yield "annotations that are probably wrong"
        yield from mistake_lines(facts["mistakes"])


def _write(out: Path, facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Write all numbers: a table with one a row, or everything as JSON."""
    from objclass.data.delimited import quote
    from objclass.evaluation.tidy import TITLES, measures
    from objclass.io.new_file import write_new

    if out.suffix.lower() == ".json":
        write_new(out, json.dumps(facts, indent=1) + "\n")
        return
    rows: list[tuple[str, ...]] = [("classifier", *TITLES)]
    for name, each in facts.items():
        for row in measures(each):
            rows.append((name, *(_cell(getattr(row, title)) for title in TITLES)))
    write_new(out, "".join(",".join(map(quote, row)) + "\n" for row in rows))


def _cell(value: object) -> str:
    return "" if value is None else str(value)
