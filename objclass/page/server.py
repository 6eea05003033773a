"""The server of the page: paths, errors in words, and the port."""

from __future__ import annotations

import asyncio
import html
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from errno import EADDRINUSE
from threading import Event, Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from objclass.errors import InputError, ObjclassError, Problem
from objclass.page.assets import media_type, read_asset
from objclass.page.desk import LabellingDesk
from objclass.page.guard import App, GuardedApp
from objclass.page.question import read_question
from objclass.page.routes import PageRoutes, query_of

HOST = "127.0.0.1"
PORT = 8765
"""Where the page is when nobody says a port, and this one is free."""
MOST_BYTES = 32 << 20
"""What a page says at once: the ids of eight million objects."""
PATIENCE = 60.0
"""Seconds in which it must be here, also through a slow tunnel."""
HANG_UP = {"Connection": "close"}
ASKED = (
    *("state", "standing", "images", "raw", "ids", "object", "details"),
    *("gallery", "cutout", "annotations", "features", "points"),
)
SAID = (
    *("objects", "annotate", "erase", "undo", "redo", "live", "learn"),
    *("add_class", "rename_class", "recolor_class", "order_classes", "preview", "find_objects"),
    *("use_features", "project"),
)
"""Paths below ``api/`` that are read, and that take JSON: methods of the routes."""


def page_app(desk: LabellingDesk, token: str, once: str = "") -> App:
    """Return the page of a desk as an ASGI application; every path begins with the token.

    The path `once` leads to it one time.
    """
    routes = PageRoutes(desk)
    paths = [
        Route("/", _index(desk)),
        Route("/static/{name}", _asset),
        *(Route(f"/api/{name}", _answer(getattr(routes, name))) for name in ASKED),
        *(Route(f"/api/{name}", _heard(getattr(routes, name)), methods=["POST"]) for name in SAID),
        Route("/api/styles", _styles(routes), methods=["POST"]),
        WebSocketRoute("/api/updates", desk.sockets.follow),
    ]
    return GuardedApp(Starlette(routes=paths, exception_handlers={Exception: _failed}), token, once)


def _index(desk: LabellingDesk) -> Callable[[HttpRequest], Any]:
    async def index(request: HttpRequest) -> Response:
        problems = await run_in_threadpool(desk.problems)
        page = _problem_page(problems) if problems else read_asset("index.html")
        return Response(page, media_type=media_type("index.html"))

    return index


def _problem_page(problems: Sequence[Problem]) -> str:
    """Return what is wrong with a workflow as a page; reading it again tries again."""
    items = "".join(f'<li dir="auto">{html.escape(str(problem))}</li>' for problem in problems)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>objclass label</title>'
        '<link rel="stylesheet" href="static/page.css"><body class="problems">'
        f'<h1>The workflow cannot be used yet</h1><ul id="problems">{items}</ul>'
        '<p>Mend it, then <a href="">try again</a>.</p>'
    )


async def _asset(request: HttpRequest) -> Response:
    name = request.path_params["name"]
    data = read_asset(name)
    if data is None:
        return Response("not found", 404)
    return Response(data, media_type=media_type(name))


def _answer(answer: Callable[[Any], Response]) -> Callable[[HttpRequest], Any]:
    """Return an endpoint that answers a question of the page."""

    async def asked(request: HttpRequest) -> Response:
        return await _in_thread(answer, query_of(request))

    return asked


def _heard(answer: Callable[[Any], Response]) -> Callable[[HttpRequest], Any]:
    """Return an endpoint that does what the page says as JSON."""

    async def said(request: HttpRequest) -> Response:
        body = await body_of(request)
        return await _in_thread(lambda: answer(read_question(body)))

    return said


def _styles(routes: PageRoutes) -> Callable[[HttpRequest], Any]:
    async def styles(request: HttpRequest) -> Response:
        body = await body_of(request)
        return await _in_thread(routes.styles, query_of(request), body)

    return styles


async def body_of(request: HttpRequest) -> bytes:
    """Return what a page sends, as far as a page of ours would send so much, in time.

    Raises
    ------
    HTTPException
        Where that is too large or comes too slowly.
    """
    parts, size = [], 0
    try:
        async with asyncio.timeout(PATIENCE):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    raise HTTPException(413, "that is too large", HANG_UP)
    except TimeoutError:
        raise HTTPException(408, "that takes too long", HANG_UP) from None
    return b"".join(parts)


async def _in_thread(answer: Callable[..., Response], *args: Any) -> Response:
    try:
        return await run_in_threadpool(_in_words, answer, *args)
    except asyncio.CancelledError:  # Ctrl-C while something is asked: nobody waits any more
        return _refusal(503, "objclass label ends")


async def _failed(request: HttpRequest, error: Exception) -> Response:
    """Answer where not even words were found."""
    return _unexpected(error)


def _in_words(answer: Callable[..., Response], *args: Any) -> Response:
    """Answer; what goes wrong is said in words."""
    try:
        return answer(*args)
    except ObjclassError as error:
        return _refusal(422, *(str(problem) for problem in error.problems))
    except OSError as error:
        return _refusal(507, f"{error.filename or 'the disk'}: {error.strerror or error}")
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    traceback.print_exception(error, file=sys.stderr)
    return _refusal(500, "something unexpected happened; the terminal of objclass label shows it")


def _refusal(status: int, *problems: str) -> Response:
    return JSONResponse({"problems": list(problems)}, status)


def listen(port: int | None = None) -> socket.socket:
    """Return a socket that listens on this machine only.

    Parameters
    ----------
    port
        Where; 0 takes a free one. By default :data:`PORT`, or a free one where that is busy.

    Raises
    ------
    InputError
        Where the port is busy or may not be used.
    """
    try:
        return socket.create_server((HOST, PORT if port is None else port))
    except OSError as error:
        if port is None:
            return socket.create_server((HOST, 0))
        busy = error.errno == EADDRINUSE
        what = f"port {port} {'is busy' if busy else 'cannot be used'}"
        fix = "name another one, or --port 0 for one that is free"
        raise InputError(Problem(what, fix=fix)) from None


def address_of(listening: socket.socket, token: str) -> str:
    """Return the address of the page."""
    return f"http://{HOST}:{listening.getsockname()[1]}/{token}/"


def server_of(app: App) -> uvicorn.Server:
    """Return a server that writes no addresses anywhere: they hold the token."""
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        ws="websockets-sansio",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def serve(
    desk: LabellingDesk,
    token: str,
    listening: socket.socket,
    idle: float | None = None,
    once: str = "",
) -> None:
    """Serve until somebody interrupts, which is raised again at the end.

    Parameters
    ----------
    desk, token, listening
        What is served, under which token, and where.
    idle
        End after so many seconds without an open page; None waits for ever.
    once
        A path that leads to the page one time.
    """
    server = server_of(page_app(desk, token, once))
    ended = Event()

    def watch(idle: float) -> None:
        while not ended.wait(0.2):
            if server.started and desk.sockets.idle >= idle:
                server.should_exit = True
                return

    if idle is not None:
        Thread(target=watch, args=(idle,), daemon=True).start()
    try:
        server.run(sockets=[listening])
    finally:
        ended.set()
        desk.close()
