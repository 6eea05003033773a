"""Pairs the files of several inputs into images, by the names they share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, ObjclassError, Problem, list_some
from objclass.io.formats import split_inner
from objclass.io.own_files import without_own
from objclass.io.pattern import natural
from objclass.io.patterns import Expansion, InputPath, MatchedFile, files_of, group
from objclass.io.source import Source, Stack


@dataclass(frozen=True)
class ImageFiles:
    """One image of a workflow.

    Parameters
    ----------
    name
        What the image is called.
    names
        The texts of its names in path order (and, from a sheet, its other columns).
    sources
        Input node to its file or files; some are absent where a file has no partner.
    problems
        Why its files make no image, such as a frame or a partner that is missing.
    """

    name: str
    names: Mapping[str, str]
    sources: Mapping[str, Source]
    problems: tuple[Problem, ...] = ()


def images_of(
    paths: Mapping[str, str],
    base: Path,
    raw: str | None = None,
    results: Sequence[str] = (),
    out: Path | None = None,
    *,
    keep_unpaired: bool = False,
) -> list[ImageFiles]:
    """Return the images that the inputs of a workflow stand for.

    Parameters
    ----------
    paths
        Input node to its path text, in the order of the workflow.
    base
        Folder that relative paths start at.
    raw
        The input that gives unnamed images their name; by default the first.
    results
        Paths of what is written for every image, with names in braces: no images.
    out
        Folder that relative paths of results start at; by default `base`.
    keep_unpaired
        True to make files without partners images with that problem.

    Raises
    ------
    InputError
        With every problem found: no file, two readings, gaps, unpaired files, collisions.
    """
    problems: list[Problem] = []
    parsed: dict[str, InputPath] = {}
    found: dict[str, list[MatchedFile]] = {}
    for node, text in paths.items():
        try:
            parsed[node] = InputPath.parse(text, base)
            found[node] = files_of(parsed[node])
        except ObjclassError as error:
            problems += [problem.at(node=node) for problem in error.problems]
    patterns = {node: path.pattern for node, path in parsed.items()}
    found = without_own(find_contested(parsed, found), patterns, results, out or base)
    inputs: dict[str, list[Expansion]] = {}
    for node, files in found.items():
        try:
            inputs[node] = group(parsed[node], files)
        except ObjclassError as error:
            problems += [problem.at(node=node) for problem in error.problems]
    if problems:
        raise InputError(*problems)
    texts = {node: pattern.text for node, pattern in patterns.items()}
    return join(inputs, raw, texts, keep_unpaired=keep_unpaired)


def find_contested(
    paths: Mapping[str, InputPath], found: Mapping[str, Sequence[MatchedFile]]
) -> dict[str, list[MatchedFile]]:
    """Give a file that fits several patterns to the one with the longest literal text.

    Inputs with the same pattern, or equally long ones, share the file.
    """
    longest: dict[str, int] = {}
    for node, files in found.items():
        literal = paths[node].pattern.literal
        for file in files:
            key = os.path.normpath(file.path)
            longest[key] = max(literal, longest.get(key, 0))
    return {
        node: [
            file
            for file in files
            if longest[os.path.normpath(file.path)] == paths[node].pattern.literal
        ]
        for node, files in found.items()
    }


@dataclass(frozen=True)
class _Row:
    """An image in the making: names bound so far and the expansions they came from."""

    names: Mapping[str, str]
    parts: Mapping[str, Expansion]


def join(
    inputs: Mapping[str, Sequence[Expansion]],
    raw: str | None = None,
    patterns: Mapping[str, str] | None = None,
    *,
    keep_unpaired: bool = False,
) -> list[ImageFiles]:
    """Join inputs on the names they share; an input without names serves all images.

    Parameters
    ----------
    inputs
        Input node to its expansions.
    raw
        The input that gives unnamed images their name; by default the first.
    patterns
        Input node to its path text, for messages and for the names of stacks.
    keep_unpaired
        True to make files without partners images with that problem, beside those without.

    Returns
    -------
    Images in natural order of their names; those with problems beside those without.

    Raises
    ------
    InputError
        With every unpaired file, unless these are kept, inputs that share no name, or images
        called the same; and where no image is without problems.
    """
    if not inputs:
        return []
    first = raw if raw is not None and raw in inputs else next(iter(inputs))
    texts = dict(patterns or {})
    ordered = _in_joining_order(inputs, first)
    rows, problems = _joined_rows(ordered)
    ordered = {n: e for n, e in ordered.items() if any(n in row.parts for row in rows)}
    if not keep_unpaired or not any(len(row.parts) == len(inputs) for row in rows):
        problems += _find_unpaired(rows, ordered)
    if problems:
        raise InputError(*problems)
    images = [
        _image(row, list(inputs), first, texts.get(first, ""), [*_find_unpaired([row], ordered)])
        for row in rows
    ]
    broken = [problem for image in images for problem in image.problems]
    clash = collisions(images) or (broken if all(i.problems for i in images) else [])
    if clash:
        raise InputError(*clash)
    return sorted(images, key=lambda image: natural(image.name))


def _in_joining_order(
    inputs: Mapping[str, Sequence[Expansion]], raw: str
) -> dict[str, Sequence[Expansion]]:
    """Inputs so that each shares names with those before it where any order allows it."""
    left = sorted(inputs, key=lambda node: (not _names(inputs[node]), node != raw))
    order: list[str] = []
    bound: set[str] = set()
    while left:
        touching = [node for node in left if bound & set(_names(inputs[node]))]
        node = (touching or left)[0]
        left.remove(node)
        order.append(node)
        bound |= set(_names(inputs[node]))
    return {node: inputs[node] for node in order}


def _names(expansions: Sequence[Expansion]) -> tuple[str, ...]:
    return tuple(expansions[0].names) if expansions else ()


def _joined_rows(
    inputs: Mapping[str, Sequence[Expansion]],
) -> tuple[list[_Row], list[Problem]]:
    """The outer join of all inputs: rows of files that found no partner lack some inputs."""
    rows: list[_Row] = []
    bound: dict[str, None] = {}
    problems: list[Problem] = []
    for node, expansions in inputs.items():
        names = _names(expansions)
        problem = _cannot_join(node, expansions, tuple(bound), bool(rows))
        if problem is not None:
            problems.append(problem)
            continue
        shared = tuple(name for name in names if name in bound)
        rows = _join(rows or [_Row({}, {})], node, expansions, shared)
        bound |= dict.fromkeys(names)
    return rows, problems


def _cannot_join(
    node: str, expansions: Sequence[Expansion], bound: Sequence[str], later: bool
) -> Problem | None:
    """Why an input cannot be paired with the inputs before it, if so."""
    if not expansions:
        what = "every file that fits belongs to an input with a longer pattern"
        return Problem(what, node=node)
    names = _names(expansions)
    if names and bound and not set(names) & set(bound):
        got, expected = f"{{{list_some(names)}}}", f"one of {{{list_some(bound)}}}"
        return Problem(
            "it shares no name with the other inputs", got=got, expected=expected, node=node
        )
    if not names and len(expansions) > 1 and later:
        got = list_some((e.first_path for e in expansions), 3)
        fix = "give the part that varies a name, the same in every input"
        return Problem(
            f"{len(expansions)} files fit, and nothing pairs them", got=got, fix=fix, node=node
        )
    return None


def _join(
    rows: Sequence[_Row], node: str, expansions: Sequence[Expansion], shared: Sequence[str]
) -> list[_Row]:
    """One step of the join; what finds no partner stays as it is, on either side."""
    index: dict[tuple[str, ...], list[Expansion]] = {}
    for expansion in expansions:
        index.setdefault(tuple(expansion.names[name] for name in shared), []).append(expansion)
    result: list[_Row] = []
    used = set()
    for row in rows:
        key = tuple(row.names.get(name, "") for name in shared)
        used.add(key)
        result += [
            _Row({**row.names, **partner.names}, {**row.parts, node: partner})
            for partner in index.get(key, [])
        ] or [row]
    unused = (e for key, members in index.items() if key not in used for e in members)
    return [*result, *(_Row(e.names, {node: e}) for e in unused)]


def _lacks(row: _Row, nodes: Sequence[str]) -> list[tuple[str, str]]:
    """Return the inputs in which a row has no partner, each with the input it begins with.

    A file that pairs with nothing at all is its own input's business: the same node twice.
    """
    first = next(iter(row.parts))
    if len(row.parts) == 1 < len(nodes) and first != nodes[0]:
        return [(first, first)]
    return [(node, first) for node in nodes if node not in row.parts]


def _find_unpaired(
    rows: Sequence[_Row], inputs: Mapping[str, Sequence[Expansion]]
) -> Iterator[Problem]:
    """Yield the problems of files without a partner, one for each two inputs."""
    found: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        for key in _lacks(row, list(inputs)):
            found.setdefault(key, []).append(row)
    for key in sorted(found, key=lambda key: (list(inputs).index(key[0]), key[0] != key[1])):
        yield _unpaired_problem(key, found[key], inputs)


def _unpaired_problem(
    key: tuple[str, str], rows: Sequence[_Row], inputs: Mapping[str, Sequence[Expansion]]
) -> Problem:
    """The problem of files without a partner in one input."""
    node, first = key
    files = list_some((row.parts[first].first_path for row in rows), 6)
    others = {name for other in inputs if other != node for name in _names(inputs[other])}
    names = [name for name in _names(inputs[node]) if name in others]
    expected = "files with the same " + " and ".join(f"{{{name}}}" for name in names)
    what = f"nothing here pairs with {_files(len(rows))} of {first}"
    if node == first:
        what = f"{_files(len(rows))} without a partner in the other inputs"
    return Problem(what, got=files, expected=expected, node=node)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _image(
    row: _Row, nodes: Sequence[str], raw: str, raw_text: str, alone: Sequence[Problem]
) -> ImageFiles:
    """Name one image and put its inputs in the order of the workflow."""
    order = [node for node in (raw, *(n for n in nodes if n != raw)) if node in row.parts]
    names = {name: row.names[name] for node in order for name in row.parts[node].names}
    called = "_".join(names.values()) or is_unnamed(row.parts[order[0]].source, raw_text)
    sources = {node: row.parts[node].source for node in nodes if node in row.parts}
    return ImageFiles(called, names, sources, (*_problems(row), *alone))


def _problems(row: _Row) -> tuple[Problem, ...]:
    """Why the files of a row make no image."""
    return tuple(p.at(node=node) for node, e in row.parts.items() for p in e.problems)


def is_unnamed(source: Source, text: str = "") -> str:
    """What an image without names is called: its raw file's stem.

    Of a stack, the stem of the pattern without ``{t}``, ``{z}``, ``{c}`` and the letters that
    announce them: ``pos3_t{t}.tif`` is ``pos3``.
    """
    if isinstance(source, Stack):
        file = Path(split_inner(text)[0]) if text else source.first.path
        bare = re.sub(r"(?:[-_. ]+[A-Za-z]*)?(?:\{[tzc]\}|\*)", "", _stem(file)).strip("-_. ")
        return bare or _stem(source.first.path)
    return _stem(source.path)


def _stem(file: Path) -> str:
    """The name without its suffix; ``a.ome.tif`` is ``a``."""
    return re.sub(r"(?i)\.ome$", "", file.stem)


def collisions(images: Sequence[ImageFiles]) -> list[Problem]:
    """The problems of images that would be called the same."""
    by_name: dict[str, list[ImageFiles]] = {}
    for image in images:
        by_name.setdefault(image.name, []).append(image)
    return [
        Problem(
            f"{len(same)} images would be called '{name}'",
            got=list_some((_first_file(image) for image in same), 4),
            fix="use other names in the path, or list the images in a sheet (images: sheet.csv)",
        )
        for name, same in by_name.items()
        if len(same) > 1
    ]


def _first_file(image: ImageFiles) -> str:
    return str(next(iter(image.sources.values())).first)
