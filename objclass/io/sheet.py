"""Images from a sheet: one row an image, columns are the names used in the inputs' paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from objclass.errors import InputError, ObjclassError, Problem, list_some, nearest
from objclass.io.join import ImageFiles, collisions, is_unnamed
from objclass.io.pattern import STACKED, Pattern, natural
from objclass.io.patterns import expand
from objclass.io.source import Source


def from_sheet(
    rows: Sequence[Mapping[str, str]],
    paths: Mapping[str, str],
    base: Path,
    raw: str | None = None,
) -> list[ImageFiles]:
    """Return one image per row of a sheet.

    Parameters
    ----------
    rows
        Column to text; a column ``image`` says what the image is called, all others are its
        names (also those that no path uses).
    paths
        Input node to its path text, whose ``{name}`` are columns; a value may hold ``/``.
        ``{t}``, ``{z}``, ``{c}`` still stack the files on disk.
    base
        Folder that relative paths start at.
    raw
        The input that gives images without names theirs; by default the first.

    Raises
    ------
    InputError
        With every problem found: unknown names, empty cells, missing files, collisions.
    """
    if not rows:
        raise InputError(Problem("the sheet of images has no rows"))
    patterns = {node: Pattern.parse(text) for node, text in paths.items()}
    problems = [
        problem for node, p in patterns.items() for problem in _unknown(node, p, list(rows[0]))
    ]
    if problems:
        raise InputError(*problems)
    images = []
    for number, row in enumerate(rows, 1):
        try:
            images.append(_image(row, patterns, base, raw or next(iter(paths))))
        except ObjclassError as error:
            problems += [_in_row(problem, number) for problem in error.problems]
    problems = problems or collisions(images)
    if problems:
        raise InputError(*problems)
    return sorted(images, key=lambda image: natural(image.name))


def _unknown(node: str, pattern: Pattern, columns: Sequence[str]) -> list[Problem]:
    """Names of a path that are no column, and columns that cannot be one."""
    problems = []
    for name in pattern.shared_names:
        if name not in columns:
            close = nearest(name, columns)
            fix = f"did you mean {{{close}}}?" if close else None
            what = f"{{{name}}} is no column of the sheet"
            problems.append(Problem(what, got=list_some(columns), fix=fix, node=node))
    return problems


def _in_row(problem: Problem, number: int) -> Problem:
    return replace(problem, what=f"row {number} of the sheet: {problem.what}")


def _image(
    row: Mapping[str, str], patterns: Mapping[str, Pattern], base: Path, raw: str
) -> ImageFiles:
    """Make the image of one row."""
    sources = {node: _source(node, pattern, row, base) for node, pattern in patterns.items()}
    order = [raw, *(node for node in patterns if node != raw)]
    used = dict.fromkeys(name for node in order for name in patterns[node].shared_names)
    names = {name: row[name] for name in used} | {
        name: text for name, text in row.items() if name != "image"
    }
    called = row.get("image") or "_".join(row[name] for name in used)
    called = called.replace("/", "_") or is_unnamed(sources[raw], patterns[raw].text)
    return ImageFiles(called, names, sources)


def _source(node: str, pattern: Pattern, row: Mapping[str, str], base: Path) -> Source:
    """Fill a path's names from a row; what is left must be one file or one stack."""
    text = ""
    for token in pattern.tokens:
        if token.name and token.name not in STACKED:
            value = row.get(token.name, "")
            if not value:
                raise InputError(Problem(f"column {token.name} is empty", node=node))
            if set(value) & set("{}*"):
                expected = "no braces and no *"
                raise InputError(Problem(f"column {token.name}", value, expected, node=node))
            text += value
        else:
            text += token.text or (f"{{{token.name}}}" if token.name else "*")
    expansions = expand(text, base)
    if len(expansions) > 1:
        got = list_some((e.first_path for e in expansions), 3)
        raise InputError(Problem(f"{len(expansions)} files fit '{text}'", got=got, node=node))
    return expansions[0].source
