"""Names of classes: the words that mean something else, and names that look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from objclass.annotations.header import one_slip
from objclass.annotations.rows import IGNORE, Row, rows_of
from objclass.annotations.summary import lines
from objclass.errors import Problem, list_some

RESERVED: Mapping[str, str] = {
    IGNORE: "an object that is not learned from",
    "unclassified": "an object below min_probability",
    "background": "voxels that belong to no object",
    "failed": "an image that could not be done",
}
"""Words that the program itself writes, and what they mean: no class may be called so."""
EMPTY = ("nan", "na", "n/a", "<na>", "none", "null", "nat")
"""What programs write for an empty cell, in any case; as classes they are words like others."""
OFTEN = 4
"""A class with so many times the rows of another one may be what that one was meant to be."""
LONG = 4
"""Letters of a word that two classes hardly share but by a slip."""
_BLANKS = re.compile(r"[ _]")
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"0*([0-9]+)(?:[.,]([0-9]*?)0*)?")


def plain(name: str) -> str:
    """Return a name without what is easily overlooked: case, and blanks about and within.

    >>> plain(" Bright  cell"), plain("bright cell")
    ('bright cell', 'bright cell')
    """
    return " ".join(name.split()).casefold()


def as_number(name: str) -> str:
    """Return a number without what spreadsheets add and drop; every other name as it is.

    >>> as_number("1.0"), as_number("001"), as_number("1,50"), as_number("G1")
    ('1', '1', '1.5', 'G1')
    """
    found = _NUMBER.fullmatch(name.strip())
    if found is None:
        return name
    return f"{found[1]}.{found[2]}" if found[2] else found[1]


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
    by_name = _by_class(rows)
    found = [reserved_problem(name, said) for name, said in by_name.items()]
    groups: dict[str, list[str]] = {}
    for name in by_name:
        groups.setdefault(as_number(plain(name)), []).append(name)
    alike = [names for key, names in groups.items() if len(names) > 1 and key not in RESERVED]
    found += [_alike(names, by_name) for names in alike if not set(names) <= set(known)]
    return [problem for problem in found if problem is not None]


def empty_notes(rows: Iterable[Row], known: Sequence[str] = ()) -> Iterator[str]:
    """Yield the classes that are probably empty cells, with their lines.

    Parameters
    ----------
    rows
        All annotations of a classifier.
    known
        The classes that the workflow names: these are meant.
    """
    for name, said in sorted(_by_class(rows).items()):
        if plain(name) in EMPTY and name not in known:
            yield (
                f"a class is called '{name}' ({lines(said)}): programs write that for an empty "
                "cell; if it is one, empty the cell"
            )


def class_notes(rows: Sequence[Row], known: Sequence[str] = ()) -> Iterator[str]:
    """Yield what a person should look at in the names of classes, that are likely slips."""
    yield from empty_notes(rows, known)
    yield from misspelt_notes(rows, known)


def misspelt_notes(rows: Iterable[Row], known: Sequence[str] = ()) -> Iterator[str]:
    """Yield the rare classes that are one slip away from a frequent one, with their lines.

    Parameters
    ----------
    rows
        All annotations of a classifier.
    known
        The classes that the workflow names: these are meant.
    """
    by_name = _by_class(rows)
    for name, said in sorted(by_name.items()):
        near = [
            other
            for other, many in by_name.items()
            if len(many) >= OFTEN * len(said) and _is_slip(plain(name), plain(other))
        ]
        if near and name not in known:
            best = max(near, key=lambda other: len(by_name[other]))
            yield (
                f"class '{name}' ({lines(said)}) is one letter away from '{best}' "
                f"({rows_of(len(by_name[best]))}): if it is a slip, mend the line; if not, name "
                "both in 'classes'"
            )


def _is_slip(word: str, other: str) -> bool:
    """Return True where one long word differs by a letter within, or a blank is lacking.

    Numbers, signs, single letters, the first letter and another last one tell classes apart on
    purpose: G1 and G2, CD3+ and CD3-, class A and class B, mitotic and amitotic.

    >>> _is_slip("smal cell", "small cell"), _is_slip("class a", "class b")
    (True, False)
    """
    if _BLANKS.sub("", word) == _BLANKS.sub("", other):
        return word != other
    words, others = _LETTERS.findall(word), _LETTERS.findall(other)
    apart = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    if _LETTERS.sub("a", word) != _LETTERS.sub("a", other) or len(apart) != 1:
        return False
    a, b = apart[0]
    long = max(len(a), len(b)) >= LONG
    return long and a[0] == b[0] and a[:-1] != b[:-1] and one_slip(a, b)


def _alike(names: Sequence[str], by_name: Mapping[str, list[Row]]) -> Problem:
    """Say which rows name classes that only look alike."""
    rarest = min(names, key=lambda name: len(by_name[name]))
    said = list_some(f"'{name}' ({lines(by_name[name])})" for name in names)
    same = len({plain(name) for name in names}) == 1
    return Problem(
        "names of classes differ only in case or blanks"
        if same
        else "names of classes are one number, written otherwise",
        got=said,
        fix="write them alike, or name them all in 'classes' if they are classes of their own",
        place=by_name[rarest][0].place,
    )


def _by_class(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return every class with the rows that name it."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.class_, []).append(row)
    return found
