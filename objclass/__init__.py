"""objclass: classify whole objects in microscopy images from a YAML workflow."""

from __future__ import annotations

__version__ = "0.1.0"
