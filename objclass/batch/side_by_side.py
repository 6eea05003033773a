"""Images of a batch one after the other or side by side: what becomes of each is the same.

Whole images go to processes, which keep nothing between them. Processes cost a second to start,
so the first images are worked off here, to see how long they take. What is worked off here is
shared by threads, block by block; images of a few blocks or of none gain nothing by that.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from objclass.batch.image_done import ImageDone
from objclass.batch.image_record import input_states
from objclass.data.compiling import KernelCompilation, announce
from objclass.engine.disk_store import DiskStore
from objclass.engine.look import ImageKey
from objclass.engine.workers import NoWorker, WorkerError, WorkerKilled, Workers
from objclass.errors import ObjclassError, Problem
from objclass.io.leftover import PREFIX, left_in, remove
from objclass.nodes.families import PluginSource
from objclass.plugins import run_again, sources_of

if TYPE_CHECKING:
    from objclass.batch.work import Batch

WORTH = 4.0
"""Seconds of work that must be left, about, for processes to be worth their start."""
LONG = 3.0
"""Seconds of an image for which it is better to wait for a process."""
LARGE = 2**24
"""Bytes of an image's files that are worth a process by themselves."""
AHEAD = 8
"""How many images a worker may be ahead of the one that is told next."""
FIX = "crop the image, or use a computer with more memory"


def worked_off(batch: Batch, wanted: Sequence[ImageKey], number: int) -> Generator[ImageDone]:
    """Work off images and yield what became of each, in order.

    Parameters
    ----------
    batch
        The batch.
    wanted
        Its images that are to be worked off.
    number
        How many processes may work.
    """
    images = list(wanted)
    processes = ImageProcesses(batch, number)
    try:
        while images and not processes.take_over(images):
            begun = monotonic()
            yield batch.work_off(images.pop(0), processes.threads)
            processes.note(monotonic() - begun)
        if images:
            yield from processes.work_off(images)
    finally:
        processes.close()


class ImageProcesses:
    """Processes that work off images; none is started before it is worth it."""

    def __init__(self, batch: Batch, number: int) -> None:
        self._batch = batch
        self._number = number
        self._of_no_use = False
        self._seconds: list[float] = []
        self._workers: Workers | None = None

    @property
    def threads(self) -> int:
        """How many threads may share an image that is worked off here."""
        return self._number if self._workers is None else 1

    def note(self, seconds: float) -> None:
        """Note how long an image took here."""
        self._seconds.append(seconds)

    def take_over(self, left: list[ImageKey]) -> bool:
        """Return True where the images that are left are better worked off side by side."""
        if self._number < 2 or len(left) < 2 or self._of_no_use:
            return False
        if self._workers is None and self._worth_it(left):
            self._start(len(left))
        if self._workers is None:
            return False
        return self._workers.are_ready or self._is_long(left)

    def _worth_it(self, left: list[ImageKey]) -> bool:
        if self._is_long(left):
            return True
        # the first image takes longer than others: what it needs is imported
        return len(self._seconds) > 1 and self._seconds[-1] * len(left) > WORTH

    def _is_long(self, left: list[ImageKey]) -> bool:
        """Return True where the next image takes longer than a process to start."""
        return self._seconds[-1] > LONG if self._seconds else _bytes(left[0]) >= LARGE

    def _start(self, images: int) -> None:
        batch = replace(self._batch, families={})
        try:
            sent = bytes(ForkingPickler.dumps((batch, self._batch.families)))
            setup = partial(set_up, sources_of(self._batch.families), sent)
            number = min(self._number, images)
            self._workers = Workers(number, setup, _told, lambda key, again: self._clean())
            self._workers.start()
        except Exception:  # the system gives no process, or something cannot be sent
            self._of_no_use = True
            self.close()

    def work_off(self, images: list[ImageKey]) -> Iterator[ImageDone]:
        """Yield what becomes of images, in order; some are worked off ahead."""
        assert self._workers is not None
        done: dict[Hashable, ImageDone] = {}
        sent, threads = 0, max(1, self._number // len(images))
        for number, image in enumerate(images):
            while number not in done:
                for each in range(sent, min(len(images), number + AHEAD * self._number)):
                    given = images[each], threads
                    less = images[each], 1
                    self._workers.submit(each, work_off_there, *given, smaller=less)
                    sent = each + 1
                for key, answer in self._workers.completed():
                    done[key] = self._answered(images[int(str(key))], answer)
            assert image.name == done[number].image.name
            yield done.pop(number)

    def _answered(self, image: ImageKey, answer: Any) -> ImageDone:
        if isinstance(answer, NoWorker):
            return self._batch.work_off(image)
        if not isinstance(answer, WorkerKilled | WorkerError):
            found: ImageDone = answer
            return found
        done = ImageDone(image, problems=(Problem(str(answer), fix=FIX),))
        if isinstance(answer, WorkerError):
            says = answer.traceback.strip().splitlines()[-1]
            problems = (Problem(f"unexpected: {says}"),)
            done = ImageDone(image, problems=problems, bug=answer.traceback)
        with suppress(ObjclassError):  # it has no result either way
            self._batch.record(done, input_states(image))
        return done

    def _clean(self) -> None:
        """Remove what a killed worker left."""
        request = self._batch.request
        if request.cache:
            DiskStore(request.cache).tidy()
        for folder in (request.out, *_folders_in(request.out)):
            for path in list(left_in(folder, PREFIX)):
                remove(path)

    def close(self) -> None:
        """End all processes."""
        if self._workers is not None:
            self._workers.close()
            self._workers = None


def _folders_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir()]


def _told(key: Hashable, event: object) -> None:
    if isinstance(event, KernelCompilation):
        announce(event)


def set_up(plugins: tuple[PluginSource, ...], sent: bytes) -> Batch:
    """Return the batch as another process sees it, with the plugins it was sent with."""
    run_again(plugins)  # first, since the batch refers to what they make
    batch, families = ForkingPickler.loads(sent)
    found: Batch = replace(batch, families=families)
    return found


def work_off_there(
    batch: Batch, tell: Callable[[Any], None], image: ImageKey, threads: int
) -> ImageDone:
    """Work off one image in a worker."""
    return batch.work_off(image, threads)


def _bytes(image: ImageKey) -> int:
    """Return how large the files of an image are."""
    paths = {path for source, _ in image.files.values() for path in source.files}
    return sum(path.stat().st_size for path in paths if path.is_file())
