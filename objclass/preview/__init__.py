"""Pictures of what a node found, without an export node: objects over the image.

``target`` says what a node stands for, ``frame`` makes and loads one frame of it, ``picture``
draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from objclass.curation.annotated_objects import frame_names
from objclass.curation.label_image_reader import ending_at
from objclass.curation.png import write_picture
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem
from objclass.nodes.frames import frame_text
from objclass.preview.frame import chosen_frame, chosen_image, chosen_plane, frame_of
from objclass.preview.target import PreviewTarget, target_of
from objclass.run import Job, Request, prepare

__all__ = ["PictureRequest", "Preview", "preview"]


@dataclass(frozen=True)
class PictureRequest:
    """What a person wants to see.

    Parameters
    ----------
    node
        Whose objects; by default the predictions, else the last objects of the workflow.
    image, frame, plane
        Which image, which time point and which plane of a volume, both as in the uncropped
        image (``max``: the brightest voxel along z and the object nearest to z = 0). By
        default the first image, the frame in the middle, the plane that most objects cross.
    object_id
        Show only the neighbourhood of this object.
    color
        Outlines by class, or by uncertainty.
    numbers
        Write the id beside every object.
    fill
        Tint the insides too; uncertainty is always drawn so.
    output
        Where to write; by default beside the workflow.
    """

    node: str | None = None
    image: str | None = None
    frame: int | None = None
    plane: int | Literal["max"] | None = None
    object_id: int | None = None
    color: Literal["class", "uncertainty"] = "class"
    numbers: bool = False
    fill: bool = False
    output: Path | None = None


@dataclass(frozen=True)
class Preview:
    """What was drawn, and where it lies.

    Parameters
    ----------
    path
        The picture.
    node, image, frame, plane
        What it shows; None where there is only one.
    objects, annotated
        Objects in the frame, and how many of them somebody annotated.
    note
        Why it shows less than was asked for.
    frame_name
        The text of ``{t}`` in the name of the frame's file; None where it has none of its own.
    """

    path: Path
    node: str
    image: str
    frame: int | None
    plane: int | str | None
    objects: int
    annotated: int
    note: str = ""
    frame_name: str | None = None


def preview(path: Path, request: Request, wanted: PictureRequest) -> Preview:
    """Make what is asked for as far as it can be made, draw it, and write the picture.

    Parameters
    ----------
    path
        The workflow.
    request
        Overrides and options; what is cached is not computed again.
    wanted
        What to show, and how.

    Raises
    ------
    InputError
        For a node, image, frame, plane or object that does not exist.
    RunError
        Where the objects cannot be made.
    """
    from objclass.preview.picture import Style, draw, window_of

    check_suffix(wanted.output)
    job = prepare(path, request)
    target = target_of(job.graph, wanted.node)
    image = chosen_image(job.graph, wanted.image)
    names = frame_names(job.graph).get(image, ())
    frame = chosen_frame(job.graph, target, image, wanted.frame, names)
    part_of = replace(job, graph=ending_at(job.graph, target.wires, image, frame))
    if wanted.color == "uncertainty" and target.prediction is None:
        raise InputError(uncertain(target.node))
    found = frame_of(part_of, target, image, frame, part_of.run())
    plane = chosen_plane(found.labels, wanted.plane, wanted.object_id)
    window = window_of(found.labels, plane, wanted.object_id)
    style = Style(wanted.color, wanted.numbers, wanted.fill or wanted.color == "uncertainty")
    picture = draw(found, plane, window, style, _title(found.t, names, plane, target, image))
    where = write_picture(wanted.output or _beside(job, target, image), picture)
    counts = len(found.index), len({match.object for match in found.annotated})
    name = names[found.t] if found.t is not None and found.t < len(names) else None
    return Preview(where, target.node, image, found.t, plane, *counts, found.note, name)


def check_suffix(output: Path | None) -> None:
    """Refuse a picture that would not be called what it is."""
    if output is not None and output.suffix.lower() != ".png":
        got, fix = output.suffix or None, f"such as -o {output.stem}.png"
        raise InputError(Problem(f"-o {output}: pictures are PNG files", got=got, fix=fix))


def uncertain(node: str) -> Problem:
    """Return the refusal of an uncertainty that nothing predicts."""
    what = f"--color uncertainty: '{node}' predicts nothing"
    return Problem(what, fix="leave --color out, or name a node that predicts")


def _title(
    t: int | None, names: Sequence[str], plane: int | str | None, target: PreviewTarget, image: str
) -> str:
    words = [image, target.node]
    words += [frame_text(t, names)] if t is not None else []
    words += [f"z {plane}"] if plane is not None else []
    return " · ".join(words)


def _beside(job: Job, target: PreviewTarget, image: str) -> Path:
    """Return where a picture is written when nobody says."""
    words = [job.workflow.file.stem, target.node]
    words += [image.replace("/", "_")] if len(job.graph.images) > 1 else []
    return job.folder / f"{'_'.join(words)}.look.png"
