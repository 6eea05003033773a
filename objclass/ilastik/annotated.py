"""A project's annotations as the rows of an annotations file.

ilastik remembers the id of an annotated object, which any other threshold changes. Ours
remember a voxel inside the object and its stamp, so each id is looked up in the label image
it was given in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from objclass.annotations.match import in_image
from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.data.delimited import quote
from objclass.data.labels import Index
from objclass.ilastik.contents import IlastikProject


@dataclass(frozen=True)
class FrameObjects:
    """The objects of one frame of one lane: their index, and the grid they lie on."""

    index: Index
    grid: Grid


@dataclass(frozen=True)
class AnnotationText:
    """An annotations file.

    Parameters
    ----------
    text
        The CSV.
    rows
        How many annotations it holds.
    without_position
        How many of them name only an id, because their label image is not at hand.
    lost
        Annotations of ids that their label image does not have; they are left out.
    """

    text: str
    rows: int
    without_position: int = 0
    lost: int = 0


@dataclass(frozen=True)
class _Place:
    """Where an annotated object is, as cells; empty where nobody knows."""

    z: str = ""
    y: str = ""
    x: str = ""
    size: str = ""
    stamp: str = ""


def annotation_text(
    project: IlastikProject,
    frames: Callable[[int, int], FrameObjects | None],
    images: Sequence[str] = (),
    digest: Callable[[int, int], str] | None = None,
) -> AnnotationText:
    """Return the annotations of a project as CSV.

    Parameters
    ----------
    project
        The project.
    frames
        ``frames(lane, t)`` returns the objects of a frame in which something is annotated, or
        None where its label image is not at hand.
    images
        Names of the lanes; with several, or with digests, there is a column ``image``.
    digest
        ``digest(lane, t)`` of the raw data, t counted in the whole file; empty where they are
        not at hand.
    """
    found = list(_find_annotations(project, frames))
    placed = [(key, number, name, place) for key, number, name, place in found if place]
    digests = {key: digest(*key) if digest else "" for key, *_ in placed}
    told = any(digests.values())
    named = told or len(project.lanes) > 1
    time = any(t for (_, t), *_ in placed) or _has_time(project)
    volume = any(place.z for *_, place in placed)
    titles = ["image"] * named + ["t"] * time + ["z"] * volume
    lines = [
        ",".join(
            [*titles, "y", "x", "class", "object", "size", "stamp", *["image_digest"] * told, "by"]
        )
    ]
    for (lane, t), number, name, place in placed:
        cells = [quote(images[lane])] * named + [str(t)] * time + [place.z] * volume
        rest = [quote(name), str(number), place.size, place.stamp]
        rest += [digests[lane, t]] * told + ["ilastik"]
        lines.append(",".join([*cells, place.y, place.x, *rest]))
    unplaced = sum(not place.y for *_, place in placed)
    return AnnotationText("\n".join(lines) + "\n", len(placed), unplaced, len(found) - len(placed))


def _has_time(project: IlastikProject) -> bool:
    return any("t" in info.axes for lane in project.lanes for info in lane.inputs.values())


def _find_annotations(
    project: IlastikProject, frames: Callable[[int, int], FrameObjects | None]
) -> Iterator[tuple[tuple[int, int], int, str, _Place | None]]:
    """Yield frame, id, class and place of every annotation; None for an id without object."""
    for (lane, t), given in sorted(project.annotations.items()):
        if lane >= len(project.lanes):
            continue
        here = frames(lane, t)
        time = t + here.grid.first_frame if here else t
        for number, k in sorted(given.items()):
            place = _Place() if here is None else _place(here, number)
            yield (lane, time), number, project.classes[k - 1].name, place


def _place(frame: FrameObjects, number: int) -> _Place | None:
    index = frame.index
    row = index.row_of(number)
    if row < 0:
        return None
    z, y, x = map(str, in_image(index.inside[row], frame.grid))
    depth = z if frame.grid.dimensions == 3 else ""
    return _Place(depth, y, x, str(int(index.size[row])), index.stamp[row].decode())
