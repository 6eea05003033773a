"""Where one array of voxels lies: a file or a folder, and what is meant inside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from objclass.data.dataclass import dataclass


@dataclass(frozen=True)
class Locator:
    """One array: the file or folder that holds it, and which of its arrays is meant.

    Parameters
    ----------
    path
        The file, or the folder of a format that is a folder, as opened.
    inner
        Path of the array inside the file, for formats that hold several arrays.
    series
        Name or number (from 0) of the image, for formats that hold several images.
    level
        Level of an image pyramid, 0 for the finest.
    """

    path: Path
    inner: str | None = None
    series: str | int | None = None
    level: int | None = None

    def __str__(self) -> str:
        """Return the path as a workflow says it: with the array behind the file."""
        return f"{self.path}/{self.inner}" if self.inner else str(self.path)

    @property
    def first(self) -> Locator:
        """Itself; of a stack the first of its files."""
        return self

    @property
    def members(self) -> tuple[Locator, ...]:
        """Itself; of a stack every file."""
        return (self,)

    @property
    def files(self) -> tuple[Path, ...]:
        """The file or folder on disk."""
        return (self.path,)

    @property
    def key(self) -> list[object]:
        """What is chosen in the file; empty for a file of which nothing is."""
        chosen = {"series": self.series, "level": self.level}
        return [[name, value] for name, value in chosen.items() if value is not None]

    def at(self, series: str | int | None, level: int | None = None) -> Locator:
        """Return where another image, or another level, of the same file lies."""
        if (series, level) == (self.series, self.level):
            return self
        return replace(self, series=series, level=level)
