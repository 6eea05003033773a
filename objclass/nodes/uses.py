"""With which images an annotation file was used: what its rows do not say themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from objclass.annotations.rows import Row
from objclass.nodes.annotated import AnnotationFile
from objclass.nodes.foreign import NOBODY, Uses, frame_key, row_key
from objclass.nodes.identity import ImageIdentities, seen_from


def uses_of(
    found: AnnotationFile, name: str, file: Path, before: Uses | None, *, fresh: bool = True
) -> dict[str, Any] | None:
    """Return what to remember of an annotation file that was learned from.

    Parameters
    ----------
    found
        The annotation files of a classifier.
    name
        One of its files, as the workflow names it.
    file
        The same on disk.
    before
        What is remembered.
    fresh
        False where nothing was learned anew, so that digests that are known still hold.

    Returns
    -------
    dict or None
        None where everything is remembered already.
    """
    identities = found.identities
    if identities is None:
        return None
    known: Uses = before or NOBODY
    images = dict(known["images"])
    rows = dict(known["rows"])
    for image, of_image in _rows_of(found, name):
        rows |= {row_key(row): image for row in of_image}
        last = {} if fresh else images.get(image, {})
        images[image] = _image(identities, image, of_image, file.parent, last)
    now = {"images": images, "rows": rows}
    return None if now == before else now


def _rows_of(found: AnnotationFile, name: str) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of one file by image."""
    for image, rows in found.rows.items():
        mine = [row for row in rows if row.file == name]
        if mine:
            yield image, mine


def _image(
    identities: ImageIdentities, image: str, rows: list[Row], folder: Path, last: Mapping[str, Any]
) -> dict[str, Any]:
    """Return file and digests of an image: of the frames whose rows do not say it themselves."""
    file = seen_from(folder, identities.path(image))
    digests = dict(last.get("digests", {})) if last.get("file") == file else {}
    for row in rows:
        if not row.image_digest and frame_key(row) not in digests:
            digests[frame_key(row)] = identities.digest(image, row.t)
    return {"file": file, "digests": digests}
