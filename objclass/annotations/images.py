"""Which image an annotation row belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from objclass.annotations.header import tidy
from objclass.annotations.rows import Annotations, Row
from objclass.data.dataclass import dataclass
from objclass.errors import Problem, list_some, nearest

Images = Mapping[str, Mapping[str, str]]
Aliases = Mapping[str, Sequence[str]]
"""Image to what else it goes by, such as the name of its file."""
SERIES = " - "
"""Between a file and the image inside it, as QuPath calls images: ``a.lif - Series1``."""


@dataclass(frozen=True)
class RowImage:
    """What a row says of its image: its name, name columns, else the names of its files."""

    image: str = ""
    names: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class AssignedRows:
    """Rows by the image they say they belong to.

    Parameters
    ----------
    rows
        Image name to rows, in file order; every image has an entry.
    strangers
        Rows of an image that is not there, but with the digest that it had.
    problems
        One for every other image that is named but not there, for every name that fits
        several, and for rows of several images that come to one.
    """

    rows: Mapping[str, tuple[Row, ...]]
    strangers: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()


def assign(
    annotations: Annotations,
    images: Images,
    aliases: Aliases | None = None,
    files: Aliases | None = None,
) -> AssignedRows:
    """Sort rows by image.

    A row says its image by the column ``image``, by name columns, or both, else by the names
    of its files; a row that says nothing belongs to the only image.

    Parameters
    ----------
    annotations
        The table.
    images
        Every image of the workflow: its name to its names, ``{"P4_B03": {"plate": "P4", …}}``.
    aliases
        What else images go by; a name of its own comes first.
    files
        The names of all files of each image.
    """
    aliases, files = aliases or {}, files or {}
    sorted_rows: dict[str, list[Row]] = {image: [] for image in images}
    strays: dict[RowImage, list[Row]] = {}
    strangers: list[Row] = []
    known: dict[RowImage, tuple[str, ...]] = {}
    for row in annotations.rows:
        wanted = _find_wanted(row)
        if wanted not in known:
            known[wanted] = fitting(wanted, images, aliases, files)
        if len(known[wanted]) == 1:
            sorted_rows[known[wanted][0]].append(row)
        elif row.image_digest and not known[wanted]:
            strangers.append(row)
        else:
            strays.setdefault(wanted, []).append(row)
    problems = [_stray(wanted, rows, known[wanted], images) for wanted, rows in strays.items()]
    problems += _join(sorted_rows, aliases)
    by_image = {image: tuple(rows) for image, rows in sorted_rows.items()}
    return AssignedRows(by_image, tuple(strangers), tuple(problems))


def for_image(annotations: Annotations, image: str, images: Images) -> tuple[Row, ...]:
    """Return the rows of one image, in file order; see :func:`assign`."""
    return assign(annotations, images).rows[image]


def _find_wanted(row: Row) -> RowImage:
    return RowImage(row.image, tuple(sorted(row.names.items())), () if row.image else row.files)


def fitting(
    wanted: RowImage, images: Images, aliases: Aliases, files: Aliases | None = None
) -> tuple[str, ...]:
    """Return the images that agree with everything a row says of its image."""
    candidates = tuple(images)
    if wanted.image:
        candidates = _find_images(wanted.image, images, aliases)
    elif wanted.files:
        candidates = _with_files(wanted.files, images, files or {})
    return tuple(
        name
        for name in candidates
        if all(tidy(images[name].get(key, "")) == value for key, value in wanted.names)
    )


def _find_images(image: str, images: Images, aliases: Aliases) -> tuple[str, ...]:
    """Return the images of this name: their own first, then those of their files."""
    own = tuple(name for name in images if tidy(name) == image)
    exact = own or tuple(n for n in images if image in map(tidy, aliases.get(n, ())))
    return exact or tuple(name for name in images if _is_inside(image, name, aliases))


def _is_inside(image: str, name: str, aliases: Aliases) -> bool:
    """True for a name with something behind it that other programs add.

    ImageJ adds slice and region (``nuclei.tif:0003-0021``), QuPath the image inside the file
    (``nuclei.tif - Image0``); where the workflow says which one it reads, no other fits.
    """
    called = [tidy(each) for each in (name, *aliases.get(name, ()))]
    if image.split(":")[0] in called:
        return True
    file = image.rpartition(SERIES)[0]
    return file in called and not any(each.startswith(f"{file}{SERIES}") for each in called)


def _with_files(said: Sequence[str], images: Images, files: Aliases) -> tuple[str, ...]:
    """Return the images to which all files belong that belong to any; none where none does.

    A channel that the workflow does not read has a file of its own.
    """
    fits = [found for file in said if (found := _of_file(file, images, files))]
    return tuple(name for name in images if fits and all(name in each for each in fits))


def _of_file(file: str, images: Images, files: Aliases) -> list[str]:
    """Return the images that a file belongs to, perhaps in another format."""
    names = {image: [tidy(each) for each in files.get(image, ())] for image in images}
    exact = [image for image in images if file in names[image]]
    stem = _stem(file)
    return exact or [i for i in images if stem in (tidy(i), *map(_stem, names[i]))]


def _stem(file: str) -> str:
    return (file.rpartition(".")[0] or file).removesuffix(".ome")


def _stray(wanted: RowImage, rows: list[Row], fits: tuple[str, ...], images: Images) -> Problem:
    """Say that rows fit no image, or more than one."""
    where = _lines(rows)
    said = [f"file '{file}'" for file in wanted.files]
    said += [f"{key} '{value}'" for key, value in wanted.names]
    if fits:
        return _unclear(said, rows, fits, images)
    image = f"image '{wanted.image}'" if wanted.image else "image"
    close = nearest(wanted.image, images) if wanted.image else None
    mend = f"did you mean '{close}'?" if close else None
    if (wanted.image or wanted.files) and len(images) == 1 and not close:
        column = "that column" if wanted.image else "a column 'image'"
        mend = f"if it is the same image, write '{next(iter(images))}' into {column}"
    return Problem(
        f"the workflow has no {image}{f' with {list_some(said)}' if said else ''} ({where})",
        expected=f"one of {list_some(images, 6)}" if images else None,
        fix=mend,
        place=rows[0].place,
    )


def _unclear(said: list[str], rows: list[Row], fits: tuple[str, ...], images: Images) -> Problem:
    """Say that rows fit several images, and what would tell these apart."""
    keys = sorted({key for known in images.values() for key in known})
    fix = f"add the column image{f' or {list_some(keys)}' if keys else ''}"
    what = f"{list_some(said) or 'a row without image'} fits {len(fits)} images on {_lines(rows)}"
    if not said and any(row.image_number for row in rows):
        what = f"ImageNumber does not say which of {len(fits)} images a row is of ({_lines(rows)})"
        fix += ", or the columns FileName_… that CellProfiler's table of images has for each number"
    return Problem(what, got=list_some(fits, 6), fix=fix, place=rows[0].place)


def _lines(rows: Sequence[Row]) -> str:
    return f"{'lines' if len(rows) > 1 else 'line'} {list_some((row.line for row in rows), 6)}"


def _join(by_image: Mapping[str, Sequence[Row]], aliases: Aliases) -> Iterator[Problem]:
    """Yield where rows that tell images apart would all belong to one."""
    for image, rows in by_image.items():
        known = {image, *map(tidy, aliases.get(image, ()))}
        inside = [row for row in rows if SERIES in row.image and row.image not in known]
        said = {row.image: None for row in inside}
        if len(said) > 1:
            yield _too_many(image, f"its rows name {len(said)}", said, inside)
        counted = [row for row in rows if row.image_number and _find_wanted(row) == RowImage()]
        places = {(row.t, row.z, row.image_number) for row in counted}
        if len(places) > len({(t, z) for t, z, _ in places}):
            said = {row.image_number: None for row in counted}
            yield _too_many(image, f"ImageNumber counts {len(said)}", said, counted)


def _too_many(image: str, how: str, said: Iterable[str], rows: Sequence[Row]) -> Problem:
    what = f"there is one image, '{image}', but {how} ({_lines(rows)})"
    fix = f"delete the rows of the others, and name '{image}' in the column image of the rest"
    return Problem(what, got=list_some(said, 6), fix=fix, place=rows[0].place)
