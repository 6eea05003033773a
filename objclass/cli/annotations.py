"""``objclass annotations``."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from objclass.cli import annotation_import, json_document
from objclass.cli.options import (
    CommandGroup,
    cache_option,
    json_option,
    json_switch,
    nearest_option,
    option,
    set_option,
    trust_option,
    workflow_options,
)

node_option = option(
    "--node", metavar="NAME", help="Only this classifier, where the workflow has several."
)


@click.group("annotations", cls=CommandGroup)
def command() -> None:
    """Start annotations, see how they stand, find changed objects again, merge and import."""


command.add_command(annotation_import.command)


@command.command("new", short_help="Choose objects to annotate.")
@workflow_options
@node_option
@option(
    "--choose",
    metavar="HOW",
    help="diverse-uncertain, diverse, random, uncertain, class:CLASS or like:OBJECT. By default "
    "diverse-uncertain, or diverse where no classifier is trained yet.",
)
@option(
    "-n",
    "--count",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="How many objects.",
)
@option("--seed", type=int, default=0, show_default=True, help="Another number chooses others.")
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write elsewhere than to what the classifier names; never over a file.",
)
@json_switch
def new(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    node: str | None,
    choose: str | None,
    count: int,
    seed: int,
    output: Path | None,
) -> int:
    """Write objects as rows without a class, and a picture with their line numbers.

    Look at the picture, fill in the column class, and run the workflow. Objects that are
    annotated already are never chosen, nor those of rows that still have no class.
    """
    from objclass.cli.annotation_screen import started_lines
    from objclass.cli.live import teller
    from objclass.curation.annotated_objects import classifiers
    from objclass.curation.starting import start, to_start
    from objclass.run import Request

    learning = classifiers(workflow, sets, node)
    wanted = to_start(workflow, sets, learning, output)
    for name in learning:
        if name not in wanted:
            click.echo(f"kept    the annotations of {name}, which are there already")
    made: dict[str, Any] = {}
    json_document.add(classifiers=made, kept=[name for name in learning if name not in wanted])
    for name in wanted:
        with teller() as tell:
            request = Request(sets, cache, tell=tell, trust_plugins=trust)
            found = start(
                workflow, request, count=count, seed=seed, choose=choose, output=output, node=name
            )
        made[name] = found
        click.echo("\n".join(started_lines(found, request.typed(workflow))))
    return 0


@command.command("status", short_help="Say how many are valid.")
@workflow_options
@node_option
@json_option
def status(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    node: str | None,
    as_json: bool,
) -> int:
    """Say per class how many annotations are valid, points, invalid or contradictory."""
    from objclass.cli.annotation_screen import status_lines
    from objclass.cli.live import teller
    from objclass.cli.screen import typed_ways
    from objclass.curation.annotated_objects import classifiers
    from objclass.curation.annotation_status import status as status_of
    from objclass.run import Request

    learning = classifiers(workflow, sets, node)
    plain: dict[str, Any] = {}
    for name in learning:
        with teller(quiet=as_json) as tell:
            request = Request(sets, cache, tell=tell, trust_plugins=trust)
            found = status_of(workflow, request, name)
        asked, words = name if learning[1:] else node, request.typed(workflow)
        ways = typed_ways(found.ways, words, asked)
        plain[name] = {**found.as_json(), "ways": ways}
        if not as_json:
            _echo(name, learning, status_lines(found, words, asked))
    json_document.add(classifiers=plain)
    return 0


@command.command("list", short_help="List them one by one.")
@workflow_options
@node_option
@option("--status", "wanted", metavar="STATUS", help="Only these, such as invalid or background.")
@json_option
def list_all(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    node: str | None,
    wanted: str | None,
    as_json: bool,
) -> int:
    """List every annotation: its line, image, position and class, and what became of it."""
    from dataclasses import asdict

    from objclass.cli.annotation_screen import listed_lines, status_named
    from objclass.cli.live import teller
    from objclass.curation.annotated_objects import find_ground
    from objclass.curation.listing import annotations_of
    from objclass.run import Request

    status = status_named(wanted) if wanted else None
    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        found = annotations_of(find_ground(workflow, request, node))
    found = tuple(each for each in found if status in (None, each.status))
    if as_json:
        rows = [{k.rstrip("_"): v for k, v in asdict(each).items()} for each in found]
        json_document.add(annotations=rows)
    else:
        click.echo("\n".join(listed_lines(found)))
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
@nearest_option("Rows")
@json_option
def reattach(
    workflow: Path,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    node: str | None,
    write: bool,
    same_image: bool,
    nearest: float | None,
    as_json: bool,
) -> int:
    """List what became of annotations whose objects changed, with a picture.

    Nothing is written to the annotation file without --write; then only the rows that
    re-attach one to one change.
    """
    from objclass.cli.annotation_screen import followed_json, followed_lines, rewritten_lines
    from objclass.cli.live import teller
    from objclass.curation.annotated_objects import classifiers
    from objclass.curation.following import follow, picture, rewrite
    from objclass.run import Request

    learning = classifiers(workflow, sets, node)
    plain: dict[str, Any] = {}
    for name in learning:
        with teller(quiet=as_json) as tell:
            request = Request(sets, cache, same_image=same_image, tell=tell, trust_plugins=trust)
            found = follow(workflow, request, name, nearest)
            where = picture(found)
        words = request.typed(workflow)
        if write and not found.fits and not as_json:
            _echo(name, learning, followed_lines(found, where, words, node, write=write))
        written = rewrite(found) if write and (found.attached or found.taken) else None
        plain[name] = followed_json(found, where, written)
        if not as_json:
            asked = name if learning[1:] else node
            _echo(name, learning, followed_lines(found, where, words, asked, write=write))
            for line in rewritten_lines(found, written, words) if written else ():
                click.echo(line)
    json_document.add(classifiers=plain)
    return 0


@command.command("merge", short_help="Compare those of several people, and join them.")
@click.argument(
    "workflow", type=click.Path(dir_okay=False, path_type=Path), metavar="WORKFLOW.yaml"
)
@click.argument(
    "files",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="A.csv B.csv…",
    nargs=-1,
    required=True,
)
@option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the merged table to this new file; without it nothing is written.",
)
@option(
    "--disagreements",
    metavar="HOW",
    help="What is written of objects that annotators class differently: open (the default, the "
    "class left empty and what was said in the note), out, majority, or the file that is right.",
)
@node_option
@set_option
@cache_option
@trust_option
@json_option
def merge(
    workflow: Path,
    files: tuple[Path, ...],
    output: Path | None,
    disagreements: str | None,
    node: str | None,
    sets: tuple[str, ...],
    cache: Path | None,
    trust: bool,
    as_json: bool,
) -> int:
    """Say how far annotators agree (Cohen's kappa), and list where they do not.

    Rows of several files are joined by the objects of the workflow that they lie in. No file
    of a person changes; every row of theirs is in the merged table or listed.
    """
    from objclass.cli.annotation_screen import on
    from objclass.cli.live import teller
    from objclass.cli.merging_screen import compared_json, compared_lines, merged_lines
    from objclass.curation.merging import (
        check_output,
        compare_annotators,
        settling_named,
        write_merged,
    )
    from objclass.run import Request

    if disagreements is not None and output is None:
        raise click.UsageError("--disagreements says what is written: add -o FILE")
    settling = settling_named(disagreements or "open", files)
    if output is not None:
        check_output(output)
    with teller(quiet=as_json) as tell:
        request = Request(sets, cache, tell=tell, trust_plugins=trust)
        found = compare_annotators(workflow, files, request, node)
    written = write_merged(found, output, settling) if output else None
    json_document.add(**compared_json(found, written))
    if not as_json:
        click.echo("\n".join(compared_lines(found)))
        typed = f"{request.typed(workflow)} {shlex.join(map(str, files))}"
        click.echo("\n".join(merged_lines(found, written, on(typed, node))))
    return 0


def _echo(name: str, learning: Sequence[str], lines: Iterable[str]) -> None:
    """Print what there is to say of a classifier, under its name where there are several."""
    indent = "    " if len(learning) > 1 else ""
    if indent:
        click.echo(f"{name}:")
    click.echo("\n".join(f"{indent}{line}" for line in lines))
