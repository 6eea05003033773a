"""Output whose reader may go away (``| head``): the work goes on, the rest is not shown."""

from __future__ import annotations

import io
import os
from typing import TextIO


class Pipe(io.TextIOWrapper):
    """Text that is dropped from the moment on when nobody reads it any more."""

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        try:
            return super().write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """Pass on what was written, or drop it."""
        try:
            super().flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        """Let what is left, and what comes, go nowhere; flushing at exit then finds a reader.

        Only a reader who left is no error.
        """
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if not isinstance(error, BrokenPipeError):
            raise OSError(error.errno, error.strerror, "what is printed") from None


def unbroken(stream: TextIO) -> TextIO:
    """Return a stream of the system so that a reader who leaves stops no work."""
    if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, Pipe):
        return stream
    encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
    return Pipe(stream.detach(), encoding, errors, line_buffering=by_line)
