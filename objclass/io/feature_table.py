"""Feature tables of Fractal, as ngio reads them: a folder with a table and what it says of it.

Version 1 of https://fractal-analytics-platform.github.io/fractal-tasks-core/tables/. Inside
an OME-Zarr image it lies in ``tables/NAME`` beside ``labels``, and is listed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from objclass.data.dataclass import dataclass
from objclass.io.aside import written_aside
from objclass.io.label_group import TABLES, alone
from objclass.io.tables import Columns, Metadata, table_writer
from objclass.io.zarr_metadata import ZARR3, FolderStore, node_at
from objclass.io.zarr_write import write_json

Backend = Literal["parquet", "csv"]
KEY = "label"
"""The column with the id of the object."""


@dataclass(frozen=True)
class FeatureTable:
    """What a feature table says of itself.

    Parameters
    ----------
    measurements, categories, metadata
        Its columns, by what they are.
    label
        The label image of the same image that its rows are objects of; None where it lies alone.
    backend
        The format of its file.
    """

    measurements: Sequence[str]
    categories: Sequence[str]
    metadata: Sequence[str]
    label: str | None = None
    backend: Backend = "parquet"

    @property
    def attributes(self) -> dict[str, Any]:
        """The same in the words of Fractal."""
        region = {} if self.label is None else {"region": {"path": f"../labels/{self.label}"}}
        return {
            "type": "feature_table",
            "table_version": "1",
            **region,
            "instance_key": KEY,
            "index_key": KEY,
            "index_type": "int",
            "backend": self.backend,
            "measurement_columns": list(self.measurements),
            "categorical_columns": list(self.categories),
            "metadata_columns": list(self.metadata),
        }


@contextmanager
def feature_table_writer(
    path: Path, said: FeatureTable, metadata: Metadata
) -> Iterator[Callable[[Columns], None]]:
    """Write a feature table in pieces: yields a function that appends rows.

    Raises
    ------
    RunError
        Where the disk refuses.
    """
    group = path.parent
    inside = group.name == TABLES and node_at(FolderStore(group.parent), "")
    newest = not inside or inside.format == ZARR3
    with written_aside(path, folder=True) as aside:
        aside.mkdir()
        with table_writer(aside / f"table.{said.backend}", metadata) as append:
            yield append
        write_attributes(aside, said.attributes, newest=newest)
    if inside:
        _list(group, path.name, newest=newest)


def write_attributes(folder: Path, said: Mapping[str, Any], *, newest: bool) -> None:
    """Write the attributes of a group of Zarr 3, or 2."""
    if newest:
        facts = {"zarr_format": 3, "node_type": "group", "attributes": said}
        write_json(folder / "zarr.json", facts)
    else:
        write_json(folder / ".zgroup", {"zarr_format": 2})
        write_json(folder / ".zattrs", said)


def _list(group: Path, name: str, *, newest: bool) -> None:
    """Add a name to the tables of an image."""
    with alone(group):
        node = node_at(FolderStore(group), "")
        known = dict(node.attributes) if node else {}
        listed = known.get("tables")
        names = [str(each) for each in listed] if isinstance(listed, list) else []
        if name not in names:
            write_attributes(group, {**known, "tables": [*names, name]}, newest=newest)
