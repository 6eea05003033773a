"""Starts an annotation file: objects as rows with an empty class, and a picture of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.annotations.match import in_image, match
from objclass.annotations.matches import Match
from objclass.annotations.sample import Choice
from objclass.annotations.text import new_table
from objclass.choosing.strategies import strategy_named
from objclass.curation.annotated_objects import (
    AnnotatedObjects,
    Place,
    annotation_path,
    find_on,
    prepare_ground,
    whole,
)
from objclass.curation.choice import ChoiceRequest, Indexes, check_request, choose_objects
from objclass.curation.close_up import close_up, fit_size
from objclass.curation.measured_objects import MeasuredObjects, measured_objects
from objclass.curation.png import write_picture
from objclass.curation.selected_objects import SelectedObjects, find_selected, only_selected
from objclass.curation.tiles import Tile, sheet
from objclass.curation.view import PlaneCutter, is_rgb, outline, whole_plane
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index
from objclass.errors import InputError, Problem, list_some
from objclass.io.new_file import all_or_none, check_new, write_new
from objclass.io.tables import check_text_name
from objclass.nodes.frames import frame_text
from objclass.painting.colors import channel_lights
from objclass.run import Request

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.image import Image

    Picture = NDArray[np.uint8]

COUNT = 30
INK = "#FFEB3B"
HEADER_LINES = 1


@dataclass(frozen=True)
class NewAnnotationFile:
    """What was written.

    Parameters
    ----------
    table, picture
        The annotation file and its picture.
    chosen, total
        Number of rows, and of objects they were chosen from.
    how
        How they were chosen, in words.
    named
        True where the workflow names the table as its annotations.
    notes
        What else a person should know.
    """

    table: Path
    picture: Path
    chosen: int
    total: int
    how: str
    named: bool = True
    notes: tuple[str, ...] = ()


def start(
    path: Path,
    request: Request | None = None,
    *,
    count: int = COUNT,
    seed: int = 0,
    choose: str | None = None,
    output: Path | None = None,
    node: str | None = None,
) -> NewAnnotationFile:
    """Choose objects that nobody annotated and write them as rows without a class, with a picture.

    Parameters
    ----------
    path
        The workflow.
    request
        Overrides and options.
    count
        How many objects.
    seed
        Another seed chooses others.
    choose
        How, such as ``random`` or ``class:mitotic``; see :mod:`objclass.choosing.strategies`.
        By default diverse objects, among the least certain ones where a classifier can be
        trained.
    output
        Where to write; by default what the classifier names as its annotations.
    node
        The classifier, where several learn.

    Raises
    ------
    InputError
        Where the file exists already, the workflow has problems, or objects cannot be
        chosen so.
    RunError
        Where there are no objects.
    """
    request = request or Request()
    wanted = ChoiceRequest(count, seed, *(strategy_named(choose) if choose is not None else ()))
    own = annotation_path(path, request.sets, node)
    target = output or own
    fix = "fill it in, or write more rows elsewhere with -o" if output is None else None
    check_new(target, fix)
    check_text_name(target, "nuclei.csv")
    job, chosen = prepare_ground(path, request, node)
    check_request(job, chosen, wanted)
    found = find_on(job, chosen, measured=wanted.measured, trained=wanted.trained)
    measured = measured_objects(*found)
    selected = find_selected(job, chosen)
    return whole(job.store, lambda: _start(measured, selected, target, wanted, target == own))


def to_start(
    path: Path, sets: tuple[str, ...], names: Sequence[str], output: Path | None = None
) -> tuple[str, ...]:
    """Return the classifiers, of several, whose annotation files are not there yet.

    Raises
    ------
    InputError
        Where several would be written to one `output`.
    """
    if len(names) == 1:
        return tuple(names)
    if output is not None:
        fix = f"add for example --node {names[0]}"
        raise InputError(Problem("which classifier?", expected=list_some(names), fix=fix))
    files: dict[Path, str] = {}
    for name in names:
        files.setdefault(annotation_path(path, sets, name), name)
    found = tuple(name for file, name in files.items() if not file.exists())
    return found or tuple(names[:1])


def _start(
    measured: MeasuredObjects,
    selected: SelectedObjects | None,
    target: Path,
    request: ChoiceRequest,
    named: bool,
) -> NewAnnotationFile:
    found = measured.found
    indexes = only_selected(selected, find_unannotated(found))
    total = sum(len(index) for frames in indexes.values() for index in frames.values())
    choices = choose_objects(measured, indexes, request)
    chosen = choices.chosen
    text = new_table(chosen, indexes, found.grids, found.digest, found.frame_names)
    picture = draw(found, indexes, chosen)
    with all_or_none() as written:
        write_new(target, text, None)
        written.append(target)
        where = write_picture(target.with_name(f"{target.stem}_numbers.png"), picture)
    said = (selected.note,) if selected and selected.note else ()
    says, notes = choices.says, (*choices.notes, *said)
    return NewAnnotationFile(target, where, len(chosen), total, says, named, notes)


def find_unannotated(found: AnnotatedObjects) -> dict[str, dict[int | None, Index]]:
    """Return image and frame to the index of the objects that nobody annotated yet.

    Objects of rows whose class is still empty were chosen already, so they are left out too.
    """
    import numpy as np

    indexes: dict[str, dict[int | None, Index]] = {image: {} for image in found.images}
    chosen = {image: _still_empty(found, image) for image in found.images}
    for (image, t), labels in found.labels.items():
        index = labels.index
        matches = found.matches[image].matches if image in found.matches else ()
        known = (*matches, *chosen[image])
        taken = [m.object for m in known if m.object and m.frame == t]
        taken += [o.object for o in found.outcomes.get(image, ()) if o.attached and o.frame == t]
        keep = ~np.isin(index.ids, np.array(taken, np.uint64))
        indexes[image][t] = index.only(keep)
    return indexes


def _still_empty(found: AnnotatedObjects, image: str) -> tuple[Match, ...]:
    """Return the rows of an image without a class, each with its object."""
    if not (rows := found.file.empty.get(image, ())):
        return ()
    frames = {t: labels for (name, t), labels in found.labels.items() if name == image}
    if not frames:
        return ()
    header = next(iter(frames.values())).header
    return match(rows, frames.__getitem__, header).matches


def draw(found: AnnotatedObjects, indexes: Indexes, chosen: Sequence[Choice]) -> Picture:
    """Draw the chosen objects, numbered by their lines in the table.

    In one plane they are marked on the whole image; of volumes, time series and several
    images a sheet shows each in the plane it is deepest in.
    """
    places = {(image, t) for image, t, _ in chosen}
    (first, *_others) = places
    if len(places) == 1 and found.labels[first].header.grid.dimensions == 2:
        return _on_plane(found, indexes, chosen)
    viewer = PlaneCutter()
    tiles = [
        _tile(found, indexes, choice, number + HEADER_LINES + 1, viewer)
        for number, choice in enumerate(chosen)
    ]
    return sheet(tiles, channel_legend(found.raw((chosen[0][0], chosen[0][1]))))


def _on_plane(found: AnnotatedObjects, indexes: Indexes, chosen: Sequence[Choice]) -> Picture:
    from objclass.annotations.picture import numbered

    image, t, _ = chosen[0]
    labels, index = found.labels[image, t], indexes[image][t]
    numbers = [k + HEADER_LINES + 1 for k in range(len(chosen))]
    wanted = {int(index.ids[row]): 1 for _, _, row in chosen}
    picture, areas, step = whole_plane(found.raw((image, t)), labels, wanted)
    scale = max(1, -(-1000 // max(picture.shape[:2])))
    rgb = outline(picture, areas, [INK], scale)
    middle = (scale - 1) / 2
    positions = [
        (int(y) // step * scale + middle, int(x) // step * scale + middle)
        for y, x in (index.inside[row] for _, _, row in chosen)
    ]
    return numbered(rgb, positions, numbers, scale=1)


def _tile(
    found: AnnotatedObjects, indexes: Indexes, choice: Choice, number: int, viewer: PlaneCutter
) -> Tile:
    """One chosen object in its planes, outlined."""
    image, t, row = choice
    labels, index = found.labels[image, t], indexes[image][t]
    voxel = in_image(index.inside[row], labels.header.grid)
    raw = found.raw((image, t))
    shown = close_up(viewer, (image, t), raw, labels, int(index.ids[row]), voxel)
    words = (place_text(found, (image, t), voxel[0]), shown.remark)
    return Tile(fit_size(shown, [INK]), str(number), "  ".join(word for word in words if word))


def channel_legend(raw: Image | None) -> list[tuple[str, str]]:
    """Return colour and name of the light of every channel; none for grey and for RGB."""
    if raw is None or is_rgb(raw.header):
        return []
    return [(color, name) for name, color in channel_lights(raw.header.channels)]


def place_text(found: AnnotatedObjects, place: Place, z: int) -> str:
    """Return image, frame and plane of a tile in words, as far as there are several."""
    grid = found.labels[place].header.grid
    words: list[Any] = [place[0]] if len(found.images) > 1 else []
    if place[1] is not None:
        t = place[1] + grid.first_frame
        words.append(frame_text(t, found.frame_names.get(place[0], ())))
    words += [f"z {z}"] if grid.dimensions == 3 else []
    return "  ".join(words)
