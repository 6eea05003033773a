"""``write: {roi: …}``: outlines with class names and colours, for ImageJ's ROI Manager."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from objclass.data.labels import LabelImage
from objclass.data.objects import code_names
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.io.imagej_roi import HIGHEST, HIGHEST_GROUP, Roi
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.outlined import OutlinedPlane, codes, outlined_planes
from objclass.nodes.export.output import ExportOutput, ExportRequest, RowsWritten, Sort

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROIS = Sort("ROIs", (".zip",), ".zip")


class RoiOutput(ExportOutput):
    """One ROI per object; in a volume one per object and plane."""

    name = "roi"
    sort = ROIS
    tells: ClassVar[type[Summary] | None] = RowsWritten
    ending = "rois"

    def check_inputs(self, asked: ExportRequest) -> None:
        """Refuse an image that is larger than coordinates can say."""
        grid = asked.origin.labels.grid
        sizes = [o + n for o, n in zip(grid.origin[-2:], grid.shape[-2:], strict=True)]
        if max(sizes) > HIGHEST:
            what, got = "ROIs of ImageJ hold coordinates of 16 bit", f"{sizes[1]} by {sizes[0]}"
            expected, fix = f"at most {HIGHEST:,} pixels wide and high", "write geojson instead"
            raise asked.look.problem("write.roi", what, got=got, expected=expected, fix=fix)

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read the objects and what was predicted."""
        return (asked.origin.voxels, *asked.origin.predicted)

    def layout(self, asked: ExportRequest) -> ExportLayout:
        """Return the classes with their colours."""
        return ExportLayout(asked.origin, classes=asked.classes, colors=asked.colors)

    def write(self, path: Path, view: View) -> Made:
        """Write a ROI per object, or per object and plane."""
        from objclass.io.imagej_roi import roi_writer

        count = 0
        with roi_writer(path) as append:
            for given in view.all("objects"):
                for roi in _rois(view, given):
                    append(roi)
                    count += 1
        return Made(summary=RowsWritten(count))


def _rois(view: View, given: JoinedInput) -> Iterator[Roi]:
    """Yield the objects of a frame, plane by plane."""
    layout = view.part.held(ExportLayout)
    labels: LabelImage = given.load()
    grid, index = labels.header.grid, labels.index
    code = codes(view, given, index)
    names = ("", *code_names(layout.classes or ()))
    colors = (None, *(layout.colors or ()), None)
    t = 0 if grid.frames is None else (given.t or 0) + grid.first_frame + 1
    for plane in outlined_planes(labels):
        z = plane.z + 1 if grid.dimensions == 3 else 0
        for row, rings in _rings(plane):
            number, k = int(index.ids[row]), int(code[row])
            parts = [str(number), names[k], f"t{t - 1}" if t else "", f"z{z - 1}" if z else ""]
            said = [("object", str(number)), *([("class", names[k])] if names[k] else [])]
            group = k if k < len(names) - 1 and k <= HIGHEST_GROUP else 0
            name = "_".join(part for part in parts if part)
            yield Roi(name, rings, colors[k], group, z, t, tuple(said))


def _rings(plane: OutlinedPlane) -> Iterator[tuple[int, list[NDArray[np.int64]]]]:
    """Yield the row of every object of a plane with its rings in the uncropped image."""
    import numpy as np

    found, place = plane.outlines, np.array([plane.x, plane.y])
    ends = np.searchsorted(found.owner, np.arange(found.objects), side="right")
    start = 0
    for row, end in zip(plane.rows.tolist(), ends.tolist(), strict=True):
        if end > start:
            yield row, [found.ring(number) + place for number in range(start, end)]
        start = end


OUTPUT = RoiOutput()
