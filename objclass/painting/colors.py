"""Colours of classes and channels that people with any colour vision can tell apart."""

from __future__ import annotations

from collections.abc import Sequence

from objclass.errors import InputError, Problem

# Okabe and Ito, "Color Universal Design", 2008; without black, which hides on dark images, and
# in an order whose first two stand out on stained tissue as on fluorescence.
OKABE_ITO = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")
# Paul Tol, "Colour schemes" (SRON/EPS/TN/09-002, 3.2), scheme "muted", where it adds a colour.
MUTED = ("#882255", "#999933", "#332288", "#AA4499", "#44AA99", "#CC6677", "#117733")
UNCLASSIFIED = "#BBBBBB"

# Grey for one channel; two and more are added up as light.
CHANNELS = {1: ("#FFFFFF",), 2: ("#FF00FF", "#00FF00"), 3: ("#00AEEF", "#FF3CAC", "#FFE100")}
MORE_CHANNELS = ("#00AEEF", "#FF3CAC", "#FFE100", "#FFFFFF", "#00C853", "#FF6D00", "#7C4DFF")


def default_colors(n: int) -> tuple[str, ...]:
    """Return `n` distinct colours ``#RRGGBB``; the first ones never change when n grows.

    The first seven are Okabe and Ito's, the next seven Tol's "muted"; beyond fourteen, hues
    go round the colour circle by the golden angle.
    """
    named = OKABE_ITO + MUTED
    return (named + tuple(_spun(k) for k in range(n - len(named))))[:n]


def _spun(k: int) -> str:
    """Return the k-th colour of an endless series of distinct ones."""
    from colorsys import hsv_to_rgb

    rgb = hsv_to_rgb(
        0.05 + k * 0.6180339887498949 % 1.0, (0.85, 0.55)[k % 2], (0.95, 0.7)[k // 2 % 2]
    )
    return "#" + "".join(f"{round(255 * c):02X}" for c in rgb)


def channel_colors(n: int) -> tuple[str, ...]:
    """Return the light that each of `n` channels is shown in."""
    return CHANNELS.get(n, tuple(MORE_CHANNELS[k % len(MORE_CHANNELS)] for k in range(n)))


def channel_lights(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and colour of the light of every channel; none where one is shown in grey."""
    return list(zip(names, channel_colors(len(names)), strict=True)) if len(names) > 1 else []


def rgb(colors: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return colours as red, green, blue from 0 to 255.

    Raises
    ------
    InputError
        For a text that is not a colour.
    """
    from PIL import ImageColor

    found = []
    for color in colors:
        try:
            found.append(ImageColor.getrgb(color)[:3])
        except ValueError:
            raise InputError(
                Problem("not a colour", got=repr(color), expected="such as '#E69F00' or 'orange'")
            ) from None
    return found
