"""The catalogue of features: what can be measured, in which unit, defined how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from objclass.data.dataclass import dataclass
from objclass.data.objects import Column
from objclass.errors import InputError, Problem, nearest
from objclass.measure.families import BUILT_IN, TABLES, family, table_family
from objclass.measure.family import Family, Setting, TableFamily
from objclass.measure.ilastik import SOURCE
from objclass.measure.ilastik_names import PLUGINS
from objclass.measure.ilastik_selection import find_offered

PLANE = Setting(2, ("a", "b"), ("uint8",) * 2, ((0.0, 255.0),) * 2, (1.0, 1.0), "um")
VOLUME = replace(PLANE, dimensions=3, spacing=(1.0, 1.0, 1.0))
ILASTIK = "ilastik"
NOT_LISTED = (ILASTIK,)
"""Families with a language of their own: they measure only what they are told by name."""


@dataclass(frozen=True)
class CatalogueEntry:
    """One feature of the catalogue.

    Parameters
    ----------
    name
        ``family_feature``: what a selection names.
    family, group, unit, definition, source
        As in :class:`objclass.data.objects.Column`; the unit is that of an image in um.
    plane, volume
        Columns it makes in 2D and in 3D for one channel, 0 where it is not defined.
    per_channel
        True where it is measured once per channel; False also for pairs of channels.
    portable
        True where every machine gives the same bytes.
    """

    name: str
    family: str
    group: str
    unit: str
    definition: str
    source: str
    plane: int
    volume: int
    per_channel: bool
    portable: bool


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Return every built-in feature, family by family."""
    return tuple(entry for found in _families() for entry in _entries(found))


def _families() -> Iterator[Family | TableFamily]:
    for name in BUILT_IN:
        if name not in NOT_LISTED:
            yield family(name)
    for name in TABLES:
        yield table_family(name)


def _entries(found: Family | TableFamily) -> Iterator[CatalogueEntry]:
    plane, volume = _by_feature(found, PLANE), _by_feature(found, VOLUME)
    for name in dict.fromkeys([*plane, *volume]):
        flat, deep = plane.get(name, []), volume.get(name, [])
        first = (flat or deep)[0]
        yield CatalogueEntry(
            name=name,
            family=first.family,
            group=first.group,
            unit=(flat or deep)[0].unit,
            definition=first.definition,
            source=first.source,
            plane=_of_one_channel(flat),
            volume=_of_one_channel(deep),
            per_channel=first.channel in PLANE.channels,
            portable=first.portable,
        )


def _by_feature(found: Family | TableFamily, setting: Setting) -> dict[str, list[Column]]:
    columns: dict[str, list[Column]] = {}
    for column in found.columns(setting):
        columns.setdefault(column.feature, []).append(column)
    return columns


def _of_one_channel(columns: list[Column]) -> int:
    first = columns[0].channel if columns else None
    return sum(column.channel == first for column in columns)


def ilastik_entries() -> tuple[CatalogueEntry, ...]:
    """Return ilastik's own features, which a workflow chooses by ilastik's names."""
    entries: dict[str, CatalogueEntry] = {}
    for plugin, features in PLUGINS.items():
        for feature in features.values():
            plane, volume = (
                feature.count(d, 1) if find_offered(d).get(feature.name) == plugin else 0
                for d in (2, 3)
            )
            entry = CatalogueEntry(
                name=f"{ILASTIK}_{feature.name}",
                family=ILASTIK,
                group=feature.group,
                unit="",
                definition=feature.meaning,
                source=f"{SOURCE}: {plugin}",
                plane=plane,
                volume=volume,
                per_channel=feature.length in ("C", "CC", "2C", "20C"),
                portable=True,
            )
            known = entries.get(entry.name)
            both = replace(known, volume=volume) if known and not known.volume else known
            entries[entry.name] = both or entry
    return tuple(entries.values())


def find(name: str) -> tuple[CatalogueEntry, ...]:
    """Return the features of a family, or the one of this name; ilastik's by their own names.

    Raises
    ------
    InputError
        Where there is none, with the nearest name.
    """
    entries = (*catalogue(), *ilastik_entries())
    chosen = tuple(
        e for e in entries if name in (e.family, e.name, e.name.removeprefix(f"{ILASTIK}_"))
    )
    if chosen:
        return chosen
    known = dict.fromkeys([*(e.family for e in entries), *(e.name for e in entries)])
    close = nearest(name, known)
    fix = f"did you mean {close}?" if close else "objclass features lists them"
    raise InputError(Problem(f"there is no feature or family '{name}'", fix=fix))
