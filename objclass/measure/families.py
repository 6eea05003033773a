"""The feature families that come with objclass; each is imported when it is first used."""

from __future__ import annotations

from importlib import import_module

from objclass.measure.family import Family

BUILT_IN: dict[str, str] = {
    "size": "objclass.measure.size",
    "position": "objclass.measure.position",
    "axes": "objclass.measure.axes",
    "intensity": "objclass.measure.intensity",
    "hull": "objclass.measure.hull",
    "morphology": "objclass.measure.morphology",
}


def family(name: str) -> Family:
    """Return a built-in family by name.

    Raises
    ------
    KeyError
        If there is none of that name in :data:`BUILT_IN`.
    """
    found: Family = import_module(BUILT_IN[name]).FAMILY
    return found
