"""Pairs the files of several inputs into images, by the names they share."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from objclass.errors import InputError, ObjclassError, Problem, listed
from objclass.io.formats import split_inner
from objclass.io.own_files import without_own
from objclass.io.pattern import natural
from objclass.io.patterns import Expansion, File, InputPath, files_of, grouped
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
        Input node to its file or files.
    problems
        Why its files make no image, such as a frame that is missing.
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

    Raises
    ------
    InputError
        With every problem found: no file, two readings, gaps, unpaired files, collisions.
    """
    problems: list[Problem] = []
    parsed: dict[str, InputPath] = {}
    found: dict[str, list[File]] = {}
    for node, text in paths.items():
        try:
            parsed[node] = InputPath.parse(text, base)
            found[node] = files_of(parsed[node])
        except ObjclassError as error:
            problems += [problem.at(node=node) for problem in error.problems]
    patterns = {node: path.pattern for node, path in parsed.items()}
    found = without_own(contested(parsed, found), patterns, results, out or base)
    inputs: dict[str, list[Expansion]] = {}
    for node, files in found.items():
        try:
            inputs[node] = grouped(parsed[node], files)
        except ObjclassError as error:
            problems += [problem.at(node=node) for problem in error.problems]
    if problems:
        raise InputError(*problems)
    return join(inputs, raw, {node: pattern.text for node, pattern in patterns.items()})


def contested(
    paths: Mapping[str, InputPath], found: Mapping[str, Sequence[File]]
) -> dict[str, list[File]]:
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

    Returns
    -------
    Images in natural order of their names; those with problems beside those without.

    Raises
    ------
    InputError
        With every unpaired file, inputs that share no name, or images called the same; and
        where no image is without problems.
    """
    if not inputs:
        return []
    first = raw if raw is not None and raw in inputs else next(iter(inputs))
    texts = dict(patterns or {})
    rows, problems = _joined_rows(_in_joining_order(inputs, first))
    if problems:
        raise InputError(*problems)
    images = [_image(row, list(inputs), first, texts.get(first, "")) for row in rows]
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
    """The natural join of all inputs, and the files that found no partner."""
    rows = [_Row({}, {})]
    problems: list[Problem] = []
    for node, expansions in inputs.items():
        names = _names(expansions)
        problem = _cannot_join(node, expansions, rows)
        if problem is not None:
            problems.append(problem)
            continue
        shared = [name for name in names if name in rows[0].names]
        rows, alone = _joined(rows, node, expansions, shared)
        problems += alone
        if not rows:
            return rows, problems or [Problem("the inputs have no image in common", node=node)]
    return rows, problems


def _cannot_join(
    node: str, expansions: Sequence[Expansion], rows: Sequence[_Row]
) -> Problem | None:
    """Why an input cannot be paired with the rows so far, if so."""
    if not expansions:
        what = "every file that fits belongs to an input with a longer pattern"
        return Problem(what, node=node)
    names, bound = _names(expansions), rows[0].names
    if names and bound and not set(names) & set(bound):
        got, expected = f"{{{listed(names)}}}", f"one of {{{listed(bound)}}}"
        return Problem(
            "it shares no name with the other inputs", got=got, expected=expected, node=node
        )
    if not names and len(expansions) > 1 and rows[0].parts:
        got = listed((e.first_path for e in expansions), 3)
        fix = "give the part that varies a name, the same in every input"
        return Problem(
            f"{len(expansions)} files fit, and nothing pairs them", got=got, fix=fix, node=node
        )
    return None


def _joined(
    rows: Sequence[_Row], node: str, expansions: Sequence[Expansion], shared: Sequence[str]
) -> tuple[list[_Row], list[Problem]]:
    """One step of the join, and the files of either side that found no partner."""
    index: dict[tuple[str, ...], list[Expansion]] = {}
    for expansion in expansions:
        index.setdefault(tuple(expansion.names[name] for name in shared), []).append(expansion)
    result, lonely, used = [], [], set()
    for row in rows:
        key = tuple(row.names[name] for name in shared)
        partners = index.get(key, [])
        used.add(key)
        lonely += [] if partners else [row]
        result += [
            _Row({**row.names, **partner.names}, {**row.parts, node: partner})
            for partner in partners
        ]
    unused = [e for key, members in index.items() if key not in used for e in members]
    return result, _unpaired(node, unused, lonely, shared)


def _unpaired(
    node: str, unused: Sequence[Expansion], lonely: Sequence[_Row], shared: Sequence[str]
) -> list[Problem]:
    """The problems of files without a partner."""
    problems = []
    if unused:
        what = f"{_files(len(unused))} without a partner in the other inputs"
        files = listed((e.first_path for e in unused), 6)
        problems.append(Problem(what, got=files, expected=_pairing(shared), node=node))
    if lonely:
        first = next(iter(lonely[0].parts))
        files = listed((row.parts[first].first_path for row in lonely), 6)
        what = f"nothing here pairs with {_files(len(lonely))} of {first}"
        problems.append(Problem(what, got=files, expected=_pairing(shared), node=node))
    return problems


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _pairing(shared: Sequence[str]) -> str:
    return "files with the same " + " and ".join(f"{{{name}}}" for name in shared)


def _image(row: _Row, nodes: Sequence[str], raw: str, raw_text: str) -> ImageFiles:
    """Name one image and put its inputs in the order of the workflow."""
    order = [raw, *(node for node in nodes if node != raw)]
    names = {name: row.names[name] for node in order for name in row.parts[node].names}
    called = "_".join(names.values()) or unnamed(row.parts[raw].source, raw_text)
    sources = {node: row.parts[node].source for node in nodes}
    return ImageFiles(called, names, sources, _problems(row))


def _problems(row: _Row) -> tuple[Problem, ...]:
    """Why the files of a row make no image."""
    return tuple(p.at(node=node) for node, e in row.parts.items() for p in e.problems)


def unnamed(source: Source, text: str = "") -> str:
    """What an image without names is called: its raw file's stem.

    Of a stack, the stem of the pattern without ``{t}``, ``{z}``, ``{c}`` and the letters that
    announce them: ``pos3_t{t}.tif`` is ``pos3``.
    """
    path = source if isinstance(source, str) else text or source.paths[0]
    file = Path(split_inner(path)[0])
    if isinstance(source, Stack):
        bare = re.sub(r"(?:[-_. ]+[A-Za-z]*)?(?:\{[tzc]\}|\*)", "", _stem(file)).strip("-_. ")
        return bare or _stem(Path(source.paths[0]))
    return _stem(file)


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
            got=listed((_first_file(image) for image in same), 4),
            fix="use other names in the path, or list the images in a sheet (images: sheet.csv)",
        )
        for name, same in by_name.items()
        if len(same) > 1
    ]


def _first_file(image: ImageFiles) -> str:
    source = next(iter(image.sources.values()))
    return source if isinstance(source, str) else source.paths[0]
