"""The usual corrections of one line that YAML does not read as it was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from objclass.data.dataclass import dataclass

_PAIR: Final = re.compile(r"(\s*(?:-\s+)*(?:[^\s:#\"'\[{][^:#]*|\"[^\"]*\"|'[^']*'):\s+)(\S.*)")
_ITEM: Final = re.compile(r"(\s*(?:-\s+)+)(\S.*)")
_NO_SPACE: Final = re.compile(r"(\s*(?:-\s+)*[A-Za-z_][\w-]*):([^\s:/\\].*)")
_FLOW_START: Final = re.compile(r"(?<=: )(?=\S)|(?<=[\[{,])\s*(?=\S)")
_FLOW_END: Final = re.compile(r",|[\]}]|\s#|$")
_KEY: Final = re.compile(r"[\w.-]+:(?:\s|$)")
_HASH: Final = re.compile(r"(?<=[:,\[{] )#[^\s,\]}]*")
_ESCAPED: Final = re.compile(r'"([^"]*\\[^"]*)"')
_SPECIAL: Final = re.compile(r"[{}\[\]*&!@`%|>]|: ")
_REASONS: Final = {
    "{": "{ starts a mapping",
    "[": "[ starts a list",
    "*": "* starts an alias",
    "&": "& starts an anchor",
    "!": "! starts a tag",
    "|": "| starts a text of several lines",
    ">": "> starts a text of several lines",
    "#": "# starts a comment",
}


@dataclass(frozen=True)
class Correction:
    """A line as it may have been meant, what was wrong with it and what to do."""

    line: str
    what: str
    fix: str

    @property
    def advice(self) -> str:
        """What to do, with the corrected line."""
        return f"{self.fix}: {self.line.strip()}"


def corrections(line: str) -> Iterator[Correction]:
    """Yield every way in which a line may have been meant, the likeliest first."""
    bare, comment = _split_comment(line)
    yield from _respace(bare, comment)
    hashes = list(_HASH.finditer(line))
    for found in hashes:
        yield _quote(line[: found.start()], found[0], line[found.end() :])
    if len(hashes) > 1:
        corrected = _HASH.sub(lambda found: quote(found[0]), line)
        yield replace(_quote("", hashes[0][0], ""), line=corrected)
    for head, value, tail in (*_flow_values(bare), *_block_values(bare)):
        yield _quote(head, value, tail + comment)


def quote_alias(line: str, start: int) -> Correction:
    """Quote ``*name`` where it stands, up to the end of the item."""
    in_flow = re.search(r"[\[{]", line[:start]) is not None
    ending = re.search(r"[,\]}]|\s|$" if in_flow else r"\s+#|\s*$", line[start:])
    end = start + (ending.start() if ending else len(line))
    return _quote(line[:start], line[start:end], line[end:])


def single_quotes(line: str) -> Correction | None:
    """Write text with backslashes in single quotes, where they are just backslashes."""
    corrected = _ESCAPED.sub(lambda found: f"'{found[1]}'", line)
    what = "a backslash in double quotes is an escape"
    return None if corrected == line else Correction(corrected, what, "use single quotes")


def quote(value: str) -> str:
    """Return a value in the quotes that change nothing in it."""
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'


def _quote(head: str, value: str, tail: str) -> Correction:
    what = f"YAML does not read {value} as text: {_reason(value)}"
    return Correction(f"{head}{quote(value)}{tail}", what, "quote it")


def _reason(value: str) -> str:
    if value[0] in "@`%":
        return f"no value may start with {value[0]}"
    if value[0] in _REASONS:
        return _REASONS[value[0]]
    if ": " in value or value.endswith(":"):
        return "a colon and a space start a value"
    return "braces and brackets have a meaning inside { } and [ ]"


def _split_comment(line: str) -> tuple[str, str]:
    found = re.search(r"\s+#.*$|\s+$", line)
    return (line[: found.start()], line[found.start() :]) if found else (line, "")


def _respace(line: str, comment: str) -> Iterator[Correction]:
    found = _NO_SPACE.fullmatch(line)
    if found:
        key = found[1].strip().removeprefix("- ")
        corrected = f"{found[1]}: {found[2]}{comment}"
        yield Correction(corrected, f"a space is missing after '{key}:'", "write")


def _block_values(line: str) -> Iterator[tuple[str, str, str]]:
    for pattern in (_PAIR, _ITEM):
        found = pattern.fullmatch(line)
        if found and _may_be_one_text(found[2]):
            yield found[1], found[2], ""


def _flow_values(line: str) -> Iterator[tuple[str, str, str]]:
    """Yield head, value and tail for pieces of ``{…}`` and ``[…]`` that may want quotes."""
    if not re.search(r"[\[{]", line):
        return
    for start in (found.end() for found in _FLOW_START.finditer(line)):
        if line[start - 2 : start] != ": " and _KEY.match(line, start):
            continue  # a key and its value, not a value
        for end in (found.start() for found in _FLOW_END.finditer(line, start)):
            value = line[start:end].rstrip()
            if "," in value:
                break  # the next one has begun
            if value and _may_be_one_text(value) and _SPECIAL.search(value):
                yield line[:start], value, line[start + len(value) :]


def _may_be_one_text(value: str) -> bool:
    """False for quoted text and for a mapping or list that is whole or only lacks its end."""
    if value[0] in "\"'" or value.count("{") != value.count("}"):
        return False
    if value.count("[") != value.count("]"):
        return False
    if value[0] not in "{[":
        return True
    return bool(re.match(r"\{[\w/*.:-]*\}\S|\[[^\[\],:\s]*\]\S", value)) and ": " not in value
