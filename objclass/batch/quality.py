"""How far every image of a batch can be trusted, and which of them stand out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from objclass.batch.image_done import ImageDone
from objclass.data.blocks import Region
from objclass.data.image import Image
from objclass.run import Job
from objclass.wells.image_quality import ChannelQuality, find_outlying, judge_planes

MOST = 16
"""Planes of a volume or a time series that are judged, evenly spaced."""
SATURATED = 1.0
"""Percent of saturated pixels from which on an image is named."""
QUALITY = "quality"
"""Title of the column that says what stands out."""


def judge(job: Job) -> tuple[ChannelQuality, ...]:
    """Return how the channels of an image's raw image are; nothing where it has none."""
    nodes = job.graph.nodes
    raws = [n for n, e in nodes.items() if e.reads_image and e.reads_image.role == "raw"]
    if not raws:
        return ()
    part = job.graph.parts[raws[0]][job.graph.images[0].name][0]
    if part.source is None:
        return ()
    times: Sequence[int | None] = tuple(part.times)
    frames = [part.source.open(t, lambda: None) for t in _spaced(times)]
    channels = frames[0].header.channels
    return tuple(
        judge_planes(name, list(_planes(frames, number))) for number, name in enumerate(channels)
    )


def _planes(frames: Sequence[Image], channel: int) -> Iterator[Any]:
    """Yield planes of all frames, at most so many; a volume is read plane by plane."""
    shape = frames[0].header.grid.shape
    depths = _spaced(range(shape[0] if len(shape) == 3 else 1))[: max(1, MOST // len(frames))]
    for frame, z in product(frames, depths):
        if len(shape) == 2:
            yield frame.read(channel)
        else:
            yield frame.read(channel, Region((z, 0, 0), (z + 1, *shape[1:])))[0]


def _spaced(numbers: Sequence[Any]) -> list[Any]:
    """Return at most so many of these, evenly spaced."""
    step = -(-len(numbers) // MOST)
    return list(numbers[step // 2 :: step])


def quality_columns(done: Sequence[ImageDone], left: int) -> dict[str, list[Any]]:
    """Return what is saturated, the focus, and in words what stands out, of every image."""
    channels = list(dict.fromkeys(each.channel for one in done for each in one.quality))
    found: dict[str, list[Any]] = {}
    for name in channels:
        mine = [_of(each, name) for each in done]
        ending = f"-{name}" if len(channels) > 1 else ""
        found[f"saturated{ending}"] = [each.saturated if each else None for each in mine]
        found[f"focus{ending}"] = [each.focus if each else None for each in mine]
    said = standing_out(done)
    found[QUALITY] = [said.get(each.image.name, "") for each in done]
    return {name: [*values, *[None] * left] for name, values in found.items()}


def _of(done: ImageDone, channel: str) -> ChannelQuality | None:
    return next((each for each in done.quality if each.channel == channel), None)


def standing_out(done: Sequence[ImageDone]) -> Mapping[str, str]:
    """Return image name to what is strange about it, for images that stand out."""
    whole = [each for each in done if not each.failed]
    found: dict[str, list[str]] = {each.image.name: [] for each in whole}
    for name, text in (*_counts(whole), *_light(whole)):
        found[name].append(text)
    return {name: "; ".join(texts) for name, texts in found.items() if texts}


def _counts(done: Sequence[ImageDone]) -> Iterator[tuple[str, str]]:
    """Yield images without objects, and with far fewer or more than the others."""
    for result in dict.fromkeys(name for each in done for name in each.results):
        several = result if len(done[0].results) > 1 else ""
        counts = [each.results[result].objects if result in each.results else None for each in done]
        for each, count, score in zip(done, counts, find_outlying(counts), strict=True):
            text = "no objects" if count == 0 else ""
            if score is not None and count:
                text = f"{'many' if score > 0 else 'few'} objects (z {score:g})"
            if text:
                yield each.image.name, " ".join(filter(None, (text, several and f"of {several}")))


def _light(done: Sequence[ImageDone]) -> Iterator[tuple[str, str]]:
    """Yield images that are saturated, and those that are blurred beside the others."""
    channels = list(dict.fromkeys(each.channel for one in done for each in one.quality))
    for name in channels:
        where = f" in {name}" if len(channels) > 1 else ""
        mine = [_of(each, name) for each in done]
        focus = find_outlying([each.focus if each else None for each in mine])
        for each, told, score in zip(done, mine, focus, strict=True):
            if told and told.saturated is not None and told.saturated >= SATURATED:
                yield each.image.name, f"{told.saturated:.2g} % saturated{where}"
            if score is not None and score < 0:
                yield each.image.name, f"out of focus{where} (z {score:g})"
