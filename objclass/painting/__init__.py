"""Pictures from predictions: values painted back into label images, overlays with a legend.

Nothing here knows files. Importing this module is cheap: numpy, numba and pillow are imported
by the functions that need them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from objclass.painting.colors import UNCLASSIFIED, default_colors
    from objclass.painting.filling import paint, painter
    from objclass.painting.picture import overlay

_HOMES = {
    "UNCLASSIFIED": "colors",
    "default_colors": "colors",
    "overlay": "picture",
    "paint": "filling",
    "painter": "filling",
}

__all__ = [
    "UNCLASSIFIED",
    "default_colors",
    "overlay",
    "paint",
    "painter",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
