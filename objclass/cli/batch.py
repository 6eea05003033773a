"""``objclass batch``."""

from __future__ import annotations

from pathlib import Path

import click

from objclass.cli.options import F, set_option

ROLES = {
    "raw": "Raw images; {name} makes images of many files.",
    "prediction_map": "Prediction maps, paired with the raw images by the names.",
    "segmentation": "Segmentations.",
    "label_image": "Label images.",
}


def _role_options(command: F) -> F:
    for role, text in reversed(ROLES.items()):
        flag = f"--{role.replace('_', '-')}"
        command = click.option(flag, role, metavar="PATTERN", help=text)(command)
    return command


@click.command("batch")
@click.argument("project", type=click.Path(dir_okay=False, path_type=Path))
@_role_options
@click.option(
    "--input", "inputs", multiple=True, metavar="NODE=PATTERN", help="Files of one input."
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--export", metavar="A,B", help="What to write: table,identities,overlay,…")
@click.option(
    "--format", "image_format", default="tif", help="Format of images: tif, h5, png, npy."
)
@set_option
@click.option("--dry-run", is_flag=True, help="List the images and stop.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there already.")
@click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), help="Keep a cache here."
)
def command(
    project: Path,
    raw: str | None,
    prediction_map: str | None,
    segmentation: str | None,
    label_image: str | None,
    inputs: tuple[str, ...],
    out: Path,
    export: str | None,
    image_format: str,
    sets: tuple[str, ...],
    dry_run: bool,
    overwrite: bool,
    cache: Path | None,
) -> int:
    """Classify other images with a trained PROJECT; one bad image does not stop the rest."""
    from objclass.batch import BatchRequest, prepare_batch

    given = {
        "raw": raw,
        "prediction_map": prediction_map,
        "segmentation": segmentation,
        "label_image": label_image,
    }
    request = BatchRequest(
        project=project,
        out=out,
        inputs=dict(_pair(text) for text in inputs),
        roles={role: pattern for role, pattern in given.items() if pattern},
        export=tuple(what.strip() for what in (export or "").split(",") if what.strip()),
        image_format=f".{image_format.lstrip('.')}",
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
        raise InputError(Problem("--input", got=text, expected="NODE=PATTERN"))
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
    from objclass.batch import Batch, summary_columns
    from objclass.cli.bug import report
    from objclass.io.tables import write_table

    assert isinstance(batch, Batch)
    done = []
    for each in batch.run():
        done.append(each)
        counts = ", ".join(f"{n} {name}" for name, n in each.classes.items())
        state = (
            f"FAILED  {each.problems[0]}" if each.failed else f"{each.objects} objects; {counts}"
        )
        click.echo(f"{len(done)}/{len(batch.images)}  {each.image.name}  {state}")
    classes = list(dict.fromkeys(name for each in done for name in each.classes))
    write_table(batch.request.out / "summary.csv", summary_columns(done, classes))
    failed = [each for each in done if each.failed]
    if failed:
        rows = [(each.image.name, str(problem)) for each in failed for problem in each.problems]
        columns = {"image": [name for name, _ in rows], "problem": [text for _, text in rows]}
        write_table(batch.request.out / "failures.csv", columns)
    click.echo(
        f"{len(done) - len(failed)} done, {len(failed)} failed; results in {batch.request.out}"
    )
    bugs = [each.bug for each in failed if each.bug]
    if bugs:
        return report("\n\n".join(bugs))
    return 1 if failed else 0
