"""Writes pictures to look at: PNG, JPEG, BMP, and GIF with one picture after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.errors import Problem, RunError
from objclass.io.aside import written_aside

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
ANIMATED = ".gif"
QUALITY = 92
"""Of JPEG: outlines keep their colours, which are not stored at half the size either."""
LONGEST = {".jpg": 65_500, ".jpeg": 65_500, ".gif": 65_535}
"""The longest side that a format can say."""
SHADES = 256
SEEN = 6
"""Pictures whose colours make the palette of all."""


def write_picture(path: Path, picture: Picture) -> None:
    """Write one picture; the suffix is the format.

    Parameters
    ----------
    path
        ``.png``, ``.bmp``: exactly; ``.jpg``, ``.jpeg``: nearly; ``.gif``: in 256 colours.
    picture
        uint8 ``(height, width, 3)``.

    Raises
    ------
    RunError
        Where the format cannot hold it, or the disk refuses.
    """
    suffix = path.suffix.lower()
    if suffix == ANIMATED:
        write_pictures(path, [picture], 1.0)
        return
    import PIL.Image

    _check_size(path, picture)
    coded = BytesIO()
    image = PIL.Image.fromarray(picture)
    if suffix in (".jpg", ".jpeg"):
        image.save(coded, format="JPEG", quality=QUALITY, subsampling=0)
    else:
        image.save(coded, format=suffix.lstrip(".").upper())
    with written_aside(path, coded.tell()) as aside:
        aside.write_bytes(coded.getbuffer())


def write_pictures(path: Path, pictures: Sequence[Picture], seconds: float) -> None:
    """Write a GIF that shows pictures one after the other, again and again.

    Parameters
    ----------
    path
        ``.gif``.
    pictures
        uint8 ``(height, width, 3)``; smaller ones get the colour of their last corner below and
        beside. They may be drawn when they are asked for.
    seconds
        How long each is shown; GIF counts hundredths.

    Raises
    ------
    RunError
        Where the format cannot hold them, or the disk refuses.
    """
    palette = _palette([pictures[k] for k in _some(len(pictures))])
    coded = BytesIO()
    first, *others = _one_size([_indexed(path, picture, palette) for picture in pictures])
    first.save(
        coded,
        format="GIF",
        save_all=True,
        append_images=others,
        duration=max(20, round(1000 * seconds)),
        loop=0,
        optimize=False,
    )
    with written_aside(path, coded.tell()) as aside:
        aside.write_bytes(coded.getbuffer())


def _check_size(path: Path, picture: Picture) -> None:
    longest = LONGEST.get(path.suffix.lower())
    if longest is None or max(picture.shape[:2]) <= longest:
        return
    got, expected = f"{picture.shape[0]:,} x {picture.shape[1]:,}", f"{longest:,} at most"
    what = f"{path}: the format holds no picture of this size"
    raise RunError(Problem(what, got, expected, "write it as .png"))


def _some(number: int) -> list[int]:
    """Return the numbers of a few pictures, spread over all."""
    return sorted({round(k * (number - 1) / max(1, SEEN - 1)) for k in range(SEEN)})


def _palette(pictures: Sequence[Picture]) -> PIL.Image.Image:
    """Return the palette of all pictures: the same in each, so that nothing flickers."""
    import numpy as np
    import PIL.Image

    wide = max(picture.shape[1] for picture in pictures)
    high = sum(picture.shape[0] for picture in pictures)
    sheet = np.full((high, wide, 3), 255, np.uint8)
    top = 0
    for picture in pictures:
        sheet[top : top + picture.shape[0], : picture.shape[1]] = picture
        top += picture.shape[0]
    method = PIL.Image.Quantize.MEDIANCUT
    return PIL.Image.fromarray(sheet).quantize(SHADES, method=method)


def _indexed(path: Path, picture: Picture, palette: PIL.Image.Image) -> PIL.Image.Image:
    import PIL.Image

    _check_size(path, picture)
    whole = PIL.Image.fromarray(picture)
    return whole.quantize(palette=palette, dither=PIL.Image.Dither.NONE)


def _one_size(pictures: Sequence[PIL.Image.Image]) -> Iterator[PIL.Image.Image]:
    """Yield the pictures with the color of their last corner below and beside smaller ones."""
    import PIL.Image

    size = max(p.width for p in pictures), max(p.height for p in pictures)
    for picture in pictures:
        if picture.size == size:
            yield picture
            continue
        corner = picture.getpixel((picture.width - 1, picture.height - 1))
        sheet = PIL.Image.new("P", size, corner)
        sheet.putpalette(picture.getpalette() or [])
        sheet.paste(picture)
        yield sheet
