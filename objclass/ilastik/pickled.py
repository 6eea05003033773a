"""What ilastik pickled, read as text: nothing is imported, called or unpickled.

A project holds two small pickles of protocol 0, which is a text of one instruction a letter.
Only those that build dictionaries, lists, tuples, texts and numbers are understood; every
other one, above all those that import and call Python objects, is refused by name.
``pickletools.genops`` reads such instructions too, but takes no text of Python 2 beyond ASCII:
an old project with a plane called ``é`` could not be opened. The tests compare it with pickle.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

from objclass.errors import InputError, Problem
from objclass.io.project.guard import printable

LARGEST: Final = 1_000_000
"""Bytes; table settings have some thousands."""
DEEPEST: Final = 20

Plain = None | bool | int | float | str | list["Plain"] | tuple["Plain", ...] | dict[str, "Plain"]

_MARK: Final = object()
_GLOBAL: Final = re.compile(rb"c([\w.]{1,200})\n(\w{1,200})\n(?:p\d{1,9}\n)?\.")
_NUMBER: Final = re.compile(rb"[+-]?\d{1,18}")
_FLOAT: Final = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.?))", re.DOTALL)
_ESCAPES: Final = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"'": b"'", b'"': b'"'
}  # fmt: skip
_NAMES: Final = {
    "c": "imports a Python object",
    "i": "makes a Python object",
    "o": "makes a Python object",
    "R": "calls a Python function",
    "b": "fills a Python object",
    "P": "names an object outside of the file",
    "\x80": "is a pickle of a newer protocol",
}


class _Refused(Exception):
    """What is wrong, and at which byte."""


def read_pickled(data: bytes, what: str) -> Plain:
    """Return the plain value that a pickle of protocol 0 describes.

    Parameters
    ----------
    data
        The pickle.
    what
        Name of the entry, for messages.

    Raises
    ------
    InputError
        If it does anything but build dictionaries with text keys, lists, tuples, texts,
        numbers, booleans and None.
    """
    try:
        if len(data) > LARGEST:
            raise _Refused(f"it has {len(data)} bytes; expected at most {LARGEST}")
        return _Machine(data).run()
    except _Refused as error:
        problem = Problem(f"{what} is not plain data: {error}", fix="save the project in ilastik")
        raise InputError(problem) from None


def class_name(data: bytes, what: str) -> tuple[str, str]:
    """Return module and name of the class that a pickle names, without importing it."""
    found = _GLOBAL.fullmatch(data.rstrip(b"\0"))
    if found is None:
        got = printable(data[:60].decode("latin-1"))
        raise InputError(Problem(f"{what} does not name a class", got=f"'{got}'"))
    return found[1].decode("ascii", "replace"), found[2].decode("ascii", "replace")


class _Machine:
    """A stack, a memo of texts and numbers, and the instructions that occur."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}
        self._steps: dict[str, Callable[[], object]] = {
            "(": lambda: self._stack.append(_MARK),
            "d": self._dict,
            "l": lambda: self._stack.append(self._marked()),
            "t": lambda: self._stack.append(tuple(self._marked())),
            "s": self._set_item,
            "a": self._append,
            "p": self._put,
            "g": self._get,
            "N": lambda: self._stack.append(None),
            "V": lambda: self._stack.append(self._unicode()),
            "S": lambda: self._stack.append(self._string()),
            "I": lambda: self._stack.append(self._integer()),
            "L": lambda: self._stack.append(self._number(self._line().removesuffix(b"L"))),
            "F": lambda: self._stack.append(self._float()),
        }

    def run(self) -> Plain:
        """Follow the instructions up to the full stop."""
        while (letter := self._letter()) != ".":
            step = self._steps.get(letter)
            if step is None:
                self._refuse(f"it {_NAMES.get(letter, 'has an unknown instruction')} ({letter!r})")
            step()
        if len(self._stack) != 1 or self._stack[0] is _MARK:
            self._refuse("it does not end with one value")
        return _plain(self._stack[0], DEEPEST)

    def _letter(self) -> str:
        if self._at >= len(self._data):
            self._refuse("it has no end")
        self._at += 1
        return chr(self._data[self._at - 1])

    def _refuse(self, what: str) -> NoReturn:
        raise _Refused(f"{what}, at byte {self._at}")

    def _line(self) -> bytes:
        end = self._data.find(b"\n", self._at)
        if end < 0:
            self._refuse("it is cut off")
        line = self._data[self._at : end]
        self._at = end + 1
        return line

    def _top(self, kind: type) -> object:
        if not self._stack or not isinstance(self._stack[-1], kind):
            self._refuse(f"a {kind.__name__} is missing")
        return self._stack[-1]

    def _pop(self) -> object:
        if not self._stack or self._stack[-1] is _MARK:
            self._refuse("a value is missing")
        return self._stack.pop()

    def _marked(self) -> list[object]:
        """Take everything above the last mark."""
        found: list[object] = []
        while self._stack and self._stack[-1] is not _MARK:
            found.append(self._stack.pop())
        if not self._stack:
            self._refuse("a mark is missing")
        self._stack.pop()
        return found[::-1]

    def _dict(self) -> None:
        items = self._marked()
        if len(items) % 2:
            self._refuse("a value is missing")
        made: dict[str, object] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            made[self._key(key)] = value
        self._stack.append(made)

    def _set_item(self) -> None:
        value, key = self._pop(), self._key(self._pop())
        made = self._top(dict)
        assert isinstance(made, dict)
        made[key] = value

    def _key(self, key: object) -> str:
        if not isinstance(key, str):
            self._refuse("a key is no text")
        return key

    def _append(self) -> None:
        value = self._pop()
        made = self._top(list)
        assert isinstance(made, list)
        made.append(value)

    def _put(self) -> None:
        number = self._number(self._line())
        if not self._stack:
            self._refuse("a value is missing")
        self._memo[number] = self._stack[-1]

    def _get(self) -> None:
        """Recall a text or number; never a container, so that nothing can hold itself."""
        value = self._memo.get(self._number(self._line()), _MARK)
        if not isinstance(value, str | int | float) and value is not None:
            self._refuse("it points back at no text or number")
        self._stack.append(value)

    def _number(self, text: bytes) -> int:
        if not _NUMBER.fullmatch(text):
            self._refuse(f"{printable(text[:20].decode('latin-1'))!r} is no whole number")
        return int(text)

    def _integer(self) -> int | bool:
        line = self._line()
        return line == b"01" if line in (b"00", b"01") else self._number(line)

    def _float(self) -> float:
        line = self._line()
        if not _FLOAT.fullmatch(line):
            self._refuse(f"{printable(line[:20].decode('latin-1'))!r} is no number")
        return float(line)

    def _unicode(self) -> str:
        """A text as Python 3 wrote it; half a surrogate pair is no text."""
        try:
            text = self._line().decode("raw_unicode_escape")
            text.encode()
        except UnicodeError:
            self._refuse("a text has a broken escape")
        return text

    def _string(self) -> str:
        """A text as Python 2 wrote it: in quotes, with escapes, in UTF-8."""
        line = self._line().strip()
        if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
            self._refuse("a text has no quotes")
        raw = _ESCAPE.sub(self._escape, line[1:-1])
        try:
            return raw.decode("utf-8")
        except UnicodeError:
            return raw.decode("latin-1")

    def _escape(self, found: re.Match[bytes]) -> bytes:
        if found[1]:
            return bytes([int(found[1], 16)])
        if found[2] not in _ESCAPES:
            self._refuse("a text has a broken escape")
        return _ESCAPES[found[2]]


def _plain(value: object, depth: int) -> Plain:
    """Return a value without marks; refuse one that is nested too deeply."""
    if depth < 0:
        raise _Refused(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        return {key: _plain(each, depth - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, depth - 1) for each in value]
    if isinstance(value, tuple):
        return tuple(_plain(each, depth - 1) for each in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise _Refused("a mark is left over")
