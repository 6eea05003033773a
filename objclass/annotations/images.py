"""Which image an annotation row belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from objclass.annotations.header import tidy
from objclass.annotations.rows import Annotations, Row
from objclass.errors import Problem, listed, nearest

Images = Mapping[str, Mapping[str, str]]
Aliases = Mapping[str, Sequence[str]]
"""Image to what else it goes by, such as the name of its file."""
Wanted = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Assigned:
    """Rows by the image they say they belong to.

    Parameters
    ----------
    rows
        Image name to rows, in file order; every image has an entry.
    strangers
        Rows of an image that is not there, but with the digest that it had.
    problems
        One for every other image that is named but not there, and for every name that fits
        several.
    """

    rows: Mapping[str, tuple[Row, ...]]
    strangers: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()


def assign(annotations: Annotations, images: Images, aliases: Aliases | None = None) -> Assigned:
    """Sort rows by image.

    A row says its image by the column ``image``, by name columns, or both; a row that says
    nothing belongs to the only image.

    Parameters
    ----------
    annotations
        The table.
    images
        Every image of the workflow: its name to its names, ``{"P4_B03": {"plate": "P4", …}}``.
    aliases
        What else images go by; a name of its own comes first.
    """
    sorted_rows: dict[str, list[Row]] = {image: [] for image in images}
    strays: dict[Wanted, list[Row]] = {}
    strangers: list[Row] = []
    known: dict[Wanted, tuple[str, ...]] = {}
    for row in annotations.rows:
        wanted = (row.image, tuple(sorted(row.names.items())))
        if wanted not in known:
            known[wanted] = fitting(wanted, images, aliases or {})
        if len(known[wanted]) == 1:
            sorted_rows[known[wanted][0]].append(row)
        elif row.image_digest and not known[wanted]:
            strangers.append(row)
        else:
            strays.setdefault(wanted, []).append(row)
    problems = [_stray(wanted, rows, known[wanted], images) for wanted, rows in strays.items()]
    by_image = {image: tuple(rows) for image, rows in sorted_rows.items()}
    return Assigned(by_image, tuple(strangers), tuple(problems))


def for_image(annotations: Annotations, image: str, images: Images) -> tuple[Row, ...]:
    """Return the rows of one image, in file order; see :func:`assign`."""
    return assign(annotations, images).rows[image]


def fitting(wanted: Wanted, images: Images, aliases: Aliases) -> tuple[str, ...]:
    """Return the images that agree with everything a row says of its image."""
    image, names = wanted
    candidates: Iterable[str] = images
    if image:
        own = [name for name in images if tidy(name) == image]
        said = {image, image.split(":")[0]}  # ImageJ adds slice and region: nuclei.tif:0003-0021
        candidates = own or [n for n in images if said & {*map(tidy, (n, *aliases.get(n, ())))}]
    return tuple(
        name
        for name in candidates
        if all(tidy(images[name].get(key, "")) == value for key, value in names)
    )


def _stray(wanted: Wanted, rows: list[Row], fits: tuple[str, ...], images: Images) -> Problem:
    """Say that rows fit no image, or more than one."""
    where = f"on {'lines' if len(rows) > 1 else 'line'} {listed((row.line for row in rows), 6)}"
    names = listed(f"{key} '{value}'" for key, value in wanted[1])
    if fits:
        what = f"{names or 'a row without image'} fits {len(fits)} images {where}"
        keys = sorted({key for known in images.values() for key in known})
        fix = f"add the column image{f' or {listed(keys)}' if keys else ''}"
        return Problem(what, got=listed(fits, 6), fix=fix, place=rows[0].place)
    image = f"image '{wanted[0]}'" if wanted[0] else "image"
    close = nearest(wanted[0], images) if wanted[0] else None
    mend = f"did you mean '{close}'?" if close else None
    if wanted[0] and len(images) == 1 and not close:
        mend = f"if it is the same image, write '{next(iter(images))}' into that column"
    return Problem(
        f"the workflow has no {image}{f' with {names}' if names else ''} ({where[3:]})",
        expected=f"one of {listed(images, 6)}" if images else None,
        fix=mend,
        place=rows[0].place,
    )
