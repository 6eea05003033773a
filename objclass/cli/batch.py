"""``objclass batch``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from objclass.cli.options import Command, F, option, set_option, workers_option

if TYPE_CHECKING:
    from objclass.batch import Batch, ImageDone
    from objclass.batch.counting import ImageCounts

ROLES = {
    "raw": "Raw images; {name} makes images of many files.",
    "prediction_map": "Prediction maps, paired with the raw images by the names.",
    "segmentation": "Segmentations.",
    "label_image": "Label images.",
}


def _role_options(command: F) -> F:
    for role, text in reversed(ROLES.items()):
        flag = f"--{role.replace('_', '-')}"
        command = option(flag, role, multiple=True, metavar="PATTERN", help=text)(command)
    return command


@click.command("batch", cls=Command)
@click.argument("project", type=click.Path(dir_okay=False, path_type=Path))
@_role_options
@option("--input", "inputs", multiple=True, metavar="NODE=PATTERN", help="Files of one input.")
@option("--shared", multiple=True, metavar="NODE", help="One file of this input serves all images.")
@option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@option(
    "--export",
    multiple=True,
    metavar="A,B",
    help="What to write: table,identities,overlay,…",
)
@option(
    "--format",
    "formats",
    multiple=True,
    metavar="F",
    help="Format of images (tif, h5, zarr, png, npy) or of tables (csv, parquet).",
)
@option(
    "--plugin",
    "plugins",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A plugin file the project was trained with; it is run.",
)
@option("--names", type=click.Choice(["ilastik"]), help="Files and columns as ilastik's.")
@set_option
@option("--dry-run", is_flag=True, help="List the images and stop.")
@option("--overwrite", is_flag=True, help="Replace results that are there already.")
@option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Keep a cache here.")
@workers_option
def command(
    project: Path,
    inputs: tuple[str, ...],
    shared: tuple[str, ...],
    out: Path,
    export: tuple[str, ...],
    formats: tuple[str, ...],
    plugins: tuple[Path, ...],
    names: Literal["ilastik"] | None,
    sets: tuple[str, ...],
    dry_run: bool,
    overwrite: bool,
    cache: Path | None,
    workers: int | None,
    **roles: tuple[str, ...],
) -> int:
    """Classify other images with a trained PROJECT; one bad image does not stop the rest.

    Put patterns in quotes: --raw 'new/{name}.tif'. An option for files may be given several
    times; the first of every input then belong together, then the second, and so on.
    """
    from objclass.batch import BatchRequest, prepare, prepare_batch
    from objclass.batch.request import formats as formats_of

    request = BatchRequest(
        project=project,
        out=out,
        inputs=_pairs(inputs),
        roles={role: patterns for role, patterns in roles.items() if patterns},
        shared=shared,
        export=tuple(what.strip() for text in export for what in text.split(",") if what.strip()),
        **formats_of(formats),
        names=names,
        plugins=plugins,
        sets=sets,
        cache=cache,
        overwrite=overwrite,
        workers=workers,
    )
    batch = prepare(request) if dry_run else prepare_batch(request)
    for note in batch.notes:
        click.echo(f"note: {note}")
    return _dry(batch) if dry_run else _run(batch)


def _pairs(texts: tuple[str, ...]) -> dict[str, list[str]]:
    from objclass.errors import InputError, Problem

    found: dict[str, list[str]] = {}
    for text in texts:
        node, sign, pattern = text.partition("=")
        if not sign or not node or not pattern:
            raise InputError(Problem("--input names no node", got=text, expected="NODE=PATTERN"))
        found.setdefault(node, []).append(pattern)
    return found


def _dry(batch: Batch) -> int:
    """List the images and what would fail; the exit code is that of the batch before work."""
    from objclass.batch.foreseen import batch_problems, foresee

    told: set[str] = set()
    failing = 0
    for each in foresee(batch):
        for line in _lines(each, told):
            click.echo(line)
        files = ", ".join(_describe_files(named) for _, named in each.image.files.values())
        click.echo(f"{each.image.name}: {files}{f'  {_failed(each)}' if each.failed else ''}")
        failing += each.failed
    problems = list(batch_problems(batch))
    for problem in problems:
        click.echo(str(problem), err=True)
    would_fail = f"; {failing} would fail" if failing else ""
    count = "1 image" if len(batch.images) == 1 else f"{len(batch.images)} images"
    click.echo(f"{count}; nothing was run{would_fail}")
    return 2 if failing or problems else 0


def _describe_files(named: str | Sequence[str]) -> str:
    """Return the files of an input in words: of a stack the first and how many more."""
    return named if isinstance(named, str) else f"{named[0]} and {len(named) - 1} more"


def _run(batch: Batch) -> int:
    from objclass.cli.bug import report

    done: list[ImageDone] = []
    stopped = _work(batch, done)
    reported = _reported(batch, done)
    failed = [each for each in done if each.failed]
    left = len(batch.images) - len(done)
    not_done = f", {left} not done" if left else ""
    counts = f"{len(done) - len(failed)} done, {len(failed)} failed{not_done}"
    click.echo(f"{counts}; results in {batch.request.out}")
    if stopped is not None:
        raise stopped
    bugs = [each.bug for each in failed if each.bug]
    if bugs:
        return report("\n\n".join(bugs))
    return 1 if failed or not reported else 0


def _reported(batch: Batch, done: Sequence[ImageDone]) -> bool:
    """Write the reports; where the disk refuses, show what they would say."""
    from objclass.batch import write_reports
    from objclass.errors import RunError

    try:
        write_reports(batch, done)
    except RunError as error:
        for each in done:
            for problem in each.problems:
                click.echo(f"{each.image.name}: {problem}")
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return False
    return True


def _work(batch: Batch, done: list[ImageDone]) -> BaseException | None:
    """Work off the images into `done`; return what a person or the system stopped it with."""
    from objclass.cli.live import shown_compiling
    from objclass.cli.main import Stopped

    told: set[str] = set()
    try:
        for each in shown_compiling(batch.run()):
            done.append(each)
            for line in _lines(each, told):
                click.echo(line)
            click.echo(f"{len(done)}/{len(batch.images)}  {each.image.name}  {_state(each)}")
            if each.shift:
                click.echo(f"  warning: objects lie outside of training: {each.shift}")
    except (KeyboardInterrupt, Stopped) as stopped:
        return stopped
    return None


def _lines(done: ImageDone, told: set[str]) -> Iterator[str]:
    """Yield what a person should know of an image and was not told of another."""
    for note in done.notes:
        if note not in told:
            told.add(note)
            yield f"note: {note} (image '{done.image.name}')"


def _state(done: ImageDone) -> str:
    if done.failed:
        return _failed(done)
    several = len(done.results) > 1
    return "  ".join(
        _counts(f"{name}: " if several else "", counted) for name, counted in done.results.items()
    )


def _failed(done: ImageDone) -> str:
    more = f"; and {len(done.problems) - 1} more" if done.problems[1:] else ""
    return f"FAILED  {done.problems[0]}{more}"


def _counts(name: str, counted: ImageCounts) -> str:
    classes = ", ".join(f"{n} {name}" for name, n in counted.classes.items())
    return f"{name}{counted.objects} objects{f'; {classes}' if classes else ''}"
