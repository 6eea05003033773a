"""The one document that a command prints with ``--json``, also where it fails or is interrupted.

Commands add facts and problems while they work; what else they print, a person reads on stderr.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from objclass.errors import Problem

SCHEMA = 1
"""Version of the keys: another one where a key changes its meaning or goes."""
FLAG = "--json"
SHOWS_HELP = ("-h", "--help", "--version")


@dataclass
class JsonDocument:
    """What a command says to programs."""

    command: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False

    def text(self, code: int) -> str:
        """Return the document of a command that ended with an exit code."""
        head = {"schema": SCHEMA, "command": self.command, "exit_code": code}
        end = {"interrupted": self.interrupted, "problems": self.problems}
        return json.dumps(plain({**head, **self.facts, **end}), indent=1, allow_nan=False)


_OPEN: ContextVar[JsonDocument | None] = ContextVar("document", default=None)


def wants_json(words: Sequence[str]) -> bool:
    """Return True where the words of a command line ask for a document."""
    options = words[: words.index("--")] if "--" in words else words
    return FLAG in options and not any(word in options for word in SHOWS_HELP)


def asked() -> bool:
    """Return True while a document is made."""
    return _OPEN.get() is not None


def called(path: str) -> None:
    """Say which command is called, as ``objclass cache info``."""
    if document := _OPEN.get():
        document.command = path.partition(" ")[2]


def add(**facts: Any) -> None:
    """Add keys to the document; without ``--json`` there is none, and nothing happens."""
    if document := _OPEN.get():
        document.facts |= facts


def add_problems(problems: Iterable[Problem]) -> None:
    """Add problems to the document."""
    if document := _OPEN.get():
        document.problems += [problem_parts(problem) for problem in problems]


def add_interruption(said: str) -> None:
    """Say that a person or the system ended the command."""
    from objclass.errors import Problem

    if document := _OPEN.get():
        document.interrupted = True
        add_problems([Problem(said)])


def problem_parts(problem: Problem) -> dict[str, Any]:
    """Return a problem with its parts; what it does not say is None."""
    place = problem.place
    return {
        "text": str(problem),
        "what": problem.what,
        "got": problem.got,
        "expected": problem.expected,
        "fix": None if problem.fix is None else str(problem.fix),
        "file": place.file if place else None,
        "line": (place.line or None) if place else None,
        "column": (place.column or None) if place else None,
        "node": problem.node,
        "images": list(problem.images),
        "t": problem.t,
    }


def plain(value: Any) -> Any:
    """Return a value as JSON has it: no NaN, no tuples, paths as text."""
    if isinstance(value, bool | int | str | None):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return plain(value.tolist()) if hasattr(value, "tolist") else str(value)


@contextmanager
def one_document() -> Iterator[JsonDocument]:
    """Make a document while a command works; what it prints meanwhile goes to stderr."""
    document = JsonDocument()
    token = _OPEN.set(document)
    try:
        sys.stdout.flush()
        with redirect_stdout(sys.stderr), _handle_of_stdout_is_stderr():
            yield document
    finally:
        _OPEN.reset(token)


@contextmanager
def _handle_of_stdout_is_stderr() -> Iterator[None]:
    """Let what libraries and processes of ours print to the file handle go to stderr too."""
    kept = None
    with suppress(OSError):
        kept = os.dup(1)
        os.dup2(2, 1)
    try:
        yield
    finally:
        if kept is not None:
            os.dup2(kept, 1)
            os.close(kept)


def show(document: JsonDocument, code: int) -> None:
    """Print a finished document."""
    click.echo(document.text(code))
