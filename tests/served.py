"""A web server on this machine that serves a folder, notes what is asked, and fails on demand."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CUT, SILENT = "cut", "silent"
"""Faults: it breaks off in the middle; it says nothing for a while."""


@dataclass
class FolderServer:
    """What a server serves and does wrong.

    Parameters
    ----------
    folder
        What lies there.
    url
        Its address, without a slash at the end.
    faults
        Pattern of paths to a status, a place to go to, or one of the faults above.
    times
        How often each fault happens; always without.
    password
        ``user:password`` that it asks for.
    ranges
        False where it gives whole files only.
    asked
        The paths that were asked for, in order.
    """

    folder: Path
    url: str = ""
    faults: dict[str, int | str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    password: str = ""
    ranges: bool = True
    asked: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def chunks(self) -> list[str]:
        """The chunks that were asked for."""
        return [path for path in self.asked if re.search(r"/\d+(?:[./]\d+)*$", path)]

    def fault(self, path: str) -> int | str | None:
        """What is wrong with an answer now."""
        for pattern, fault in self.faults.items():
            if re.search(pattern, path) and self.times.get(pattern, 1):
                if pattern in self.times:
                    self.times[pattern] -= 1
                return fault
        return None


class QuietServer(ThreadingHTTPServer):
    """A server that does not tell the screen who hung up."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[FolderServer]:
    """Serve a folder on a free port."""
    found = FolderServer(folder)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self, found)

        def log_message(self, *_: Any) -> None:
            """Say nothing on the screen of the tests."""

    server = QuietServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(request: BaseHTTPRequestHandler, server: FolderServer) -> None:
    """Answer one request as the server should, or wrongly."""
    server.asked.append(request.path)
    file = server.folder / request.path.lstrip("/")
    fault = server.fault(request.path)
    if server.password and _signed(request) != server.password:
        fault = 401
    if fault == SILENT:
        time.sleep(2)
    if isinstance(fault, int):
        return _reply(request, fault, b"an answer for people")
    if fault is not None and ":" in fault:
        return _reply(request, 302, b"", {"Location": fault})
    if not file.is_file():
        return _reply(request, 404, b"no such file")
    data, facts = file.read_bytes(), file.stat()
    said = {"ETag": f'"{facts.st_mtime_ns:x}-{len(data)}"'}
    part = request.headers.get("Range") if server.ranges else None
    if fault == CUT:
        request.close_connection = True
        return _reply(request, 200, data[: len(data) // 2], said, len(data))
    if part is None:
        return _reply(request, 200, data, said)
    server.parts.append(part)
    start, _, stop = part.removeprefix("bytes=").partition("-")
    chosen = data[-int(stop) :] if not start else data[int(start) : int(stop or len(data)) + 1]
    return _reply(request, 206, chosen, said)


def _signed(request: BaseHTTPRequestHandler) -> str:
    said = request.headers.get("Authorization", "").removeprefix("Basic ")
    return base64.b64decode(said).decode()


def _reply(
    request: BaseHTTPRequestHandler,
    status: int,
    data: bytes,
    said: Mapping[str, str] | None = None,
    length: int | None = None,
) -> None:
    request.send_response(status)
    for name, value in (said or {}).items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(data) if length is None else length))
    request.end_headers()
    request.wfile.write(data)
