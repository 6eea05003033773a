"""Which of ilastik's features a project uses, and how they become columns.

The features themselves, their texts and columns are those of the family ``ilastik``
(:mod:`objclass.measure.ilastik_names`). A project stores the ids of features under their
plugins; its forest stores no names at all, only a number of columns, in the order of plugin,
id and component, all sorted as plain strings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from objclass.data.objects import Column
from objclass.measure.ilastik import display_name, ilastik_columns
from objclass.measure.ilastik_names import PLUGINS, STANDARD, Feature
from objclass.measure.ilastik_selection import find_offered

FAMILY: Final = "ilastik"
DEFAULTS: Final = ("Coord<Minimum>", "Coord<Maximum>", "RegionCenter", "Count")
"""Features of the standard plugin that ilastik always measures and always exports."""

Selected = Mapping[str, Collection[str]]
"""Plugin → ids of features."""

__all__ = [
    "DEFAULTS", "FAMILY", "PLUGINS", "STANDARD", "Column", "Feature", "Selected", "chosen",
    "columns", "dimensions_of", "fits", "selection_name", "table_columns",
]  # fmt: skip


def fits(plugin: str, feature: Feature, dimensions: int, channels: int) -> bool:
    """Return whether ilastik offers a feature for images like these."""
    known = {"any": True, "one": channels == 1, "several": channels > 1}
    return find_offered(dimensions).get(feature.name) == plugin and known[feature.channels]


def dimensions_of(selected: Selected) -> int | None:
    """Return 2 or 3 where ilastik offers all of a selection in one of them only."""
    known = [
        (p, name) for p, names in selected.items() for name in names if name in PLUGINS.get(p, ())
    ]
    found = [d for d in (2, 3) if all(find_offered(d).get(name) == p for p, name in known)]
    return found[0] if len(found) == 1 else None


def chosen(
    selected: Selected, dimensions: int, channels: int, margin: bool = True
) -> Iterator[tuple[str, Feature]]:
    """Yield plugin and feature of a selection as far as such images have them, in order.

    Parameters
    ----------
    selected
        Unknown features are passed over.
    dimensions, channels
        Of the image: 2 or 3, and the number of channels.
    margin
        False where every margin is 0: then ilastik measures nothing object by object.
    """
    for plugin in sorted(selected):
        for name in sorted(selected[plugin]):
            feature = PLUGINS.get(plugin, {}).get(name)
            if feature is None or not fits(plugin, feature, dimensions, channels):
                continue
            if margin or not feature.local:
                yield plugin, feature


def columns(
    selected: Selected, dimensions: int, channels: int, margin: bool = True
) -> tuple[Column, ...]:
    """Return the columns of a selection in the order of the classifier's input.

    Parameters
    ----------
    selected, dimensions, channels, margin
        As in :func:`chosen`.
    """
    found: dict[str, list[str]] = {}
    for plugin, feature in chosen(selected, dimensions, channels, margin):
        found.setdefault(plugin, []).append(feature.name)
    return ilastik_columns(found, dimensions, channels)


def table_columns(
    exported: Collection[str],
    measured: Selected,
    dimensions: int,
    channels: int,
    margin: bool = True,
) -> dict[str, Column]:
    """Return the feature columns of ilastik's table by their titles, sorted by title.

    Parameters
    ----------
    exported
        Ids or display texts that the project exports. :data:`DEFAULTS` are exported always.
    measured
        What the project measures; nothing else can be exported.
    dimensions, channels, margin
        As in :func:`chosen`.
    """
    everything = {**measured, STANDARD: {*measured.get(STANDARD, ()), *DEFAULTS}}
    wanted = {*exported, *DEFAULTS}
    picked: dict[str, list[str]] = {}
    for plugin, feature in chosen(everything, dimensions, channels, margin):
        if {feature.name, feature.text} & wanted:
            picked.setdefault(plugin, []).append(feature.name)
    found = {display_name(c): c for c in ilastik_columns(picked, dimensions, channels)}
    return {title: found[title] for title in sorted(found)}


def selection_name(feature: Feature) -> str:
    """Return what ``use`` and ``columns`` of a workflow call a feature: ``ilastik_Mean``."""
    return f"{FAMILY}_{feature.name}"
