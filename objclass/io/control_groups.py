"""The control groups of this process, where Linux keeps the limits of containers and jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
MINE = Path("/proc/self/cgroup")


def group_folders(
    controller: str, rooms: tuple[str, ...], groups: Path = GROUPS, mine: Path = MINE
) -> Iterator[Path]:
    """Yield the folders of the groups of this process and of all above them.

    A container sees its own group as the root, so the root is looked at as well.

    Parameters
    ----------
    controller
        Such as ``cpu``.
    rooms
        Folders that version 1 may have for it.
    groups
        Where the system shows control groups, of version 1 or 2.
    mine
        Lists the control groups of this process.
    """
    with suppress(OSError):
        for line in mine.read_text().splitlines():
            _, _, rest = line.partition(":")
            names, _, path = rest.partition(":")
            if names and controller not in names.split(","):
                continue
            for room in rooms if names else ("",):
                inside = Path(path.lstrip("/"))
                yield from (groups / room / each for each in (inside, *inside.parents))
