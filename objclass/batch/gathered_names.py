"""How the files are called that a batch writes about all images from the files of each."""

from __future__ import annotations

from objclass.batch.work import Batch
from objclass.nodes.export.outputs import OUTPUTS
from objclass.results import Result, batch_file


def gathered_names(batch: Batch, result: Result) -> dict[str, str]:
    """Return output to the file of all images: of those that the batch can gather."""
    able = [what for what in result.gathered if written_as(batch, result, gathered_from(what))]
    wanted = batch.request.wanted
    return {what: batch_file(what, result, batch.results, wanted) for what in able}


def gathered_from(what: str) -> str:
    """Return the output from whose files of each image that of all images is made."""
    return OUTPUTS[what].explains or what


def written_as(batch: Batch, result: Result, what: str) -> tuple[str, str] | None:
    """Return export and path, with ``{image}``, of what a result has; None where none has it."""
    for name in result.exports:
        target = (getattr(batch.nodes[name], "write", None) or {}).get(what)
        if target is not None:
            return name, target.path
    return None
