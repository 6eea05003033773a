"""Pictures that this room writes carry a mark, so that they replace nobody else's."""

from __future__ import annotations

from io import BytesIO
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.io.aside import written_aside
from objclass.io.own_files import MARK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def write_picture(path: Path, rgb: NDArray[np.uint8]) -> Path:
    """Write a picture as PNG and return where.

    Parameters
    ----------
    path
        Where; a picture of ours there is replaced. Beside any other file the picture gets a
        number: ``nuclei_numbers_2.png``.
    rgb
        uint8 (y, x, 3).
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    mark = PngInfo()
    mark.add_text("Software", MARK)
    target = free_path(path)
    coded = BytesIO()
    Image.fromarray(rgb).save(coded, format="PNG", pnginfo=mark)
    with written_aside(target, len(coded.getbuffer())) as aside:
        aside.write_bytes(coded.getbuffer())
    return target


def free_path(path: Path) -> Path:
    """Return the first name that is free or that of a picture of ours."""
    names = (path.with_stem(f"{path.stem}_{number}") for number in count(2))
    return path if _is_free(path) else next(name for name in names if _is_free(name))


def _is_free(path: Path) -> bool:
    if not path.exists() and not path.is_symlink():
        return True
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as picture:
            return picture.info.get("Software") == MARK
    except Exception:  # whatever a damaged or foreign file makes the library say
        return False
