"""The metadata of an OME-Zarr image that is written: axes, levels, channels, classes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from objclass.io.colour import rgb_of

if TYPE_CHECKING:
    import numpy as np

    from objclass.io.write import ImageToWrite

ORDER = "tczyx"
"""The order of axes that the standard asks for."""
TYPES = {"t": "time", "c": "channel"}
UNITS = {
    "um": "micrometer", "nm": "nanometer", "mm": "millimeter", "cm": "centimeter", "m": "meter",
    "pm": "picometer", "in": "inch", "angstrom": "angstrom",
}  # fmt: skip
TIME_UNITS = {"ms": "millisecond", "s": "second", "min": "minute", "h": "hour", "d": "day"}
GREY = "#ffffff"

Json = dict[str, Any]


def image_metadata(
    picture: ImageToWrite,
    factors: Sequence[Mapping[str, int]],
    version: str,
    name: str,
    *,
    inside: bool = False,
) -> Json:
    """Return the metadata of an image, in the words of OME.

    Parameters
    ----------
    picture
        Its axes, in the order of the standard, and what is known of it.
    factors
        For every level how many voxels of the finest one make one of its own, per axis.
    version
        0.4 or 0.5.
    name
        What the image is called.
    inside
        True for a label image in the image that it was made of.
    """
    pyramid: Json = {
        "name": name,
        "axes": [_axis(letter, picture) for letter in picture.axes],
        "datasets": [_dataset(number, each, picture) for number, each in enumerate(factors)],
        "type": "nearest" if picture.ids else "mean",
    }
    said: Json = {"multiscales": [pyramid]}
    if version == "0.4":
        pyramid["version"] = "0.4"
    if picture.ids:
        said["image-label"] = _ids(picture) | ({"version": "0.4"} if version == "0.4" else {})
        said["image-label"] |= {"source": {"image": "../../"}} if inside else {}
    elif picture.channel_names and len(picture.channel_names) == picture.channels:
        said["omero"] = {"channels": _channels(picture)}
    return said


def _axis(letter: str, picture: ImageToWrite) -> Json:
    said: Json = {"name": letter, "type": TYPES.get(letter, "space")}
    if letter == "t" and picture.time_step:
        return {**said, "unit": TIME_UNITS[picture.time_step[1]]}
    unit = UNITS.get(picture.unit or "") if letter in (picture.spacing or {}) else None
    return said if unit is None or letter not in "zyx" else {**said, "unit": unit}


def _dataset(number: int, factor: Mapping[str, int], picture: ImageToWrite) -> Json:
    """Return one level: the size of its voxels, and where the centre of the first one is."""
    known = {
        **(picture.spacing or {}),
        **({"t": picture.time_step[0]} if picture.time_step else {}),
    }
    sizes = [known.get(letter, 1.0) for letter in picture.axes]
    factors = [factor.get(letter, 1) for letter in picture.axes]
    scale = [size * n for size, n in zip(sizes, factors, strict=True)]
    transforms: list[Json] = [{"type": "scale", "scale": scale}]
    if not picture.ids and max(factors) > 1:
        moved = [size * (n - 1) / 2 for size, n in zip(sizes, factors, strict=True)]
        transforms.append({"type": "translation", "translation": moved})
    return {"path": str(number), "coordinateTransformations": transforms}


def _ids(picture: ImageToWrite) -> Json:
    """Return colours and names of ids, where the ids are classes."""
    colors = list(enumerate(picture.colors or (), 1))
    names = list(enumerate(picture.classes or (), 1))
    said: Json = {}
    if colors:
        said["colors"] = [{"label-value": n, "rgba": [*rgb_of(c), 255]} for n, c in colors]
    if names:
        said["properties"] = [{"label-value": n, "class": name} for n, name in names]
    return said


def _channels(picture: ImageToWrite) -> list[Json]:
    low, high = picture.value_range or full_range(picture.voxels.dtype)
    window = {"min": low, "max": high, "start": low, "end": high}
    colors = picture.colors or (GREY,) * picture.channels
    return [
        {"label": name, "color": color.lstrip("#").upper(), "active": True, "window": window}
        for name, color in zip(picture.channel_names or (), colors, strict=True)
    ]


def full_range(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the lowest and highest value to show: of a whole type, or 0 and 1."""
    import numpy as np

    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return float(info.min), float(info.max)
    return 0.0, 1.0
