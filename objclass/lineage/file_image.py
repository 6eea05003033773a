"""Of which image a file of results is, where its rows do not say it."""

from __future__ import annotations

import os
from pathlib import Path

from objclass.batch.foreseen import image_results
from objclass.batch.work import Batch
from objclass.engine.graph import Graph


def image_in_batch(batch: Batch, file: Path | None) -> str:
    """Return the image of a batch that a file is a result of; empty for none."""
    wanted = os.path.realpath(file or "")
    every = ((image.name, path) for image in batch.images for path in image_results(batch, image))
    return next((name for name, path in every if os.path.realpath(path) == wanted), "")


def image_in_graph(graph: Graph, file: Path | None) -> str | None:
    """Return the only image that a file is written of; None where it is of several, or none."""
    wanted = os.path.realpath(file or "")
    images = {
        image
        for by_image in graph.parts.values()
        for image, parts in by_image.items()
        for part in parts
        if part.output is not None and os.path.realpath(part.output) == wanted
    }
    return images.pop() if len(images) == 1 else None
