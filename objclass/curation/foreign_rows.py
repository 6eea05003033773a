"""Rows of annotations out of other programs' files: which image, where, which class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from objclass.annotations.header import ALIASES, meaning, tidy
from objclass.annotations.images import RowImage, fitting
from objclass.annotations.match import in_image
from objclass.annotations.painted import painted_objects
from objclass.annotations.rows import Row, parse
from objclass.annotations.titles import names_file, numbers_images
from objclass.curation.annotated_objects import AnnotatedObjects
from objclass.data.axes import Grid
from objclass.data.dataclass import dataclass
from objclass.engine.role import PartRole
from objclass.errors import InputError, Problem, list_some, nearest
from objclass.io.annotation_formats import is_painted, read_foreign
from objclass.io.annotation_formats.cell_tables import CellTables, read_tables
from objclass.io.annotation_formats.contract import SLICE, ForeignTable, number_text
from objclass.io.annotation_formats.training_set import properties_of
from objclass.io.formats import describe, open_reader
from objclass.nodes.annotated import ImageAnnotations, voxel_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Unit = Literal["nm", "um", "mm"]
OWN_FILES = "FileName_"
CENTRES = ("Location_Center_X", "Location_Center_Y", "Location_Center_Z")


@dataclass(frozen=True)
class ImportOptions:
    """What files do not say themselves.

    Parameters
    ----------
    classes
        A class as a file calls it to what it is called here.
    unnamed
        The class of annotations that say none.
    image
        The image that all files are about; empty where they say it.
    unit
        Of columns x, y and z that are lengths without saying so.
    tables
        Databases, properties files and tables of CellProfiler.
    nearest
        Annotations on background take an object that is at most so many voxels away, of those
        within ten.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    unnamed: str = ""
    image: str = ""
    unit: Unit | None = None
    tables: tuple[Path, ...] = ()
    nearest: float | None = None


@dataclass(frozen=True)
class ForeignRows:
    """What one file says.

    Parameters
    ----------
    file, counted
        Its name, and what its rows are numbered by, such as ``line``.
    rows
        Rows that can be looked for.
    unread
        Number of every other row to why it cannot.
    unclassed
        How many rows say no class.
    notes
        What a person should know.
    called
        Its classes, as the file calls them.
    """

    file: str
    counted: str
    rows: tuple[Row, ...]
    unread: Mapping[int, str] = field(default_factory=dict)
    unclassed: int = 0
    notes: tuple[str, ...] = ()
    called: frozenset[str] = frozenset()


def image_facts(found: AnnotatedObjects, image: str) -> ImageAnnotations:
    """Return what the rows of an image are matched with."""
    part = found.job.graph.of_role(found.classifier, PartRole.MATCHES, image)
    assert part is not None
    return part.held(ImageAnnotations)


def image_of_files(found: AnnotatedObjects, files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the images that files are of, perhaps in another format."""
    images, aliases, owned = known_images(found)
    return fitting(RowImage(files=files), images, aliases, owned)


def known_images(
    found: AnnotatedObjects,
) -> tuple[dict[str, Mapping[str, str]], dict[str, Sequence[str]], dict[str, Sequence[str]]]:
    """Return the names of every image, what else it goes by, and its files."""
    identities = found.file.identities
    assert identities is not None
    keys = {image.name: image for image in found.job.graph.images}
    return (
        {name: key.names for name, key in keys.items()},
        {name: identities.called(key) for name, key in keys.items()},
        {name: identities.files(key) for name, key in keys.items()},
    )


def check_image(found: AnnotatedObjects, image: str) -> None:
    """Raise where the workflow has no image of a name."""
    if image and image not in found.images:
        close = nearest(image, found.images)
        fix = f"did you mean {close}?" if close else None
        expected = list_some(found.images, 6)
        raise InputError(Problem(f"--image {image}: no such image", expected=expected, fix=fix))


def foreign_rows(found: AnnotatedObjects, path: Path, options: ImportOptions) -> ForeignRows:
    """Return what a file says of the objects of a workflow.

    Raises
    ------
    InputError
        Where it cannot be read, or lacks what every row needs.
    """
    if is_painted(path):
        return _painted(found, path, options)
    table = _with_cell_tables(read_foreign(path), path, options)
    called = _called(table)
    facts = image_facts(found, options.image or found.images[0])
    grid = facts.whole
    table = _with_planes(_with_options(table, options), found, grid)
    has_time, names = grid.frames is not None, _names(found)
    read = parse(
        str(path), table.header, table.rows, grid.spatial, has_time, names,
        facts.header.keeps_ids, voxel_of(facts.header), limit=10**9,
    )  # fmt: skip
    if read.problems and not read.rows:
        raise InputError(*read.problems)
    unread: dict[int, str] = {}
    for problem in read.problems:
        number = problem.place.line if problem.place else 0
        unread.setdefault(number, str(replace(problem, place=None)))
    rows = (row for row in read.rows if row.line not in unread)
    told = tuple(_with_image(found, row, path, options) for row in rows)
    return ForeignRows(str(path), table.counted, told, unread, read.unclassed, table.notes, called)


def _names(found: AnnotatedObjects) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for image in found.job.graph.images for name in image.names))


def _with_image(found: AnnotatedObjects, row: Row, path: Path, options: ImportOptions) -> Row:
    """Return a row with its image: the one asked for, what it says, or that of the file's name."""
    if options.image:
        return replace(row, image=options.image, names={}, files=())
    silent = not (row.image or row.names or row.files)
    own_name = silent and len(found.images) > 1 and not row.image_number
    return replace(row, files=(path.name,)) if own_name else row


def _class_column(header: Sequence[str]) -> int | None:
    return next((k for k, title in enumerate(header) if meaning(title) == "class"), None)


def _called(table: ForeignTable) -> frozenset[str]:
    """Return the classes of a table, as it calls them."""
    at = _class_column(table.header)
    if at is None:
        return frozenset()
    rows = (cells for _, cells in table.rows if at < len(cells) and not cells[0].startswith("#"))
    return frozenset(tidy(cells[at]) for cells in rows) - {""}


def _with_options(table: ForeignTable, options: ImportOptions) -> ForeignTable:
    """Return a table with classes as they are called here, and lengths that say so."""
    header, rows = list(table.header), table.rows
    at = _class_column(header)
    slip = nearest("class", [title.lower() for title in header])
    if at is None and (options.unnamed or slip is None):
        header.append("class")
        rows = tuple((n, (*cells, "")) for n, cells in rows)
        at = len(header) - 1
    if options.unit:
        header = [f"{t}_{options.unit}" if t.lower() in ("x", "y", "z") else t for t in header]
    if at is not None:
        rows = tuple((n, _classed(cells, at, options)) for n, cells in rows)
    return replace(table, header=tuple(header), rows=rows)


def _classed(cells: Sequence[str], at: int, options: ImportOptions) -> tuple[str, ...]:
    if not any(cells) or cells[0].startswith("#") or at >= len(cells):
        return tuple(cells)
    said = tidy(cells[at])
    said = options.classes.get(said, said) or options.unnamed
    return (*cells[:at], said, *cells[at + 1 :])


def _with_planes(table: ForeignTable, found: AnnotatedObjects, grid: Grid) -> ForeignTable:
    """Return a table with t and z where the image has them, from the count of planes if need be.

    Planes are counted from 1, those of one frame one after the other.
    """
    wanted = [a for a in "tz" if (a == "t" and grid.frames is not None) or a in grid.spatial]
    low = [title.strip().lower() for title in table.header]
    at = low.index(SLICE) if SLICE in low else None
    kept = [k for k, title in enumerate(low) if title not in ("t", "z") or title in wanted]
    deep = grid.shape[0] if wanted == ["t", "z"] else 0
    missing = [axis for axis in wanted if axis not in low and at is not None]
    rows = []
    for number, cells in table.rows:
        place = _plane(cells[at], wanted, deep) if at is not None and at < len(cells) else {}
        here = [
            place.get(low[k], "") if low[k] in wanted and not cells[k].strip() else cells[k]
            for k in kept
            if k < len(cells)
        ]
        rows.append((number, (*here, *(place.get(axis, "") for axis in missing))))
    header = (*(table.header[k] for k in kept), *missing)
    return replace(table, header=header, rows=tuple(rows))


def _plane(text: str, wanted: Sequence[str], deep: int) -> dict[str, str]:
    """Return t and z of a plane counted from 1; nothing where there is no number.

    `deep` is the number of planes of a frame where there are both.
    """
    if not text.strip().isdecimal() or int(text) < 1:
        return {}
    number = int(text) - 1
    t, z = divmod(number, deep) if deep else (number, number)
    return {axis: str({"t": t, "z": z}[axis]) for axis in wanted}


def _with_cell_tables(table: ForeignTable, path: Path, options: ImportOptions) -> ForeignTable:
    """Return a training set of CellProfiler Analyst with files of images and places of objects."""
    image = next((k for k, title in enumerate(table.header) if numbers_images(title)), None)
    own = properties_of(path)
    sources = options.tables or ((own,) if own else ())
    if image is None or not sources:
        return table
    thing = next(
        (k for k, t in enumerate(table.header) if ALIASES.get(t.lower()) == "object"), None
    )
    numbers = sorted({n for _, cells in table.rows if (n := _number(cells, image)) is not None})
    known = CellTables()
    for source in sources:
        known = known.joined(read_tables(source, numbers))
    return _joined(table, known, image, thing)


def _joined(table: ForeignTable, known: CellTables, image: int, thing: int | None) -> ForeignTable:
    """Return a table with columns of files and places, the latter instead of its own."""
    files = max(map(len, known.files.values()), default=0)
    axes = max(map(len, known.centres.values()), default=0)
    own = [k for k, title in enumerate(table.header) if names_file(title)]
    places = [k for k, title in enumerate(table.header) if title.lower() in ("x", "y", "z")]
    drop = {*(own if files else ()), *(places if axes else ())}
    kept = [k for k in range(len(table.header)) if k not in drop]
    rows = []
    for number, cells in table.rows:
        which = _number(cells, image)
        named = known.files.get(-1 if which is None else which, ())
        object_id = None if thing is None else _number(cells, thing)
        key = (-1 if which is None else which, -1 if object_id is None else object_id)
        place = [number_text(value) for value in known.centres.get(key, ())]
        more = [*named, *[""] * (files - len(named)), *place, *[""] * (axes - len(place))]
        rows.append((number, (*(cells[k] for k in kept if k < len(cells)), *more)))
    titles = [*(f"{OWN_FILES}{k}" for k in range(1, files + 1)), *CENTRES[:axes]]
    return replace(table, header=(*(table.header[k] for k in kept), *titles), rows=tuple(rows))


def _number(cells: Sequence[str], at: int) -> int | None:
    text = cells[at].strip() if at < len(cells) else ""
    return int(float(text)) if text.replace(".", "", 1).isdecimal() else None


def _painted(found: AnnotatedObjects, path: Path, options: ImportOptions) -> ForeignRows:
    """Return a row for every object that is painted in an image, numbered by its id."""
    import numpy as np

    image = _image_of_paint(found, path, options)
    whole = image_facts(found, image).whole
    paint = _paint(path, whole)
    rows, unread, missed = [], {}, 0
    called = frozenset(map(str, np.unique(paint[paint > 0]).tolist()))
    for (name, frame), labels in found.labels.items():
        if name != image:
            continue
        grid = labels.header.grid
        t = (frame or 0) + grid.first_frame
        corner = grid.origin[-grid.dimensions :]
        edges = tuple(slice(o, o + n) for o, n in zip(corner, grid.shape, strict=True))
        painted, off = painted_objects(labels.read().astype(np.uint64), paint[t][edges])
        missed += off
        for each in painted:
            said = str(each.value)
            z, y, x = in_image(each.voxel, grid)
            if each.disputed:
                named = list_some(options.classes.get(str(v), str(v)) for v in each.disputed)
                unread[each.object] = f"painted in several classes: {named}"
                continue
            rows.append(Row(
                each.object, options.classes.get(said, said), image, file=str(path), y=y, x=x,
                z=z if grid.dimensions == 3 else None, t=t if grid.frames is not None else None,
            ))  # fmt: skip
    notes = (f"{missed} painted voxels lie on no object",) if missed else ()
    return ForeignRows(str(path), "object", tuple(rows), unread, notes=notes, called=called)


def _image_of_paint(found: AnnotatedObjects, path: Path, options: ImportOptions) -> str:
    """Return the image that was painted on."""
    if options.image or len(found.images) == 1:
        return options.image or found.images[0]
    fits = image_of_files(found, (path.name,))
    if len(fits) != 1:
        what = f"{path}: which image was painted on?"
        expected = list_some(found.images, 6)
        fix = f"add --image {found.images[0]}, or call the file after the image"
        raise InputError(Problem(what, expected=expected, fix=fix))
    return fits[0]


def _paint(path: Path, whole: Grid) -> NDArray[np.integer]:
    """Return painted classes with the axes t and those of a frame of the uncropped image."""
    import numpy as np

    header = describe(path, mask=True)
    with closing(open_reader(path, mask=True)) as reader:
        values = np.asarray(reader.read(tuple(slice(0, n) for n in header.shape)))
    shape = ((whole.frames,) if whole.frames is not None else ()) + tuple(whole.shape)
    thin = tuple(n for n in shape if n > 1)
    if tuple(n for n in values.shape if n > 1) != thin:
        what = f"{path} has not the shape of the image that was painted on"
        fix = "save the painted classes as a label image, not as colours"
        expected = " x ".join(map(str, shape))
        got = " x ".join(map(str, values.shape))
        raise InputError(Problem(what, got, expected, fix if values.ndim > len(shape) else None))
    whole_numbers = values.astype(np.int64)
    if not (whole_numbers == values).all() or whole_numbers.min() < 0:
        what = f"{path}: painted classes are whole numbers from 0"
        raise InputError(Problem(what, got=f"values such as {values.min()} or {values.max()}"))
    return whole_numbers.reshape((whole.frames or 1, *whole.shape))
