"""What a batch says of plates: counts and enrichment of wells, and how controls are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from objclass.batch.count_table import Columns, counts_columns
from objclass.batch.image_done import ImageDone
from objclass.batch.inputs import several
from objclass.batch.work import Batch
from objclass.errors import Problem
from objclass.io.pattern import Pattern
from objclass.results import Result, batch_file
from objclass.wells.control_wells import ControlWells, control_problems
from objclass.wells.facts import well_facts, well_order, well_titles
from objclass.wells.plate_map import well_of
from objclass.wells.well_table import PlateTable, control_columns, plate_table

WELLS, CONTROLS = "wells", "controls"


def plate_names(batch: Batch) -> list[str]:
    """Return the files about wells that a batch writes; none where images have no wells."""
    if not any(well_of(image.names) for image in batch.images):
        return []
    return [
        _file(batch, result, what)
        for result in batch.results
        for what in ((WELLS, CONTROLS) if controls_of(batch, result) else (WELLS,))
    ]


def controls_of(batch: Batch, result: Result) -> ControlWells:
    """Return which wells are controls: as they are named now, or as the project says."""
    return batch.request.controls or result.controls


def _file(batch: Batch, result: Result, what: str) -> str:
    return batch_file(what, result, batch.results, batch.request.wanted)


def plate_files(batch: Batch, done: Sequence[ImageDone]) -> dict[str, Columns]:
    """Return file to columns of what a batch writes about wells."""
    found: dict[str, Columns] = {}
    tables = tables_of(batch, done)
    for result in (result for result in batch.results if result.name in tables):
        found[_file(batch, result, WELLS)] = tables[result.name].wells
        if controls_of(batch, result):
            controls = control_columns(tables[result.name].controls)
            found[_file(batch, result, CONTROLS)] = controls
    return found


def tables_of(batch: Batch, done: Sequence[ImageDone]) -> dict[str, PlateTable]:
    """Return result to the table over its plates; empty where images have no wells."""
    results = batch.results if plate_names(batch) else ()
    return {result.name: table_of(batch, result, done) for result in results}


def table_of(batch: Batch, result: Result, done: Sequence[ImageDone]) -> PlateTable:
    """Return the wells of all images that were reached, in the order of plates and wells."""
    names = _titles(batch)
    named = [
        replace(each, image=replace(each.image, names=well_facts(each.image.names, names)))
        for each in done
        if well_of(each.image.names)
    ]
    named.sort(key=lambda each: well_order(each.image.names))
    counted = counts_columns(replace(result, counts_by=names), named)
    return plate_table(counted, names, controls_of(batch, result))


def _titles(batch: Batch) -> tuple[str, ...]:
    """Return what is said of a well: its plate, itself, and what a plate map says of it."""
    request = batch.request
    patterns = [
        text for said in (request.inputs, request.roles) for each in said.values()
        for text in several(each)
    ]  # fmt: skip
    written = {name for text in patterns for name in Pattern.parse(text).shared_names}
    return well_titles([image.names for image in batch.images], written)


def plate_problems(batch: Batch) -> Iterator[Problem]:
    """Report tables that are asked for and cannot be, and controls that are no wells."""
    asked = [what for what in (WELLS, CONTROLS) if what in batch.request.export]
    if asked and not plate_names(batch):
        fix = "put {well}, or {row} and {column}, into the patterns"
        yield Problem(f"--export {asked[0]}: no image has a well", fix=fix)
    elif CONTROLS in asked and not any(controls_of(batch, each) for each in batch.results):
        fix = "add --positive A01 --negative A02"
        yield Problem("--export controls: no wells are named as controls", fix=fix)
    if batch.request.controls:
        yield from control_problems(batch.request.controls, _wells(batch))


def control_notes(batch: Batch) -> Iterator[str]:
    """Say which controls of the project are no wells of this batch."""
    if not batch.request.controls and plate_names(batch):
        for said in dict.fromkeys(result.controls for result in batch.results):
            for problem in control_problems(said, _wells(batch)):
                yield f"{problem.what}, as the project says; --positive and --negative say others"


def _wells(batch: Batch) -> list[dict[str, str]]:
    titles = _titles(batch)
    return [well_facts(each.names, titles) for each in batch.images if well_of(each.names)]
