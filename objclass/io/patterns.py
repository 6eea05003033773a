"""Finds images by ``{name}`` in the paths of inputs. Imports nothing heavy."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import product
from pathlib import Path

from objclass.data.channels import channel_list
from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, list_some
from objclass.io.address import as_path, check_address, is_address, not_listed, on_disk
from objclass.io.formats import format_of, locate, split_inner
from objclass.io.locator import Locator
from objclass.io.pattern import STACKED, Pattern, Token, natural
from objclass.io.source import Source, Stack
from objclass.io.steps import NumberSteps, steps_of, usual_step
from objclass.io.walk import components, nothing_fits, walked


@dataclass(frozen=True)
class InputPath:
    """The path of an input.

    Parameters
    ----------
    pattern
        Of the files; where names go on inside folders, of these too.
    inner
        The array inside each file.
    folders
        Where names go on inside folders, the part of the pattern before that.
    """

    pattern: Pattern
    inner: str | None = None
    folders: Pattern | None = None

    @classmethod
    def parse(cls, text: str, base: Path) -> InputPath:
        """Read an input's path; a relative one starts at `base`."""
        text = on_disk(text)
        if is_address(text):
            check_address(text)
        text = str(Path(text).expanduser()) if text.startswith("~") else text
        if os.sep == "\\":
            text = text.replace("\\", "/")
        file, inner = split_inner(text)
        outer = cls(_pattern(file, base), inner)
        if is_address(text):
            _check_served(text, file, outer)
        if not inner or not set(inner) & set("{}*"):
            return outer
        if not format_of(Path(file)).folder:
            what = f"'{text}' has a name inside the file"
            raise InputError(Problem(what, expected="names in the part before the array's path"))
        tokens = (*outer.pattern.tokens, Token("/"), *Pattern.parse(inner).tokens)
        Pattern.parse(text)  # whose problems are those of both parts
        return cls(Pattern(text, tokens), None, outer.pattern)

    def within(self, file: str) -> Locator:
        """Return where the array lies in one of the files."""
        return locate(file) if self.folders else Locator(as_path(file), self.inner)


def _check_served(text: str, file: str, outer: InputPath) -> None:
    """Raise for what is not read from servers: single files, and folders that must be listed."""
    if not format_of(Path(file)).folder:
        what = f"'{text}' is on a server, from which Zarr and N5 images are read only"
        raise InputError(Problem(what, fix="copy it to a disk, or mount the server as a folder"))
    if not outer.pattern.is_plain:
        raise InputError(not_listed(text))


def _pattern(file: str, base: Path) -> Pattern:
    """Return the pattern of files; what is there as written is no name."""
    if is_address(file):
        return Pattern(file, Pattern.parse(file).tokens)
    there = _as_written(file, base)
    tokens = Pattern.parse(file[len(there) :]).tokens
    start = "" if Path(file).is_absolute() else f"{base.as_posix()}/"
    if start or there:
        tokens = (Token(start + there), *tokens)
    return Pattern(file, tokens)


def _as_written(file: str, base: Path) -> str:
    """Return the start of a path that is there as written, braces and stars included.

    What is called ``d{x}`` on disk is a name of its own, not a pattern; a path without braces
    and stars before it needs no look at the disk.
    """
    end = 0
    for found in re.finditer(r"[^/]+", file):
        part = found[0]
        if not set(part) & set("{}*"):
            continue
        if not (base / file[: found.end()]).exists():
            break
        end = found.end()
    return file[:end]


@dataclass(frozen=True)
class MatchedFile:
    """A file that fits a pattern, or an image in a folder that does.

    Parameters
    ----------
    path
        Where it lies, with what is inside a folder.
    names
        The texts of the pattern's names.
    called
        The path as the pattern reads it, where that is another: ``plate.zarr/B03/0``.
    problem
        Why it makes no image.
    """

    path: str
    names: Mapping[str, str] = field(default_factory=dict)
    called: str = ""
    problem: Problem | None = None


@dataclass(frozen=True)
class Expansion:
    """One image's share of an input: the names that tell it apart, and its file or files.

    `problems` are why its files make no image; its source is then the first of them.
    """

    names: Mapping[str, str]
    source: Source
    problems: tuple[Problem, ...] = ()

    @property
    def first_path(self) -> str:
        """The path of the file, or of the first of several."""
        return str(self.source.first)


def expand(text: str, base: Path) -> list[Expansion]:
    """Return what one input's path stands for, in natural order.

    Parameters
    ----------
    text
        A path; ``{t}``, ``{z}``, ``{c}`` stack files along that axis, other names become
        text columns, ``*`` is a part without a name. A relative path starts at `base`.

    Raises
    ------
    InputError
        Where no file fits, a file can be read in two ways, frames are missing, or two files
        have the same names.
    """
    path = InputPath.parse(text, base)
    found = group(path, files_of(path))
    problems = [problem for expansion in found for problem in expansion.problems]
    if problems:
        raise InputError(*problems)
    return found


def files_of(path: InputPath) -> list[MatchedFile]:
    """Return the files that fit, in natural order; a path without names is one file."""
    if path.folders is not None:
        found = list(_inside(path.pattern, path.folders))
    elif path.pattern.is_plain:
        return [MatchedFile("".join(token.text for token in path.pattern.tokens))]
    else:
        found = list(_fitting(path.pattern))
        if not found:
            raise InputError(nothing_fits(path.pattern))
    return sorted(found, key=lambda file: natural(file.called or file.path))


def _fitting(pattern: Pattern) -> Iterator[MatchedFile]:
    """Yield the files on disk that fit a pattern."""
    for candidate in walked(pattern):
        names = pattern.read(candidate)
        if names is not None:
            yield MatchedFile(candidate, names)


def _inside(pattern: Pattern, folders: Pattern) -> list[MatchedFile]:
    """Return the images inside folders that fit; `folders` is the pattern's part before."""
    from objclass.io.inside import inner_paths, nothing_inside

    plain = ["".join(token.text for token in folders.tokens)] if folders.is_plain else []
    there = plain or [file.path for file in _fitting(folders)]
    parts = components(pattern.tokens[len(folders.tokens) + 1 :])
    found = []
    for folder in there:
        for inner in inner_paths(as_path(folder), parts):
            called = f"{folder}/{inner.named}"
            names = pattern.read(called)
            if names is not None:
                path = f"{folder}/{inner.path}"
                found.append(MatchedFile(path, names, called, inner.problem))
    if not found:
        raise InputError(nothing_inside(pattern.text, [as_path(folder) for folder in there]))
    return found


def group(path: InputPath, files: Sequence[MatchedFile]) -> list[Expansion]:
    """Return one expansion per combination of names; files that differ in t, z, c are stacked.

    A series whose files make no image carries its problems; the others do not suffer.
    """
    letters = "".join(a for a in STACKED if a in path.pattern.names)
    groups: dict[tuple[str, ...], list[MatchedFile]] = {}
    for file in files:
        path.pattern.check_single(file.called or file.path, file.names)
        key = tuple(file.names[name] for name in path.pattern.shared_names)
        groups.setdefault(key, []).append(file)
    usual = {letter: _usual(letter, groups.values()) for letter in letters}
    problems: list[Problem] = []
    result = []
    for key, members in groups.items():
        names = dict(zip(path.pattern.shared_names, key, strict=True))
        if letters:
            result.append(_series(path, names, usual, members))
        elif names and len(members) > 1:
            problems.append(_same_names(path, names, members))
        else:
            result += [_single(path, names, member) for member in members]
    if problems:
        raise InputError(*problems)
    return _uneven_channels(result)


def _single(path: InputPath, names: Mapping[str, str], member: MatchedFile) -> Expansion:
    """Return the image of one file."""
    image = ("_".join(names.values()),)
    problems = (member.problem.of(image),) if member.problem else ()
    return Expansion(names, path.within(member.path), problems)


def _usual(letter: str, groups: Iterable[Sequence[MatchedFile]]) -> int | None:
    """Return the step that the numbers of an axis have in most series."""
    series = [{file.names[letter] for file in files} for files in groups]
    return usual_step([sorted({*map(int, s)}) for s in series if _number(letter, s)])


def _number(letter: str, texts: Collection[str]) -> bool:
    """True where the texts are the numbers of frames or planes."""
    return letter != "c" and all(text.isdecimal() for text in texts)


def _series(
    path: InputPath,
    names: Mapping[str, str],
    usual: Mapping[str, int | None],
    files: Sequence[MatchedFile],
) -> Expansion:
    """Return the stack of one image, or what is wrong with it."""
    try:
        return Expansion(names, _stack(path, usual, files))
    except InputError as error:
        image = ("_".join(names.values()),) if names else ()
        problems = tuple(problem.of(image) for problem in error.problems)
        return Expansion(names, path.within(files[0].path), problems)


def _same_names(path: InputPath, names: Mapping[str, str], files: Sequence[MatchedFile]) -> Problem:
    """The problem of files that only ``*`` tells apart."""
    return Problem(
        f"{len(files)} files of '{path.pattern.text}' have the same names",
        got=list_some((file.path for file in files), 4),
        expected="one file per " + list_some(f"{n}={t}" for n, t in names.items()),
        fix="give the part that varies a name",
    )


def _stack(path: InputPath, usual: Mapping[str, int | None], files: Sequence[MatchedFile]) -> Stack:
    """Put files on a grid of t, z, c, or raise where a place is empty, doubled or skipped."""
    letters = "".join(usual)
    places: dict[tuple[str, ...], MatchedFile] = {}
    for file in files:
        place = tuple(file.names[letter] for letter in letters)
        if place in places:
            raise InputError(
                _same_names(path, dict(zip(letters, place, strict=True)), [places[place], file])
            )
        places[place] = file
    values = tuple(
        tuple(sorted({place[i] for place in places}, key=natural)) for i in range(len(letters))
    )
    for letter, texts in zip(letters, values, strict=True):
        _check_no_gap(path, letter, texts, usual[letter])
    grid = list(product(*values))
    absent = [place for place in grid if place not in places]
    if absent:
        shown = (" ".join(f"{a}={v}" for a, v in zip(letters, p, strict=True)) for p in absent)
        raise InputError(
            Problem(
                f"files are missing in '{path.pattern.text}'",
                got=f"{len(places)} files near {files[0].path}",
                expected=f"also {list_some(shown, 4)}",
            )
        )
    return Stack(letters, values, tuple(path.within(places[place].path) for place in grid))


def _check_no_gap(path: InputPath, letter: str, texts: Sequence[str], usual: int | None) -> None:
    """Raise where numbered frames or planes leave their step, or one number is written twice."""
    if not _number(letter, texts):
        return
    numbers = [int(text) for text in texts]
    twice = (
        [text for text, n in zip(texts, numbers, strict=True) if numbers.count(n) > 1]
        if len(set(numbers)) < len(numbers)
        else []
    )
    if twice:
        what = f"'{path.pattern.text}' finds one number of {{{letter}}} written in two ways"
        raise InputError(Problem(what, got=list_some(twice, 4)))
    found = steps_of(numbers, usual)
    if found.missing or found.strays:
        raise InputError(_gap(path.pattern.text, letter, texts, found))


def _gap(pattern: str, letter: str, texts: Sequence[str], found: NumberSteps) -> Problem:
    """The problem of a series that leaves its step."""
    missing = f"{letter} = {list_some(found.missing, 4)} missing" if found.missing else ""
    strays = f"{letter} = {list_some(found.strays, 4)} between two steps" if found.strays else ""
    steps = "every number" if found.step == 1 else f"steps of {found.step}"
    return Problem(
        f"'{pattern}': {' and '.join(filter(None, (missing, strays)))}",
        got=f"{len(texts)} files from {texts[0]} to {texts[-1]}",
        expected=f"{steps} between the first and the last",
    )


def _uneven_channels(expansions: Sequence[Expansion]) -> list[Expansion]:
    """Images of one input must have the same channels: those that most have."""
    stacks = [e for e in expansions if isinstance(e.source, Stack) and "c" in e.source.axes]
    if not stacks:
        return list(expansions)
    counted = Counter(_channels(each) for each in stacks)
    usual = max(counted, key=lambda channels: counted[channels])
    model = next(each for each in stacks if _channels(each) == usual)
    same = frozenset(each.first_path for each in stacks if _channels(each) == usual)
    other = {each.first_path for each in stacks} - same
    return [_other_channels(e, model) if e.first_path in other else e for e in expansions]


def _other_channels(one: Expansion, model: Expansion) -> Expansion:
    """Return an expansion with the problem that its channels are not those of another."""
    problem = Problem(
        f"{one.first_path} and its like have other channels than {model.first_path}",
        got=channel_list(_channels(one)),
        expected=channel_list(_channels(model)),
    )
    return replace(one, problems=(problem.of(("_".join(one.names.values()),)),))


def _channels(expansion: Expansion) -> tuple[str, ...]:
    stack = expansion.source
    assert isinstance(stack, Stack)
    return stack.values[stack.axes.index("c")]
