"""What became of one image of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from objclass.batch.counting import ImageCounts
from objclass.data.dataclass import dataclass
from objclass.engine.look import ImageKey
from objclass.errors import Problem
from objclass.report.shift import ImageShift
from objclass.wells.image_quality import ChannelQuality


@dataclass(frozen=True)
class ImageDone:
    """What became of one image.

    Parameters
    ----------
    image
        The image.
    results
        Result to the objects found in it.
    written
        Files written now.
    problems
        Why it has no result.
    bug
        Traceback of an error nobody foresaw.
    notes
        What a person should know of it.
    shift
        How its objects lie outside of training, where they do.
    kept
        True where it was worked off before, and its record says so.
    files
        Its files, also those that a cache vouches for.
    normalized
        Digest of where the groups of the image lie; empty where it is compared with none.
    quality
        How the channels of its raw image are.
    """

    image: ImageKey
    results: Mapping[str, ImageCounts] = field(default_factory=dict)
    written: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    bug: str = ""
    notes: tuple[str, ...] = ()
    shift: ImageShift | None = None
    kept: bool = False
    files: tuple[Path, ...] = ()
    normalized: str = ""
    quality: tuple[ChannelQuality, ...] = ()

    @property
    def failed(self) -> bool:
        """True where the image has no result."""
        return bool(self.problems)

    @property
    def objects(self) -> int | None:
        """Objects of the first result; None of an image that failed, which is not 0."""
        if self.failed:
            return None
        return next((each.objects for each in self.results.values()), None)

    @property
    def classes(self) -> Mapping[str, int]:
        """Objects per class of the first result; empty of an image that failed."""
        if self.failed:
            return {}
        return next((each.classes for each in self.results.values()), {})
