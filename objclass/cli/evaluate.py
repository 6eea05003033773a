"""``objclass evaluate``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from objclass.cli import json_document
from objclass.cli.batch import input_pairs, role_options
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
    from objclass.scoring.workflow import WorkflowAssessment

PROJECTS = (".h5", ".ilp")


@click.command("evaluate", cls=Command)
@click.argument(
    "files",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="WORKFLOW.yaml|PROJECT…",
    nargs=-1,
    required=True,
)
@option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TABLE",
    help="Score projects on other images: a table of objects with their classes.",
)
@role_options
@option("--input", "inputs", multiple=True, metavar="NODE=PATTERN", help="Files of one input.")
@option("--shared", multiple=True, metavar="NODE", help="One file of this input serves all images.")
@option("--node", metavar="NODE", help="One classifier; by default all that learn.")
@option("--mistakes", is_flag=True, help="List and draw the annotations that are probably wrong.")
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
    files: tuple[Path, ...],
    truth: Path | None,
    inputs: tuple[str, ...],
    shared: tuple[str, ...],
    node: str | None,
    mistakes: bool,
    out: Path | None,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    workers: int | None,
    as_json: bool,
    **roles: tuple[str, ...],
) -> int:
    """Say how good a classifier is, what is probably mislabelled, and what would help.

    Of a workflow, what is costly is computed here and kept; no model is changed by it.
    Projects are scored on other images with --raw, --prediction-map … as in batch, and
    --truth; two are compared in pairs.
    """
    _check_out(out)
    given = {role: patterns for role, patterns in roles.items() if patterns}
    if truth is not None:
        refuse_idle(
            ("truth", "inputs", "shared", "node", "out", "sets", "as_json", *roles), "with --truth"
        )
        options = {"roles": given, "inputs": input_pairs(inputs), "shared": shared, "sets": sets}
        return _projects(files, truth, node, out, as_json, options)
    if len(files) > 1 or given or inputs or files[0].suffix.lower() in PROJECTS:
        raise click.UsageError("projects are scored on objects with known classes: add --truth")
    own = ("node", "mistakes", "out", "sets", "cache", "trust", "workers", "as_json")
    refuse_idle(own, "without --truth")
    return _workflow(files[0], node, mistakes, out, sets, cache, trust, workers, as_json)


def _workflow(
    workflow: Path,
    node: str | None,
    mistakes: bool,
    out: Path | None,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    workers: int | None,
    as_json: bool,
) -> int:
    """Assess the classifiers of a workflow."""
    from objclass.cli.live import teller
    from objclass.run import Request
    from objclass.scoring.workflow import assess_workflow, draw_mistakes

    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust, workers=workers)
        found = assess_workflow(workflow, request, node)
    if not found.facts:
        from objclass.cli.screen import tell_run

        return tell_run(found.job, found.outcomes, as_json=as_json)
    if out is not None:
        _write(out, found.facts)
    sheets = draw_mistakes(found) if mistakes else {}
    written = [*sheets.values(), *_written(out)]
    json_document.add(classifiers=_with_sheets(found.facts, sheets), notes=found.job.notes,
                      written=written)  # fmt: skip
    if as_json:
        return 0
    for line in _lines(found, sheets, listed=mistakes):
        click.echo(line)
    if out is not None:
        click.echo(f"wrote   {out}")
    return 0


def _with_sheets(
    facts: Mapping[str, Mapping[str, Any]], sheets: Mapping[str, Path]
) -> dict[str, dict[str, Any]]:
    """Return the numbers of every classifier with its sheet of suspected mistakes."""
    return {
        name: {**each, **({"mistakes_picture": str(sheets[name])} if name in sheets else {})}
        for name, each in facts.items()
    }


def _projects(
    files: tuple[Path, ...],
    truth: Path,
    node: str | None,
    out: Path | None,
    as_json: bool,
    options: Mapping[str, Any],
) -> int:
    """Score projects on other images, and compare two."""
    from objclass.batch import BatchRequest
    from objclass.report.assessment import paired_lines, truth_lines
    from objclass.scoring.audit_pairs import audited_lines, compare_audited
    from objclass.scoring.truth import OUT, compare_projects, score_project

    if len(files) > 2:
        raise click.UsageError("two projects can be compared, not more")
    asked = [BatchRequest(p, OUT, export=("table",), **options) for p in files]
    scores = [score_project(each, truth, node) for each in asked]
    facts = {str(each.project): each.facts for each in scores}
    paired = compare_projects(*scores) if len(scores) == 2 else None
    audited = compare_audited(truth, *scores) if len(scores) == 2 else None
    paired = {**paired, "audit": audited} if paired and audited else paired
    if out is not None:
        _write(out, facts)
    json_document.add(projects=facts, paired=paired, written=_written(out))
    if as_json:
        return 0
    for name, each in facts.items():
        if len(facts) > 1:
            click.echo(f"-- {name}")
        for line in truth_lines(each):
            click.echo(line)
    for line in paired_lines(paired, list(facts)) if paired else ():
        click.echo(line)
    for line in audited_lines(audited) if audited else ():
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


def _written(out: Path | None) -> list[Path]:
    return [] if out is None else [out]


def _lines(found: WorkflowAssessment, sheets: Mapping[str, Path], *, listed: bool) -> Iterator[str]:
    from objclass.cli.annotation_screen import short
    from objclass.curation.mistakes import MOST_TILES
    from objclass.report.assessment import assessment_lines, mistake_lines

    for note in found.job.notes:
        yield f"note: {note}"
    for name, facts in found.facts.items():
        if len(found.facts) > 1:
            yield f"-- {name}"
        if listed:
            yield from mistake_lines(facts["mistakes"], None)
            if name in sheets:
                few = len(facts["mistakes"]) <= MOST_TILES
                drawn = "each with its line" if few else f"the first {MOST_TILES}"
                yield f"wrote   {short(sheets[name])}  {drawn}"
            continue
        yield from assessment_lines(facts)
        yield ""
        yield "annotations that are probably wrong"
        yield from mistake_lines(facts["mistakes"])
        if facts["mistakes"]:
            yield "--mistakes lists all and writes a picture of each"


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
