"""A classifier that was trained before: taken from a project file, never retrained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from objclass.data.digest import of_value
from objclass.data.lengths import is_length
from objclass.data.model import TRAINING_RANGE, ModelHeader
from objclass.data.objects import TableHeader
from objclass.engine.look import Look
from objclass.engine.node import Part
from objclass.engine.reason import CONTENT
from objclass.engine.role import PartRole
from objclass.errors import Advice, InputError, list_some
from objclass.io.project import TrainedClassifier, model_digest, read
from objclass.nodes.lacking import measured_input, pixel_size_line
from objclass.nodes.meaning import check_trained


def model_in(look: Look, path: str) -> TrainedClassifier:
    """Return the trained classifier of a project file that this node means."""
    full = Path(path) if Path(path).is_absolute() else look.settings.folder / path
    try:
        project = read(full)
    except InputError as error:
        raise look.passed_on(error, "project") from None
    found = project.classifiers
    if len(found) == 1:
        return next(iter(found.values()))
    if look.name in found:
        return found[look.name]
    got = list_some(found) if found else "none"
    fix = "call this node as the classifier you mean" if found else None
    raise look.problem("project", f"{path} holds several classifiers", got=got, fix=fix)


def trained_part(look: Look, table: TableHeader, trained: TrainedClassifier) -> Part:
    """Return the part that hands out a trained model."""
    model = trained.model
    units = {column.name: column.unit for column in table.columns}
    learned = zip(model.columns, model.units or [""] * len(model.columns), strict=True)
    other = [(n, unit) for n, unit in learned if unit and units.get(n, unit) != unit]
    if other:
        name, unit = other[0]
        verb = f"and {len(other) - 1} more were" if other[1:] else "was"
        look.problem(
            "features",
            f"{name} {verb} learned in another unit",
            got=units[name],
            expected=unit,
            fix=_way_on(look, unit),
        )
    known = {column.name: column for column in table.columns}
    check_trained(look, table, [known[n] for n in model.columns if n in known], model.facts)
    lay = training_range(trained)
    return Part(
        "model",
        ModelHeader(model.classes, trained.colors, model.columns, trained.uncounted),
        {"model": {CONTENT: of_value([model_digest(model), lay])}},
        joins=frozenset({"image", "t"}),
        role=PartRole.MODEL,
        payload=replace(model, facts={**model.facts, TRAINING_RANGE: lay}),
    )


def _way_on(look: Look, learned: str) -> str | Advice:
    """Return what to write so that columns are measured in the unit that was learned in."""
    source = measured_input(look) or "the input"
    if is_length(learned.partition("^")[0]):
        return pixel_size_line(look, source)
    return f"training had no pixel size: take it out of {source}, or train again with one"


def training_range(trained: TrainedClassifier) -> object:
    """Return where training's objects lay; of older projects only those that were learned from."""
    known = trained.evaluation.get(TRAINING_RANGE)
    if known is not None:
        return known
    from objclass.classification.shift import of_rows

    return of_rows(trained.examples.X, trained.model.columns)
