"""Where a batch keeps what it is and what became of each image: ``.batch`` in its out folder.

Each beginning has a folder of its own, by number. Those of before tell which files are old.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from objclass.batch.image_done import ImageDone
from objclass.batch.image_record import States, read_record, still_holds, write_record
from objclass.batch.plan import BatchPlan, read_plan, write_plan
from objclass.data.dataclass import dataclass
from objclass.data.digest import of_bytes
from objclass.engine.decide import file_digest
from objclass.engine.files import read_json, unseal, write_json
from objclass.engine.lock import hold
from objclass.engine.look import ImageKey
from objclass.errors import InputError, Problem, RunError
from objclass.io.disk import writing

ROOM, PLAN, IMAGES, REPORTS = ".batch", "plan.json", "images", "reports.json"


@dataclass(frozen=True)
class BatchFolder:
    """The records of one batch.

    Parameters
    ----------
    root
        The folder.
    plan
        What the batch is.
    """

    root: Path
    plan: BatchPlan

    @property
    def out(self) -> Path:
        """The folder of the results."""
        return self.root.parent.parent

    @property
    def project(self) -> Path:
        """The project as it was when the batch began."""
        return self.root / f"project{Path(self.plan.project[0]).suffix}"

    def claim(self, image: ImageKey) -> AbstractContextManager[None]:
        """Hold an image, so that no other process works it off at the same time."""
        return hold(self._path(image).with_suffix(".lock"))

    def found(self, image: ImageKey) -> dict[str, Any] | None:
        """Return the record of an image, or None where it has none that reads."""
        record = read_json(self._path(image), image.name)
        return record if isinstance(record, dict) else None

    def told(self, image: ImageKey) -> ImageDone | None:
        """Return what became of an image: failed, or done and still so; None where it is left."""
        record = self.found(image)
        if record is None or not (record["problems"] or still_holds(image, record, self.out)):
            return None
        return read_record(image, record, self.out)

    def done(self, image: ImageKey) -> ImageDone | None:
        """Return what became of an image that need not be worked off again."""
        told = self.told(image)
        return None if told is None or told.failed else told

    def write(self, done: ImageDone, inputs: States, shard: str) -> None:
        """Record what became of an image, and what was written of it before and is not now."""
        path, before = self._path(done.image), self.found(done.image) or {}
        with writing(path):
            record = write_record(done, inputs, self.out, shard)
            files = [*before.get("files", ()), *before.get("before", ())]
            record["before"] = [name for name in files if name not in record["files"]]
            write_json(path, record, done.image.name)

    def note_reports(self, names: Sequence[str]) -> None:
        """Note which files about all images this batch writes."""
        with writing(self.root):
            write_json(self.root / REPORTS, list(names), REPORTS)

    def _path(self, image: ImageKey) -> Path:
        return self.root / IMAGES / f"{of_bytes(image.name.encode())}.json"


def records_of(root: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of all images of a batch that was begun in a folder."""
    for path in sorted((root / IMAGES).glob("*.json")):
        with suppress(OSError, ValueError, RecursionError):
            yield unseal(path)[0]


def reports_of(root: Path) -> tuple[str, ...]:
    """Return the files that a batch wrote about all its images."""
    found = read_json(root / REPORTS, REPORTS)
    return tuple(found) if isinstance(found, list) else ()


def beginnings(out: Path) -> list[Path]:
    """Return the folders of all batches that were begun in an out folder, the last one first."""
    found = (path.parent for path in (out / ROOM).glob(f"*/{PLAN}"))
    return sorted((p for p in found if p.name.isdigit()), key=lambda p: -int(p.name))


def find(out: Path) -> BatchFolder | None:
    """Return the batch of an out folder; None where none was begun.

    Raises
    ------
    InputError
        Where what it keeps is damaged.
    """
    for root in beginnings(out):
        plan = read_json(root / PLAN, PLAN)
        if plan is None:
            what = f"{root / PLAN}, which says what batch {out} holds, is damaged"
            raise InputError(Problem(what, fix="choose another --out, or add --overwrite"))
        return BatchFolder(root, read_plan(plan))
    return None


def begin(out: Path, plan: BatchPlan) -> BatchFolder:
    """Begin a batch in an out folder; its project is copied, as it is now.

    Raises
    ------
    RunError
        Where the disk refuses, or the project is written meanwhile.
    """
    with writing(out), hold(out / ROOM / "begin.lock"):
        numbers = [int(p.name) for p in (out / ROOM).iterdir() if p.name.isdigit()]
        made = BatchFolder(out / ROOM / str(max(numbers, default=0) + 1), plan)
        try:
            _write_down(made)
        except BaseException:
            shutil.rmtree(made.root, ignore_errors=True)
            raise
    return made


def _write_down(folder: BatchFolder) -> None:
    """Write what a batch is, its plan last: what has no plan was not begun."""
    path, digest = folder.plan.project
    (folder.root / IMAGES).mkdir(parents=True)
    shutil.copyfile(path, folder.project)
    if file_digest(folder.project) != digest:
        raise RunError(Problem(f"{Path(path).name} changed while it was read", fix="run again"))
    write_json(folder.root / PLAN, write_plan(folder.plan), PLAN)
