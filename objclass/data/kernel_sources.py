"""Which sources decide what a kernel does: its own file and all that it imports of the package.

numba looks at the file of a kernel alone when it asks whether machine code on disk is still
right. But what a kernel calls is compiled into it, and so are the values of names that other
files give it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from blake3 import blake3

PACKAGE = Path(__file__).parents[1]
_LINE = rb"(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)|import[ \t]+([^\n#]*))"
_IMPORT = re.compile(rb"^" + _LINE, re.MULTILINE)
_INNER_IMPORT = re.compile(rb"^[ \t]*" + _LINE, re.MULTILINE)


def stamp_of(file: Path) -> str:
    """Return the digest of a file and of every file that is imported with it.

    Followed is what is imported as a module is loaded: from the same package, from this one, and
    for a file in no package from the files beside it.
    """
    hasher = blake3()
    for each in sorted(imported_with(file)):
        hasher.update(_digest(each))
    return str(hasher.hexdigest(16))


def imported_with(file: Path) -> set[Path]:
    """Return a file and all that it imports, and these import, as they are loaded."""
    found, new = {file}, [file]
    while new:
        more = _imports(new.pop()) - found
        found |= more
        new += more
    return found


@cache
def _digest(file: Path) -> bytes:
    return blake3(file.read_bytes()).digest()


@cache
def _imports(file: Path) -> frozenset[Path]:
    """Return the files of the modules that a file imports, and of the packages they are in.

    A line in a comment or a text is taken for an import too: one file too many does no harm. What
    this package imports within a block is for types or a function; others may mean it to be loaded.
    """
    home = _home(file)
    lines = _IMPORT if home == PACKAGE else _INNER_IMPORT
    names = {name for each in lines.finditer(file.read_bytes()) for name in _names(each)}
    absolute = {_absolute(name, file, home) for name in names}
    return frozenset(found for name in absolute for found in _files(name, home))


def _names(line: re.Match[bytes]) -> Iterator[str]:
    """Yield all names that may be modules: ``from a.b import c`` may load ``a.b.c``."""
    base, imported, plain = (part.decode() if part else "" for part in line.groups())
    if base:
        yield base
        inside = base if base.endswith(".") else f"{base}."
        yield from (f"{inside}{name}" for name in re.findall(r"\w+", imported))
    yield from re.findall(r"[\w.]+", plain)


def _absolute(name: str, file: Path, home: Path) -> str:
    """Return the whole name of a module that a file may name by dots, one for its own package."""
    inner = name.lstrip(".")
    if inner == name:
        return name
    package = file.relative_to(home.parent).with_suffix("").parts[: len(inner) - len(name)]
    return ".".join((*package, *filter(None, inner.split("."))))


@cache
def _home(file: Path) -> Path:
    """Return the package that a file is in, the outermost one; the file itself where in none."""
    package = file
    while (package.parent / "__init__.py").is_file():
        package = package.parent
    return package


@cache
def _files(name: str, home: Path) -> tuple[Path, ...]:
    """Return the files that importing a module loads, of this package and of one at home."""
    first, *inner = name.split(".")
    if first == PACKAGE.name:
        place = PACKAGE
    elif first == home.name:
        place = home
    else:  # beside a file that is in no package
        beside = home.with_name(f"{first}.py")
        return (beside,) if home.is_file() and beside.is_file() else ()
    found = [place / "__init__.py"]
    for part in inner:
        place /= part
        found += [place / "__init__.py", place.with_suffix(".py")]
    return tuple(each for each in found if each.is_file())
