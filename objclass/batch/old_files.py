"""Files of an earlier batch that lie beside the results of this one, and are none of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from objclass.batch.folder import beginnings, records_of, reports_of
from objclass.batch.foreseen import FAILURES, batch_results, image_results
from objclass.batch.image_done import ImageDone
from objclass.batch.work import Batch
from objclass.data.dataclass import dataclass
from objclass.io.disk import writing
from objclass.io.leftover import remove

ASIDE = "old"
"""How the folder begins that old files are moved to."""


@dataclass(frozen=True)
class OldFile:
    """A file that is there and no result of this batch.

    Parameters
    ----------
    path
        As seen from the folder of the results.
    image
        What it is of; empty for a file about all images.
    """

    path: str
    image: str = ""


def find_old(batch: Batch, done: Sequence[ImageDone]) -> list[OldFile]:
    """Return the files of earlier batches in the same folder that are no results of this one.

    They are of images that failed now, of images that are not in this batch, and of results
    that are not asked for now.
    """
    out = batch.request.out
    mine = {os.path.relpath(path, out) for each in done for path in each.files}
    mine |= {path.name for path in batch_results(batch)} | {FAILURES}
    found = dict(_candidates(batch, done))
    old = [OldFile(path, image) for path, image in sorted(found.items()) if path not in mine]
    return [each for each in old if (out / each.path).exists()]


def _candidates(batch: Batch, done: Sequence[ImageDone]) -> Iterator[tuple[str, str]]:
    """Yield files that may be old with their images; those of images that failed come last."""
    if batch.folder is None:
        return
    out = batch.request.out
    for root in beginnings(out):
        for record in records_of(root):
            names = (*record["files"], *record.get("before", ()))
            yield from ((name, str(record["image"])) for name in names)
        if root != batch.folder.root:
            yield from ((name, "") for name in reports_of(root))
    for each in done:
        if each.failed:
            paths = image_results(batch, each.image)
            yield from ((os.path.relpath(path, out), each.image.name) for path in paths)


def put_away(batch: Batch, old: Sequence[OldFile]) -> None:
    """Move old files aside or remove them, as is asked for."""
    wanted, out = batch.request.old_files, batch.request.out
    if wanted == "remove":
        for each in old:
            remove(out / each.path)
    if wanted != "aside" or not old:
        return
    folder = out / f"{ASIDE}-{time.strftime('%Y%m%d-%H%M%S')}"
    for each in old:
        target = folder / each.path
        with writing(target), suppress(FileNotFoundError):  # another process was faster
            target.parent.mkdir(parents=True, exist_ok=True)
            (out / each.path).rename(target)


def by_image(old: Sequence[OldFile]) -> Mapping[str, list[str]]:
    """Return image to its old files."""
    found: dict[str, list[str]] = {}
    for each in old:
        found.setdefault(each.image, []).append(each.path)
    return found
