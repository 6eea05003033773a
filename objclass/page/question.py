"""What the page asks: named values, each read or refused in words before a session sees it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from objclass.data.blocks import Region
from objclass.errors import InputError, Problem
from objclass.session.answers import ObjectRef, Plane

FAR = 1 << 31
"""No image has so many voxels along an axis, no file so many frames, no plan so many pages."""
LARGEST_ID = (1 << 64) - 1
TILE = 1 << 20
"""Voxels of a tile, at most."""
LEVELS = 31


class Question(dict[str, Any]):
    """Names and values: what stands behind a question mark, or an object of JSON."""

    def __missing__(self, name: str) -> NoReturn:
        _refuse(f"the question does not say {name}")

    def whole(self, name: str, low: int = 0, high: int = FAR) -> int:
        """Return a whole number.

        Raises
        ------
        InputError
            Where it is none, or lies outside.
        """
        return whole_number(self[name], name, low, high)

    def number(self, name: str, low: float, high: float) -> float:
        """Return a number; raises as :meth:`whole`."""
        return real_number(self[name], name, low, high)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return names and values."""
        found = self[name]
        if not isinstance(found, dict):
            _refuse(f"{name} cannot be read", "names and values", found)
        return found

    @property
    def place(self) -> tuple[str, int | None]:
        """Image and time point."""
        return str(self["image"]), time_point(self.get("t"))

    @property
    def ref(self) -> ObjectRef:
        """The object that is asked for."""
        return ObjectRef(*self.place, self.whole("object", 0, LARGEST_ID))

    @property
    def refs(self) -> tuple[ObjectRef, ...]:
        """Objects from ``[image, t, id]``."""
        return tuple(_ref_of(each) for each in _listed(self["refs"], "refs"))

    @property
    def names(self) -> list[str] | None:
        """Names, or None where nothing is chosen."""
        found = self["names"]
        return None if found is None else [str(each) for each in _listed(found, "names")]

    @property
    def plane(self) -> Plane:
        """The plane of a frame that is seen."""
        axis = self["axis"]
        if axis not in ("z", "y", "x"):
            _refuse("axis cannot be read", "z, y or x", axis)
        return Plane(axis, self.whole("index"))

    @property
    def region(self) -> Region:
        """Rows and columns ``top,left,bottom,right`` of a tile."""
        found = self.whole_numbers("region")
        if len(found) != 4 or found[0] > found[2] or found[1] > found[3]:
            _refuse("region cannot be read", "top,left,bottom,right", self["region"])
        top, left, bottom, right = found
        if (bottom - top) * (right - left) > TILE:
            _refuse("region is too large", f"{TILE} voxels at most", self["region"])
        return Region((top, left), (bottom, right))

    @property
    def level(self) -> int:
        """Every 2^level-th voxel is asked for."""
        return self.whole("level", 0, LEVELS)

    @property
    def outline(self) -> list[tuple[float, float]]:
        """Corners of an area, as row and column."""
        corners = [_listed(each, "outline") for each in _listed(self["outline"], "outline")]
        if any(len(each) != 2 for each in corners):
            _refuse("outline cannot be read", "pairs of row and column")
        return [
            (real_number(y, "outline", -FAR, FAR), real_number(x, "outline", -FAR, FAR))
            for y, x in corners
        ]

    def whole_numbers(self, name: str) -> list[int]:
        """Return whole numbers from ``1,2,3``; negative ones lie outside of every image."""
        said = [part for part in str(self[name]).split(",") if part]
        return [whole_number(part, name, -FAR, FAR) for part in said]


def read_question(body: bytes) -> Question:
    """Return what the page says as JSON.

    Raises
    ------
    InputError
        Where that is no object of JSON, has numbers that are none, or halves of characters.
    """
    try:
        said = json.loads(body, parse_constant=lambda name: _refuse(f"{name} is no number"))
        json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        _refuse("what the page sent cannot be read", "an object of JSON")
    if not isinstance(said, dict):
        _refuse("what the page sent cannot be read", "an object of JSON")
    return Question(said)


def whole_number(value: object, name: str, low: int, high: int) -> int:
    """Return a whole number; refuse what is none, or lies outside."""
    text = value.strip() if isinstance(value, str) else ""
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if text.removeprefix("-").isdecimal() and len(text) <= 20:
        number = int(text)
    if number is None or not low <= number <= high:
        _refuse(f"{name} cannot be read", f"a whole number from {low} to {high}", value)
    return number


def real_number(value: object, name: str, low: float, high: float) -> float:
    """Return a number; refuse what is none, or lies outside."""
    number = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if not low <= number <= high:
        _refuse(f"{name} cannot be read", f"a number from {low:g} to {high:g}", value)
    return number


def time_point(value: object) -> int | None:
    """Return a time point; None where nothing is said."""
    return None if value is None or value == "" else whole_number(value, "t", 0, FAR)


def _ref_of(said: Any) -> ObjectRef:
    parts = _listed(said, "refs")
    if len(parts) != 3:
        _refuse("refs cannot be read", "[image, t, id]", said)
    image, t, number = parts
    return ObjectRef(str(image), time_point(t), whole_number(number, "an id", 0, LARGEST_ID))


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(f"{name} cannot be read", "a list", value)
    return value


def _refuse(what: str, expected: str | None = None, got: object = None) -> NoReturn:
    said = None if got is None else _short(str(got))
    raise InputError(Problem(what, said, expected))


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[:most] + " …"
