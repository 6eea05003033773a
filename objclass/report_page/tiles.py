"""Cut-outs of objects for the galleries, each outlined in its frame's own light."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from objclass.annotations.match import in_image
from objclass.curation.close_up import close_up, fit_size
from objclass.curation.starting import INK
from objclass.curation.view import PlaneCutter
from objclass.data.dataclass import dataclass
from objclass.engine.outcome import StepOutcome
from objclass.nodes.frames import frame_text
from objclass.preview.frame import PictureFrame, frame_of
from objclass.preview.target import PreviewTarget
from objclass.report_page.content import PagePicture
from objclass.report_page.embedded import embed
from objclass.report_page.predicted import Place
from objclass.run import Job


@dataclass(frozen=True)
class WantedTile:
    """An object to be shown: where it is, its id, and what is said of it."""

    place: Place
    object_id: int
    remark: str


@dataclass
class FrameShelf:
    """The frames of a run, each opened once; `named` says the image of every object."""

    job: Job
    outcomes: Sequence[StepOutcome]
    named: bool = False
    _open: dict[tuple[str, Place], PictureFrame] = field(default_factory=dict)
    _viewer: PlaneCutter = field(default_factory=PlaneCutter)

    def frame(self, target: PreviewTarget, place: Place) -> PictureFrame:
        """Return one frame of what a node stands for."""
        key = str(target.objects), place
        if key not in self._open:
            self._open[key] = frame_of(self.job, target, *place, self.outcomes)
        return self._open[key]

    def tiles(self, target: PreviewTarget, wanted: Iterable[WantedTile]) -> list[PagePicture]:
        """Return cut-outs in the order of `wanted`; frame by frame, so that each is read once."""
        listed = list(wanted)
        order = sorted(range(len(listed)), key=lambda k: _order(listed[k].place))
        drawn = {k: self._tile(target, listed[k]) for k in order}
        return [drawn[k] for k in range(len(listed))]

    def _tile(self, target: PreviewTarget, wanted: WantedTile) -> PagePicture:
        frame = self.frame(target, wanted.place)
        labels, number = frame.labels, wanted.object_id
        inside = labels.index.inside[labels.index.row_of(number)]
        voxel = in_image(inside, labels.header.grid)
        shown = close_up(self._viewer, wanted.place, frame.raw, labels, number, voxel)
        words = [wanted.place[0]] if self.named or len(self.job.graph.images) > 1 else []
        words += [frame_text(frame.t, ())] if frame.t is not None else []
        words.append(f"object {number}")
        words += [shown.remark] if shown.remark else []
        return embed(fit_size(shown, [INK]), ", ".join(words), wanted.remark)


def _order(place: Place) -> tuple[str, int]:
    return place[0], -1 if place[1] is None else place[1]
