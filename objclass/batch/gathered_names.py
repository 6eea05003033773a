"""How the files are called that a batch writes about all images from the files of each."""

from __future__ import annotations

from objclass.batch.work import Batch
from objclass.results import Result, table_name


def gathered_names(batch: Batch, result: Result) -> dict[str, str]:
    """Return output to the file of all images: of those that the batch can gather."""
    prefix = f"{result.name}_" if len(batch.results) > 1 else ""
    found: dict[str, str] = {}
    if "dictionary" in result.gathered and written_as(batch, result, "table"):
        found["dictionary"] = table_name("dictionary", result, batch.results, batch.request.wanted)
    if "anndata" in result.gathered and written_as(batch, result, "anndata"):
        found["anndata"] = f"{prefix}objects.h5ad"
    return found


def written_as(batch: Batch, result: Result, what: str) -> tuple[str, str] | None:
    """Return export and path, with ``{image}``, of what a result has; None where none has it."""
    for name in result.exports:
        target = (getattr(batch.nodes[name], "write", None) or {}).get(what)
        if target is not None:
            return name, target.path
    return None
