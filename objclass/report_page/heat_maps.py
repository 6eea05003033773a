"""Counts and shares of wells, summed over their images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from objclass.engine.look import ImageKey
from objclass.nodes.export.counts import percent
from objclass.report_page.content import ObjectCounts, PlateHeatMap, Table
from objclass.wells.control_wells import ControlWells
from objclass.wells.facts import varying_names, well_facts, well_titles
from objclass.wells.plate_map import plate_of, well_of
from objclass.wells.well_table import control_columns, plate_table


def plates_of(images: Sequence[ImageKey], counts: Sequence[ObjectCounts]) -> Iterator[PlateHeatMap]:
    """Yield one map a plate of the objects of every well, and of the share of every class.

    Parameters
    ----------
    images
        With their names; those without a well are left out.
    counts
        Per image; of several results the last one is shown.
    """
    places = {i.name: (plate_of(i.names), well) for i in images if (well := well_of(i.names))}
    for each in counts[-1:]:
        rows = [row for row in each.rows if row[0] in places and row[1] is not None]
        for plate in dict.fromkeys(places[name][0] for name, _, _ in rows):
            mine = [(places[n][1], o or 0, c) for n, o, c in rows if places[n][0] == plate]
            objects = _summed([(well, number) for well, number, _ in mine])
            yield PlateHeatMap(f"{plate} objects".strip(), objects)
            for name in each.classes:
                found = _summed([(well, classes.get(name) or 0) for well, _, classes in mine])
                shares = {w: 100 * n / objects[w] for w, n in found.items() if objects[w]}
                if shares:
                    yield PlateHeatMap(f"{plate} % {name}".strip(), shares)


def controls_of(images: Sequence[ImageKey], counts: ObjectCounts, controls: ControlWells) -> Table:
    """Return how control wells are told apart by the shares of classes, as ``controls.csv`` does.

    Parameters
    ----------
    images
        With their names; those without a well are left out.
    counts
        Per image.
    controls
        Which wells are controls.
    """
    said = {i.name: i.names for i in images if well_of(i.names)}
    titles = well_titles([*said.values()], varying_names([*said.values()]))
    wells: dict[tuple[str, ...], list[int]] = {}
    for name, objects, classes in counts.rows:
        if name in said and objects is not None:
            key = tuple(well_facts(said[name], titles).values())
            total = wells.setdefault(key, [0] * (1 + len(counts.classes)))
            more = [objects, *(classes.get(each) or 0 for each in counts.classes)]
            total[:] = [a + b for a, b in zip(total, more, strict=True)]
    columns: dict[str, list[Any]] = {t: [key[k] for key in wells] for k, t in enumerate(titles)}
    columns["objects"] = [total[0] for total in wells.values()]
    for k, name in enumerate(counts.classes, 1):
        columns[f"n_{name}"] = [total[k] for total in wells.values()]
        columns[f"pct_{name}"] = [percent(total[k], total[0]) for total in wells.values()]
    found = control_columns(plate_table(columns, titles, controls).controls)
    rows = zip(*found.values(), strict=True)
    return tuple(found), [["" if cell is None else str(cell) for cell in row] for row in rows]


def _summed(pairs: Sequence[tuple[str, int]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for well, number in pairs:
        found[well] = found.get(well, 0) + number
    return found
