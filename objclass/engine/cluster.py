"""What a computer of a cluster must have in common with this one: versions, and a shared folder."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from objclass.errors import Problem

ADDRESS = re.compile(r"(tcp|tls)://[^/\s]+:\d+")
PACKAGES = ("objclass", "numpy", "numba", "scikit-learn", "scikit-image", "zarr", "distributed")
"""Whose versions decide about results, or about what can be sent."""
SOURCES = "the files of objclass"


def address_problems(address: str | None, workers: int | None) -> Iterator[Problem]:
    """Yield what is wrong with the address of a scheduler, as far as it can be seen."""
    if address is None:
        return
    if not ADDRESS.fullmatch(address):
        expected = "such as tcp://127.0.0.1:8786"
        yield Problem("--scheduler is no address", got=repr(address), expected=expected)
    if workers is not None:
        what = "--workers counts processes of this computer, and --scheduler has workers of its own"
        yield Problem(what, fix="leave one of them out")


@cache
def versions() -> Mapping[str, str]:
    """Return name to version of all that must be alike where steps are made for one run."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"Python": platform.python_version(), "the processor": platform.machine()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return {**found, SOURCES: _digest_of_sources()}


def _digest_of_sources() -> str:
    """Return the first digits of the digest of our own modules: a checkout has no version."""
    from blake3 import blake3

    folder = Path(__file__).parents[1]
    hasher = blake3()
    for path in sorted(folder.rglob("*.py")):
        hasher.update(path.relative_to(folder).as_posix().encode())
        hasher.update(path.read_bytes())
    return str(hasher.hexdigest(4))


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Iterator[str]:
    """Yield what differs: ``numpy 2.0.1 (here 2.1.0)``."""
    for name in {**ours, **theirs}:
        mine, other = ours.get(name, "none"), theirs.get(name, "none")
        if mine != other:
            yield f"{name} {other} (here {mine})"


def look_there(token: str, text: str) -> tuple[Mapping[str, str], str]:
    """Look about on another computer.

    Parameters
    ----------
    token, text
        Absolute path of a small file, and what it holds as we see it.

    Returns
    -------
    versions, refusal
        Its versions, and why our folder is not its folder; empty where it is.
    """
    path = Path(token)
    reply = path.with_name(f"{path.name}-reply")
    try:
        if path.read_text() != text:
            return versions(), "it holds another file"
        reply.write_text(text)
        reply.unlink(missing_ok=True)
    except OSError as error:
        return versions(), error.strerror or str(error)
    return versions(), ""
