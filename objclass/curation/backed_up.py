"""A person's table is replaced by a new text of it, and what it was stays beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.data.delimited import encoding_of
from objclass.engine.files import stat
from objclass.errors import InputError, Problem, RunError
from objclass.io.aside import written_aside
from objclass.io.new_file import numbered_name, write_new
from objclass.io.tables import TEXT_SUFFIXES


@dataclass(frozen=True)
class OpenedText:
    """A table as it was read: its bytes, and the state that the file had then."""

    path: Path
    data: bytes
    state: list[list[int]] | None

    @property
    def text(self) -> str:
        """Its text, line endings and byte order mark as they are."""
        return self.data.decode(encoding_of(self.data))

    def replace(self, text: str) -> Path:
        """Write a new text and return the copy of what was: ``NAME.bak``, perhaps numbered.

        Raises
        ------
        RunError
            Where the file was changed in the meantime, or the disk refuses.
        """
        if stat([self.path]) != self.state:
            raise RunError(Problem(f"{self.path} was changed in the meantime", fix="run it again"))
        backup = numbered_name(self.path.with_name(f"{self.path.name}.bak"))
        write_new(backup, self.data)
        with written_aside(self.path) as aside:
            aside.write_bytes(text.encode(encoding_of(self.data)))
            shutil.copymode(self.path, aside)
        return backup


def opened_text(path: Path, state: list[list[int]] | None = None) -> OpenedText:
    """Read a table that will be rewritten.

    Parameters
    ----------
    path
        The table.
    state
        Its size and time when it was looked at, where that was before.

    Raises
    ------
    InputError
        Where it is no text table.
    """
    if path.suffix.lower() not in TEXT_SUFFIXES:
        what = f"{path} is no text; only text tables are rewritten"
        raise InputError(Problem(what, fix="save it as .csv and name that in the workflow"))
    state = state or stat([path])  # before it is read, so that no change in between is lost
    return OpenedText(path, path.read_bytes(), state)
