"""What a batch writes about all its images: a summary, the failures, counts, a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from objclass.batch.count_table import Columns, count_columns, counts_columns
from objclass.batch.foreseen import FAILURES, SUMMARY
from objclass.batch.gathered import gather
from objclass.batch.image_done import ImageDone
from objclass.batch.manifest import write_manifest
from objclass.batch.old_files import OldFile, by_image, find_old, put_away
from objclass.batch.plates import plate_files
from objclass.batch.quality import quality_columns
from objclass.batch.work import Batch
from objclass.engine.look import ImageKey
from objclass.errors import RunError
from objclass.report.shift import ImageShift
from objclass.results import Result, counts_name

SHIFT = ("columns_outside", "shift", "shifted_columns")
"""Titles of how an image lies outside of training."""


def told(batch: Batch, done: Sequence[ImageDone] = ()) -> list[ImageDone]:
    """Return what became of all images that were reached, in order: now, or as recorded."""
    now = {each.image.name: each for each in done}
    if batch.folder is None:
        return list(done)
    found = (now.get(i.name) or batch.folder.told(i) for i in batch.images)
    return [each for each in found if each]


def write_reports(batch: Batch, done: Sequence[ImageDone]) -> list[OldFile]:
    """Write ``summary.csv``, one row per image, ``failures.csv`` where images failed, and counts.

    Last comes ``manifest.json``, which names all files of this batch. Images that were not
    reached now are told as they are recorded; those that have no record are in the summary as
    ``not done``. Old files are named there, and moved aside or removed where that is asked for;
    they are returned.

    Raises
    ------
    RunError
        Where the disk refuses, or one file of all images cannot be made; the others are there.
    """
    done = told(batch, done)
    out = batch.request.out
    reached = {each.image.name for each in done}
    left = [image for image in batch.images if image.name not in reached]
    old = find_old(batch, done)
    put_away(batch, old)
    beside = old if batch.request.old_files == "keep" else []
    columns = with_old(summary_columns(done, batch.results, left), by_image(beside))
    _write(batch, {SUMMARY: columns, **_count_tables(batch, done), **plate_files(batch, done)})
    lacking = gather(batch, done)
    rows = [(each.image.name, str(problem)) for each in done for problem in each.problems]
    if rows:
        names, texts = zip(*rows, strict=True)
        _write(batch, {FAILURES: {"image": names, "problem": texts}})
    else:
        (out / FAILURES).unlink(missing_ok=True)  # of the batch that this one replaces
    write_manifest(batch, done, beside)
    if lacking:
        raise RunError(*lacking)
    return old


def _write(batch: Batch, tables: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
    from objclass.io.tables import write_table

    for name, columns in tables.items():
        write_table(batch.request.out / name, columns)


def _count_tables(batch: Batch, done: Sequence[ImageDone]) -> dict[str, Columns]:
    wanted = batch.request.wanted
    counting = (each for each in batch.results if each.counts_by)
    return {counts_name(r, batch.results, wanted): counts_columns(r, done) for r in counting}


def with_old(columns: Columns, old: Mapping[str, Sequence[str]]) -> Columns:
    """Return a summary that names old files, where there are any.

    Images that are not in this batch have rows of their own, with the status ``old``.
    """
    if not old:
        return columns
    here = columns["image"]
    gone = [image for image in old if image and image not in here]
    facts = {"image": gone, "status": ["old"] * len(gone)}
    more = {name: facts.get(name, [None] * len(gone)) for name in columns}
    named = ["; ".join(old.get(image, ())) for image in (*here, *gone)]
    return {n: [*column, *more[n]] for n, column in columns.items()} | {"old_files": named}


def summary_columns(
    done: Sequence[ImageDone], results: Sequence[Result], left: Sequence[ImageKey] = ()
) -> Columns:
    """Return one row per image: names, status, and of every result objects, also per class.

    A failed image has no counts (None), which is not the same as none found (0). Where there
    are several results, the columns of each begin with its name.
    """
    images = [*(each.image for each in done), *left]
    names = list(dict.fromkeys(name for image in images for name in image.names))
    columns: Columns = {"image": [image.name for image in images]}
    for name in names:
        columns[name] = [image.names.get(name, "") for image in images]
    columns["status"] = ["failed" if each.failed else "done" for each in done]
    columns["status"] += ["not done"] * len(left)
    for result in results:
        prefix = f"{result.name}_" if len(results) > 1 else ""
        found = [None if each.failed else each.results.get(result.name) for each in done]
        columns |= count_columns(prefix, [*found, *[None] * len(left)])
    return columns | _shifts(done, len(left)) | quality_columns(done, len(left))


def _shifts(done: Sequence[ImageDone], left: int) -> Columns:
    """Return how many columns of every image lie outside of training, how far, and which."""
    unknown = (None, None, None)
    rows = [unknown if each.failed else _shift(each.shift) for each in done]
    rows += [unknown] * left
    return {title: [row[k] for row in rows] for k, title in enumerate(SHIFT)}


def _shift(shift: ImageShift | None) -> tuple[int, float | None, str]:
    """Return the cells of an image that was done; four digits, as the words have."""
    if shift is None:
        return 0, 0.0, ""
    far = None if shift.distance is None else float(f"{shift.distance:.4g}")
    return shift.columns, far, str(shift)
