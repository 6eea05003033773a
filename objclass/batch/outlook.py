"""What is left of a batch, seen from its first images: how long it takes, and room on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from objclass.batch.image_done import ImageDone
from objclass.data.dataclass import dataclass
from objclass.io.disk import mount_of, size_text

SEEN = 10
"""Images after which the others are estimated again; the first is then none that is timed."""
LEAST = 50
"""Of fewer images nothing is estimated, unless the first one says that they take long."""
LONG = 600
"""Seconds that others take which are worth a word where they are few."""
MINUTE = 60
BLOCK = 512
"""Bytes of what a file system counts the room of a file in."""
RECORD = 4096
"""What the record of an image takes on most disks."""


@dataclass(frozen=True)
class Outlook:
    """What the images that are left will take.

    Parameters
    ----------
    seconds
        How long they take together, as many at a time as now.
    size
        Bytes of their results.
    free
        Bytes that are free where results are written.
    disk
        Where that disk is mounted.
    """

    seconds: float
    size: int
    free: int
    disk: Path

    @property
    def fits(self) -> bool:
        """False where the disk will be full before the last image."""
        return self.size <= self.free

    def __str__(self) -> str:
        """Return it as a person reads it."""
        room = f"{size_text(self.free)} are free on the disk at {self.disk}"
        size = f"their results take about {size_text(self.size)}; {room}"
        return f"about {duration_text(self.seconds)} left for the other images; {size}"


def look_ahead(done: Sequence[ImageDone], seconds: float, left: int, out: Path) -> Outlook:
    """Estimate what the images that are left take.

    Parameters
    ----------
    done
        The images that were worked off, the first one too.
    seconds
        From the end of the first to that of the last; of a single one what it took.
    left
        How many are to come.
    out
        The folder of the results.
    """
    sizes = [sum(size_on_disk(path) for path in each.files) for each in done if not each.failed]
    mean = sum(sizes) / len(sizes) + RECORD if sizes else RECORD
    disk = mount_of(out)
    each_takes = seconds / max(1, len(done) - 1)
    return Outlook(each_takes * left, round(mean * left), shutil.disk_usage(disk).free, disk)


def size_on_disk(path: Path) -> int:
    """Return the room that a file takes on its disk, or all below a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(BLOCK * each.stat().st_blocks for each in files if each.is_file())


def duration_text(seconds: float) -> str:
    """Return a time as a person reads it.

    Examples
    --------
    >>> duration_text(20), duration_text(290), duration_text(12_000)
    ('1 min', '5 min', '3 h 20 min')
    """
    minutes = max(1, -(-int(seconds) // MINUTE))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"
