"""Whether a run fits into the memory it may take, and how many processes share it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from objclass.data.dataclass import dataclass
from objclass.data.memory_share import WORKER_BYTES, MemoryShare
from objclass.engine.decide import Cached
from objclass.engine.foresight import Block, StepMemory
from objclass.engine.graph import Graph, above
from objclass.engine.node import Node
from objclass.engine.plan import Planned
from objclass.errors import Advice, FieldSetting, Problem, advise
from objclass.io.cpus import workers_of
from objclass.io.memory_limit import MemoryLimit
from objclass.io.room import format_bytes

EDGES = {3: (512, 256, 128, 64), 2: (4096, 2048, 1024, 512)}
"""Edges of blocks that are recommended, by the number of dimensions."""


@dataclass(frozen=True)
class MemoryForecast:
    """What is foretold of the memory of a run.

    Parameters
    ----------
    limit
        What all its processes may take together.
    workers
        How many processes there will be.
    fewer_than
        How many there would be with more memory; None where that is the same.
    largest
        The part whose steps take most; None where no step works on voxels.
    """

    limit: MemoryLimit
    workers: int
    fewer_than: int | None
    largest: StepMemory | None

    @property
    def likely(self) -> int:
        """Bytes that one process takes at most, about."""
        return self.largest.likely if self.largest else WORKER_BYTES

    @property
    def peak(self) -> int:
        """Bytes that all processes take together at most, about."""
        return self.workers * self.likely

    @property
    def share(self) -> MemoryShare:
        """What each process may take."""
        return MemoryShare(self.limit.bytes // self.workers, self.workers)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know: that there are fewer processes than there could be."""
        if self.likely > self.share.bytes:
            what = f"a process may take about {format_bytes(self.likely)}"
            return (f"{what}, more than {format_bytes(self.share.bytes)}: what does not fit fails",)
        if self.fewer_than is None:
            return ()
        count = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        each = format_bytes(self.likely)
        return (f"{count} instead of {self.fewer_than}: each takes about {each} of {self.limit}",)

    def as_json(self) -> dict[str, object]:
        """Return it for programs; sizes in bytes."""
        return {
            "peak": self.peak,
            "limit": self.limit.bytes,
            "limit_by": self.limit.origin,
            "workers": self.workers,
            "node": self.largest.step.node if self.largest else None,
        }

    def __str__(self) -> str:
        large = self.largest is not None and self.likely > 1.1 * WORKER_BYTES
        node = f" in {self.largest.step.node}" if self.largest and large else ""
        many = f" for {self.workers} workers" if self.workers > 1 else ""
        limit = f", of {self.limit}" if self.limit.is_said else ""
        return f"about {format_bytes(self.peak)}{many}{node}{limit}"


def forecast(
    found: Iterable[StepMemory], limit: MemoryLimit, asked: int | None, most: int | None = None
) -> MemoryForecast:
    """Return what is foretold; where nobody said how many workers, so many as fit.

    Parameters
    ----------
    found
        What steps take.
    limit
        What all processes may take.
    asked
        The number of workers that a person said.
    most
        How many have something to do, where that is known.
    """
    workers = workers_of(asked) if most is None else max(1, min(workers_of(asked), most))
    largest = max(found, key=lambda each: each.likely, default=None)
    whole = MemoryForecast(limit, workers, None, largest)
    fit = max(1, min(workers, limit.bytes // whole.likely))
    if asked is not None or os.environ.get("OBJCLASS_WORKERS") or fit == workers:
        return whole
    return MemoryForecast(limit, fit, workers, largest)


def memory_problems(
    graph: Graph, found: Iterable[StepMemory], share: MemoryShare, planned: Sequence[Planned]
) -> Iterator[Problem]:
    """Yield why steps that must run cannot fit, one problem per part.

    Parameters
    ----------
    graph
        The checked nodes.
    found
        What steps take that may not fit.
    share
        What each process may take.
    planned
        What must run.
    """
    run = {each.step.address[:3] for each in planned if not isinstance(each.decision, Cached)}
    worst: dict[tuple[str, str], StepMemory] = {}
    for each in found:
        place = each.step.node, each.step.part.name
        if each.step.address[:3] in run:
            worst[place] = max(worst.get(place, each), each, key=lambda one: one.least)
    for each in worst.values():
        yield _refused(graph, each, share)


def _refused(graph: Graph, found: StepMemory, share: MemoryShare) -> Problem:
    step = found.step
    lengths = zip(found.grid.spatial, found.grid.shape, strict=True)
    block = found.block or {}
    edges = " x ".join(str(min(n, block.get(axis, n))) for axis, n in lengths)
    each = " for each process" if share.workers > 1 else ""
    return Problem(
        f"{step.part.name} needs at least {format_bytes(found.least)} of memory",
        got=f"{'a frame' if found.block is None else 'a block'} of {edges} at once",
        expected=f"at most {format_bytes(share.bytes)}{each}",
        fix=_ways(graph, found, share),
        node=step.node,
        images=(step.image,) if step.image and len(graph.images) > 1 else (),
    )


def _ways(graph: Graph, found: StepMemory, share: MemoryShare) -> Advice:
    """Say what helps: fewer workers, more memory, a smaller block."""
    more = f"--memory {-(-found.likely * share.workers // 2**20)}MiB"
    fewer = share.bytes * share.workers // found.likely
    way = f"add --workers {fewer}, or {more}" if fewer else f"add {more}"
    node = _predicting(graph.nodes, found.step.node)
    edge = next((e for e in EDGES[found.grid.dimensions] if _fits(found, e, share)), None)
    if node is None or edge is None:
        return advise(way)
    if graph.nodes[node].cuts is not None:
        return advise(way, ", or ", FieldSetting("block", str(edge), node, verb="write"))
    kind = FieldSetting("kind", "blockwise", node, verb="write")
    return advise(way, ", or ", kind, " ", FieldSetting("block", str(edge), node, verb="and"))


def _fits(found: StepMemory, edge: int, share: MemoryShare) -> bool:
    """Return True where blocks of this edge are likely to fit, with what objects need around."""
    block: Block = dict.fromkeys("zyx", edge)
    return WORKER_BYTES + found.at_work(block, found.around) <= share.bytes


def _predicting(nodes: Mapping[str, Node], name: str) -> str | None:
    """Return the node below this one that predicts, and so may have blocks, None without one."""
    predicting = [each for each, node in nodes.items() if node.predicts is not None]
    return next((p for p in predicting if name == p or name in above(nodes, p)), None)
