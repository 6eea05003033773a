"""Requests to servers, tried again a few times; what fails becomes one problem with its address."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, RunError
from objclass.io.address import credentials

TRIES = 3
"""How often a request is made that fails for a reason that may pass."""
PAUSE = 0.5
"""Seconds before the second try; twice as long before each later one."""
TIMEOUT = "OBJCLASS_SERVER_TIMEOUT"
"""Environment variable: seconds to wait for an answer, or for its next bytes; 30 by default."""
PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers after which it is worth to ask again."""
REFUSED = (401, 403)


@dataclass(frozen=True)
class ServerAnswer:
    """What a server gave: `data` is None where it has no such file; and what it says of it."""

    data: bytes | None
    version: str = ""


class FailedRequest(Exception):
    """A request without an answer that can be used; `status` is the server's, 0 without one."""

    def __init__(self, reason: object, status: int = 0, *, passes: bool = False) -> None:
        super().__init__(" ".join(str(reason).split()) or type(reason).__name__)
        self.status = status
        self.passes = passes or status in PASSING


def fetch(
    url: str, start: int | None = None, stop: int | None = None, *, is_metadata: bool = False
) -> ServerAnswer:
    """Return a file of a server, or its bytes from `start` to before `stop`.

    Parameters
    ----------
    url
        Its address.
    start, stop
        Byte positions; a negative start counts from the end.
    is_metadata
        True where a refusal means that there is no such file: a server that lists nothing
        answers so.

    Raises
    ------
    InputError, RunError
        Where the server cannot be reached, refuses, or breaks off, however often it is asked:
        of metadata before work, of voxels while running.
    """
    error_type = InputError if is_metadata else RunError
    scheme = url.partition(":")[0].lower()
    ask = _from_s3 if scheme == "s3" else _from_http
    for number in range(TRIES):
        try:
            return ask(url, start, stop)
        except FileNotFoundError:
            return ServerAnswer(None)
        except ImportError as error:
            raise error_type(not_installed(url, error)) from None
        except FailedRequest as failed:
            if failed.status in REFUSED and is_metadata:
                return ServerAnswer(None)
            if not failed.passes or number == TRIES - 1:
                raise error_type(_problem(url, failed, number + 1)) from None
            time.sleep(PAUSE * 2**number)
    raise AssertionError("the last try returns or raises")


def not_installed(url: str, error: ImportError) -> Problem:
    """The problem of a library that is not there."""
    what = f"{url}: images on servers are read with libraries that are not installed"
    return Problem(what, got=f'"{error}"', fix="pip install 'objclass[remote]'")


def _problem(url: str, failed: FailedRequest, tries: int) -> Problem:
    """Say why a file was not got, and what to do."""
    again = f", {tries} times" if tries > 1 else ""
    if failed.status in REFUSED:
        fix = credentials(url.partition(":")[0].lower())
        return Problem(f"{url} may not be read", f"{failed.status}", fix=fix)
    if failed.status:
        what, fix = f"{url}: the server does not give it", "run again later"
        return Problem(what, f"{failed.status}{again}", fix=fix)
    what = f"{url} cannot be read"
    fix = "check the address and the network, then run again"
    return Problem(what, f'"{str(failed)[:140]}"{again}', fix=fix)


def wait() -> float:
    """Return the seconds to wait for an answer."""
    try:
        return max(0.1, float(os.environ.get(TIMEOUT, "30")))
    except ValueError:
        return 30.0


# --- http ---------------------------------------------------------------------------------------


@lru_cache(1)
def _http() -> Any:
    """Return fsspec's HTTP, whose connections are used again."""
    import aiohttp  # noqa: F401  fsspec would say otherwise that it is missing
    import fsspec

    client = {"trust_env": True}  # proxies and ~/.netrc, as other tools
    return fsspec.filesystem("http", client_kwargs=client, skip_instance_cache=True)


def _from_http(url: str, start: int | None, stop: int | None) -> ServerAnswer:
    from fsspec.asyn import sync

    system = _http()
    found: ServerAnswer = sync(system.loop, _get, system, url, start, stop)
    return found


async def _get(system: Any, url: str, start: int | None, stop: int | None) -> ServerAnswer:
    import aiohttp

    # Compressed for the way, a part of a file would be a part of something else.
    headers = {"Accept-Encoding": "identity", **_range(start, stop)}
    limits = aiohttp.ClientTimeout(total=None, sock_connect=wait(), sock_read=wait())
    session = await system.set_session()
    try:
        async with session.get(system.encode_url(url), headers=headers, timeout=limits) as answer:
            if answer.status in (404, 410):
                return ServerAnswer(None)
            if answer.status >= 400:
                raise FailedRequest(answer.reason, answer.status)
            data = await answer.read()
            whole = answer.status != 206
            return ServerAnswer(
                _cut(data, start, stop) if whole else data, _version(answer.headers)
            )
    except (aiohttp.NonHttpUrlClientError, aiohttp.InvalidURL) as error:
        raise FailedRequest(f"it leads to {error}, which is no web address") from None
    except aiohttp.TooManyRedirects:
        raise FailedRequest("it leads from address to address without end") from None
    except (TimeoutError, aiohttp.ServerTimeoutError):
        raise FailedRequest(f"no answer within {wait():g} s", passes=True) from None
    except aiohttp.ClientError as error:
        raise FailedRequest(error, passes=True) from None


def _range(start: int | None, stop: int | None) -> dict[str, str]:
    if start is None:
        return {}
    if start < 0:
        return {"Range": f"bytes={start}"}
    return {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"}


def _cut(data: bytes, start: int | None, stop: int | None) -> bytes:
    """Return the part that was asked for, of a server that gives whole files only."""
    return data if start is None else data[start:stop]


def _version(said: Mapping[str, Any]) -> str:
    return f"{said.get('ETag', '')} {said.get('Last-Modified', said.get('LastModified', ''))}"


# --- s3 -----------------------------------------------------------------------------------------


@lru_cache(2)
def _s3(anonymous: bool) -> Any:
    """Return s3fs, which takes credentials and endpoint from where AWS tools do."""
    import s3fs

    limits = {"connect_timeout": wait(), "read_timeout": wait(), "retries": {"max_attempts": 0}}
    system = s3fs.S3FileSystem(anon=anonymous, config_kwargs=limits, skip_instance_cache=True)
    system.retries = 1
    return system


_signed: list[bool] = []
"""Whether there are credentials, once that is known."""


def _from_s3(url: str, start: int | None, stop: int | None) -> ServerAnswer:
    import s3fs  # noqa: F401
    from botocore.exceptions import NoCredentialsError

    if not _signed or _signed[0]:
        try:
            found = _asked(lambda: _object(_s3(False), url, start, stop))
            _signed[:] = [True]
            return found
        except NoCredentialsError:
            _signed[:] = [False]  # public data need none
    return _asked(lambda: _object(_s3(True), url, start, stop))


def _object(system: Any, url: str, start: int | None, stop: int | None) -> ServerAnswer:
    data = system.cat_file(url, start=start, end=stop)
    version = _version(system.info(url, refresh=True)) if start is None else ""
    return ServerAnswer(data, version)


def _asked(ask: Callable[[], ServerAnswer]) -> ServerAnswer:
    """Return what a request to S3 gives; what it raises becomes :class:`FailedRequest`."""
    from botocore.exceptions import BotoCoreError, NoCredentialsError

    try:
        return ask()
    except (FileNotFoundError, ImportError, NoCredentialsError):
        raise
    except PermissionError as error:
        raise FailedRequest(error, 403) from None
    except (TimeoutError, OSError, BotoCoreError) as error:
        raise FailedRequest(error, passes=True) from None
