"""What the page is sent: answers of a session as JSON and as columns of bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from objclass.session.answers import (
    AnnotationRow,
    ObjectDetails,
    ObjectRef,
    ObjectStyles,
    ScatterPoints,
    SessionImage,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Document = dict[str, Any]
BEYOND = 65535
"""The code of what is ignored or left open; a session has the largest that its codes hold."""


def ref_document(ref: ObjectRef) -> list[object]:
    """Return an object as ``[image, t, id]``."""
    return [ref.image, ref.t, ref.object]


def image_document(image: SessionImage) -> Document:
    """Return what the page knows of an image; every image has the axes z, y, x there."""
    shape = [image.shape.get(axis, 1) for axis in "zyx"]
    return {
        "name": image.name,
        "names": dict(image.names),
        "shape": shape,
        "spacing": full_spacing(image.spacing),
        "unit": image.unit or "",
        "times": list(image.times),
        "channels": list(image.channels),
        "rgb": image.rgb,
        "objects": image.objects,
        "annotated": image.annotated,
    }


def full_spacing(spacing: Sequence[float] | None) -> list[float] | None:
    """Return the size of a voxel along z, y, x; along z 1 where an image has no z."""
    return None if spacing is None else [*[1.0] * (3 - len(spacing)), *spacing]


def row_document(row: AnnotationRow) -> Document:
    """Return an annotation of the explorer."""
    ref = None if row.object is None else ref_document(row.object)
    facts = {name: getattr(row, name) for name in ("line", "image", "validity", "why", "predicted")}
    return {**facts, "ref": ref, "class": row.class_, "agrees": row.agrees}


def details_document(details: ObjectDetails, origin: Sequence[int]) -> Document:
    """Return what is known of an object.

    Parameters
    ----------
    details
        The object.
    origin
        Voxel ``(z, y, x)`` of the uncropped image at which its frame begins.
    """
    start, stop = details.box
    facts: Document = plain(asdict(details))
    facts["ref"] = ref_document(details.ref)
    facts["middle"] = [p - o for p, o in zip(details.position, origin, strict=True)]
    facts["extent"] = [b - a for a, b in zip(start, stop, strict=True)]
    return facts


def plain(value: Any) -> Any:
    """Return a value as JSON can say it: what is not finite is null."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def styles_bytes(styles: ObjectStyles) -> bytes:
    """Return n styles column after column.

    Predicted and annotated class (uint16, 65535 for what is left open or ignored), probability,
    uncertainty and probability of the class asked for (uint8, 255 is 1), and whether an
    annotation is invalid (uint8).
    """
    import numpy as np

    annotated = _codes(styles.annotated)
    invalid = (annotated > 0) & (annotated != BEYOND) & ~styles.valid
    columns: list[NDArray[np.generic]] = [
        _codes(styles.predicted),
        annotated,
        _shares(styles.probability),
        _shares(styles.uncertainty),
        _shares(styles.asked),
        invalid.astype(np.uint8),
    ]
    return b"".join(column.tobytes() for column in columns)


def points_bytes(found: ScatterPoints) -> bytes:
    """Return n points: what is known of them as JSON, and columns behind it.

    The length of the JSON (uint32), the JSON with blanks up to a multiple of four bytes, x and y
    (float32 each), ids (uint32) and numbers of their places in the JSON (uint32).
    """
    import numpy as np

    places: dict[tuple[str, int | None], int] = {}
    owner = [places.setdefault((ref.image, ref.t), len(places)) for ref in found.objects]
    facts = {"x": found.x, "y": found.y, "n": len(found.objects), "places": list(places)}
    head = json.dumps(facts).encode()
    head += b" " * (-len(head) % 4)
    columns: list[NDArray[np.generic]] = [
        np.array([len(head)], "<u4"),
        found.points[:, 0].astype("<f4"),
        found.points[:, 1].astype("<f4"),
        np.array([ref.object for ref in found.objects], "<u4"),
        np.array(owner, "<u4"),
    ]
    first, *rest = (column.tobytes() for column in columns)
    return b"".join([first, head, *rest])


def _codes(codes: NDArray[np.integer[Any]]) -> NDArray[np.uint16]:
    import numpy as np

    beyond = np.iinfo(codes.dtype).max
    wide = codes.astype("<u2")
    wide[codes == beyond] = BEYOND
    return wide


def _shares(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    import numpy as np

    return np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 255).astype(np.uint8)


def tile_bytes(tile: NDArray[Any]) -> tuple[bytes, dict[str, str]]:
    """Return a tile, and headers that say what its bytes are; 64-bit values become float32."""
    import numpy as np

    if tile.dtype.itemsize == 8 or tile.dtype == np.float16:
        tile = tile.astype(np.float32)
    if tile.dtype == bool:
        tile = tile.astype(np.uint8)
    dtype = tile.dtype.newbyteorder("<")
    rows, columns = tile.shape
    said = {"X-Shape": f"{rows},{columns}", "X-Dtype": tile.dtype.name}
    return np.ascontiguousarray(tile, dtype).tobytes(), said
