"""The files of the page: a fixed table, so that no path leads anywhere else."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
SCRIPTS = (
    "api",
    "classes",
    "details",
    "dom",
    "edits",
    "explorer",
    "features",
    "gallery",
    "images",
    "keys",
    "layers",
    "main",
    "notices",
    "order",
    "paint",
    "plane",
    "plot",
    "score",
    "state",
    "styles",
    "thresholds",
    "tiles",
    "viewer",
)
ASSETS = ("index.html", "page.css", "icon.svg", *(f"{name}.js" for name in SCRIPTS))


def media_type(name: str) -> str:
    """Return what a file of the page is, for browsers."""
    return TYPES[name.rpartition(".")[2]]


@cache
def read_asset(name: str) -> bytes | None:
    """Return a file of the page; None where the table has no such name."""
    if name not in ASSETS:
        return None
    return files("objclass.page").joinpath("static", name).read_bytes()
