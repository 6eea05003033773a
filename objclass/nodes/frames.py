"""What the frames of an image are called in its files, and at which time they were taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from objclass.engine.look import ImageKey, Look
from objclass.errors import list_some
from objclass.io.source import Source, Stack
from objclass.io.steps import steps_of
from objclass.schema.quantity import Duration, read_duration

if TYPE_CHECKING:
    from objclass.data.axes import Grid

FRAME_NAME = "frame_name"
TIME = "time_"
"""What the column of times begins with; its unit follows."""


def frame_names(
    look: Look, grid: Grid, images: Sequence[ImageKey]
) -> dict[str, tuple[str, ...]] | None:
    """Return what frames are called in their files; None where files hold no single frames.

    Parameters
    ----------
    look
        One of the images.
    grid
        Of its objects.
    images
        All images that the file is about.

    Returns
    -------
    Image to the texts of ``{t}`` in its files, for the whole series.
    """
    if grid.frames is None or not one_file_a_frame(look):
        return None
    return {image.name: image.frame_names for image in images}


def time_step(look: Look, grid: Grid) -> tuple[float, str] | None:
    """Return value and unit of the time between two frames, where somebody said it."""
    step = _time_step(look, grid) if grid.frames is not None else None
    return (step.value, step.unit) if step else None


def one_file_a_frame(look: Look) -> bool:
    """True where ``{t}`` numbers frames, not files that hold several."""
    names = look.image.frame_names
    sources = [part.source for parts in look.made.values() for part in parts if part.source]
    return bool(names) and any(source.uncropped().frames == len(names) for source in sources)


def frame_text(t: int, names: Sequence[str]) -> str:
    """Return a frame in words, with the text of ``{t}`` in its file's name where it has one.

    >>> frame_text(1, ["000", "010"]), frame_text(1, [])
    ('t 1 (file 010)', 't 1')
    """
    return f"t {t} (file {names[t]})" if t < len(names) else f"t {t}"


def _time_step(look: Look, grid: Grid) -> Duration | None:
    """Return the time between two frames: of the objects' own input, else of any other."""
    others = (getattr(node, "time_step", None) for node in look.nodes.values())
    found = read_duration(grid.time_step) if grid.time_step else None
    return found or next((step for step in others if step is not None), None)


def time_of(t: int, step: tuple[float, str]) -> float:
    """Return the time of a frame in the unit of the step; frame 0 is at 0.

    >>> time_of(3, (0.1, "s"))
    0.3
    """
    return float(f"{t * step[0]:.12g}")


def step_notes(look: Look, source: Source) -> Iterator[str]:
    """Yield what a person should know of the numbers in the names of stacked files."""
    if not isinstance(source, Stack):
        return
    for letter, texts in zip(source.axes, source.values, strict=True):
        numbers = [int(text) for text in texts if text.isdecimal()]
        if letter == "c" or len(numbers) < len(texts):
            continue
        step = steps_of(numbers, numbers[1] - numbers[0] if len(numbers) == 2 else None).step
        if step != 1:
            yield f"{letter} goes in steps of {step} ({list_some(texts, 3)})"
    yield from _paired_by_order(look, source)


def _paired_by_order(look: Look, source: Stack) -> Iterator[str]:
    """Tell of frames that are paired with frames of other numbers."""
    names = look.image.frame_names
    if "t" not in source.axes or not names:
        return
    mine = source.values[source.axes.index("t")]
    if len(mine) == len(names) and _numbers(mine) != _numbers(names):
        yield f"its frame {mine[0]} is paired with frame {names[0]} of the other files, and so on"


def _numbers(texts: Sequence[str]) -> list[str]:
    return [text.lstrip("0") if text.isdecimal() else text for text in texts]
