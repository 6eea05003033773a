"""How much room the images of results take on a disk, foretold from headers and formats."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from objclass.batch.choice import chosen
from objclass.batch.foreseen import image_results
from objclass.batch.outlook import size_on_disk
from objclass.batch.work import Batch
from objclass.data.dataclass import dataclass
from objclass.engine.memory import MemoryStore
from objclass.engine.node import Part
from objclass.errors import Problem
from objclass.io.disk import mount_of, size_text
from objclass.nodes.export.image import ImageLayout, ImageOutput
from objclass.nodes.export.outputs import OUTPUTS
from objclass.run import Job

DOUBT = 4
"""How much more than the largest file's share of the room makes every header worth a look."""


@dataclass(frozen=True)
class ResultRoom:
    """What the images of results take together; tables and pictures come on top of it.

    Parameters
    ----------
    least
        Bytes without which they cannot be written, however alike their voxels are.
    most
        Bytes of their voxels, which most formats pack.
    free
        Bytes that are free, with those of files that are replaced.
    out
        The folder of the results.
    """

    least: int
    most: int
    free: int
    out: Path

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: that the disk may be full before the last image."""
        if self.most <= self.free:
            return ()
        return (f"the disk may be too small: {self}",)

    def problems(self) -> Iterator[Problem]:
        """Yield why not to begin: the disk will be full, whatever the voxels are."""
        if self.least > self.free:
            yield Problem(
                f"the results do not fit on the disk of {self.out}",
                got=f"{size_text(self.free)} free on the disk at {mount_of(self.out)}",
                expected=f"at least {size_text(self.least)} for their images",
                fix="make room there, choose another --out, or add --format tif",
            )

    def as_json(self) -> dict[str, object]:
        """Return it for programs; sizes in bytes."""
        return {"least": self.least, "most": self.most, "free": self.free}

    def __str__(self) -> str:
        packed = "" if self.least == self.most else " before they are packed"
        room = f"{size_text(self.free)} are free on the disk at {mount_of(self.out)}"
        return f"images of results take {size_text(self.most)}{packed}; {room}"


def result_room(batch: Batch) -> ResultRoom | None:
    """Return what the images of results that are left take; None where none are written.

    The headers of the image with the largest files stand for all where there is room enough;
    else every header is read.
    """
    if not _writes_images(batch):
        return None
    images = [image for image in chosen(batch) if not image.problems]
    images = [i for i in images if not (batch.folder and batch.folder.done(i))]
    if not images:
        return None
    out = batch.request.out
    free = shutil.disk_usage(mount_of(out)).free
    least, most = _sizes(batch.largest)
    if DOUBT * most * len(images) < free:
        return ResultRoom(least * len(images), most * len(images), free, out)
    found = [_sizes(partial(batch.job, image, MemoryStore())) for image in images]
    replaced = {path for image in images for path in image_results(batch, image) if path.exists()}
    again = sum(map(size_on_disk, replaced))
    return ResultRoom(sum(a for a, _ in found), sum(b for _, b in found), free + again, out)


def _writes_images(batch: Batch) -> bool:
    whats = (what for node in batch.nodes.values() for what in getattr(node, "write", None) or ())
    return any(isinstance(OUTPUTS[what], ImageOutput) for what in whats)


def _sizes(checked: Callable[[], Job | None]) -> tuple[int, int]:
    """Return how many bytes the images of results of one image take at least and at most.

    Nothing for one whose headers do not fit together: it fails, and says why.
    """
    least = most = 0
    with suppress(Exception):  # told when the image is worked off
        job = checked()
        for part in _exported(job) if job else ():
            output = OUTPUTS.get(part.name)
            if isinstance(output, ImageOutput) and part.output is not None:
                low, high = output.sizes(part.output, part.held(ImageLayout))
                least, most = least + low, most + high
    return least, most


def _exported(job: Job) -> Iterator[Part]:
    """Yield the parts of an image that are files."""
    for by_image in job.graph.parts.values():
        yield from (part for parts in by_image.values() for part in parts if part.output)
