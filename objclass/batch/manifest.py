"""``manifest.json``: which files belong to a batch, and what they were made from.

It holds no times, names of computers or numbers of workers, so that a batch in one piece and
one that was killed, resumed and sharded write the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from objclass.batch.folder import BatchFolder
from objclass.batch.foreseen import MANIFEST, batch_results
from objclass.batch.image_done import ImageDone
from objclass.batch.old_files import OldFile
from objclass.batch.plan import ASKED
from objclass.batch.work import Batch
from objclass.engine.decide import file_digest
from objclass.engine.look import ImageKey
from objclass.io.aside import written_aside

FORMAT = 1


def write_manifest(batch: Batch, done: Sequence[ImageDone], old: Sequence[OldFile]) -> None:
    """Write which files belong to this batch; a batch that keeps no records has none."""
    if batch.folder is None:
        return
    text = json.dumps(manifest(batch, batch.folder, done, old), indent=1, ensure_ascii=False)
    with written_aside(batch.request.out / MANIFEST) as path:
        path.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")
    batch.folder.note_reports([path.name for path in batch_results(batch) if path.exists()])


def manifest(
    batch: Batch, folder: BatchFolder, done: Sequence[ImageDone], old: Sequence[OldFile]
) -> dict[str, Any]:
    """Return what a manifest says, as JSON."""
    plan, by_name = folder.plan, {each.image.name: each for each in done}
    reports = [path for path in batch_results(batch) if path.name != MANIFEST and path.exists()]
    asked = {name: plan.asked[name] for name in (*ASKED, "inputs", "roles")}
    return {
        "format": FORMAT,
        "objclass": plan.version,
        "project": {"file": Path(plan.project[0]).name, "digest": plan.project[1]},
        "plugins": [[plugin.name, plugin.digest] for plugin in batch.project.plugins],
        "asked": {name: value for name, value in asked.items() if value},
        "images": [_told(image, by_name.get(image.name), folder) for image in batch.images],
        "reports": {path.name: file_digest(path) for path in reports},
        "old_files": [{"file": each.path, "image": each.image} for each in old],
    }


def _told(image: ImageKey, done: ImageDone | None, folder: BatchFolder) -> dict[str, Any]:
    record = folder.found(image) or {}
    state = "not done" if done is None else "failed" if done.failed else "done"
    digests = {name: digest for name, (digest, _) in record.get("files", {}).items()}
    inputs = {n: _input(named, each.files, record) for n, (each, named) in image.files.items()}
    return {
        "image": image.name,
        "status": state,
        "inputs": inputs,
        "files": digests if state == "done" else {},
    }


def _input(named: Any, files: Sequence[Path], record: Any) -> dict[str, Any]:
    """Return the files of an input as written, and their size when they were read."""
    states = record.get("inputs", {})
    sizes: Iterator[int | None] = ((states.get(str(f)) or [[None]])[0][0] for f in files)
    return {"files": named, "bytes": list(sizes)}
