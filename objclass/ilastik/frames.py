"""The label image in which an annotation was made: the stored one, or made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from objclass.data.axes import Grid
from objclass.errors import InputError, list_some
from objclass.ilastik.annotated import FrameObjects
from objclass.ilastik.contents import IlastikProject, InputInfo
from objclass.ilastik.inputs import SECOND
from objclass.ilastik.label_images import RecomputedLabelImages, remade, stored_label_image
from objclass.io.source import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LabelImages:
    """Finds the label image in which an annotation was made: the stored one, or made again.

    Keeps the training images open; close it after use.
    """

    def __init__(
        self, project: IlastikProject, paths: Mapping[tuple[int, str], Source | None]
    ) -> None:
        self._project = project
        self._paths = paths
        self._opened: dict[int, RecomputedLabelImages | None] = {}
        self._origins: set[str] = set()
        self._differing: list[str] = []
        self._unread: list[str] = []

    def frame(self, lane: int, t: int) -> FrameObjects | None:
        """Return the objects of a frame, or None where no label image is at hand."""
        stored = stored_label_image(self._project.path, lane, t)
        if stored is not None:
            self._origins.add("as stored in the project")
            return self._objects(lane, t, stored)
        made = self._remade(lane)
        if made is None or not 0 <= t < (made.grid.frames or 1):
            return None
        self._origins.add("made again from the training images")
        found = self._objects(lane, t, made.frame(t))
        count = self._project.object_counts.get((lane, t))
        if count is not None and count != len(found.index):
            self._differing.append(f"image {lane + 1}, frame {t}: {len(found.index)}, not {count}")
        return found

    def _objects(self, lane: int, t: int, ids: NDArray[np.generic]) -> FrameObjects:
        from objclass.segmentation.index import index

        made = self._remade(lane)
        grid = made.grid if made and made.grid.shape == ids.shape else Grid(ids.shape)
        return FrameObjects(index(ids, grid.origin, t + grid.first_frame), grid)

    def _remade(self, lane: int) -> RecomputedLabelImages | None:
        """Open what the lane's objects come from, once; None where it cannot be read."""
        if lane not in self._opened:
            project = self._project
            role = SECOND[project.variant]
            path, info = self._paths.get((lane, role)), project.lanes[lane].inputs.get(role)
            self._opened[lane] = None
            if path is not None:
                info = info or InputInfo(role)
                self._opened[lane] = self._open(lane, path, info)
        return self._opened[lane]

    def _open(self, lane: int, path: Source, info: InputInfo) -> RecomputedLabelImages | None:
        try:
            return remade(path, info, self._project.variant, self._project.threshold)
        except InputError as error:
            self._unread += [f"image {lane + 1}: {problem}" for problem in error.problems]
            return None

    def close(self) -> None:
        """Give the training images back."""
        for made in self._opened.values():
            if made is not None:
                made.close()
        self._opened.clear()

    def scale_to_say(self) -> tuple[float, float] | None:
        """Return the data range that only the project knows, not the file."""
        from objclass.io.formats import describe

        role = SECOND[self._project.variant]
        for lane, inputs in enumerate(self._project.lanes):
            info, path = inputs.inputs.get(role), self._paths.get((lane, role))
            if info and info.drange and path and describe(path.first).value_range != info.drange:
                return info.drange
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """Where positions come from, and label images that came out differently."""
        said = [f"positions are those of the label image {origin}" for origin in self._origins]
        if self._differing:
            said.append(
                "the label image made again has another number of objects than ilastik had: "
                + list_some(self._differing, 3)
            )
        return (*sorted(said), *self._unread)
