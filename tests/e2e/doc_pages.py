"""Pages of the documentation as their fenced blocks, and outputs made comparable.

What a block is about stands beside it in the page:

- A block after a line that ends in ```NAME``:`` is the file of that name (``yaml``, ``csv``,
  ``python``), or a change to it (``diff``).
- A ``text`` block after a ``bash`` or ``python`` block is what that printed; a line ``…`` in it
  stands for any lines.
- ``<!-- not run: why -->`` before a block: it is shown only. ``<!-- exit 1 -->``: the commands
  end with that code. ``<!-- picture: FROM -> TO -->``: where a picture of the page comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from progress import PROGRESS

_FENCE = re.compile(r"^(`{3,})(\w*)\s*$")
_COMMENT = re.compile(r"^<!--\s*(.*?)\s*-->$")
_NAMES = re.compile(r"`([^`\s]+)`:$")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block, or a comment that tells something.

    Parameters
    ----------
    language
        Such as ``bash``; ``comment`` for a comment that stands alone.
    text
        What it holds.
    start, stop
        Its lines in the page, fences left out.
    file
        The file named by the line before it, empty for none.
    told
        The comment before it.
    """

    language: str
    text: str
    start: int = 0
    stop: int = 0
    file: str = ""
    told: str = ""

    @property
    def exit_code(self) -> int:
        """The exit code that its commands end with."""
        return int(self.told.split()[1]) if self.told.startswith("exit ") else 0

    @property
    def is_shown_only(self) -> bool:
        """True for what is not run."""
        return self.told.startswith("not run")


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page in order."""
    lines = page.splitlines()
    found: list[Block] = []
    said: list[str] = []
    number = 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if fence is None:
            if lines[number].strip():
                said.append(lines[number].strip())
            number += 1
            continue
        stop = lines.index(fence[1], number + 1)
        found += _lone_comments(said)
        found.append(_block(fence[2], lines, number + 1, stop, said))
        said = []
        number = stop + 1
    return found + _lone_comments([*said, ""])


def _block(language: str, lines: Sequence[str], start: int, stop: int, said: list[str]) -> Block:
    text = "\n".join(lines[start:stop])
    before = [*said]
    comment = _COMMENT.match(before[-1]) if before else None
    if comment:
        before.pop()
    names = _NAMES.search(before[-1]) if before else None
    return Block(
        language, text, start, stop, names[1] if names else "", comment[1] if comment else ""
    )


def _lone_comments(said: Sequence[str]) -> list[Block]:
    """Comments that tell something by themselves: all but the one right before a block."""
    found = (_COMMENT.match(line) for line in said[:-1])
    return [Block("comment", match[1]) for match in found if match]


def links(page: str) -> Iterator[str]:
    """Yield where the links and pictures of a page lead, blocks left out."""
    outside = re.sub(r"(?ms)^(`{3,}).*?^\1$", "", page)
    yield from _LINK.findall(outside)


def replaced(page: str, news: Sequence[tuple[Block, str]]) -> str:
    """Return a page with other texts in some of its blocks."""
    lines = page.splitlines()
    for block, text in sorted(news, key=lambda pair: -pair[0].start):
        lines[block.start : block.stop] = text.splitlines()
    return "\n".join(lines) + "\n"


_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\+00:00)?"), "DATE"),
    (re.compile(r"\b\d\d:\d\d\b"), "HH:MM"),
    (re.compile(r"\s+\d+\.\d s$"), ""),
    (re.compile(r"\b\d+(\.\d+)? (bytes|kB|MB|GB)\b"), "SIZE"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "DIGEST"),
    (re.compile(r"\b(objclass|Python|numpy|numba|scikit-learn|scipy|scikit-image|h5py) \d[\w.]*"),
     r"\1 VERSION"),
    (re.compile(r"\b(Linux|Darwin|Windows) (x86_64|arm64|aarch64|AMD64)\b"), "PLATFORM"),
    (re.compile(PROGRESS.pattern + ".*$"), ""),
    (re.compile(r"\s+"), " "),
)  # fmt: skip
"""What differs from run to run and from machine to machine."""


def masked(output: str) -> list[str]:
    """Return the lines of an output without times, sizes, versions and the width of columns."""
    lines = []
    for line in output.splitlines():
        for pattern, word in _MASKS:
            line = pattern.sub(word, line)
        if line.strip():
            lines.append(line.strip())
    return lines


def agree(shown: Sequence[str], real: Sequence[str]) -> bool:
    """Return True where a shown output is the real one; ``…`` stands for any lines."""
    if not shown:
        return not real
    if shown[0] == "…":
        return any(agree(shown[1:], real[skipped:]) for skipped in range(len(real) + 1))
    return bool(real) and shown[0] == real[0] and agree(shown[1:], real[1:])


def pages(folder: Path) -> list[Path]:
    """Return the pages below a folder."""
    return sorted(folder.rglob("*.md"))
