"""What a batch says of plates: counts and enrichment of wells, and how controls are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from objclass.batch.count_table import Columns, counts_columns
from objclass.batch.image_done import ImageDone
from objclass.batch.inputs import several
from objclass.batch.work import Batch
from objclass.engine.look import ImageKey
from objclass.errors import Problem
from objclass.io.pattern import Pattern
from objclass.results import Result, table_name
from objclass.wells.controls import control_problems
from objclass.wells.plate_map import PLACE, meaning, plate_of, well_of
from objclass.wells.well_table import PlateTable, control_columns, plate_table

WELLS, CONTROLS = "wells", "controls"


def plate_names(batch: Batch) -> list[str]:
    """Return the files about wells that a batch writes; none where images have no wells."""
    if not any(well_of(image.names) for image in batch.images):
        return []
    names = (WELLS, CONTROLS) if batch.request.controls else (WELLS,)
    return [_file(batch, result, what) for result in batch.results for what in names]


def _file(batch: Batch, result: Result, what: str) -> str:
    return table_name(what, result, batch.results, batch.request.wanted)


def plate_files(batch: Batch, done: Sequence[ImageDone]) -> dict[str, Columns]:
    """Return file to columns of what a batch writes about wells."""
    found: dict[str, Columns] = {}
    tables = tables_of(batch, done)
    for result in (result for result in batch.results if result.name in tables):
        found[_file(batch, result, WELLS)] = tables[result.name].wells
        if batch.request.controls:
            controls = control_columns(tables[result.name].controls)
            found[_file(batch, result, CONTROLS)] = controls
    return found


def tables_of(batch: Batch, done: Sequence[ImageDone]) -> dict[str, PlateTable]:
    """Return result to the table over its plates; empty where images have no wells."""
    results = batch.results if plate_names(batch) else ()
    return {result.name: table_of(batch, result, done) for result in results}


def table_of(batch: Batch, result: Result, done: Sequence[ImageDone]) -> PlateTable:
    """Return the wells of all images that were reached, in the order of plates and wells."""
    names = _facts(batch)
    named = [
        replace(each, image=replace(each.image, names=_known(each.image, names)))
        for each in done
        if well_of(each.image.names)
    ]
    named.sort(key=lambda each: [each.image.names[name] for name in names])
    counted = counts_columns(replace(result, counts_by=names), named)
    return plate_table(counted, names, batch.request.controls)


def _facts(batch: Batch) -> tuple[str, ...]:
    """Return what is said of a well: its plate, itself, and what a plate map says of it."""
    request = batch.request
    patterns = [
        text for said in (request.inputs, request.roles) for each in said.values()
        for text in several(each)
    ]  # fmt: skip
    written = {name for text in patterns for name in Pattern.parse(text).shared_names}
    names = dict.fromkeys(name for image in batch.images for name in image.names)
    conditions = [n for n in names if n not in written and meaning(n) not in PLACE]
    plates = ("plate",) if any(plate_of(image.names) for image in batch.images) else ()
    return (*plates, "well", *conditions)


def _known(image: ImageKey, names: Sequence[str]) -> Mapping[str, str]:
    said = {**image.names, "plate": plate_of(image.names), "well": well_of(image.names) or ""}
    return {name: said.get(name, "") for name in names}


def refused_controls(batch: Batch) -> Iterator[Problem]:
    """Report controls that are no wells of any image."""
    if batch.request.controls:
        names = _facts(batch)
        wells = [_known(image, names) for image in batch.images if well_of(image.names)]
        yield from control_problems(batch.request.controls, wells)
