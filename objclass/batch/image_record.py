"""What became of one image as a file: written when it ends, so that nothing does it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from objclass.batch.counting import FrameCounts, ImageCounts
from objclass.batch.image_done import ImageDone
from objclass.engine.decide import file_digest
from objclass.engine.files import FilesState, stat, state_written
from objclass.engine.look import ImageKey
from objclass.errors import InputError, Problem
from objclass.io.formats import vouch
from objclass.io.locator import Locator
from objclass.report.shift import ImageShift
from objclass.wells.image_quality import ChannelQuality

States = dict[str, FilesState]
"""Input to the sizes and times of what vouches for it."""


def input_states(image: ImageKey) -> States:
    """Return the states of the files of an image; of folders and servers that of metadata."""
    every = (member for source, _ in image.files.values() for member in source.members)
    return {str(member): stat(_vouching(member)) for member in every}


def _vouching(member: Locator) -> tuple[Path, ...]:
    """Return what vouches for an array; of one that cannot be read its file."""
    try:
        return vouch(member)
    except InputError:
        return member.files


def write_record(done: ImageDone, inputs: States, out: Path, shard: str) -> dict[str, Any]:
    """Return what became of an image as JSON; files stand there as seen from the out folder.

    Parameters
    ----------
    done
        What became of it.
    inputs
        States of its files before work.
    out
        Folder of the results.
    shard
        Which shard worked it off; empty for none.
    """
    written = {os.path.relpath(path, out): path for path in done.files}
    return {
        "image": done.image.name,
        "shard": shard,
        "inputs": inputs,
        "files": {name: [file_digest(p), state_written(p)] for name, p in written.items()},
        "results": {name: _frames(counts) for name, counts in done.results.items()},
        "problems": [str(problem) for problem in done.problems],
        "bug": done.bug,
        "notes": list(done.notes),
        "shift": asdict(done.shift) if done.shift else None,
        "quality": [[each.channel, each.saturated, each.focus] for each in done.quality],
        **({"normalized": done.normalized} if done.normalized else {}),
    }


def _frames(counts: ImageCounts) -> list[Any]:
    return [[f.t, f.objects, dict(f.classes), f.not_counted, f.not_selected] for f in counts.frames]


def read_record(image: ImageKey, found: Mapping[str, Any], out: Path) -> ImageDone:
    """Return what became of an image from its JSON."""
    results = {
        name: ImageCounts(tuple(FrameCounts(*frame) for frame in frames))
        for name, frames in found["results"].items()
    }
    shift = found["shift"]
    return ImageDone(
        image,
        results,
        problems=tuple(Problem(text) for text in found["problems"]),
        bug=found["bug"],
        notes=tuple(found["notes"]),
        shift=ImageShift(**{**shift, "named": tuple(shift["named"])}) if shift else None,
        kept=True,
        files=tuple(out / name for name in found["files"]),
        normalized=found.get("normalized", ""),
        quality=tuple(ChannelQuality(*each) for each in found.get("quality", ())),
    )


def still_holds(image: ImageKey, found: Mapping[str, Any], out: Path) -> bool:
    """Return True where an image is done: its inputs are as they were, its results are there."""
    if found["problems"] or found["inputs"] != input_states(image):
        return False
    return all((out / name).exists() for name in found["files"])
