"""Keys of the document about machine code."""

from __future__ import annotations

from objclass.cli.key_types import COUNT, TEXTS, means

WARMED = {
    "kernels": means(COUNT, "kernels that have machine code now"),
    "compiled": means(COUNT, "those that were compiled just now"),
    "kept": means(COUNT, "those whose machine code lies on a disk"),
    "folders": means(TEXTS, "where it lies"),
    "left": means(TEXTS, "what could not be tried on drawn images, and why"),
}
