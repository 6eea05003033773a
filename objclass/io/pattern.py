"""One path with ``{name}`` and ``*`` in it, and what it reads from a file's path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some

STACKED = "tcz"
RESERVED = ("dataset_dir", "nickname", "result_type")
COLUMNS = ("y", "x", "class", "object", "size", "stamp", "by", "when", "note", "frame_name")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DIGITS = re.compile(r"([0-9]+)")
_TOKEN = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}/]*)\}|(?P<star>\*)")
"""``{{`` and ``}}`` are braces of a name."""


@dataclass(frozen=True)
class Token:
    """A piece of a pattern: literal text, a name, or ``*`` (neither)."""

    text: str = ""
    name: str = ""


@dataclass(frozen=True)
class Pattern:
    """A path text split into tokens; a name or ``*`` matches no ``/``."""

    text: str
    tokens: tuple[Token, ...]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a path text, or raise with every problem of its names."""
        tokens = list(_tokens(text))
        problems = [p for token in tokens for p in _problems(token, found_in=text)]
        names = {token.name for token in tokens if token.name}
        if "image" in names and len(names - set(STACKED)) > 1:
            what = f"'{text}' names {{image}} beside other names"
            problems.append(Problem(what, fix="call it something else; the image is called by all"))
        if problems:
            raise InputError(*problems)
        return cls(text, tuple(tokens))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names in path order, each once."""
        return tuple(dict.fromkeys(token.name for token in self.tokens if token.name))

    @cached_property
    def shared_names(self) -> tuple[str, ...]:
        """The names that tell images apart: all but t, z and c."""
        return tuple(name for name in self.names if name not in STACKED)

    @property
    def is_plain(self) -> bool:
        """True for a path without names and ``*``."""
        return all(token.text for token in self.tokens)

    @property
    def literal(self) -> int:
        """Number of literal characters."""
        return sum(len(token.text) for token in self.tokens)

    @cached_property
    def has_star(self) -> bool:
        """True where a part of the path is not named."""
        return any(not token.text and not token.name for token in self.tokens)

    @cached_property
    def _lazy(self) -> re.Pattern[str]:
        return re.compile(self._regex("?"))

    @cached_property
    def _greedy(self) -> re.Pattern[str]:
        return re.compile(self._regex(""))

    def _regex(self, lazy: str) -> str:
        """The pattern as a regular expression; a name that comes again must read the same."""
        seen: set[str] = set()
        pieces = []
        for token in self.tokens:
            if token.text:
                pieces.append(re.escape(token.text))
            elif not token.name:
                pieces.append(f"[^/]*{lazy}")
            elif token.name in seen:
                pieces.append(f"(?P={token.name})")
            else:
                pieces.append(f"(?P<{token.name}>[^/]+{lazy})")
            seen.add(token.name)
        return "".join(pieces)

    def read(self, path: str) -> dict[str, str] | None:
        """Return the names' texts in a path, or None where the path does not fit."""
        found = self._lazy.fullmatch(path)
        return None if found is None else found.groupdict()

    def check_single(self, path: str, texts: Mapping[str, str]) -> None:
        """Raise where the path, which reads as `texts`, can be read in another way too."""
        other = self._other_reading(path, texts)
        if other is not None:
            raise InputError(_ambiguous(self.text, path, texts, other))

    def _other_reading(self, path: str, texts: Mapping[str, str]) -> dict[str, str] | None:
        """Another reading of the names.

        The lazy reading is the first of all readings in lexicographic order of lengths, the
        greedy one the last: where they agree there is no other, unless a ``*`` between them
        hides one.
        """
        last = self._greedy.fullmatch(path)
        if last is not None and last.groupdict() != texts:
            return last.groupdict()
        if not self.has_star or not self.names:
            return None
        return next((found for found in readings(self.tokens, path) if found != texts), None)


def _tokens(text: str) -> Iterator[Token]:
    """Cut a path text into literal texts, names and stars."""
    end, literal = 0, ""
    for found in _TOKEN.finditer(text):
        literal += _literal(text, text[end : found.start()])
        end = found.end()
        if found["brace"]:
            literal += found["brace"][0]
            continue
        yield from [Token(literal)] if literal else ()
        literal = ""
        yield Token() if found["star"] else Token(name=found["name"] or "?")
    literal += _literal(text, text[end:])
    yield from [Token(literal)] if literal else ()


def _literal(text: str, piece: str) -> str:
    """Return a piece without names; a brace in it is one that has no partner."""
    if "{" in piece or "}" in piece:
        fix = "write {{ and }} for braces that belong to a name"
        raise InputError(Problem(f"'{text}' has a brace that is not closed or not opened", fix=fix))
    return piece


def readings(tokens: tuple[Token, ...], path: str) -> Iterator[dict[str, str]]:
    """Yield every way to read a path, one dictionary of names each; the plain twin of `read`."""
    yield from _readings(tokens, path, {})


def _readings(
    tokens: tuple[Token, ...], rest: str, known: dict[str, str]
) -> Iterator[dict[str, str]]:
    if not tokens:
        if not rest:
            yield known
        return
    token, later = tokens[0], tokens[1:]
    fixed = token.text or known.get(token.name, "")
    if fixed:
        if rest.startswith(fixed):
            yield from _readings(later, rest[len(fixed) :], known)
        return
    longest = rest.find("/") if "/" in rest else len(rest)
    for length in range(1 if token.name else 0, longest + 1):
        more = {token.name: rest[:length]} if token.name else {}
        yield from _readings(later, rest[length:], known | more)


def _problems(token: Token, found_in: str) -> list[Problem]:
    """What is wrong with one token of a pattern."""
    name = token.name
    if name in RESERVED:
        what = f"'{found_in}' uses {{{name}}}, which means the raw file"
        return [Problem(what, fix="use it in export paths, or another name here")]
    if name in COLUMNS:
        fix = f"call it something else, for example {{{name}_name}}"
        return [Problem(f"'{found_in}' uses {{{name}}}, a column of every table", fix=fix)]
    if name and not _NAME.fullmatch(name):
        expected = "letters, digits and _, not starting with a digit"
        return [Problem(f"'{found_in}' has an impossible name", got=name, expected=expected)]
    return []


def _ambiguous(
    pattern: str, path: str, one: Mapping[str, str], other: Mapping[str, str]
) -> Problem:
    """The problem of a path that can be read in two ways."""
    ways = [list_some(f"{name}={text}" for name, text in way.items()) for way in (one, other)]
    fix = (
        "write text that all files share in place of a name, name every part, or list the images "
        "in a sheet (images: sheet.csv)"
    )
    return Problem(f"{path} fits '{pattern}' in two ways", got=" or ".join(ways), fix=fix)


def natural(text: str) -> tuple[list[str | int], str]:
    """Return a sort key that counts digits as numbers: ``t2`` before ``t10``."""
    pieces: list[str | int] = [*_DIGITS.split(text)]
    pieces[1::2] = map(int, pieces[1::2])
    return pieces, text
