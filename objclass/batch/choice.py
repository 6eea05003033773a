"""Which images of a batch are worked off now: a shard of them, some by name, those that failed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from objclass.batch.group_scales import together
from objclass.engine.look import ImageKey
from objclass.engine.shard import Shard
from objclass.errors import InputError, Problem, list_some, nearest

if TYPE_CHECKING:
    from objclass.batch.image_done import ImageDone
    from objclass.batch.work import Batch


def chosen(batch: Batch) -> list[ImageKey]:
    """Return the images that are worked off now, in order.

    Raises
    ------
    InputError
        Where ``only`` names no image.
    """
    request = batch.request
    images = list(_named(batch.images, request.only))
    if request.shard:
        shard = Shard.read(request.shard)
        shards = shards_of(batch, shard.count)
        images = [image for image in images if shards[image.name] == shard.number]
    if request.failed:
        images = [image for image in images if _failed(batch, image)]
    return images


def shards_of(batch: Batch, count: int) -> dict[str, int]:
    """Return image to the number of its shard: they are dealt one by one.

    Images whose objects are compared with each other are dealt together.
    """
    lots = enumerate(together(batch))
    return {image.name: place % count + 1 for place, lot in lots for image in lot}


def _failed(batch: Batch, image: ImageKey) -> bool:
    told = batch.folder.told(image) if batch.folder else None
    return told is not None and told.failed


def _named(images: Sequence[ImageKey], only: Sequence[str]) -> Iterator[ImageKey]:
    """Yield the images of which every name that is asked for has one of the values."""
    wanted: dict[str, list[str]] = {}
    for text in only:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise InputError(Problem("--only names no value", got=text, expected="NAME=VALUE"))
        wanted.setdefault(name.strip(), []).append(value.strip())
    facts = [{**image.names, "image": image.name} for image in images]
    for name, values in wanted.items():
        _check(name, values, facts)
    for image, known in zip(images, facts, strict=True):
        if all(_fits(known.get(name), values) for name, values in wanted.items()):
            yield image


def _fits(value: str | None, wanted: Sequence[str]) -> bool:
    return value is not None and any(fnmatchcase(value, each) for each in wanted)


def _check(name: str, values: Sequence[str], facts: Sequence[Mapping[str, str]]) -> None:
    there = dict.fromkeys(known[name] for known in facts if name in known)
    for value in values:
        if not any(fnmatchcase(each, value) for each in there):
            names = dict.fromkeys(each for known in facts for each in known)
            close = nearest(value, there) if there else nearest(name, names)
            fix = f"did you mean {close}?" if close else None
            expected = list_some(there or names, 4)
            what = f"--only {name}={value}: no image of this batch has it"
            raise InputError(Problem(what, expected=expected, fix=fix))


def left_of_shards(batch: Batch, done: Sequence[ImageDone]) -> list[str]:
    """Say which images nobody has worked off, and which shards they are of where that is known."""
    reached = {each.image.name for each in done}
    left = [image.name for image in batch.images if image.name not in reached]
    if not left or batch.folder is None:
        return []
    records = (batch.folder.found(each.image) or {} for each in done)
    counts = {Shard.read(r["shard"]).count for r in records if r.get("shard")}
    resume = f"objclass batch --resume {shlex.quote(str(batch.request.out))}"
    if len(counts) != 1:
        return [str(Problem(f"not done: {list_some(left, 6)}", fix=f"{resume} does them"))]
    (count,) = counts
    lacking: dict[str, list[str]] = {}
    shards = shards_of(batch, count)
    for image in batch.images:
        if image.name not in reached:
            lacking.setdefault(str(Shard(shards[image.name], count)), []).append(image.name)
    fix = f"run it again: {resume} --shard "
    return [
        str(Problem(f"shard {shard} has not done {list_some(names, 6)}", fix=f"{fix}{shard}"))
        for shard, names in lacking.items()
    ]
