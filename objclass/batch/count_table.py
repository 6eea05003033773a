"""Columns of counts: of images one by one, and summed by what a workflow counts by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from objclass.batch.counting import FrameCounts, ImageCounts
from objclass.batch.image_done import ImageDone
from objclass.nodes.export.counts import NOT_COUNTED, NOT_SELECTED, percent
from objclass.results import Result

Columns = dict[str, list[Any]]


def count_columns(prefix: str, found: Sequence[ImageCounts | None]) -> Columns:
    """Return objects, also per class, of every image; None where there is no result."""
    classes = dict.fromkeys(name for each in found if each for name in each.classes)
    columns: Columns = {f"{prefix}objects": [None if f is None else f.objects for f in found]}
    if any(each and each.not_counted is not None for each in found):
        left_out = [None if f is None else f.not_counted or 0 for f in found]
        columns[f"{prefix}{NOT_COUNTED}"] = left_out
    if any(each and each.not_selected is not None for each in found):
        others = [None if f is None else f.not_selected or 0 for f in found]
        columns[f"{prefix}{NOT_SELECTED}"] = others
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
    counts = count_columns("", found)
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
