"""Embeddings that a table holds: its rows are matched with the objects of the label image."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelHeader, LabelImage
from objclass.engine.artifact import Content, FactsHeader, Record
from objclass.engine.files import stat
from objclass.engine.look import Look
from objclass.engine.node import Made, Part, Read, View
from objclass.engine.reason import CONTENT
from objclass.errors import FieldSetting, InputError, Problem, RunError, advise, list_some, nearest
from objclass.nodes.placeholder import fill, image_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VALUES: Final = "values"
SHOWN: Final = 5
"""Ids that a message names."""


@dataclass(frozen=True)
class EmbeddingRows:
    """Which rows belong to an image: held by the part that matches them.

    Parameters
    ----------
    path
        The table.
    image
        Name of the image in it.
    digest
        Of the rows when the workflow was checked.
    first_frame
        Frame of the uncropped image that the first one is.
    """

    path: Path
    image: str
    digest: str
    first_frame: int


def values_part(
    look: Look, table: str, objects: LabelHeader
) -> tuple[Part, int, dict[str, object]]:
    """Return the part that has the numbers of one image, how many an object has, and options."""
    path = look.settings.folder / fill(look, "table", table, image_names(look.image))
    try:
        known = look.once(("embeddings", path), lambda: _described(look, path))
    except InputError as error:
        raise look.passed_on(error, "table") from None
    digest = _digest_of(look, path, known)
    if objects.grid.frames is not None and not known["timed"]:
        what = f"{path.name} does not tell frames apart"
        raise look.problem("table", what, expected="an array t (n,), frames counted from 0")
    rows = EmbeddingRows(path, look.image.name, digest, objects.grid.first_frame)
    part = Part(
        VALUES,
        FactsHeader(VALUES),
        {"table": {CONTENT: digest}, "first_frame": rows.first_frame},
        (Read("objects", look.wire("objects"), ("index",)),),
        times=objects.grid.times,
        asked=False,
        payload=rows,
    )
    return part, known["width"], {"from": "table", "numbers": known["width"]}


def _described(look: Look, path: Path) -> Any:
    """Return what a table is like, once per state of its files."""
    from objclass.io.embedding_table import files_of

    files = files_of(path)
    key = ["embeddings", str(path)]
    return look.settings.memo(key, files, lambda: describe(path, str(stat(files))))


@lru_cache(maxsize=8)
def describe(path: Path, state: str) -> dict[str, Any]:
    """Return what a table is like, once in a process: every image of a batch asks for it.

    Parameters
    ----------
    path
        The table.
    state
        Of its files: a description holds for this one only.

    Raises
    ------
    InputError
        Where it cannot be read, or holds no embeddings.
    """
    from objclass.io.embedding_table import read_embeddings

    table = read_embeddings(path, state)
    return {
        "width": table.values.shape[1],
        "timed": table.t is not None,
        "images": {name: table.of_image(name).digest for name in table.rows_by_image},
        "whole": table.of_image("").digest if table.image is None else "",
    }


def _digest_of(look: Look, path: Path, known: Any) -> str:
    """Return the digest of the rows of this image."""
    if known["whole"]:
        serves_all = path == look.settings.folder / look.node.table  # type: ignore[attr-defined]
        if serves_all and len(look.settings.images) > 1:
            what = f"{path.name} does not say of which image its rows are"
            one = FieldSetting("table", "emb_{image}.npz", verb="write", example=True, quoted=True)
            fix = advise("add an array 'image' with the names of images, or ", one)
            raise look.problem("table", what, expected="an array image (n,)", fix=fix)
        return str(known["whole"])
    images: dict[str, str] = known["images"]
    name = look.image.name
    if name not in images:
        close = nearest(name, images)
        what = f"{path.name} has no rows of image '{name}'"
        there = f"is it called '{close}' there?" if close else None
        raise look.problem("table", what, got=list_some(images, SHOWN), fix=there)
    return images[name]


def values(view: View) -> Made:
    """Return the numbers of every object of a frame."""
    from objclass.io.embedding_table import files_of, read_image_rows

    rows = view.part.held(EmbeddingRows)
    table = read_image_rows(rows.path, str(stat(files_of(rows.path))), rows.image)
    if table.digest != rows.digest:
        raise RunError(Problem(f"{rows.path.name} was changed while this ran", fix="run again"))
    ids, found = table.ids, table.values
    if table.t is not None:
        keep = table.t == rows.first_frame + (view.t or 0)
        ids, found = ids[keep], found[keep]
    objects: LabelImage = view.one("objects")
    index = objects.index
    asked = index.ids if index.original is None else index.original
    matched, warnings = match_rows(rows.path.name, asked, ids)
    return Made(Content(record=Record({"ids": index.ids, VALUES: found[matched]})), None, warnings)


def match_rows(
    name: str, asked: NDArray[np.uint64], there: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the row of every object, and a warning of rows that no object has.

    Parameters
    ----------
    name
        Of the table.
    asked
        Ids of the objects (n,).
    there
        Ids of the rows (m,), ascending.

    Raises
    ------
    RunError
        Where an object has no row.
    """
    import numpy as np

    without = np.setdiff1d(asked, there)
    more = np.setdiff1d(there, asked)
    if len(without):
        what = f"{name} has no row of {len(without):,} of {len(asked):,} objects"
        beside = f"; {len(more):,} rows of no object: {_ids(more)}" if len(more) else ""
        fix = "compute them on the label image that the workflow makes now"
        raise RunError(Problem(what, got=f"objects {_ids(without)}{beside}", fix=fix))
    said = (f"{name}: {len(more):,} rows are of no object: {_ids(more)}",) if len(more) else ()
    return np.searchsorted(there, asked), said


def _ids(found: NDArray[np.uint64]) -> str:
    return list_some(map(str, found.tolist()), SHOWN)
