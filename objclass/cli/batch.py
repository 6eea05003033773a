"""``objclass batch``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from objclass.cli import json_document
from objclass.cli.batch_words import (
    FirstImages,
    control_line,
    new_notes,
    old_line,
    quality_line,
    state_of,
)
from objclass.cli.dry_run import show_dry_run
from objclass.cli.options import (
    Command,
    F,
    json_switch,
    memory_option,
    option,
    scheduler_option,
    set_option,
    workers_option,
)

if TYPE_CHECKING:
    from objclass.batch import Batch, BatchRequest, ImageDone

ROLES = {
    "raw": "Raw images; {name} makes images of many files.",
    "prediction_map": "Prediction maps, paired with the raw images by the names.",
    "segmentation": "Segmentations.",
    "label_image": "Label images.",
}


def role_options(command: F) -> F:
    """Add an option for the files of every role."""
    for role, text in reversed(ROLES.items()):
        flag = f"--{role.replace('_', '-')}"
        command = option(flag, role, multiple=True, metavar="PATTERN", help=text)(command)
    return command


@click.command("batch", cls=Command)
@click.argument("project", required=False, type=click.Path(dir_okay=False, path_type=Path))
@role_options
@option("--input", "inputs", multiple=True, metavar="NODE=PATTERN", help="Files of one input.")
@option("--shared", multiple=True, metavar="NODE", help="One file of this input serves all images.")
@option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the results.")
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
    help="Format of images (tif, h5, zarr, png, npy) or of tables (csv, parquet, table=h5).",
)
@option(
    "--plate-map",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Conditions of wells: a table, or an OME-Zarr plate or its condition table.",
)
@option("--positive", multiple=True, metavar="WELLS", help="Controls: A01,B01 or drug=taxol.")
@option("--negative", multiple=True, metavar="WELLS", help="The controls they are compared with.")
@option(
    "--plugin",
    "plugins",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A plugin file the project was trained with; it is run.",
)
@option("--names", type=click.Choice(["ilastik", "cytomining"]), help="Whose names results have.")
@set_option
@option("--dry-run", is_flag=True, help="List the images, write down what to do, and stop.")
@option("--overwrite", is_flag=True, help="Begin again; replace results that are there already.")
@option(
    "--resume",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Go on with the batch begun there; it knows its project, files and settings.",
)
@option("--shard", metavar="K/N", help="Work off every N-th image only, from the K-th.")
@option("--collect", is_flag=True, help="Work off nothing; write the summary of what is done.")
@option("--only", multiple=True, metavar="NAME=VALUE", help="Only images such as well=B03.")
@option("--failed", is_flag=True, help="Only images that failed before.")
@option("--allow-failures", metavar="N%", help="Exit code 0 though so many images failed.")
@option(
    "--old-files",
    type=click.Choice(["keep", "aside", "remove"]),
    default="keep",
    help="What becomes of files of an earlier batch in the folder that are none of this one's.",
)
@option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Keep a cache here.")
@workers_option
@scheduler_option
@memory_option
@json_switch
def command(
    dry_run: bool,
    resume: Path | None,
    collect: bool,
    allow_failures: str | None,
    **said: Any,
) -> int:
    """Classify other images with a trained PROJECT; one bad image does not stop the rest.

    Put patterns in quotes: --raw 'new/{name}.tif'. An option for files may be given several
    times; the first of every input then belong together, then the second, and so on.

    The same command again goes on where it was stopped; so does --resume FOLDER.
    """
    from objclass.batch import prepare_batch
    from objclass.batch import resume as resumed
    from objclass.batch.request import allowed_failures

    now = {name: said.pop(name) for name in NOW}
    _check_use(said, resume, collect, now, dry_run)
    if resume is not None:
        batch = resumed(resume, plugins=said["plugins"], **now)
    elif dry_run:
        return show_dry_run(_request(said, now))
    else:
        batch = prepare_batch(_request(said, now))
    allowed = allowed_failures(allow_failures, len(batch.images))
    notes = [*batch.notes, *batch.forecast.notes]
    json_document.add(notes=notes)
    for note in notes:
        click.echo(f"note: {note}")
    return _collect(batch, allowed) if collect else _run(batch, allowed)


NOW = (
    "shard", "only", "failed", "old_files", "workers", "scheduler", "memory",
    "positive", "negative",
)  # fmt: skip
"""What is asked of now and is no part of what a batch is."""


def _request(said: Mapping[str, Any], now: Mapping[str, Any]) -> BatchRequest:
    """Return what the options ask for."""
    from objclass.batch import BatchRequest
    from objclass.batch.request import formats

    files: dict[str, Any] = {**formats(said["formats"])}
    same: dict[str, Any] = {
        n: said[n]
        for n in ("project", "out", "names", "plugins", "sets", "shared", "cache", "plate_map")
    }
    return BatchRequest(
        **same,
        inputs=input_pairs(said["inputs"]),
        roles={role: patterns for role in ROLES if (patterns := said[role])},
        export=tuple(w.strip() for text in said["export"] for w in text.split(",") if w.strip()),
        overwrite=said["overwrite"],
        **files,
        **now,
    )


def _check_use(
    given: Mapping[str, Any],
    resume: Path | None,
    collect: bool,
    now: Mapping[str, Any],
    dry_run: bool,
) -> None:
    """Refuse options that do not go together, and too few."""
    if resume is None:
        lacking = [name for name in ("project", "out") if not given[name]]
        if lacking:
            words = {"project": "PROJECT", "out": "--out FOLDER"}
            missing = " and ".join(words[name] for name in lacking)
            raise click.UsageError(f"Missing {missing}; or --resume FOLDER goes on with a batch.")
    else:
        more = [name for name, value in given.items() if value and name != "plugins"]
        if more or dry_run:
            named = "PROJECT" if "project" in more else _flag((*more, "dry_run")[0])
            raise click.UsageError(f"--resume {resume} knows the rest; leave out {named}.")
    if now["shard"]:
        from objclass.engine.shard import Shard

        Shard.read(now["shard"])
        if given["overwrite"]:
            raise click.UsageError("--overwrite would begin again with every shard.")
    if collect and (now["shard"] or now["failed"] or now["only"] or dry_run or given["overwrite"]):
        raise click.UsageError("--collect works off nothing and tells of all images.")


def _flag(name: str) -> str:
    word = {"sets": "set", "inputs": "input", "formats": "format"}.get(name, name)
    return f"--{word.replace('_', '-')}"


def input_pairs(texts: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the patterns of every input node that ``--input NODE=PATTERN`` names."""
    from objclass.errors import InputError, Problem

    found: dict[str, list[str]] = {}
    for text in texts:
        node, sign, pattern = text.partition("=")
        if not sign or not node or not pattern:
            raise InputError(Problem("--input names no node", got=text, expected="NODE=PATTERN"))
        found.setdefault(node, []).append(pattern)
    return found


def _run(batch: Batch, allowed: int) -> int:
    from objclass.batch.choice import chosen
    from objclass.cli.batch_document import add_batch
    from objclass.cli.bug import report

    done: list[ImageDone] = []
    stopped = _work(batch, done)
    kept = sum(each.kept for each in done)
    if kept:
        which = f"all {kept}" if kept == len(done) else f"{kept} of {len(done)}"
        click.echo(f"{which} images were done already")
    if batch.request.shard:
        reported = True
        add_batch(batch, done)
        _tell_counts(done, len(chosen(batch)) - len(done), batch)
        click.echo(_rest(batch))
    else:
        reported = _reported(batch, done)
    if stopped is not None:
        raise stopped
    failed = [each for each in done if each.failed]
    bugs = [each.bug for each in failed if each.bug]
    if bugs:
        return report("\n\n".join(bugs))
    return 1 if len(failed) > allowed or not reported else 0


def _rest(batch: Batch) -> str:
    out = shlex.quote(str(batch.request.out))
    return (
        f"this was shard {batch.request.shard}; after all shards, "
        f"objclass batch --resume {out} --collect writes the summary"
    )


def _collect(batch: Batch, allowed: int) -> int:
    """Write the reports of what is recorded; what no shard has done is named."""
    from objclass.batch.choice import left_of_shards
    from objclass.batch.reports import told
    from objclass.errors import Problem

    done = told(batch)
    reported = _reported(batch, done)
    left = left_of_shards(batch, done)
    for line in left:
        click.echo(line, err=True)
    json_document.add_problems(map(Problem, left))
    failed = sum(each.failed for each in done)
    return 1 if left or failed > allowed or not reported else 0


def _tell_counts(done: Sequence[ImageDone], left: int, batch: Batch) -> None:
    failed = sum(each.failed for each in done)
    not_done = f", {left} not done" if left else ""
    click.echo(
        f"{len(done) - failed} done, {failed} failed{not_done}; results in {batch.request.out}"
    )


def _reported(batch: Batch, done: Sequence[ImageDone]) -> bool:
    """Write the reports and say what they count; where the disk refuses, show the failures."""
    from objclass.batch import write_reports
    from objclass.batch.reports import told
    from objclass.cli.batch_document import add_batch, add_old, add_plates
    from objclass.errors import RunError

    everything = told(batch, done)
    add_batch(batch, everything)
    try:
        old = write_reports(batch, done)
        add_old(batch, old)
        if old:
            click.echo(old_line(old, batch.request.old_files))
        add_plates(batch, everything)
        _tell_quality(everything)
        _tell_controls(batch, everything)
    except RunError as error:
        json_document.add_problems(error.problems)
        for each in done:
            for problem in each.problems:
                click.echo(f"{each.image.name}: {problem}")
        for problem in error.problems:
            click.echo(str(problem), err=True)
        return False
    finally:
        _tell_counts(everything, len(batch.images) - len(everything), batch)
    return True


def _tell_quality(done: Sequence[ImageDone]) -> None:
    """Say which images stand out."""
    from objclass.batch.quality import standing_out

    strange = standing_out(done)
    if strange:
        click.echo(quality_line(strange, len(done)))


def _tell_controls(batch: Batch, done: Sequence[ImageDone]) -> None:
    """Say how the controls of every plate are told apart."""
    from objclass.batch.plates import tables_of

    for name, table in tables_of(batch, done).items():
        for judged in table.controls:
            click.echo(control_line(name if len(batch.results) > 1 else "", judged))


def _work(batch: Batch, done: list[ImageDone]) -> BaseException | None:
    """Work off the images into `done`; return what a person or the system stopped it with."""
    from objclass.batch.choice import chosen
    from objclass.cli.live import shown_compiling
    from objclass.cli.main import Stopped

    told: set[str] = set()
    count = len(chosen(batch))
    together = None if batch.request.scheduler else min(batch.forecast.workers, count)
    started = FirstImages(count, batch.request.out, together or None)
    try:
        for each in shown_compiling(batch.run(measured=started.measured)):
            done.append(each)
            if each.kept:
                continue
            for line in new_notes(each, told):
                click.echo(line)
            click.echo(f"{len(done)}/{count}  {each.image.name}  {state_of(each)}")
            if each.shift:
                click.echo(f"  warning: objects lie outside of training: {each.shift}")
            for line in started.lines(each, count - len(done)):
                click.echo(line)
    except (KeyboardInterrupt, Stopped) as stopped:
        return stopped
    return None
