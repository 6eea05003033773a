"""Makes the label image of a ``components`` node: found, filled, filtered and numbered.

A frame in memory is the case of one block: the same steps, with the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from objclass.data.blocks import Region
from objclass.data.dataclass import dataclass
from objclass.data.image import Image, ImageHeader
from objclass.data.labels import Index, LabelHeader, LabelImage
from objclass.data.scratch import ScratchArray
from objclass.engine.node import Made, View
from objclass.nodes.mask_voxels import component_warnings, label_warnings
from objclass.nodes.resolution import resample
from objclass.nodes.segmenting import IndexedLabels, counted, frame_blocks, sizes_by_id
from objclass.segmentation.components import raster_numbering
from objclass.segmentation.cutting import Blocks, Read, Write
from objclass.segmentation.found_objects import FoundObjects, label_components
from objclass.segmentation.fragments import ScatteredObjects
from objclass.segmentation.holes import fill_holes
from objclass.segmentation.index import pass_by
from objclass.segmentation.selection import map_ids, mostly_inside
from objclass.segmentation.survey import ObjectSurvey, survey, unite

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = {"faces": {2: 1, 3: 1}, "full": {2: 2, 3: 3}}
"""How many axes a step between joined voxels may change."""


def components_layer(view: View) -> Made:
    """Make the label image of a ``components`` node for one frame."""
    given: Image | LabelImage = view.one("image")
    p, header, frame = view.parameters, label_header(view), FilteredFrame.of(view)
    read = resample(reader(given), p, given.header.grid.shape, ids=True)
    dtype = "uint32" if isinstance(given, Image) else given.header.dtype
    if isinstance(given, Image) and not _looks_around(view):
        found = frame.components(read, p["min_size"] or 0, p["max_size"])
        labels = IndexedLabels.of(view, *sizes_by_id(found))
        found.paint(labels.write)
        return labels.made(counted(found.report), doubts=_doubts(view, found.report.values))
    values = None
    if isinstance(given, Image):
        found = frame.components(read)
        values, read = found.report.values, frame.kept(dtype, found.paint)
    elif frame.blocks.single:
        read = _reader_of(read(Region.whole(header.grid.shape)))
    if p["fill_holes"]:
        read = frame.kept(dtype, partial(frame.fill_holes, read))
    return _chosen(view, frame, read, values)


def _doubts(view: View, values: NDArray[np.uint64]) -> Callable[[Index], Iterator[str]]:
    """Return what tells of odd objects of a segmentation; `values` is by id what they hold."""
    (given,) = view.given["image"]
    header: ImageHeader = given.load().header
    return lambda index: component_warnings(given.wire.node, header, index, values)


def reader(given: Image | LabelImage) -> Read:
    """Return a reader of ids, or of the one channel of a segmentation."""
    if isinstance(given, LabelImage):
        return given.read
    return lambda region: given.read(0, region)


def label_header(view: View) -> LabelHeader:
    """Return the header of the label image that a step makes."""
    assert isinstance(view.part.header, LabelHeader)
    return view.part.header


def _looks_around(view: View) -> bool:
    """Return True where objects are filled, or dropped for where they lie."""
    p = view.parameters
    return p["fill_holes"] or p["border_objects"] == "remove" or "inside" in view.given


def _reader_of(array: NDArray[Any]) -> Read:
    return lambda region: array[region.slices]


@dataclass(frozen=True)
class FilteredFrame:
    """How one frame is worked on.

    Parameters
    ----------
    view
        Of the step.
    blocks
        How the frame is cut; one block in memory.
    """

    view: View
    blocks: Blocks

    @classmethod
    def of(cls, view: View) -> FilteredFrame:
        """Return what a step's execution block asks for."""
        grid = label_header(view).grid
        return cls(view, frame_blocks(view, grid))

    def scratch(self, shape: tuple[int, ...], dtype: str) -> ScratchArray:
        """Return an array for what is between two steps."""
        return np.zeros(shape, dtype) if self.blocks.single else self.view.scratch(shape, dtype)

    def kept(self, dtype: str, make: Callable[[Write], object]) -> Read:
        """Return a reader of what ``make(write)`` writes."""
        store = self.scratch(self.blocks.shape, dtype)

        def write(region: Region, voxels: NDArray[np.generic]) -> None:
            store[region.slices] = voxels

        make(write)
        return lambda region: np.asarray(store[region.slices])

    def components(
        self, read: Read, min_size: int = 0, max_size: int | None = None
    ) -> FoundObjects:
        """Find the components of a segmentation whose size is allowed."""
        connectivity = STEPS[self.view.parameters["connectivity"]][len(self.blocks.shape)]
        return label_components(read, self.blocks, self.scratch, connectivity, min_size, max_size)

    def fill_holes(self, read: Read, write: Write) -> None:
        """Write label images without holes."""
        fill_holes(read, self.blocks, self.scratch, write)

    def survey(self, read: Read) -> ObjectSurvey:
        """Return size, place, border and region of every object."""
        other = reader(self.view.one("inside")) if "inside" in self.view.given else None

        def one(region: Region) -> ObjectSurvey:
            beside = None if other is None else other(region)
            return survey(read(region), region, self.blocks.shape, beside)

        return unite(list(self.blocks.each(one, self.blocks.regions)))


def _chosen(
    view: View, frame: FilteredFrame, read: Read, values: NDArray[np.uint64] | None
) -> Made:
    """Drop objects for their size and place, and write the others with their final ids.

    `values` is by id what the objects of a segmentation hold.
    """
    header = label_header(view)
    found = frame.survey(read)
    keep, dropped = _kept(view, found)
    targets = np.zeros(len(found), header.dtype)
    renumbers = view.parameters["ids"] == "relabel"
    targets[keep] = raster_numbering(found.first[keep]) if renumbers else found.ids[keep]
    scattered, order = ScatteredObjects(), np.argsort(targets[keep])
    known = targets[keep][order].astype(np.uint64), found.sizes[keep][order]
    labels = IndexedLabels.of(view, *known, scattered.see if values is None else pass_by)

    def write(region: Region) -> None:
        labels.write(region, map_ids(read(region), found.ids, targets))

    frame.blocks.run(write, frame.blocks.regions)
    channels = _channels_of(view, found.ids, targets) if header.found_in else None
    original = _by_target(found.ids, targets) if view.parameters.get("original_ids") else None
    made = partial(labels.made, dropped, channels, original=original)
    if values is None:
        return made(doubts=lambda index: label_warnings(index, header.grid.shape, scattered))
    return made(doubts=_doubts(view, _by_target(values[found.ids.astype(np.int64)], targets)))


def _kept(view: View, found: ObjectSurvey) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return which objects stay, and how many do not for each reason; the first one counts."""
    p = view.parameters
    reasons: dict[str, NDArray[np.bool_]] = {}
    if "inside" in view.given:
        reasons["outside"] = ~mostly_inside(found.ids, found.sizes, found.shared)
    if p["border_objects"] == "remove":
        reasons["at_border"] = found.border
    reasons["too_small"] = found.sizes < (p["min_size"] or 0)
    if p["max_size"] is not None:
        reasons["too_large"] = found.sizes > p["max_size"]
    keep = np.ones(len(found), np.bool_)
    dropped = {}
    for name, gone in reasons.items():
        dropped[name] = int((keep & gone).sum())
        keep &= ~gone
    return keep, {name: count for name, count in dropped.items() if count}


def _channels_of(
    view: View, ids: NDArray[np.uint64], targets: NDArray[Any]
) -> NDArray[np.uint64] | None:
    """Return by new id which channel the objects of a threshold were found in."""
    index = view.one("image").index
    if index.channel is None:
        return None
    return _by_target(index.channel[np.searchsorted(index.ids, ids)], targets)


def _by_target(values: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.uint64]:
    """Return the values by new id; 0 is background and what was dropped."""
    table = np.zeros(int(targets.max(initial=0)) + 1, np.uint64)
    table[targets.astype(np.int64)] = values
    table[0] = 0
    return table
