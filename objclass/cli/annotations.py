"""``objclass annotations``."""

from __future__ import annotations

from pathlib import Path

import click

from objclass.cli.options import Verbs, json_option, option, workflow_options

node_option = option(
    "--node", metavar="NAME", help="The classifier, where the workflow has several."
)


@click.group("annotations", cls=Verbs)
def command() -> None:
    """Start annotations, see how they stand, and find changed objects again."""


@command.command("new", short_help="Choose random objects to annotate.")
@workflow_options
@node_option
@option(
    "--count", type=click.IntRange(min=1), default=30, show_default=True, help="How many objects."
)
@option("--seed", type=int, default=0, show_default=True, help="Another number chooses others.")
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write elsewhere than to what the classifier names; never over a file.",
)
def new(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    node: str | None,
    count: int,
    seed: int,
    output: Path | None,
) -> int:
    """Write random objects as rows without a class, and a picture with their line numbers.

    Look at the picture, fill in the column class, and run the workflow.
    """
    from objclass.annotating.starting import start
    from objclass.cli.annotation_screen import started_lines
    from objclass.cli.live import teller
    from objclass.run import Request

    with teller() as tell:
        request = Request(sets, cache, tell=tell)
        found = start(workflow, request, count=count, seed=seed, output=output, node=node)
    click.echo("\n".join(started_lines(found, workflow)))
    return 0


@command.command("status", short_help="Say how many are valid.")
@workflow_options
@node_option
@json_option
def status(
    workflow: Path, sets: tuple[str, ...], cache: Path | None, node: str | None, as_json: bool
) -> int:
    """Say per class how many annotations are valid, points, invalid or contradictory."""
    import json
    from dataclasses import asdict

    from objclass.annotating.standing import status as status_of
    from objclass.cli.annotation_screen import standing_lines
    from objclass.cli.live import teller
    from objclass.run import Request

    with teller(quiet=as_json) as tell:
        found = status_of(workflow, Request(sets, cache, tell=tell), node)
    if as_json:
        click.echo(json.dumps({**asdict(found), "counts": found.counts}, indent=1))
    else:
        click.echo("\n".join(standing_lines(found, workflow, node)))
    return 0


@command.command("reattach", short_help="Find the objects of invalid ones again.")
@workflow_options
@node_option
@option("--write", is_flag=True, help="Save what re-attaches; keep NAME.bak.")
@option(
    "--same-image",
    is_flag=True,
    help="The image is the one that the rows were made on, renamed and saved anew.",
)
@json_option
def reattach(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    node: str | None,
    write: bool,
    same_image: bool,
    as_json: bool,
) -> int:
    """List what became of annotations whose objects changed, with a picture.

    Nothing is written to the annotation file without --write; then only the rows that
    re-attach one to one change.
    """
    import json

    from objclass.annotating.following import follow, picture, rewrite
    from objclass.cli.annotation_screen import followed_json, followed_lines, rewritten_lines
    from objclass.cli.live import teller
    from objclass.run import Request

    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, same_image=same_image, tell=tell)
        found = follow(workflow, request, node)
        where = picture(found)
    written = rewrite(found) if write and (found.attached or found.taken) else None
    if as_json:
        click.echo(json.dumps(followed_json(found, where, written), indent=1))
        return 0
    click.echo("\n".join(followed_lines(found, where, workflow, node, write=write)))
    if written:
        click.echo("\n".join(rewritten_lines(found, written, workflow)))
    return 0
