"""Addresses of images on servers: paths that begin with ``http://``, ``https://`` or ``s3://``."""

from __future__ import annotations

import os
import re
from pathlib import Path, PosixPath
from urllib.parse import urlsplit

from objclass.errors import InputError, Problem

SCHEMES = ("http", "https", "s3")
"""What images are read over."""
_SCHEME = re.compile(r"(?i)([a-z][a-z0-9+.-]+):(//)")
_SERVED = re.compile(r"(?i)(?:https?|s3|gs|abfs|ftp|file):/")
_ON_DISK = re.compile(r"(?i)file://(?:localhost)?(?=/)")


class Address(PosixPath):
    """The address of something on a server, with what paths offer: names, parents, state.

    Parts are joined with ``/``. Nothing is asked of the server but by :meth:`stat`.
    """

    def __str__(self) -> str:
        """Return the address with both slashes behind its scheme, which paths take for one."""
        return re.sub(r"^([^/:]+:)/+", r"\1//", super().__str__())

    def is_absolute(self) -> bool:
        """Return True: it does not depend on a folder."""
        return True

    def is_dir(self, **_: bool) -> bool:
        """Return True: images on servers are of formats that are folders."""
        return True

    def is_file(self, **_: bool) -> bool:
        """Return False, for the same reason."""
        return False

    def exists(self, **_: bool) -> bool:
        """Return True: whether it is there shows when it is read."""
        return True

    def stat(self, **_: bool) -> os.stat_result:
        """Return the size of a file, and as its time a number for its state on the server.

        Raises
        ------
        OSError
            Where there is no such file, or the server does not answer.
        """
        from objclass.io.server import SERVED

        return SERVED.state(str(self))


def is_address(text: str) -> bool:
    """Return True for what begins like an address, also of kinds that are not read."""
    return _SCHEME.match(text) is not None


def as_path(text: str | Path) -> Path:
    """Return a text as a path: an address where it begins like one."""
    if isinstance(text, str) and is_address(text):
        return Address(text)
    return Path(text)


def on_disk(text: str) -> str:
    """Return a path as it is; of ``file:///data/a.zarr`` the path on the disk."""
    return _ON_DISK.sub("", text)


def without_secrets(text: str) -> str:
    """Return an address without user, password, query and fragment.

    >>> without_secrets("https://me:word@host/a.zarr/0?Signature=abc")
    'https://host/a.zarr/0'
    """
    scheme, _, rest = text.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{re.split('[?#]', path)[0]}".split("?")[0]


def check_address(text: str) -> None:
    """Raise for an address of a kind that is not read, or with what only its user may know.

    Parameters
    ----------
    text
        As a person wrote it. Messages hold it without secrets.

    Raises
    ------
    InputError
        With what to do instead.
    """
    shown = without_secrets(text)
    scheme = text.partition(":")[0].lower()
    if scheme not in SCHEMES:
        expected = ", ".join(f"{each}://" for each in SCHEMES)
        fix = "copy it to a disk, or mount the server as a folder"
        raise InputError(Problem(f"'{shown}' is on a server", f"{scheme}://", expected, fix))
    parts = urlsplit(text)
    if "@" in parts.netloc:
        what = f"'{shown}' is written with a user or a password, which results would repeat"
        raise InputError(Problem(what, fix=f"take them out; {credentials(scheme)}"))
    if parts.query or parts.fragment:
        what = f"'{shown}' is written with a query or a signature, which results would repeat"
        raise InputError(Problem(what, fix=f"write the address up to the ?; {credentials(scheme)}"))


def check_written(text: str | Path) -> None:
    """Raise where results would be written to a server."""
    if _SERVED.match(str(text)):
        shown = without_secrets(re.sub(r":/+", "://", str(text), count=1))
        what = f"'{shown}' is on a server; results are written to disks"
        raise InputError(Problem(what, fix="write them to a folder, and copy that"))


def credentials(scheme: str) -> str:
    """Return where credentials of a server are put instead."""
    if scheme == "s3":
        return "credentials are those of AWS tools (AWS_PROFILE, AWS_ACCESS_KEY_ID, …)"
    return "user and password are those of ~/.netrc"


def not_listed(text: str) -> Problem:
    """The problem of names in a path that only a list of a server's folders could fill."""
    what = f"'{text}' has names for folders on a server, which are not listed"
    fix = "write out all but the wells and fields of a plate, or use a sheet (images: sheet.csv)"
    return Problem(what, fix=fix)
