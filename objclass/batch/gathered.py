"""What a batch writes about all images from the files of each: a dictionary, one AnnData."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from objclass.batch.gathered_names import gathered_from, gathered_names, written_as
from objclass.batch.image_done import ImageDone
from objclass.batch.work import Batch
from objclass.data.model import ModelHeader
from objclass.errors import ObjclassError, Problem, RunError
from objclass.io.disk import size_text
from objclass.io.memory_limit import memory_limit_of
from objclass.io.table_titles import read_titles
from objclass.io.tables import write_table
from objclass.nodes.export.dictionary import dictionary_columns
from objclass.nodes.export.table import TableLayout
from objclass.results import Result
from objclass.run import Job

Files = Sequence[tuple[str, Path]]
"""Image and the file of it."""
AT_ONCE = 4
"""How often the values of all images are in memory while one AnnData is made of them."""


def gather(batch: Batch, done: Sequence[ImageDone]) -> list[Problem]:
    """Write the files about all images that are made from those of each; return what went wrong."""
    return [each for result in batch.results for each in _gather_result(batch, result, done)]


def _gather_result(batch: Batch, result: Result, done: Sequence[ImageDone]) -> Iterator[Problem]:
    for what, name in gathered_names(batch, result).items():
        written = written_as(batch, result, gathered_from(what))
        assert written is not None
        files = list(_files(batch, written[1], done))
        target = batch.request.out / name
        if not files:
            target.unlink(missing_ok=True)  # of the batch that this one replaces
            continue
        try:
            GATHERING[what](batch, written[0], files, target)
        except ObjclassError as error:  # all other files are to be there
            target.unlink(missing_ok=True)
            yield from error.problems


def _files(batch: Batch, path: str, done: Sequence[ImageDone]) -> Iterator[tuple[str, Path]]:
    """Yield image and file of every image that has one."""
    for each in done:
        name = path.replace("{image}", each.image.name).replace("{nickname}", each.image.nickname)
        file = batch.request.out / name
        if not each.failed and file.is_file():
            yield each.image.name, file


def _write_dictionary(batch: Batch, export: str, files: Files, target: Path) -> None:
    """Write what the columns of the tables mean."""
    job = batch.largest()
    if job is not None:
        layout, learned = _of_table(job, export)
        write_table(target, dictionary_columns(layout, read_titles(files[0][1]), learned))


def _of_table(job: Job, export: str) -> tuple[TableLayout, Sequence[str]]:
    """Return the layout of the table of an export, and what its classifier learned from."""
    (image,) = job.graph.images
    part = job.graph.part(export, "table", image.name)
    layout = part.held(TableLayout)
    found = layout.origin.prediction
    if found is None:
        return layout, ()
    header = job.graph.part(found.model.node, found.model.part or "", image.name).header
    return layout, header.columns if isinstance(header, ModelHeader) else ()


def _gather_anndata(batch: Batch, export: str, files: Files, target: Path) -> None:
    """Write one AnnData of all; refuse where memory does not hold it."""
    from objclass.io.anndata_join import join_anndata, matrix_bytes

    limit = memory_limit_of(batch.request.memory)
    need = AT_ONCE * sum(matrix_bytes(path) for _, path in files)
    if need > limit.bytes:
        raise RunError(
            Problem(
                f"{target} is not written: its objects do not fit into memory",
                got=f"about {size_text(need)}",
                expected=f"at most {limit}",
                fix=f"add --memory {-(-need // 2**20)}MiB where there is so much, or read the "
                "files of each image",
            )
        )
    join_anndata(files, target)


GATHERING: Mapping[str, Callable[[Batch, str, Files, Path], None]] = {
    "dictionary": _write_dictionary,
    "anndata": _gather_anndata,
}
"""Output to what writes its file of all images, of an export, from the files of each."""
