"""What a batch writes about all its images: a summary, the failures, and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from objclass.batch.counting import FrameCounts, ImageCounts
from objclass.batch.foreseen import FAILURES, SUMMARY
from objclass.batch.image_done import ImageDone
from objclass.batch.work import Batch
from objclass.engine.look import ImageKey
from objclass.nodes.export.counts import percent
from objclass.results import Result, counts_name

Columns = dict[str, list[Any]]


def write_reports(batch: Batch, done: Sequence[ImageDone]) -> None:
    """Write ``summary.csv``, one row per image, ``failures.csv`` where images failed, and counts.

    Images that were not reached, because the batch was stopped, are in the summary as
    ``not done``.
    """
    from objclass.io.tables import write_table

    out = batch.request.out
    reached = {each.image.name for each in done}
    left = [image for image in batch.images if image.name not in reached]
    write_table(out / SUMMARY, summary_columns(done, batch.results, left))
    for result in (each for each in batch.results if each.counts_by):
        name = counts_name(result, batch.results, batch.request.wanted)
        write_table(out / name, counts_columns(result, done))
    rows = [(each.image.name, str(problem)) for each in done for problem in each.problems]
    failures = out / FAILURES
    if rows:
        columns = {"image": [name for name, _ in rows], "problem": [text for _, text in rows]}
        write_table(failures, columns)
    else:
        failures.unlink(missing_ok=True)  # of the batch that this one replaces


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
        columns |= _count(prefix, [*found, *[None] * len(left)])
    return columns | _shifts(done, len(left))


def _shifts(done: Sequence[ImageDone], left: int) -> Columns:
    """Return how many columns of every image lie outside of training, and the farthest."""
    count = [None if d.failed else d.shift.columns if d.shift else 0 for d in done]
    text = [None if d.failed else str(d.shift or "") for d in done]
    return {"columns_outside": [*count, *[None] * left], "shift": [*text, *[None] * left]}


def _count(prefix: str, found: Sequence[ImageCounts | None]) -> Columns:
    classes = dict.fromkeys(name for each in found if each for name in each.classes)
    columns: Columns = {f"{prefix}objects": [None if f is None else f.objects for f in found]}
    for name in classes:
        counts = [None if f is None else f.classes.get(name, 0) for f in found]
        columns[f"{prefix}n_{name}"] = counts
    return columns


def counts_columns(result: Result, done: Sequence[ImageDone]) -> Columns:
    """Return objects per class of all images, summed by what the workflow counts by.

    ``images`` and ``failed`` say how many images a row is made of, and how many of its images
    have no result; a row of failed images only has no counts (None), not zeros.
    """
    by = result.counts_by
    groups: dict[tuple[str, ...], list[FrameCounts]] = {}
    images: dict[tuple[str, ...], dict[str, bool]] = {}
    for each in done:
        for key, frame in _key_rows(result, each):
            groups.setdefault(key, []).extend([frame] if frame else [])
            images.setdefault(key, {})[each.image.name] = each.failed
    columns: Columns = {name: [key[k] for key in groups] for k, name in enumerate(by)}
    columns["images"] = [list(images[key].values()).count(False) for key in groups]
    columns["failed"] = [list(images[key].values()).count(True) for key in groups]
    found = [
        ImageCounts(tuple(frames)) if columns["images"][k] else None
        for k, frames in enumerate(groups.values())
    ]
    counts = _count("", found)
    return columns | counts | dict(_percents(counts))


def _key_rows(
    result: Result, done: ImageDone
) -> Iterator[tuple[tuple[str, ...], FrameCounts | None]]:
    """Yield the row that every frame of an image belongs to; a failed image has no frames."""
    facts = {"image": done.image.name, **done.image.names}
    counted = done.results.get(result.name)
    frames: Sequence[FrameCounts | None] = counted.frames if counted and counted.frames else (None,)
    for frame in frames:
        known = {**facts, "t": "" if frame is None else str(frame.t or 0)}
        yield tuple(known.get(name, "") for name in result.counts_by), frame


def _percents(counts: Mapping[str, Sequence[int | None]]) -> Iterator[tuple[str, list[Any]]]:
    for name, column in counts.items():
        if name.startswith("n_"):
            pairs = zip(column, counts["objects"], strict=True)
            shares = [None if n is None or of is None else percent(n, of) for n, of in pairs]
            yield f"pct_{name.removeprefix('n_')}", shares
