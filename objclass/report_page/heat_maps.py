"""Counts and shares of wells, summed over their images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from objclass.engine.look import ImageKey
from objclass.report_page.content import ObjectCounts, PlateHeatMap
from objclass.wells.plate_map import plate_of, well_of


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


def _summed(pairs: Sequence[tuple[str, int]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for well, number in pairs:
        found[well] = found.get(well, 0) + number
    return found
