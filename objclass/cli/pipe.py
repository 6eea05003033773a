"""Output whose reader may go away (``| head``): the work goes on, the rest is not shown."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import TextIO

ERRORS = 2
"""The file handle that errors are printed to."""


class Pipe(io.TextIOWrapper):
    """Text that is dropped from the moment on when nobody reads it any more."""

    refused: OSError | None = None
    """What the system said when it did not take some text."""
    _waiting: tuple[str, ...] = ()

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        try:
            written = super().write(text)
        except OSError as error:
            self._drop(error, text)
            return len(text)
        self._waiting += (text,)
        return written

    def flush(self) -> None:
        """Pass on what was written, or drop it."""
        try:
            super().flush()
            self._waiting = ()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError, text: str = "") -> None:
        """Let what is left, and what comes, go elsewhere; flushing at exit then finds a reader.

        Where a reader left, that is nowhere. What a full disk did not take is shown where
        errors are, so that a report is not lost.
        """
        lost, self._waiting = "".join((*self._waiting, text)), ()
        shown = self.fileno()
        self._turn_to(os.open(os.devnull, os.O_WRONLY))
        with suppress(OSError):
            super().flush()
        if isinstance(error, BrokenPipeError):
            return
        self.refused = error
        if shown != ERRORS:
            self._turn_to(os.dup(ERRORS))
            with suppress(OSError):
                os.write(shown, lost.encode(self.encoding, "replace"))

    def _turn_to(self, handle: int) -> None:
        os.dup2(handle, self.fileno())
        os.close(handle)


def unbroken(stream: TextIO) -> TextIO:
    """Return a stream of the system so that a reader who leaves stops no work."""
    if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, Pipe):
        return stream
    encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
    return Pipe(stream.detach(), encoding, errors, line_buffering=by_line)
