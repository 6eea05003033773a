"""``objclass batch``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from objclass.cli.options import F, Verb, option, set_option

if TYPE_CHECKING:
    from objclass.batch import Done

ROLES = {
    "raw": "Raw images; {name} makes images of many files.",
    "prediction_map": "Prediction maps, paired with the raw images by the names.",
    "segmentation": "Segmentations.",
    "label_image": "Label images.",
}


def _role_options(command: F) -> F:
    for role, text in reversed(ROLES.items()):
        flag = f"--{role.replace('_', '-')}"
        command = option(flag, role, metavar="PATTERN", help=text)(command)
    return command


@click.command("batch", cls=Verb)
@click.argument("project", type=click.Path(dir_okay=False, path_type=Path))
@_role_options
@option("--input", "inputs", multiple=True, metavar="NODE=PATTERN", help="Files of one input.")
@option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@option("--export", metavar="A,B", help="What to write: table,identities,overlay,…")
@option("--format", "image_format", default="tif", help="Format of images: tif, h5, png, npy.")
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
def command(
    project: Path,
    inputs: tuple[str, ...],
    out: Path,
    export: str | None,
    image_format: str,
    plugins: tuple[Path, ...],
    names: Literal["ilastik"] | None,
    sets: tuple[str, ...],
    dry_run: bool,
    overwrite: bool,
    cache: Path | None,
    **roles: str | None,
) -> int:
    """Classify other images with a trained PROJECT; one bad image does not stop the rest."""
    from objclass.batch import BatchRequest, prepare_batch

    request = BatchRequest(
        project=project,
        out=out,
        inputs=dict(_pair(text) for text in inputs),
        roles={role: pattern for role, pattern in roles.items() if pattern},
        export=tuple(what.strip() for what in (export or "").split(",") if what.strip()),
        image_format=f".{image_format.lstrip('.')}",
        names=names,
        plugins=plugins,
        sets=sets,
        cache=cache,
        overwrite=overwrite,
    )
    batch = prepare_batch(request)
    for note in batch.notes:
        click.echo(f"note: {note}")
    if dry_run:
        return _dry(batch)
    return _run(batch)


def _pair(text: str) -> tuple[str, str]:
    from objclass.errors import InputError, Problem

    node, sign, pattern = text.partition("=")
    if not sign or not node or not pattern:
        raise InputError(Problem("--input names no node", got=text, expected="NODE=PATTERN"))
    return node, pattern


def _dry(batch: object) -> int:
    from objclass.batch import Batch

    assert isinstance(batch, Batch)
    for image in batch.images:
        files = ", ".join(str(named) for _, named in image.files.values())
        click.echo(f"{image.name}: {files}")
    click.echo(f"{len(batch.images)} images; nothing was run")
    return 0


def _run(batch: object) -> int:
    from objclass.batch import Batch, write_reports
    from objclass.cli.bug import report

    assert isinstance(batch, Batch)
    done: list[Done] = []
    told: set[str] = set()
    for each in batch.run():
        done.append(each)
        for line in _lines(each, told):
            click.echo(line)
        click.echo(f"{len(done)}/{len(batch.images)}  {each.image.name}  {_state(each)}")
    write_reports(batch, done)
    failed = [each for each in done if each.failed]
    click.echo(
        f"{len(done) - len(failed)} done, {len(failed)} failed; results in {batch.request.out}"
    )
    bugs = [each.bug for each in failed if each.bug]
    if bugs:
        return report("\n\n".join(bugs))
    return 1 if failed else 0


def _lines(done: Done, told: set[str]) -> Iterator[str]:
    """Yield what a person should know of an image and was not told of another."""
    for note in done.notes:
        if note not in told:
            told.add(note)
            yield f"note: {note} (image '{done.image.name}')"


def _state(done: Done) -> str:
    if done.failed:
        more = f"; and {len(done.problems) - 1} more" if done.problems[1:] else ""
        return f"FAILED  {done.problems[0]}{more}"
    counts = ", ".join(f"{n} {name}" for name, n in done.classes.items())
    return f"{done.objects} objects; {counts}"
