"""Files that a workflow writes itself are never images of it, though they fit a path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from objclass.io.formats import split_inner
from objclass.io.leftover import PREFIX
from objclass.io.pattern import Pattern
from objclass.io.patterns import MatchedFile

MARK = "objclass annotations"
"""What pictures for people say of themselves, in the PNG text ``Software``."""
_DRAWN = re.compile(r"(?:_numbers|_reattach|\.look)(?:_\d+)?\.png$", re.IGNORECASE)
_SET_ASIDE = re.compile(r"\.edited-\d{8}-\d{6}(?:-\d+)?$")
_START = 512
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
Found = Mapping[str, Sequence[MatchedFile]]
"""Input node to the files that fit its path."""


def without_own(
    found: Found, patterns: Mapping[str, Pattern], results: Sequence[str], folder: Path
) -> dict[str, list[MatchedFile]]:
    """Return the files of every input without those that are results of others.

    Nor are pictures that commands drew for people, files that were set aside because a person
    edited them, and half-written ones. A file that lies where the result of another image
    would, and has partners in the other inputs, is an image all the same.

    Parameters
    ----------
    found, patterns
        Input node to files and path.
    results
        Paths of results, with ``{image}``, the names of the path, ``{nickname}`` and
        ``{dataset_dir}`` in braces. Those that hold other names are passed over.
    folder
        Relative paths of results start here.
    """
    found = {n: [f for f in files if not is_own(f.path)] for n, files in found.items()}
    own = {n: _own(files, patterns[n], results, folder) for n, files in found.items()}
    return {
        node: [f for f in files if f.path not in own[node] or _has_partners(f, node, found)]
        for node, files in found.items()
    }


def is_own(path: str) -> bool:
    """Return True for a picture drawn for people, a file set aside, and a half-written one."""
    name = Path(path).name
    if name.startswith(PREFIX) or _SET_ASIDE.search(name):
        return True
    return _DRAWN.search(name) is not None and bears_mark(Path(path))


def bears_mark(path: Path) -> bool:
    """Return True for a PNG that says that it is a picture of ours."""
    try:
        with path.open("rb") as file:
            return b"Software\0" + MARK.encode() in file.read(_START)
    except OSError:
        return False


def _own(
    files: Sequence[MatchedFile], pattern: Pattern, results: Sequence[str], folder: Path
) -> set[str]:
    """Return the paths that are results of another of the files."""
    makers: dict[str, set[str]] = {}
    there = {os.path.normpath(file.path) for file in files}  # all others would fill the memory
    likely = may_be_there(results, there, folder) if pattern.shared_names else ()
    for file in files if likely else ():
        for path in there.intersection(_results_of(file, pattern, likely, folder)):
            makers.setdefault(path, set()).add(file.path)
    return {f.path for f in files if makers.get(os.path.normpath(f.path), set()) - {f.path}}


def may_be_there(results: Sequence[str], there: Set[str], folder: Path) -> tuple[str, ...]:
    """Return the paths of results that may be one of some files: by folder and suffix.

    A batch can write some two hundred kinds of results, most into a folder without images.

    Parameters
    ----------
    results, folder
        As :func:`without_own` takes them.
    there
        Paths of files in their plainest form.
    """
    folders = {os.path.split(path)[0] or os.curdir for path in there}
    suffixes = {_suffix(path) for path in there}

    def is_likely(text: str) -> bool:
        inside, name = os.path.split(text)
        in_reach = "{" in inside or "{dataset_dir}" in name
        in_reach = in_reach or os.path.normpath(folder / inside) in folders
        return in_reach and ("}" in _suffix(name) or _suffix(name) in suffixes)

    return tuple(text for text in results if is_likely(text))


def _suffix(path: str) -> str:
    """Return what follows the last point of a name."""
    return os.path.split(path)[1].rpartition(".")[2]


def _has_partners(file: MatchedFile, node: str, found: Found) -> bool:
    """True where every other input with names of this file has a file that agrees in them."""
    others = [
        (set(files[0].names) & set(file.names), files)
        for name, files in found.items()
        if name != node and files
    ]
    sharing = [(names, files) for names, files in others if names]
    return bool(sharing) and all(
        any(all(other.names[n] == file.names[n] for n in names) for other in files)
        for names, files in sharing
    )


def _results_of(
    file: MatchedFile, pattern: Pattern, results: Sequence[str], folder: Path
) -> Iterator[str]:
    """Yield where the results of the image in a file would lie."""
    known = _known(file, pattern)
    for text in results:
        names = _IN_BRACES.findall(text)
        if names and all(name in known for name in names):
            filled = _IN_BRACES.sub(lambda found: known[found[1]], text)
            yield os.path.normpath(folder / filled)


def _known(file: MatchedFile, pattern: Pattern) -> Mapping[str, str]:
    path = Path(split_inner(file.path)[0])
    names = {name: file.names[name] for name in pattern.shared_names}
    told = {"nickname": re.sub(r"(?i)\.ome$", "", path.stem), "dataset_dir": str(path.parent)}
    return {**told, "image": "_".join(names.values()), **names}
