"""Curation of annotation files: begin one, see how it stands, find changed objects again.

Each verb runs the workflow up to the label image that the annotations are about, so that what
it says is true of the objects of now; nothing is trained.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.curation.following import Followed, Rewritten, follow, rewrite
    from objclass.curation.ground import Ground, classifiers
    from objclass.curation.standing import Standing, status
    from objclass.curation.starting import Started, start

_HOMES = {
    "Followed": "following",
    "Ground": "ground",
    "classifiers": "ground",
    "Rewritten": "following",
    "Standing": "standing",
    "Started": "starting",
    "follow": "following",
    "rewrite": "following",
    "start": "starting",
    "status": "standing",
}

__all__ = [
    "Followed",
    "Ground",
    "Rewritten",
    "Standing",
    "Started",
    "classifiers",
    "follow",
    "rewrite",
    "start",
    "status",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
