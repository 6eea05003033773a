"""Splices: places of a text that become something else, and back again."""

from __future__ import annotations

from collections.abc import Iterable

from objclass.data.dataclass import dataclass


@dataclass(frozen=True)
class Splice:
    """The characters from `start` up to `stop` become `new`."""

    start: int
    stop: int
    new: str


def spliced(text: str, splices: Iterable[Splice]) -> tuple[str, tuple[Splice, ...]]:
    """Return the text after splices in order, and the splices that bring the one before back."""
    pieces: list[str] = []
    back: list[Splice] = []
    done = length = 0
    for splice in splices:
        pieces += [text[done : splice.start], splice.new]
        start = length + splice.start - done
        length = start + len(splice.new)
        done = splice.stop
        back.append(Splice(start, length, text[splice.start : splice.stop]))
    return "".join([*pieces, text[done:]]), tuple(back)


def in_order(splices: Iterable[Splice]) -> tuple[Splice, ...]:
    """Put splices in order; those that erase neighbours become one."""
    merged: list[Splice] = []
    for splice in sorted(splices, key=lambda each: (each.start, each.stop)):
        last = merged[-1] if merged else None
        if last and splice.start < last.stop:
            stop = max(last.stop, splice.stop)
            merged[-1] = Splice(last.start, stop, last.new + splice.new)
        else:
            merged.append(splice)
    return tuple(merged)
