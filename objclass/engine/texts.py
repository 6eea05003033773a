"""The files that people edit, as they were when a run began: the run goes by them to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.data.digest import of_bytes
from objclass.engine.files import FilesState, stat


@dataclass(frozen=True)
class TextRead:
    """A file that a person may edit while a run goes by what it was.

    Parameters
    ----------
    path
        The file.
    what
        What it is to the run, such as ``the workflow``.
    state
        Its size and time when it was read; None where it was not there.
    """

    path: Path
    what: str
    state: FilesState

    @classmethod
    def of(cls, path: Path, what: str) -> TextRead:
        """Return a file as it is now."""
        return cls(path, what, stat([path]))

    @property
    def digest(self) -> str:
        """Digest of its bytes now; empty where it is not there."""
        return of_bytes(self.path.read_bytes()) if self.path.is_file() else ""


def edited(texts: tuple[TextRead, ...]) -> Iterator[str]:
    """Yield which files are not as they were, one sentence each."""
    for each in texts:
        now = stat([each.path])
        if now != each.state:
            became = "edited" if now else "removed"
            yield (
                f"{each.path.name} ({each.what}) was {became} while this ran, "
                "which went by it as it was; run again"
            )
