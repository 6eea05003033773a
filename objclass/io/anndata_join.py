"""One AnnData file of those of several images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from objclass.io.aside import written_aside
from objclass.io.reading import reading

if TYPE_CHECKING:
    from anndata import AnnData

REGION, ATTRS = "region", "spatialdata_attrs"


def matrix_bytes(path: Path) -> int:
    """Return how many bytes the matrix of an AnnData file has in memory.

    Raises
    ------
    InputError
        Where the file cannot be read.
    """
    import h5py

    with reading(path), h5py.File(path) as file:
        return int(file["X"].size) * int(file["X"].dtype.itemsize)


def join_anndata(files: Sequence[tuple[str, Path]], target: Path) -> None:
    """Write the objects of several images as one AnnData, image after image.

    Every row keeps its image, its frame and the id of its object. Label images that are called
    alike are called after their image too, so that SpatialData tells them apart.

    Parameters
    ----------
    files
        Image and its file, as objclass writes it.
    target
        The new file.

    Raises
    ------
    InputError
        Where one of the files cannot be read.
    RunError
        Where the disk refuses.
    """
    import anndata

    tables = [_read(path) for _, path in files]
    _tell_regions_apart(tables, [image for image, _ in files])
    colors = {k: v for each in tables for k, v in _longest(each, tables)}
    whole = anndata.concat(tables, join="outer", merge="first")
    _as_texts(whole)
    regions = list(dict.fromkeys(str(each.uns[ATTRS]["region"]) for each in tables))
    said = {"region": regions if len(regions) > 1 else regions[0]}
    whole.uns = {**colors, ATTRS: {**tables[0].uns[ATTRS], **said}}
    with written_aside(target, int(whole.X.nbytes)) as aside:
        whole.write_h5ad(aside)


def _read(path: Path) -> AnnData:
    from anndata import read_h5ad

    with reading(path):
        return read_h5ad(path)


def _as_texts(table: AnnData) -> None:
    """Give categories Python's texts: those of newer pandas are not written by every anndata."""
    import pandas as pd

    table.obs.index = pd.Index(list(table.obs_names), dtype=object)
    about = {name: pd.Series(list(of), dtype=object) for name, of in table.var.items()}
    var = pd.DataFrame(about)
    var.index = pd.Index(list(table.var_names), dtype=object)
    table.var = var
    for name, column in table.obs.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            values = pd.Index(list(column.cat.categories), dtype=object)
            table.obs[name] = pd.Categorical.from_codes(column.cat.codes, values)


def _longest(table: AnnData, tables: Sequence[AnnData]) -> list[tuple[str, object]]:
    """Return what is said of all beside regions, where this table says most of it."""
    keys = [key for key in table.uns if key != ATTRS]
    return [
        (key, table.uns[key])
        for key in keys
        if len(table.uns[key]) == max(len(t.uns.get(key, ())) for t in tables)
    ]


def _tell_regions_apart(tables: Sequence[AnnData], images: Sequence[str]) -> None:
    named = [str(table.uns[ATTRS]["region"]) for table in tables]
    if len(set(named)) == len(tables):
        return
    for table, image, name in zip(tables, images, named, strict=True):
        other = f"{image}_{name}"
        table.obs[REGION] = table.obs[REGION].cat.rename_categories({name: other})
        table.uns[ATTRS] = {**table.uns[ATTRS], "region": other}
