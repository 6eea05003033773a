"""Which images annotations were made on: the names of the lanes, and digests of their raw data.

With these, a workflow that runs over other images later knows its annotations for foreign ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from objclass.errors import ObjclassError, list_some
from objclass.ilastik.contents import IlastikProject
from objclass.ilastik.inputs import RAW
from objclass.ilastik.lanes import LaneInput, image_names
from objclass.io.join import is_unnamed

UNTOLD: Final = (
    "its annotations do not tell which image they were made on, so another one in its place is "
    "not noticed"
)


class RawImages:
    """The raw images of a project's lanes, as the imported workflow will read them."""

    def __init__(
        self, project: IlastikProject, places: Mapping[tuple[int, str], LaneInput]
    ) -> None:
        self._project = project
        self._places = places
        self._digests: dict[tuple[int, int], str] = {}
        self._unread: dict[int, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What the workflow calls the lanes: one alone is called after its file."""
        names = image_names(self._project)
        place = self._places.get((0, RAW))
        if len(names) != 1 or place is None or place.path is None:
            return names
        return (is_unnamed(place.path, place.text),)

    def digest(self, lane: int, t: int) -> str:
        """Return the digest of a frame of the whole file; empty where it cannot be read."""
        if (lane, t) not in self._digests:
            self._digests[lane, t] = self._read(lane, t)
        return self._digests[lane, t]

    def _read(self, lane: int, t: int) -> str:
        from objclass.io.image_digest import image_digest

        source, info = self._places[lane, RAW].path, self._project.input(RAW)
        if source is None:
            self._unread[lane] = "is not here"
            return ""
        try:
            return image_digest(source, (info.file_axes if info else "") or None, t)
        except ObjclassError as error:
            self._unread[lane] = f"cannot be read ({'; '.join(map(str, error.problems))})"
            return ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Lanes that are not told from other images, and why."""
        by_reason: dict[str, list[int]] = {}
        for lane, why in sorted(self._unread.items()):
            by_reason.setdefault(why, []).append(lane + 1)
        return tuple(
            f"the raw data of image {list_some(lanes, 6)} {why}: {UNTOLD}"
            for why, lanes in by_reason.items()
        )
