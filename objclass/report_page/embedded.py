"""Pictures as text, so that they stand in the page itself."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING

from objclass.report_page.content import PagePicture

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

QUALITY = 85
SHARP = 200_000
"""Bytes up to which a picture is kept as it is (PNG)."""


def embed(rgb: Picture, title: str, remark: str = "", *, sharp: bool = False) -> PagePicture:
    """Return a picture for a page.

    Parameters
    ----------
    rgb
        uint8 (y, x, 3).
    title, remark
        What stands below.
    sharp
        Keep every pixel where that is not too large.
    """
    from PIL import Image

    height, width = rgb.shape[:2]
    image = Image.fromarray(rgb)
    coded, kind = BytesIO(), "png"
    if sharp:
        image.save(coded, format="PNG")
    if not sharp or coded.tell() > SHARP:
        coded, kind = BytesIO(), "jpeg"
        image.save(coded, format="JPEG", quality=QUALITY, subsampling=0)
    text = b64encode(coded.getvalue()).decode("ascii")
    return PagePicture(f"data:image/{kind};base64,{text}", width, height, title, remark)
