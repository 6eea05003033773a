"""Annotation files as text: a new table, and a person's table with only what changed changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from objclass.annotations.edit import Renew, Widen, apply
from objclass.annotations.match import in_image
from objclass.annotations.outcome import Reattachment
from objclass.annotations.sample import Choice
from objclass.annotations.table import open_table
from objclass.data.axes import Grid
from objclass.data.delimited import quote
from objclass.data.labels import Index


def rewritten(
    text: str,
    outcomes: Sequence[Reattachment],
    marks: Mapping[int, tuple[str, str]] | None = None,
    *,
    mark_all: bool = False,
) -> str:
    """Return an annotation file with the re-attached rows brought up to date.

    Of those rows (``kept`` and ``moved``) the cells z, y, x, object, size and stamp change, and
    those that name the image, as far as the file has these columns; a position that still holds
    stays as it is written. Everything else stays the same to the byte: other cells and rows,
    order, quotes, delimiter, line endings, byte order mark.

    Parameters
    ----------
    text
        The whole file, read without translating line endings.
    outcomes
        What became of its rows, found by line.
    marks
        Line to name and digest of the image that its row is about now.
    mark_all
        Add the columns ``image`` and ``image_digest`` where the file lacks them.
    """
    if not (said := news_of(text, outcomes, marks or {})) and not mark_all:
        return text
    wide = [Widen(("image", "image_digest"))] * mark_all
    return apply(text, *wide, *(Renew(line, new) for line, new in said.items()))[0]


def news_of(
    text: str, outcomes: Sequence[Reattachment], marks: Mapping[int, tuple[str, str]]
) -> dict[int, dict[str, str]]:
    """Return line to known columns and what rows say anew once they are re-attached.

    Parameters
    ----------
    text, outcomes, marks
        As :func:`rewritten` has them.
    """
    columns = open_table(text).columns if outcomes else ()
    news = {line: {"image": image, "image_digest": d} for line, (image, d) in marks.items()}
    for outcome in outcomes:
        elsewhere = outcome.kind == "moved" and not {"y", "x"} <= set(columns)
        if outcome.attached and not elsewhere:  # else the file says positions in words of its own
            news.setdefault(outcome.line, {}).update(_object(outcome))
    return news


def _object(outcome: Reattachment) -> dict[str, str]:
    """Return what tells the object; a position that still holds stays as it is written."""
    row, position = outcome.row, outcome.position or (0, 0, 0)
    new = {"object": outcome.object, "size": outcome.size, "stamp": outcome.stamp}
    texts = {name: str(value) for name, value in new.items()}
    for axis, old, value in zip("zyx", (row.z, row.y, row.x), position, strict=True):
        if row.has_position and old is not None and old != value:
            texts[axis] = str(value)
    return texts


def new_table(
    chosen: Sequence[Choice],
    indexes: Mapping[str, Mapping[int | None, Index]],
    grids: Mapping[str, Grid],
    digest: Callable[[str, int | None], str],
    frames: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return a table of objects to be annotated: positions and stamps, the class empty.

    Parameters
    ----------
    chosen
        Image, frame and row of the index of each object.
    indexes
        Image to frame (None without time) to the index of its objects.
    grids
        Image to its grid: positions are those of the uncropped image.
    digest
        ``digest(image, t)`` of the voxels of an image, in a frame of the uncropped image.
    frames
        Image to the texts of ``{t}`` in the names of its files, where each frame has its own.

    Returns
    -------
    str
        CSV with the columns ``image,t,z,y,x,class,object,size,stamp,image_digest``, only axes
        that exist; at the end ``frame_name`` where frames have names.
    """
    time = any(grid.frames is not None for grid in grids.values())
    volume = any(grid.dimensions == 3 for grid in grids.values())
    titles = ["image"] + ["t"] * time + ["z"] * volume
    named = time and any((frames or {}).values())
    rest = ["y", "x", "class", "object", "size", "stamp", "image_digest"]
    lines = [",".join([*titles, *rest, *["frame_name"] * named])]
    for image, frame, row in chosen:
        index, grid = indexes[image][frame], grids[image]
        z, y, x = in_image(index.inside[row], grid)
        said = (frame or 0) + grid.first_frame
        cells = [quote(image)] + [str(said)] * time + [str(z)] * volume
        stamp = index.stamp[row].decode()
        last = (index.ids[row], index.size[row], stamp, digest(image, said if time else None))
        names = (frames or {}).get(image, ())
        name = [quote(names[said]) if said < len(names) else ""] * named
        lines.append(",".join([*cells, str(y), str(x), "", *map(str, last), *name]))
    return "\n".join(lines) + "\n"
