"""Names of classes: the words that mean something else, and names that look alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from objclass.annotations.rows import IGNORE, Row
from objclass.annotations.summary import lines
from objclass.errors import Problem, listed

RESERVED: Mapping[str, str] = {
    IGNORE: "an object that is not learned from",
    "unclassified": "an object below min_probability",
    "background": "voxels that belong to no object",
    "failed": "an image that could not be done",
}
"""Words that the program itself writes, and what they mean: no class may be called so."""


def plain(name: str) -> str:
    """Return a name without what is easily overlooked: case, and blanks about and within.

    >>> plain(" Bright  cell"), plain("bright cell")
    ('bright cell', 'bright cell')
    """
    return " ".join(name.split()).casefold()


def meaning(name: str) -> str | None:
    """Return what a reserved word means, in any case; None for every other name."""
    return RESERVED.get(plain(name))


def reserved_problem(name: str, rows: Sequence[Row] = ()) -> Problem | None:
    """Say that a class may not be called so; None where it may.

    Parameters
    ----------
    name
        The name of a class.
    rows
        The annotations that say it; ``ignore`` is a word for these.
    """
    means = meaning(name)
    if means is None or (rows and name == IGNORE):
        return None
    where = f" ({lines(rows)})" if rows else ""
    fix = "call it something else"
    if rows:
        fix += "" if plain(name) == IGNORE else f", or '{IGNORE}' to leave the objects out"
        fix = f"write '{IGNORE}'" if plain(name) == IGNORE else fix
    place = rows[0].place if rows else None
    return Problem(f"'{name}' is no class: it means {means}{where}", fix=fix, place=place)


def row_problems(rows: Iterable[Row], known: Sequence[str] = ()) -> list[Problem]:
    """Return what is wrong with the classes that rows name.

    Parameters
    ----------
    rows
        All annotations of a classifier.
    known
        The classes that the workflow names: two of these may look alike.
    """
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.class_, []).append(row)
    found = [reserved_problem(name, said) for name, said in by_name.items()]
    groups: dict[str, list[str]] = {}
    for name in by_name:
        groups.setdefault(plain(name), []).append(name)
    alike = [names for key, names in groups.items() if len(names) > 1 and key not in RESERVED]
    found += [_alike(names, by_name) for names in alike if not set(names) <= set(known)]
    return [problem for problem in found if problem is not None]


def _alike(names: Sequence[str], by_name: Mapping[str, list[Row]]) -> Problem:
    """Say which rows name classes that only look alike."""
    rarest = min(names, key=lambda name: len(by_name[name]))
    said = listed(f"'{name}' ({lines(by_name[name])})" for name in names)
    return Problem(
        "names of classes differ only in case or blanks",
        got=said,
        fix="write them alike, or name them all in 'classes' if they are classes of their own",
        place=by_name[rarest][0].place,
    )
