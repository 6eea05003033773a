"""Annotation files as text: a new table, and a person's table with only what changed changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from objclass.annotations.header import meaning
from objclass.annotations.match import in_image
from objclass.annotations.outcome import Outcome
from objclass.annotations.sample import Choice
from objclass.annotations.titles import are_ids
from objclass.data.axes import Grid
from objclass.data.delimited import Record, delimiter_of, quoted, records
from objclass.data.labels import Index


def rewritten(
    text: str,
    outcomes: Iterable[Outcome],
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
    mark = delimiter_of(text)
    wanted = {o.line: o for o in outcomes if o.attached}
    pieces: list[str] = []
    columns: dict[str, int] = {}
    done = 0
    found = list(records(text, mark))
    for record in found:
        changes: dict[int, str] = {}
        if not columns:  # blank lines may come first
            columns = _columns(text, found, record)
            if columns and mark_all:
                changes = _added(columns, len(record.cells))
        else:
            changes = _changes(wanted.get(record.line), columns)
            changes |= _marked((marks or {}).get(record.line), columns, mark)
        if changes:
            start, stop = record.cells[0][0], record.cells[-1][1]
            pieces += [text[done:start], _spliced(text, record, changes, mark)]
            done = stop
    return "".join([*pieces, text[done:]])


def _added(columns: dict[str, int], width: int) -> dict[int, str]:
    """Add the columns that name the image; return the cells of the header that this takes."""
    absent = [name for name in ("image", "image_digest") if name not in columns]
    added = dict(zip(absent, range(width, width + len(absent)), strict=True))
    columns |= added
    return {cell: name for name, cell in added.items()}


def _marked(
    said: tuple[str, str] | None, columns: Mapping[str, int], delimiter: str
) -> dict[int, str]:
    """Cell to new text for what names the image."""
    texts = zip(("image", "image_digest"), said or (), strict=False)
    return {columns[name]: quoted(text, delimiter) for name, text in texts if name in columns}


def _columns(text: str, found: Sequence[Record], header: Record) -> dict[str, int]:
    """Known column to cell; a column ``Label`` with names of images holds no ids."""
    columns: dict[str, int] = {}
    for cell, (start, stop) in enumerate(header.cells):
        title = text[start:stop].strip().strip('"')
        name = meaning(title)
        if title.lower() == "label":
            below = [r.cells[cell] for r in found if r.line > header.line and cell < len(r.cells)]
            name = name if are_ids(text[a:b].strip('"') for a, b in below) else None
        if name:
            columns.setdefault(name, cell)
    return columns


def _changes(outcome: Outcome | None, columns: Mapping[str, int]) -> dict[int, str]:
    """Cell to new text for what tells the object."""
    if outcome is None:
        return {}
    row, position = outcome.row, outcome.position or (0, 0, 0)
    if outcome.kind == "moved" and not {"y", "x"} <= set(columns):
        return {}  # the file says positions in words of its own
    before = (row.z, row.y, row.x)
    new = {"object": outcome.object, "size": outcome.size, "stamp": outcome.stamp}
    texts = {name: str(value) for name, value in new.items()}
    for axis, old, value in zip("zyx", before, position, strict=True):
        if row.has_position and old is not None and old != value:
            texts[axis] = str(value)
    return {columns[name]: said for name, said in texts.items() if name in columns}


def _spliced(text: str, record: Record, changes: Mapping[int, str], mark: str) -> str:
    """A record with changed cells; quoted cells stay quoted, a short line gets longer."""
    cells = [text[start:stop] for start, stop in record.cells]
    cells += [""] * (max(changes, default=0) + 1 - len(cells))
    for cell, said in changes.items():
        plain = not cells[cell].lstrip().startswith('"') or said.startswith('"')
        cells[cell] = said if plain else f'"{said}"'
    return mark.join(cells)


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
        Image, frame and row of the index of each object, as :func:`sample.choose` returns.
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
        cells = [quoted(image)] + [str(said)] * time + [str(z)] * volume
        stamp = index.stamp[row].decode()
        last = (index.ids[row], index.size[row], stamp, digest(image, said if time else None))
        names = (frames or {}).get(image, ())
        name = [quoted(names[said]) if said < len(names) else ""] * named
        lines.append(",".join([*cells, str(y), str(x), "", *map(str, last), *name]))
    return "\n".join(lines) + "\n"
