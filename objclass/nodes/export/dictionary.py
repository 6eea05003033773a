"""``write: {dictionary: …}``: what every column of the object table means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from objclass.data.dataclass import dataclass
from objclass.data.model import ModelHeader
from objclass.data.objects import Column
from objclass.engine.node import Made, Read, View
from objclass.engine.summary import Summary
from objclass.nodes.export.cutouts import TableTarget
from objclass.nodes.export.cytomining import (
    METADATA,
    compartment_of,
    feature_title,
    metadata_title,
)
from objclass.nodes.export.ilastik import FIXED, PROBABILITY, titles
from objclass.nodes.export.output import (
    TABLE,
    ExportOutput,
    ExportRequest,
    OptionalField,
    RowsWritten,
)
from objclass.nodes.export.rows import Columns, write_rows
from objclass.nodes.export.table import PIECES, PLACE, TableLayout, TableOutput, table_metadata

TOLD = ("unit", "definition", "channel", "source", "family")
"""What is told of every column, beside whether the classifier learns from it."""


@dataclass(frozen=True)
class DictionaryLayout(TableLayout):
    """How a dictionary is laid out: as the table, with the columns that were learned from."""

    learned: tuple[str, ...] = ()


class DictionaryOutput(ExportOutput):
    """One row per column of the object table: unit, definition, channel, source."""

    name = "dictionary"
    sort = TABLE
    tells: ClassVar[type[Summary] | None] = RowsWritten
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"columns", "names"})
    joins_images: ClassVar[bool] = True
    of_batch: ClassVar[bool] = True
    explains: ClassVar[str | None] = TableOutput.name
    gathered: ClassVar[str] = "dictionary"
    table = TableOutput()

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read what the table reads: its columns are those of the table."""
        return self.table.reads(_of_table(asked))

    def layout(self, asked: ExportRequest) -> DictionaryLayout:
        """Return the layout of the table, and what the classifier learns from."""
        found, header = asked.origin.prediction, None
        if found is not None:
            header = asked.look.part(found.model).header
        learned = header.columns if isinstance(header, ModelHeader) else ()
        table = self.table.layout(_of_table(asked))
        return DictionaryLayout(**vars(table), learned=learned)

    def write(self, path: Path, view: View) -> Made:
        """Write one row per column, in the order of the table."""
        layout = view.part.held(DictionaryLayout)
        names = list(next(PIECES[layout.names](view)))
        return write_rows(path, [dictionary_columns(layout, names, layout.learned)])


def dictionary_columns(
    layout: TableLayout, names: Sequence[str], learned: Collection[str]
) -> Columns:
    """Return what the columns of an object table mean, one row a column.

    Parameters
    ----------
    layout
        Of the table.
    names
        The titles of its columns.
    learned
        The features that the classifier learns from.
    """
    named = columns_called(layout, names)
    facts = _facts(layout, names, named)
    rows: Columns = {"column": list(names)}
    rows |= {what: [facts.get(n, {}).get(what, "") for n in names] for what in TOLD}
    known = {n for n, column in named.items() if column.name in learned}
    rows["learned_from"] = ["yes" if n in known else "no" for n in names]
    return rows


def _of_table(asked: ExportRequest) -> ExportRequest:
    return replace(asked, target=TableTarget(path=asked.target.path))


def columns_called(layout: TableLayout, names: Iterable[str]) -> dict[str, Column]:
    """Return the feature columns by what the table calls them."""
    columns = [c for c in layout.origin.columns if c.name in layout.columns]
    if layout.names == "ilastik":
        called = titles(columns)
        return {name: called[name] for name in names if name in called}
    if layout.names == "cytomining":
        compartment = compartment_of(layout.origin.objects.node)
        return {feature_title(column, compartment): column for column in columns}
    return {column.name: column for column in columns}


def _facts(
    layout: TableLayout, names: Sequence[str], named: Mapping[str, Column]
) -> dict[str, dict[str, str]]:
    """Return what is known of every column."""
    known = table_metadata(layout.origin, dict.fromkeys(names))
    for name in names:
        if name in named:
            column = named[name]
            known[name] = {
                "unit": column.unit,
                "definition": column.definition,
                "channel": column.channel or "",
                "source": column.source,
                "family": column.family,
            }
        elif layout.names == "cytomining":
            known[name] = _as_cytomining_calls_it(layout, name)
        elif layout.names == "ilastik":
            known[name] = {"definition": FIXED.get(name, PROBABILITY)}
        elif name not in known:
            known[name] = {"definition": _own(layout, name)}
    return known


def _as_cytomining_calls_it(layout: TableLayout, title: str) -> dict[str, str]:
    """Return what is known of a column that is no feature, by Cytomining's name for it."""
    ours = [*PLACE, "image", *_image_names(layout)]
    ours += [f"probability-{name}" for name in layout.classes or ()]
    found = next((name for name in ours if metadata_title(name) == title), "")
    if title == f"{METADATA}ImageNumber":
        return {"definition": "number of the image, from 1, in the order of the images"}
    return table_metadata(layout.origin, {found: None}).get(found) or {
        "definition": _own(layout, found)
    }


def _own(layout: TableLayout, name: str) -> str:
    """Say what a column means that is no feature and has no metadata."""
    if name == "image":
        return "name of the image"
    if name.startswith("probability-"):
        return "probability of the class"
    return f"{{{name}}} of the image's files" if name in _image_names(layout) else ""


def _image_names(layout: TableLayout) -> set[str]:
    return {name for names in layout.images.values() for name in names}


OUTPUT = DictionaryOutput()
