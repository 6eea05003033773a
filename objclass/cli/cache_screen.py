"""Puts what housekeeping found into words."""

from __future__ import annotations

import time
from collections.abc import Iterator

from objclass.engine.damage import Verified
from objclass.engine.housekeeping import CleaningReport, StoreInfo
from objclass.io.disk import size_text

ROOMS = {
    "content": "results",
    "traces": "records of steps",
    "memo": "files remembered",
    "last": "workflows",
    "roots": "label images of annotations (always kept)",
    "uses": "annotation files and their images (always kept)",
    "exports": "files written (always kept)",
    "building": "unfinished",
    "locks": "locks",
}


def info_lines(found: StoreInfo) -> Iterator[str]:
    """Yield the rooms of a cache with what they hold."""
    yield f"cache     {found.root}"
    for room in found.rooms:
        if room.count or room.name in ("content", "traces"):
            yield f"{room.name:<10}{room.count:>6}  {size_text(room.size):>9}  {ROOMS[room.name]}"
    yield f"{'total':<10}{'':>6}  {size_text(found.size):>9}"
    if found.oldest is not None and found.newest is not None:
        yield f"used      from {_moment(found.oldest)} to {_moment(found.newest)}"


def cleaned_lines(found: CleaningReport, dry_run: bool) -> Iterator[str]:
    """Yield what was dropped, or would be, and what is left."""
    verb = "would drop" if dry_run else "dropped"
    yield f"{verb} {_results(len(found.dropped))}, {size_text(found.freed)}"
    if found.orphans:
        yield f"{verb} {len(found.orphans)} left by runs that were killed"
    pinned = sum(each.pinned for each in found.left)
    size = size_text(sum(each.size for each in found.left))
    kept = f", {pinned} of them label images in which annotations were valid" if pinned else ""
    yield f"{'would keep' if dry_run else 'kept'} {_results(len(found.left))}, {size}{kept}"


def verified_lines(found: Verified, repair: bool) -> Iterator[str]:
    """Yield what is damaged."""
    for each in found.damaged:
        yield f"damaged   {each.name[:10]}  {each.made_by}: {each.why}"
    if not found.damaged:
        yield f"{found.checked} results and records checked: all as written"
        return
    yield f"{len(found.damaged)} of {found.checked} results and records damaged"
    yield "dropped: the next run makes them again" if repair else "--repair drops them"


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count} results"


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
