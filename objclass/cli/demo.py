"""``objclass demo``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from objclass.cli import json_document
from objclass.cli.options import Command, json_option, option

if TYPE_CHECKING:
    from objclass.run import Request


@click.command("demo", cls=Command)
@click.argument(
    "folder", type=click.Path(path_type=Path), default=Path("objclass-demo"), required=False
)
@option("--report", "with_report", is_flag=True, help="Write the report of the run, too.")
@option("--label", "with_label", is_flag=True, help="Open the labelling page afterwards.")
@option("--no-browser", is_flag=True, help="With --label: print the address; open no browser.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    with_report: bool,
    with_label: bool,
    no_browser: bool,
    as_json: bool,
) -> int:
    """Write a sample workflow with its image into FOLDER, and run it.

    The image comes with objclass, so that no network is needed. By default FOLDER is
    objclass-demo; nothing in it is overwritten.
    """
    from objclass.cli.live import teller
    from objclass.cli.screen import tell_run
    from objclass.demo import write_demo
    from objclass.run import Request, prepare

    if no_browser and not with_label:
        raise click.UsageError("--no-browser says how the page opens: add --label")
    if with_label:
        from objclass.page import require_server

        require_server()
    files = write_demo(folder)
    workflow = files[0]
    click.echo(f"demo    {len(files)} files in {folder}, described in {folder / 'data/README.md'}")
    with teller(quiet=as_json) as tell:
        request = Request(tell=tell)
        job = prepare(workflow, request)
        code = tell_run(job, job.run(), as_json=as_json)
        page = _report(workflow, request) if with_report and code == 0 else None
    json_document.add(samples=files, report=page)
    _tell_next(workflow, page)
    if with_label and code == 0:
        _label(context, workflow, no_browser)
    return code


def _report(workflow: Path, request: Request) -> Path:
    """Write the report beside the workflow."""
    from objclass.report_page.making import report

    return report(workflow, request, None).path


def _tell_next(workflow: Path, page: Path | None) -> None:
    """Say what to look at and what to type next."""
    file = shlex.quote(str(workflow))
    if page is not None:
        click.echo(f"wrote   {page}")
    click.echo(f"look    {workflow.parent / 'results' / 'ihc_overlay.png'}")
    click.echo(f"next    objclass run {file}  (again: everything is cached)")
    click.echo(f"        objclass plan {file} --set nuclei.threshold=0.45")
    if page is None:
        click.echo(f"        objclass report {file}")
    click.echo(f"        objclass label {file}")


def _label(context: click.Context, workflow: Path, no_browser: bool) -> None:
    """Open the labelling page as ``objclass label`` does without options."""
    from objclass.cli.label import command as label

    context.invoke(label, workflow=workflow, no_browser=no_browser)
