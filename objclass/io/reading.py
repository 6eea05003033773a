"""Turns what reading libraries raise and log into problems that a person can mend."""

from __future__ import annotations

import errno
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from objclass.errors import InputError, ObjclassError, Problem, nearest

SIGNATURES = (
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"BM", "BMP"),
    (b"\x93NUMPY", "NPY"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"GIF8", "GIF"),
    (b"version https://git-lfs", "Git LFS pointer"),
)
_quiet = RLock()


def signature(path: Path) -> str | None:
    """Return the kind of file its first bytes announce, or None where they say nothing."""
    with path.open("rb") as file:
        start = file.read(32)
    return next((kind for magic, kind in SIGNATURES if start.startswith(magic)), None)


def check_present(path: Path, kind: str = "an image file", if_empty: str = "copy it again") -> None:
    """Raise where there is no readable, non-empty file at `path`; say what to do with an empty."""
    if path.is_dir():
        raise InputError(Problem(f"{path} is a folder", expected=kind))
    if not path.exists():
        raise InputError(missing(path))
    with reading(path):
        if path.stat().st_size == 0:
            raise InputError(Problem(f"{path} is empty (0 bytes)", fix=if_empty))
        path.open("rb").close()


def no_folder(folder: Path, either: str = "") -> str:
    """Say that a folder is not there, with the nearest name of those beside it."""
    says = f"there is no folder {folder}{either}"
    if not folder.parent.is_dir():
        return says
    close = nearest(folder.name, (each.name for each in folder.parent.iterdir() if each.is_dir()))
    return f"{says}; did you mean {close}?" if close else says


def missing(path: Path) -> Problem:
    """The problem of a file that is not there, with the nearest name in its folder."""
    folder = path.parent
    if not folder.is_dir():
        return Problem(f"there is no file {path}", fix=no_folder(folder, " either"))
    close = nearest(path.name, (entry.name for entry in folder.iterdir()))
    return Problem(f"there is no file {path}", fix=f"did you mean {close}?" if close else None)


@contextmanager
def reading(path: Path, error: type[ObjclassError] = InputError) -> Iterator[None]:
    """Translate whatever a library raises on the file into one `error` that names it."""
    try:
        yield
    except ObjclassError:
        raise
    except MemoryError:
        fix = "crop the input, or read it by block"
        raise error(Problem(f"{path}: not enough memory to read it", fix=fix)) from None
    except PermissionError:
        raise error(Problem(f"{path} may not be read", fix="check its permissions")) from None
    except Exception as reason:
        raise error(damaged(path, reason)) from reason


def damaged(path: Path, reason: object) -> Problem:
    """The problem of a file that a library cannot read, with its words shortened."""
    if isinstance(reason, OSError) and reason.errno in (errno.EMFILE, errno.ENFILE):
        return Problem(f"{path}: too many files are open", fix="raise the limit (ulimit -n)")
    words = " ".join(str(reason).replace(str(path), "the file").split())
    said = words if len(words) <= 140 else words[:137] + "…"
    said = said or type(reason).__name__
    fix = "it may be damaged or cut off: copy it again, or open it in the program that wrote it"
    return Problem(f"{path} cannot be read", got=f'"{said}"', fix=fix)


@contextmanager
def quietly() -> Iterator[None]:
    """Keep a library's warnings off the screen; one thread at a time, as Python's filter is."""
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
