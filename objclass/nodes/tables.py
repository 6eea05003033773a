"""Reading columns of a feature table that lies in several parts, one per family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from objclass.data.objects import Column, ObjectTable, TableHeader
from objclass.data.wire import Wire
from objclass.engine.node import Read, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TABLE = "table:"
"""Reads of feature tables are called ``table:family``."""


def table_reads(table: TableHeader, columns: Sequence[Column]) -> tuple[Read, ...]:
    """Return one read per family that holds some of these columns."""
    families: dict[Wire, list[str]] = {}
    for column in columns:
        families.setdefault(table.parts[column.name], []).append(column.name)
    return tuple(
        Read(f"{TABLE}{wire.part}", wire, ("ids", *names)) for wire, names in families.items()
    )


def table_values(view: View) -> tuple[NDArray[np.uint64], dict[str, NDArray[Any]]]:
    """Return ids and every column read, of the one frame that a step sees."""
    tables: list[ObjectTable] = [view.one(n) for n in view.given if n.startswith(TABLE)]
    values = {name: array for table in tables for name, array in table.columns.items()}
    return tables[0].ids, values
