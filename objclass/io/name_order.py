"""What the names of files say about lists that are paired by their order alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from objclass.errors import Problem
from objclass.io.formats import split_inner

Key = tuple[str, ...]


def misplaced(lists: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Report files that by their names belong to other places of the lists.

    Parameters
    ----------
    lists
        Input to its paths or patterns, equally many of each, paired by their order.
    """
    names = [name for name, paths in lists.items() if len(paths) > 1]
    for name in names[1:]:
        first, second = lists[names[0]], lists[name]
        for place, belongs in by_name(first, second).items():
            what = f"{second[belongs]} is named like {first[place]}, and given with"
            fix = "give all inputs in one order; or, if they are meant so, each pair alone"
            yield Problem(f"{what} {first[belongs]}", fix=fix, node=name)


def by_name(first: Sequence[str], second: Sequence[str]) -> dict[int, int]:
    """Return where names put files of two equally long lists, for those that are exchanged.

    A file is like another if the parts of its name that vary in both lists are the same, and
    no third file has them. Only files that change places among themselves are returned: raw
    images that count from 1 and maps that count from 0 are like their neighbours, and paired
    by their order all the same.

    Parameters
    ----------
    first, second
        Paths or patterns.

    Returns
    -------
    Place in `first` to another place in `second`.
    """
    of_first, of_second = _keys(first, second)
    there = {key: k for k, key in enumerate(of_second) if key and of_second.count(key) == 1}
    alike = {
        k: there[key]
        for k, key in enumerate(of_first)
        if key in there and of_first.count(key) == 1 and there[key] != k
    }
    while set(alike) != set(alike.values()):
        closed = set(alike) & set(alike.values())
        alike = {k: to for k, to in alike.items() if k in closed and to in closed}
    return alike


def _keys(first: Sequence[str], second: Sequence[str]) -> tuple[list[Key], list[Key]]:
    """Return of every name the words that vary within its list and occur in the other."""
    of_first, of_second = _varying(first), _varying(second)
    shared = {word for key in of_first for word in key} & {w for key in of_second for w in key}
    return _only(of_first, shared), _only(of_second, shared)


def _only(keys: Sequence[Key], words: set[str]) -> list[Key]:
    return [tuple(word for word in key if word in words) for key in keys]


def _varying(paths: Sequence[str]) -> list[Key]:
    """Return the words of every path without those that all paths have.

    Paths of equally many words are compared word by word, so that the 2 of ``s2_t2`` that
    varies is told from the one that does not.
    """
    words = [_words(path) for path in paths]
    if len({len(each) for each in words}) == 1:
        kept = [len(set(column)) > 1 for column in zip(*words, strict=True)]
        return [tuple(w for w, keep in zip(each, kept, strict=True) if keep) for each in words]
    common = set.intersection(*map(set, words))
    return [tuple(word for word in each if word not in common) for each in words]


def _words(path: str) -> Key:
    """Return runs of letters and numbers of a path; ``img_01`` and ``img1`` are alike."""
    file = split_inner(path)[0]
    stem = file.removesuffix(PurePath(file).suffix).lower()
    found = re.findall(r"\d+|[^\W\d_]+", stem)
    return tuple(str(int(word)) if word.isdecimal() else word for word in found)
