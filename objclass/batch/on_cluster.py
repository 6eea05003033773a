"""Images of a batch on the workers of a ``dask.distributed`` cluster: one on each at a time.

Only the image's name and files travel. Results and records are written by the worker, so a
scheduler that goes away loses nothing: the next batch finds them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from contextlib import chdir, suppress
from dataclasses import replace
from functools import lru_cache
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any

from objclass.batch.image_done import ImageDone
from objclass.batch.image_record import input_states
from objclass.batch.side_by_side import set_up
from objclass.data.dataclass import dataclass
from objclass.engine.look import ImageKey
from objclass.engine.schedulers.dask import GLANCE, GONE, TRIES, WORKER, Cluster, no_worker
from objclass.errors import ObjclassError, Problem, RunError
from objclass.plugins import sources_of

if TYPE_CHECKING:
    from objclass.batch.work import Batch

DIED = "the worker died that worked on it, as the one before it did (out of memory?)"


@dataclass(frozen=True)
class _Sent:
    """An image that a worker has."""

    image: ImageKey
    worker: str
    future: Any
    tries: int


def worked_off_there(
    batch: Batch, wanted: Sequence[ImageKey], address: str, room: Path
) -> Generator[ImageDone]:
    """Work off images on a cluster and yield what became of each, in order.

    Parameters
    ----------
    batch
        The batch.
    wanted
        Its images that are to be worked off.
    address
        Of the scheduler.
    room
        A folder that all computers must see.

    Raises
    ------
    RunError
        Where the scheduler goes away, or no worker is left.
    """
    cluster = Cluster(address, room)
    try:
        images = ImagesOnCluster(batch, wanted, cluster)
        for image in wanted:
            while image.name not in images.done:
                images.go_on()
            yield images.done.pop(image.name)
    finally:
        cluster.close()


class ImagesOnCluster:
    """Images that wait for workers, those that workers have, and those that are done."""

    def __init__(self, batch: Batch, wanted: Sequence[ImageKey], cluster: Cluster) -> None:
        self.done: dict[str, ImageDone] = {}
        self._batch = batch
        self._cluster = cluster
        alone = replace(batch, images=(), families={})
        sent = bytes(ForkingPickler.dumps((alone, batch.families)))
        self._setup = bytes(ForkingPickler.dumps((sources_of(batch.families), sent)))
        self._waiting = deque((image, 0) for image in wanted)
        self._sent: dict[str, _Sent] = {}
        self._ended: SimpleQueue[str] = SimpleQueue()
        self._workers = cluster.workers()
        self._seen = monotonic()

    def go_on(self) -> None:
        """Send images to workers that have none, and take what one of them has done."""
        busy = {sent.worker for sent in self._sent.values()}
        for worker in self._workers:
            if worker not in busy and self._waiting:
                self._send(worker, *self._waiting.popleft())
        try:
            self._take(self._ended.get(timeout=GLANCE))
        except Empty:
            self._look_around()

    def _send(self, worker: str, image: ImageKey, tries: int) -> None:
        message = bytes(ForkingPickler.dumps(image))
        future = self._cluster.client.submit(
            work_off_message, self._setup, str(Path.cwd()), message, pure=False,
            workers=[worker], allow_other_workers=False,
        )  # fmt: skip
        self._sent[future.key] = _Sent(image, worker, future, tries + 1)
        future.add_done_callback(lambda future: self._ended.put(future.key))

    def _take(self, key: str) -> None:
        """Take the answer of a worker; most often it raises where the worker died."""
        sent = self._sent.get(key)
        if sent is None:  # it was given up
            return
        if sent.future.status in ("cancelled", "lost"):  # with its worker, or with the scheduler
            self._workers = self._cluster.workers()
            self._lose(key, DIED)
            return
        try:
            self.done[sent.image.name] = ForkingPickler.loads(sent.future.result(timeout=GLANCE))
            del self._sent[key]
        except Exception as error:
            if type(error).__name__ in GONE:
                self._lose(key, DIED)
            else:
                self._lose(key, f"unexpected: {error!r} on {sent.worker}")

    def _look_around(self) -> None:
        """See who is there; an image whose worker is gone is begun once more."""
        self._workers = self._cluster.workers()
        for key, sent in list(self._sent.items()):
            if sent.worker not in self._workers:
                self._lose(key, DIED)
        self._seen = monotonic() if self._workers else self._seen
        if monotonic() > self._seen + WORKER:
            raise RunError(no_worker(self._cluster.address))

    def _lose(self, key: str, why: str) -> None:
        """Let an image wait again, or fail where it was begun often enough."""
        sent = self._sent.pop(key)
        with suppress(Exception):
            sent.future.cancel()
        self._workers = [each for each in self._workers if each != sent.worker]
        if sent.tries < TRIES:
            self._waiting.appendleft((sent.image, sent.tries))
            return
        fix = "give the workers more memory, or run by block"
        done = ImageDone(sent.image, problems=(Problem(why, fix=fix),))
        with suppress(ObjclassError):  # it has no result either way
            self._batch.record(done, input_states(sent.image))
        self.done[sent.image.name] = done


def work_off_message(setup: bytes, folder: str, message: bytes) -> bytes:
    """Work off one image on a worker; relative paths begin in `folder`."""
    with chdir(folder):
        return bytes(ForkingPickler.dumps(_batch(setup).work_off(ForkingPickler.loads(message))))


@lru_cache(maxsize=1)
def _batch(setup: bytes) -> Batch:
    plugins, sent = ForkingPickler.loads(setup)
    return set_up(plugins, sent)
