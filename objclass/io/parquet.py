"""Parquet tables through pyarrow; each column's facts are kept in its field's metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.io.csv_table import cell
from objclass.io.output import HeldFile
from objclass.io.tables import Columns, Metadata, checked_length

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def appending(path: Path, metadata: Metadata) -> Iterator[Callable[[Columns], None]]:
    """Open a Parquet file; the function appends rows; the first ones decide the types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writers: list[pq.ParquetWriter] = []
    held = HeldFile(path)

    def append(columns: Columns) -> None:
        checked_length(columns)
        arrays = {name: arrow_column(values) for name, values in columns.items()}
        if not writers:
            schema = schema_of(arrays, metadata)
            texts = [field.name for field in schema if pa.types.is_string(field.type)]
            # numbers seldom repeat, and a dictionary of them takes a quarter of the time
            writers.append(pq.ParquetWriter(held, schema, use_dictionary=texts))
        schema = writers[0].schema
        if list(arrays) != schema.names:
            raise ValueError("appended columns differ from the first ones")
        cast = [arrays[field.name].cast(field.type) for field in schema]
        writers[0].write_table(pa.Table.from_arrays(cast, schema=schema))
        held.check()

    with held:
        try:
            yield append
            if not writers:
                append({})
        finally:
            for writer in writers:
                writer.close()
        held.check()


def arrow_column(values: Any) -> pa.Array:
    """Return a column as arrow's; bytes are text, None is missing."""
    import pyarrow as pa

    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind == "S":
        return pa.array([value.decode() for value in values.tolist()], pa.string())
    if kind in "UO" and kind:
        values = values.tolist()
    found = pa.array(values)
    return found.cast(pa.string()) if pa.types.is_null(found.type) else found


def schema_of(arrays: dict[str, pa.Array], metadata: Metadata) -> pa.Schema:
    """Return the schema with each column's facts."""
    import pyarrow as pa

    def facts(name: str) -> dict[str, str] | None:
        given = {key: str(value) for key, value in metadata.get(name, {}).items()}
        return given or None

    return pa.schema(
        [pa.field(name, array.type, metadata=facts(name)) for name, array in arrays.items()]
    )


def read_text(path: Path) -> tuple[tuple[str, ...], tuple[tuple[int, tuple[str, ...]], ...]]:
    """Return titles, and rows as text numbered as if the titles were line 1.

    A missing number is an empty cell, as null is: a class of numbers is not called nan.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    columns = [[_text(value) for value in column.to_pylist()] for column in table.columns]
    rows = tuple(enumerate(zip(*columns, strict=True), start=2))
    return tuple(table.column_names), rows


def _text(value: object) -> str:
    return "" if value != value else cell(value)  # only NaN differs from itself
