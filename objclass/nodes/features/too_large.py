"""What is told of an object that does not fit into the memory it may take."""

from __future__ import annotations

from objclass.data.memory_share import MemoryShare, memory_share
from objclass.errors import Advice, Aside, Problem, advise
from objclass.io.room import format_bytes
from objclass.measure.crops import CropTooLarge
from objclass.measure.frame import Frame


def too_large(crop: CropTooLarge, frame: Frame) -> Problem:
    """The problem of objects that need more memory at once than there is.

    Parameters
    ----------
    crop
        What they need.
    frame
        Where they lie.
    """
    letters = "zyx"[-len(frame.shape) :]
    lows = [a + o for a, o in zip(crop.box.start, frame.origin, strict=True)]
    highs = [b + o for b, o in zip(crop.box.stop, frame.origin, strict=True)]
    sides = zip(letters, lows, highs, strict=True)
    box = ", ".join(f"{letter} {low} to {high - 1}" for letter, low, high in sides)
    more = f" and {crop.others:,} more in its block" if crop.others else ""
    return Problem(
        f"object {crop.object_id}{more}: {format_bytes(crop.needed)} must be in memory at once",
        got=f"the box {box} ({crop.size:,} voxels are the object)",
        expected=f"at most {format_bytes(crop.most)} for the voxels of a process",
        fix=_ways(crop),
    )


def _ways(crop: CropTooLarge) -> Advice:
    """Say what helps: more memory for each process, a smaller block, or without the object."""
    share = memory_share()
    assert share is not None
    more = f"add {_more_memory(share, crop.needed)}"
    if crop.others:
        return advise(more, ", or predict by smaller blocks (kind: blockwise)")
    without = f", or leave it out by max_size: {crop.size - 1} of a threshold or components node"
    return advise(more, Aside(without))


def _more_memory(share: MemoryShare, needed: int) -> str:
    """Say which --memory, or how many workers, give a process so many bytes for its voxels."""
    each = needed + (share.bytes - share.for_voxels)
    total = share.bytes * share.workers
    while MemoryShare(each).for_voxels < needed:
        each += each // 50
    mib = -(-each * share.workers // 2**20)
    fewer = total // each
    words = f"--memory {mib}MiB"
    return f"--workers {fewer}, or {words}" if 0 < fewer < share.workers else words
