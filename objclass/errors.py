"""What can go wrong, told so that a person can mend it.

Every mistake a user can make becomes a :class:`Problem`: *where: what; got; expected; fix*.
Problems are collected and raised together in one :class:`ObjclassError`, whose subclass
says when it was found and therefore which exit code the command ends with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import PurePath


@dataclass(frozen=True, order=True)
class Place:
    """A position in a text file; ``line`` and ``column`` count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        numbers = [str(n) for n in (self.line, self.column) if n]
        return ":".join([self.file, *numbers])


@dataclass(frozen=True)
class Problem:
    """One mistake: what is wrong and how to mend it.

    Parameters
    ----------
    what
        The fact, without a full stop.
    got, expected, fix
        Optional clauses, each printed only where given.
    place
        The position in a workflow, annotation file or other text.
    node
        Name of the workflow node concerned.
    images
        Names of the images concerned; empty where it holds for all of them.
    t
        The frame concerned.
    """

    what: str
    got: str | None = None
    expected: str | None = None
    fix: str | None = None
    place: Place | None = None
    node: str | None = None
    images: tuple[str, ...] = ()
    t: int | None = None

    def __str__(self) -> str:
        where = [str(self.place)] if self.place else []
        where += [self._concerned()] if self._concerned() else []
        clauses = [self.what]
        clauses += [f"got {self.got}"] if self.got else []
        clauses += [f"expected {self.expected}"] if self.expected else []
        clauses += [self.fix] if self.fix else []
        return ": ".join([*where, "; ".join(clauses)])

    def at(self, place: Place | None = None, node: str | None = None) -> Problem:
        """Return the problem with its place and node filled in where they were unknown."""
        return replace(self, place=self.place or place, node=self.node or node)

    def of(self, images: tuple[str, ...] = (), t: int | None = None) -> Problem:
        """Return the problem with its images and frame filled in where they were unknown."""
        return replace(self, images=self.images or images, t=t if self.t is None else self.t)

    def _concerned(self) -> str:
        """Return ``node 'prob', image 'b', t 3`` as far as it is known."""
        named = list_some((f"'{name}'" for name in self.images), 3)
        parts = [f"node '{self.node}'"] if self.node else []
        parts += [f"image{'s' if len(self.images) > 1 else ''} {named}"] if named else []
        parts += [f"t {self.t}"] if self.t is not None else []
        return ", ".join(parts)


class ObjclassError(Exception):
    """One or more problems a person can mend."""

    exit_code = 2

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class InputError(ObjclassError):
    """Found before work: a workflow, an input file or an argument (exit code 2)."""

    exit_code = 2


class RunError(ObjclassError):
    """Found while running (exit code 1)."""

    exit_code = 1


def raise_all(problems: Iterable[Problem]) -> None:
    """Raise one :class:`InputError` with all problems, in reading order; do nothing for none."""
    unique = dict.fromkeys(problems)
    found = sorted(unique, key=lambda p: (p.place is None, p.place or Place(""), p.what))
    if found:
        raise InputError(*found)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name a person most probably meant, or None."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def list_some(names: Iterable[object], limit: int = 12) -> str:
    """Return names as ``a, b, c`` and say how many more there are beyond `limit`."""
    shown = [str(name) for name in names]
    more = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" and {more} more" if more > 0 else "")


def no_lists(fields: Mapping[str, object]) -> Iterator[Problem]:
    """Report one text or path where a list is meant: it would be taken letter by letter.

    Parameters
    ----------
    fields
        Name to value.
    """
    for name, value in fields.items():
        if isinstance(value, str | bytes | PurePath):
            text = str(value)
            yield Problem(f"{name} is a list", got=f"the text {text!r}", expected=f"({text!r},)")
