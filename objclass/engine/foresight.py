"""How much memory steps will take, foretold from headers before a voxel is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod

from objclass.data.axes import Grid
from objclass.data.blocks import BAND_BYTES
from objclass.data.dataclass import dataclass
from objclass.data.image import ImageHeader
from objclass.data.labels import LabelHeader
from objclass.data.memory_share import KEPT_BYTES, WORKER_BYTES
from objclass.engine.artifact import Header
from objclass.engine.graph import Graph, Step
from objclass.engine.node import Part
from objclass.io.header import voxel_bytes
from objclass.io.kept_frames import FRAME_BYTES

Block = Mapping[str, int]


@dataclass(frozen=True)
class StepMemory:
    """What a process takes to make a part of an image, all that it imports included.

    Parameters
    ----------
    step
        The first step of the part.
    grid
        Of its frames.
    voxel
        Bytes per voxel of the arrays that are at work at once.
    makes_voxels
        True where it works on blocks of voxels, not on the objects that begin in a block.
    kept
        Bytes of frames, bands and chunks that are kept meanwhile.
    block
        The block that it is made by; None for a whole frame.
    """

    step: Step
    grid: Grid
    voxel: int
    makes_voxels: bool
    kept: int
    block: Block | None

    @property
    def least(self) -> int:
        """Bytes without which it cannot be made; how far objects reach no header says."""
        return WORKER_BYTES + (self.at_work(self.block) if self.makes_voxels else 0)

    @property
    def likely(self) -> int:
        """Bytes that it takes, about."""
        return WORKER_BYTES + self.at_work(self.block, self.around) + self.kept

    @property
    def around(self) -> int:
        """How many blocks along an axis may be read at once: objects reach out of their block."""
        return 1 if self.makes_voxels else 2

    def at_work(self, block: Block | None, around: int = 1) -> int:
        """Return the bytes of the voxels of a block, or of so many along every axis."""
        lengths = zip(self.grid.spatial, self.grid.shape, strict=True)
        edges = (n if block is None else min(n, around * block.get(a, n)) for a, n in lengths)
        return self.voxel * prod(edges)


def foresee_memory(graph: Graph, blocks: Mapping[str, Block]) -> Iterator[StepMemory]:
    """Yield what every part of every image takes; parts that read no voxels are left out.

    Parameters
    ----------
    graph
        The checked nodes.
    blocks
        Node to the execution block that its steps use.
    """
    known: dict[tuple[str, int], StepMemory | None] = {}
    for node in graph.order:
        for image, parts in graph.parts[node].items():
            for part in parts:
                if (node, part.name) not in graph.demanded or part.source or part.output:
                    continue  # files are read and written in bands
                if (node, id(part)) not in known:  # images that are alike share their parts
                    step = Step(node, part, image, part.times[0])
                    known[node, id(part)] = found = _memory_of(graph, step, blocks.get(node))
                    yield from [found] if found else []


def _memory_of(graph: Graph, step: Step, block: Block | None) -> StepMemory | None:
    part, image = step.part, step.image or ""
    if part.working is None or "image" in part.joins:
        return None
    given = [graph.part(read.wire.node, read.wire.part or "", image) for read in part.reads]
    headers = [each.header for each in given]
    voxels = [each for each in headers if isinstance(each, ImageHeader | LabelHeader)]
    if not voxels:
        return None
    made = [part.header] if isinstance(part.header, ImageHeader | LabelHeader) else []
    grid = (made or voxels)[0].grid
    voxel = sum(_read_bytes(part, headers, grid)) + sum(voxel_bytes(each.dtype) for each in made)
    by = None if part.whole else block
    return StepMemory(step, grid, voxel + part.working, bool(made), _kept(voxels), by)


def _read_bytes(part: Part, headers: Sequence[Header], grid: Grid) -> Iterator[int]:
    """Yield the bytes of a voxel of what is read over each wire, all channels of it.

    What lies on another grid is left out: a coarser one takes little.
    """
    for read, header in zip(part.reads, headers, strict=True):
        if not isinstance(header, ImageHeader | LabelHeader) or header.grid.shape != grid.shape:
            continue
        if isinstance(header, ImageHeader):
            channels = header.channels if read.subtrees is None else read.subtrees
            yield voxel_bytes(header.dtype) * len(channels)
        elif read.subtrees != ("index",):
            yield voxel_bytes(header.dtype)


def _kept(headers: Sequence[ImageHeader | LabelHeader]) -> int:
    """Return what is kept of frames that are small, or of the bands and chunks of large ones."""
    frames = [prod(each.grid.shape) * voxel_bytes(each.dtype) for each in headers]
    small = sum(each for each in frames if each <= FRAME_BYTES)
    large = max((each for each in frames if each > FRAME_BYTES), default=0)
    return min(KEPT_BYTES, small) + min(BAND_BYTES, large)
