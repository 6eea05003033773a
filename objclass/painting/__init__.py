"""Pictures from predictions: values painted back into label images, overlays with a legend.

Nothing here knows files. Importing this module is cheap: numpy, numba and pillow are imported
by the functions that need them.
"""

from __future__ import annotations

from objclass.painting.colors import UNCLASSIFIED, default_colors
from objclass.painting.filling import paint
from objclass.painting.picture import overlay

__all__ = ["UNCLASSIFIED", "default_colors", "overlay", "paint"]
