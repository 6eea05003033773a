"""What can go wrong, told so that a person can mend it.

Every mistake a user can make becomes a :class:`Problem`: *where: what; got; expected; fix*.
Problems are collected and raised together in one :class:`ObjclassError`, whose subclass
says when it was found and therefore which exit code the command ends with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path, PurePath
from typing import Literal


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
class FieldSetting:
    """A field of a node that advice says to write; a command may have an option for it.

    Parameters
    ----------
    field, value
        As a workflow says them: ``value_range`` and ``[0, 255]``.
    node
        Whose field it is, which the words then say; None for the node of the problem.
    verb
        ``and`` joins it to the setting before it.
    example
        True where other values may be meant.
    quoted
        True where the line is quoted; otherwise the node is.
    """

    field: str
    value: str
    node: str | None = None
    verb: Literal["add", "write", "and"] = "add"
    example: bool = False
    quoted: bool = False

    def __str__(self) -> str:
        line, quote = f"{self.field}: {self.value}", "'" if self.quoted else ""
        node, other = self.node, "" if self.quoted else "'"
        to = f" to {other}{node}{other}" if node else ""
        return f"{self.verb}{self._such_as} {quote}{line}{quote}{to}"

    def by_option(self, option: str) -> str:
        """Return the words where an option takes the place of the line."""
        return f"{'and' if self.verb == 'and' else 'add'}{self._such_as} {option}"

    @property
    def _such_as(self) -> str:
        return " for example" if self.example else ""


@dataclass(frozen=True)
class Aside:
    """A part of advice for whoever edits the workflow; without it the rest still holds."""

    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Advice:
    """A way on, in pieces that read as one sentence: words, and what is more than words."""

    pieces: tuple[str | FieldSetting | Aside, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.pieces))

    @property
    def settings(self) -> tuple[FieldSetting, ...]:
        """The fields that it says to write."""
        return tuple(piece for piece in self.pieces if isinstance(piece, FieldSetting))

    def worded(self, word: Callable[[FieldSetting], str | None]) -> Advice:
        """Return it with each setting in other words; it stays where `word` returns None."""
        said = ((isinstance(p, FieldSetting) and word(p)) or p for p in self.pieces)
        return Advice(tuple(said))

    def without_asides(self) -> Advice:
        """Return it for whoever has no workflow to edit."""
        return Advice(tuple(piece for piece in self.pieces if not isinstance(piece, Aside)))


def advise(*pieces: str | FieldSetting | Aside | Advice) -> Advice:
    """Return advice of pieces in the order in which they are read."""
    parts = (piece.pieces if isinstance(piece, Advice) else (piece,) for piece in pieces)
    return Advice(tuple(each for part in parts for each in part))


@dataclass(frozen=True)
class Problem:
    """One mistake: what is wrong and how to mend it.

    Parameters
    ----------
    what
        The fact, without a full stop.
    got, expected, fix
        Optional clauses, each printed only where given; a `fix` that says to write a field is
        :class:`Advice`, whose text is ``str(fix)``.
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
    fix: str | Advice | None = None
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
        clauses += [str(self.fix)] if self.fix else []
        return ": ".join([*where, "; ".join(clauses)])

    def at(self, place: Place | None = None, node: str | None = None) -> Problem:
        """Return the problem with its place and node filled in where they were unknown."""
        return replace(self, place=self.place or place, node=self.node or node)

    def of(self, images: tuple[str, ...] = (), t: int | None = None) -> Problem:
        """Return the problem with its images and frame filled in where they were unknown."""
        return replace(self, images=self.images or images, t=t if self.t is None else self.t)

    @property
    def settings(self) -> tuple[FieldSetting, ...]:
        """The fields that the fix says to write; empty where it says something else."""
        return self.fix.settings if isinstance(self.fix, Advice) else ()

    def worded(self, word: Callable[[FieldSetting], str | None]) -> Problem:
        """Return the problem with the settings of its fix in other words, as :class:`Advice`."""
        if not isinstance(self.fix, Advice):
            return self
        return replace(self, fix=self.fix.worded(word))

    def without_asides(self) -> Problem:
        """Return the problem with a fix for whoever has no workflow to edit."""
        return (
            replace(self, fix=self.fix.without_asides()) if isinstance(self.fix, Advice) else self
        )

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


def as_path(given: object, name: str) -> Path:
    """Return a path that is given as a path or as text.

    Raises
    ------
    InputError
        For anything else, such as a list of paths.
    """
    if isinstance(given, str | Path) and str(given):
        return Path(given)
    raise InputError(Problem(f"{name} is a path", got=repr(given), expected="a path, or its text"))


def check_types(request: object, *, lists: Iterable[str], paths: Iterable[str]) -> list[Problem]:
    """Take texts in a frozen request for paths; return the problems of texts where lists are meant.

    Parameters
    ----------
    request
        A dataclass.
    lists, paths
        Names of its fields.
    """
    for name in paths:
        if getattr(request, name) is not None:
            object.__setattr__(request, name, as_path(getattr(request, name), name))
    return list(no_lists({name: getattr(request, name) for name in lists}))
