"""A text that a person may edit at the same time: read, saved whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from objclass.data.delimited import encoding_of
from objclass.errors import InputError, Place, Problem
from objclass.io.aside import written_aside
from objclass.io.disk import unwritable


class SavedText:
    """One file as it was last read or saved; None where there is no file.

    Parameters
    ----------
    path
        Where it lies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = _bytes(path)
        self.text = _decoded(self._data, path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one session at a time look and save, so that no edit in between is lost."""
        try:
            handle = os.open(self.path.parent, os.O_RDONLY)
        except OSError:  # where there is no folder there is nothing to lose
            yield
            return
        try:
            with suppress(OSError):  # some network disks lock no folders
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def is_edited(self) -> bool:
        """True where somebody else changed the file since."""
        return _bytes(self.path) != self._data

    def read_again(self) -> str | None:
        """Take over what somebody else made of the file."""
        data = _bytes(self.path)
        self.text = _decoded(data, self.path)
        self._data = data
        return self.text

    def save(self, text: str | None) -> None:
        """Write another text in the encoding of the one before; None removes the file.

        Raises
        ------
        RunError
            Where the disk refuses; the file is then what it was.
        """
        if text == self.text:
            return
        if text is None:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as reason:
                raise unwritable(self.path, reason, None) from reason
            self._data = self.text = None
            return
        data = text.encode(encoding_of(self._data or b""))
        with written_aside(self.path, len(data)) as aside:
            aside.write_bytes(data)
            if self.path.exists():
                shutil.copymode(self.path, aside)
        self._data, self.text = data, text


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as reason:
        raise InputError(Problem(f"{path} cannot be read", got=reason.strerror)) from None


def _decoded(data: bytes | None, path: Path) -> str | None:
    if data is None:
        return None
    try:
        return data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        place = Place(str(path), data.count(b"\n", 0, error.start) + 1)
        raise InputError(
            Problem("is not UTF-8 text", fix="save it as UTF-8", place=place)
        ) from None
