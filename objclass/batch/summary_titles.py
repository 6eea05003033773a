"""Which columns the summary of a batch has of its own: no name of images may be one of them."""

from __future__ import annotations

from typing import Final

OWN: Final = frozenset({
    "image", "status", "objects", "images", "failed", "not_counted", "not_selected",
    "columns_outside", "shift", "shifted_columns", "saturated", "focus", "quality", "old_files",
})  # fmt: skip
