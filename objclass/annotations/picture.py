"""A picture with numbered objects, to find those of a table in the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import ImageDraw

INK = (255, 235, 59)
EDGE = (0, 0, 0)
PAPER = (255, 255, 255)
RADIUS = 3
Box = tuple[float, float, float, float]


def numbered(
    rgb: NDArray[np.uint8],
    positions: Sequence[tuple[float, float]],
    numbers: Sequence[int | str],
    scale: int | None = None,
) -> NDArray[np.uint8]:
    """Draw a dot at each position and its number beside it.

    Parameters
    ----------
    rgb
        uint8 (y, x, 3).
    positions
        ``(y, x)`` in voxels of the picture, one per number.
    numbers
        What to write, such as the lines of the annotation file.
    scale
        Enlarges the picture by a whole number; by default to at least 1000 wide.

    Returns
    -------
    uint8 (y · scale, x · scale, 3)
        A number stands right above its dot or, where it would leave the picture or cover
        another number or dot, at the next free place around it.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    times = scale or max(1, -(-1000 // max(1, rgb.shape[1])))
    large = np.repeat(np.repeat(rgb, times, axis=0), times, axis=1)
    canvas = Image.fromarray(large)
    dots = [((x + 0.5) * times, (y + 0.5) * times) for y, x in positions]
    _draw(ImageDraw.Draw(canvas), dots, [str(number) for number in numbers], large.shape)
    return np.asarray(canvas).copy()


def draw_dots(
    rgb: NDArray[np.uint8], positions: Sequence[tuple[float, float]], colors: Sequence[str]
) -> NDArray[np.uint8]:
    """Draw a dot in a colour ``#RRGGBB`` at each position ``(y, x)``, ringed to be seen anywhere.

    Parameters
    ----------
    rgb
        uint8 (y, x, 3).
    """
    import numpy as np
    from PIL import Image, ImageDraw

    canvas = Image.fromarray(rgb)
    pen = ImageDraw.Draw(canvas)
    for (y, x), color in zip(positions, colors, strict=True):
        for radius, ink in ((RADIUS + 2, EDGE), (RADIUS + 1, PAPER), (RADIUS, color)):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return np.asarray(canvas).copy()


def _draw(
    draw: ImageDraw.ImageDraw,
    dots: Sequence[tuple[float, float]],
    numbers: Sequence[str],
    shape: Sequence[int],
) -> None:
    """Draw all dots, then each number where it covers nothing drawn before."""
    from PIL import ImageFont

    font = ImageFont.load_default(size=text_height(shape))
    taken = [_around(dot) for dot in dots]
    for box in taken:
        draw.ellipse(box, fill=INK, outline=EDGE)
    for dot, number in zip(dots, numbers, strict=True):
        width, height = draw.textbbox((0, 0), number, font=font, stroke_width=2)[2:]
        others = [box for box in taken if box != _around(dot)]
        box = _free_box(dot, (width, height), shape, others)
        taken.append(box)
        draw.text(box[:2], number, font=font, fill=INK, stroke_width=2, stroke_fill=EDGE)


def text_height(shape: Sequence[int]) -> int:
    """Height of the numbers in pixels for a picture ``(y, x, …)``."""
    return max(10, min(28, max(shape[:2]) // 50))


def _around(dot: tuple[float, float]) -> Box:
    """The box of a dot."""
    x, y = dot
    return (x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)


def _free_box(
    dot: tuple[float, float], size: tuple[float, float], shape: Sequence[int], taken: list[Box]
) -> Box:
    """Where the number of a dot fits in the picture without covering what is taken."""
    (x, y), (width, height) = dot, size
    gap = RADIUS + 1
    right, left, above, below = x + gap, x - gap - width, y - gap - height, y + gap
    corners = [(right, above), (left, above), (right, below), (left, below)]
    corners += [(right, y - height / 2), (left, y - height / 2)]
    boxes = [(a, b, a + width, b + height) for a, b in corners]
    inside = [box for box in boxes if box == _inside(box, shape)]
    free = [box for box in inside if not any(_meet(box, other) for other in taken)]
    return [*free, *inside, _inside(boxes[0], shape)][0]


def _inside(box: Box, shape: Sequence[int]) -> Box:
    """A box pushed into the picture."""
    x = max(0, -box[0]) or -max(0, box[2] - shape[1])
    y = max(0, -box[1]) or -max(0, box[3] - shape[0])
    return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)


def _meet(a: Box, b: Box) -> bool:
    """True where two boxes have a point in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
