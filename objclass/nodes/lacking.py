"""What an input must say so that columns are measured which a classifier learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from objclass.data.axes import SPATIAL
from objclass.data.contract import InputContract
from objclass.data.lengths import is_length
from objclass.data.model import Model
from objclass.data.objects import TableHeader, needed_field
from objclass.data.value_range import Range, range_setting
from objclass.data.wire import Wire
from objclass.engine.look import Look
from objclass.engine.node import Node
from objclass.errors import Advice, FieldSetting, advise
from objclass.nodes.contract import trained_on
from objclass.nodes.input import InputNode
from objclass.nodes.meaning import DEFINITIONS

SAME: Final = "measure the same features as in training"


def way_on(look: Look, column: str) -> str | Advice:
    """Return what to write, and where, so that a column is measured.

    Parameters
    ----------
    look
        Of a node with the fields ``features`` and ``classifier``.
    column
        A column that the classifier learned from and the table lacks.
    """
    source = measured_input(look)
    if source is None:
        return SAME
    needed = needed_field(column, _learned_unit(look, column))
    if needed == "value_range":
        span = _learned_range(look, column)
        says = "the range it had" if span else "the range it had there"
        setting = range_setting(span, source)
        return advise("it goes over a range: ", setting, f", {says} in training")
    if needed == "pixel_size":
        return advise("it needs a pixel size: ", pixel_size_line(look, source))
    return SAME


def pixel_size_line(look: Look, source: str) -> str | Advice:
    """Return the advice to write a pixel size: that of training where it is known."""
    meant = trained_on(look).get(source)
    size = _written_size(meant) if meant else None
    if size is None:
        return f"add 'pixel_size: …' to {source}, such as 0.65 um"
    setting = FieldSetting("pixel_size", size, source, quoted=True)
    return advise(setting, " if it is as in training, else its own")


def measured_input(look: Look) -> str | None:
    """Return the input whose voxels, or whose objects, the table of a node is measured in."""
    wire: Wire | None = getattr(look.node, "features", None)
    node: Node | None = look.nodes.get(wire.node) if wire else None
    while wire is not None and node is not None and not isinstance(node, InputNode):
        wire = getattr(node, "image", None) or getattr(node, "objects", None)
        node = look.nodes.get(wire.node) if wire else None
    return wire.node if wire is not None and node is not None else None


def _model(look: Look) -> Model | None:
    """Return the model that the classifier hands out, where it was trained before."""
    return look.part(look.wire("classifier")).held_if(Model)


def _learned_unit(look: Look, column: str) -> str:
    """Return the unit of a column in training; empty where nobody knows it."""
    model = _model(look)
    if model is not None:
        return dict(zip(model.columns, model.units, strict=False)).get(column, "")
    classifier = look.nodes[look.wire("classifier").node]
    table = look.header_of(classifier.features) if hasattr(classifier, "features") else None
    columns = table.columns if isinstance(table, TableHeader) else ()
    return next((each.unit for each in columns if each.name == column), "")


def _learned_range(look: Look, column: str) -> Range | None:
    """Return the range that a column of a trained model goes over, where the model keeps it."""
    model = _model(look)
    known: Any = model.facts.get(DEFINITIONS) if model else None
    if not isinstance(known, Mapping):
        return None
    for part, facts in known.items():
        spans = facts["ranges"] if column.startswith(f"{part}_") else {}
        for channel, (low, high) in spans.items():
            if column.endswith(f"-{channel}"):
                return float(low), float(high)
    return None


def _written_size(meant: InputContract) -> str | None:
    """Return a pixel size as a workflow says it: one length where all axes have it."""
    if meant.spacing is None or not is_length(meant.unit):
        return None
    sizes = dict(zip(SPATIAL, meant.spacing, strict=True))
    axes = SPATIAL[-meant.dimensions :]
    lengths = {axis: f"{sizes[axis]:.10g} {meant.unit}" for axis in axes}
    if len(set(lengths.values())) == 1:
        return next(iter(lengths.values()))
    return "{" + ", ".join(f"{axis}: {length}" for axis, length in lengths.items()) + "}"
