"""What would go wrong in a batch: seen from headers and file names, before anything runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from objclass.batch.gathered_names import gathered_names
from objclass.batch.image_done import ImageDone
from objclass.batch.plates import plate_names
from objclass.batch.work import Batch
from objclass.engine.look import ImageKey
from objclass.errors import Problem, list_some
from objclass.io.locator import Locator
from objclass.io.reading import missing
from objclass.results import counts_name

SUMMARY, FAILURES, MANIFEST = "summary.csv", "failures.csv", "manifest.json"


def foresee(batch: Batch) -> Iterator[ImageDone]:
    """Check the files and headers of every image; yield each with the reasons why it would fail.

    Nothing is computed and nothing is written; nothing is kept from image to image.
    """
    read = _read(batch)
    for image, seen in zip(batch.images, batch.foresee(), strict=True):
        gone = tuple(missing(path) for path in _missing(image))
        paths = list(image_results(batch, image))
        problems = (*(gone or seen.problems), *_would_replace(batch, paths, read))
        yield replace(seen, problems=problems)


def _missing(image: ImageKey) -> Iterator[Path]:
    sources = (source for source, _ in image.files.values() if isinstance(source, Locator))
    return (source.path for source in sources if not source.path.exists())


def result_problems(batch: Batch) -> Iterator[Problem]:
    """Yield why results cannot be written: two in one file, over an input, there already."""
    paths = [path for image in batch.images for path in image_results(batch, image)]
    yield from _find_written_twice(batch)
    yield from _would_replace(batch, [*paths, *batch_results(batch)], _read(batch))


def batch_problems(batch: Batch) -> Iterator[Problem]:
    """Yield what is wrong with the files that are about all images."""
    yield from _find_written_twice(batch)
    yield from _would_replace(batch, list(batch_results(batch)), _read(batch))


def _read(batch: Batch) -> set[str]:
    files = (source for image in batch.images for source, _ in image.files.values())
    return {os.path.realpath(file) for source in files for file in source.files}


def _would_replace(batch: Batch, paths: list[Path], read: set[str]) -> Iterator[Problem]:
    """Report results that are there already, so that nothing is overwritten by accident."""
    inputs = [path for path in paths if os.path.realpath(path) in read]
    if inputs:
        what = "a result would overwrite an input"
        yield Problem(what, got=str(inputs[0]), fix="choose another --out")
        return
    there = [path for path in paths if path.exists()]
    if batch.request.overwrite or batch.folder or not there:
        return
    count = "1 result is" if len(there) == 1 else f"{len(there)} results are"
    fix = "choose another --out, or add --overwrite"
    got = list_some((path.name for path in there), 3)
    yield Problem(f"{count} there already", got=got, fix=fix)


def _find_written_twice(batch: Batch) -> Iterator[Problem]:
    """Report files that two images, or an image and the batch, would write."""
    owners: dict[Path, list[str]] = {path: ["the batch"] for path in batch_results(batch)}
    for image in batch.images:
        for path in image_results(batch, image):
            owners.setdefault(path, []).append(f"'{image.name}'")
    for path, names in owners.items():
        if len(names) > 1:
            what = f"{list_some(names, 4)} would write one file"
            yield Problem(what, got=path.name, fix="give the images other names in the patterns")


def image_results(batch: Batch, image: ImageKey) -> Iterator[Path]:
    """Yield every file that a batch writes of one image."""
    names = {"{image}": image.name, "{nickname}": image.nickname}
    for path in (path for node in batch.nodes.values() for path in node.writes):
        text = next(path.replace(n, v) for n, v in names.items() if n in path)
        yield batch.request.out / text


def batch_results(batch: Batch) -> Iterator[Path]:
    """Yield every file that a batch writes about all images."""
    wanted = batch.request.wanted
    counting = (result for result in batch.results if result.counts_by)
    names = [counts_name(result, batch.results, wanted) for result in counting]
    names += plate_names(batch)
    names += [name for result in batch.results for name in gathered_names(batch, result).values()]
    return (batch.request.out / name for name in (*names, SUMMARY, FAILURES, MANIFEST))
