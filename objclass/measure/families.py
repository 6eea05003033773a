"""The feature families that come with objclass; each is imported when it is first used."""

from __future__ import annotations

from importlib import import_module

from objclass.measure.family import Family, TableFamily

BUILT_IN: dict[str, str] = {
    "size": "objclass.measure.size",
    "position": "objclass.measure.position",
    "axes": "objclass.measure.axes",
    "intensity": "objclass.measure.intensity",
    "hull": "objclass.measure.hull",
    "morphology": "objclass.measure.morphology",
    "skeleton": "objclass.measure.skeleton",
    "texture": "objclass.measure.texture",
    "own_range_texture": "objclass.measure.own_range_texture",
    "colocalization": "objclass.measure.colocalization",
    "spherical_texture": "objclass.measure.spherical_texture",
    "regionprops": "objclass.measure.regionprops",
    "ilastik": "objclass.measure.ilastik",
}

TABLES: dict[str, str] = {
    "neighbors": "objclass.measure.neighbors",
    "parent": "objclass.measure.parent",
}


BY_NAME_ONLY: tuple[str, ...] = ("ilastik", "own_range_texture", "regionprops")
"""Families that ``all``, groups and patterns do not choose: only their own name does."""


def family(name: str) -> Family:
    """Return a built-in family by name.

    Raises
    ------
    KeyError
        If there is none of that name in :data:`BUILT_IN`.
    """
    found: Family = import_module(BUILT_IN[name]).FAMILY
    return found


def table_family(name: str) -> TableFamily:
    """Return a built-in table family by name.

    Raises
    ------
    KeyError
        If there is none of that name in :data:`TABLES`.
    """
    found: TableFamily = import_module(TABLES[name]).FAMILY
    return found
