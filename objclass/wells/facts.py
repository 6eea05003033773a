"""What is said of wells: plate, well and conditions, from the names of their images."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from objclass.data.well import ROWS, read_well
from objclass.wells.plate_map import PLACE, Names, meaning, plate_of, well_of


def well_titles(images: Sequence[Names], apart: Collection[str]) -> tuple[str, ...]:
    """Return what is said of a well: its plate where images say one, itself, and its conditions.

    Parameters
    ----------
    images
        The names of every image.
    apart
        Names that tell images of a well apart, and so are no conditions.
    """
    names = dict.fromkeys(name for image in images for name in image)
    conditions = [n for n in names if n not in apart and meaning(n) not in PLACE]
    plates = ("plate",) if any(plate_of(image) for image in images) else ()
    return (*plates, "well", *conditions)


def well_facts(image: Names, titles: Sequence[str]) -> dict[str, str]:
    """Return what an image says of its well, by title; empty texts for what it does not say."""
    said: Mapping[str, str] = {**image, "plate": plate_of(image), "well": well_of(image) or ""}
    return {title: said.get(title, "") for title in titles}


def well_order(facts: Names) -> tuple[object, ...]:
    """Return what puts wells in the order of plates and wells: row AA comes after Z.

    Wells that are called otherwise come behind those of a plate.
    """
    well = read_well(facts["well"])
    place = (well.row, well.column) if well else (ROWS + 1, 0)
    rest = (text for title, text in facts.items() if title != "plate")
    return (facts.get("plate", ""), *place, *rest)


def varying_names(images: Sequence[Names]) -> set[str]:
    """Return the names that differ between images of one well, such as a site."""
    first: dict[tuple[str, str | None], Names] = {}
    found: set[str] = set()
    for image in images:
        known = first.setdefault((plate_of(image), well_of(image)), image)
        found |= {name for name, text in image.items() if known.get(name, "") != text}
    return found
