"""What a run or batch tells of images whose objects lie outside of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from objclass.data.dataclass import dataclass
from objclass.engine.outcome import StepOutcome
from objclass.nodes.predict import PredictionSummary, Shift


@dataclass(frozen=True)
class ImageShift:
    """How an image differs from training.

    Parameters
    ----------
    columns
        Number of columns that moved; of a series in the frame with most.
    named
        The farthest of them in words.
    moved, frames
        Frames in which columns moved, and all frames.
    distance
        How far outside the farthest column lies, in widths of its range of training; None
        where an earlier version noted the words only.
    """

    columns: int
    named: tuple[str, ...]
    moved: int = 1
    frames: int = 1
    distance: float | None = None

    def __str__(self) -> str:
        """Return the columns in words, the farthest first."""
        more = self.columns - len(self.named)
        where = f" (in {self.moved} of {self.frames} frames)" if self.frames > 1 else ""
        return "; ".join(self.named) + (f"; and {more} more" if more else "") + where


def shifts(outcomes: Sequence[StepOutcome]) -> Mapping[str, ImageShift]:
    """Return image name to how it differs from training, for images that do.

    Parameters
    ----------
    outcomes
        The steps of one predicting node.
    """
    found: dict[str, ImageShift] = {}
    frames: dict[str, int] = {}
    for outcome in outcomes:
        image = outcome.step.image or ""
        frames[image] = frames.get(image, 0) + 1
        told = outcome.told(PredictionSummary)
        if told is not None and told.shift is not None:
            here, before = _of_frame(told.shift), found.get(image)
            worst = here if before is None or here.columns > before.columns else before
            found[image] = replace(worst, moved=1 + (before.moved if before else 0))
    return {image: replace(shift, frames=frames[image]) for image, shift in found.items()}


def _of_frame(shift: Shift) -> ImageShift:
    return ImageShift(shift.columns, shift.named, distance=shift.distance)


def farthest(outcomes: Sequence[StepOutcome]) -> ImageShift | None:
    """Return how one image differs from training, for the classifier with most columns moved."""
    nodes = dict.fromkeys(outcome.step.node for outcome in outcomes)
    found = [shifts([o for o in outcomes if o.step.node == node]) for node in nodes]
    return max((s for each in found for s in each.values()), key=lambda s: s.columns, default=None)


def shift_warnings(outcomes: Sequence[StepOutcome], several: bool) -> tuple[str, ...]:
    """Return one sentence per image that differs from training."""
    return tuple(
        f"{f'image {image!r}: ' if several else ''}objects lie outside of training: {shift}"
        for image, shift in shifts(outcomes).items()
    )
