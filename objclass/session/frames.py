"""Frames of a session: objects and features of one image and time point, made when asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, TypeVar

from objclass.classification.normalizing import GroupScale
from objclass.curation.annotated_objects import Place, loaded, whole
from objclass.curation.label_image_reader import ending_at
from objclass.data.dataclass import dataclass
from objclass.data.labels import Index, LabelImage
from objclass.data.objects import ObjectTable
from objclass.data.wire import Wire
from objclass.engine.columns import Columns
from objclass.engine.outcome import StepOutcome
from objclass.engine.role import PartRole
from objclass.engine.store import Damaged, Store
from objclass.errors import ObjclassError, Problem, RunError, list_some
from objclass.nodes.scaled import scale_in
from objclass.run import Job, problems_of
from objclass.session.frame_columns import FrameColumns
from objclass.session.ground import SessionGround
from objclass.session.selection import FrameSelection
from objclass.session.wide_scale import with_all_columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from objclass.data.image import Image

T = TypeVar("T")

MOST_OBJECTS = 2_000_000
"""Objects of frames that are held; beyond, the frame that was not asked for longest goes."""
LARGE_FRAME = 1 << 24
"""Voxels beyond which a frame is made block by block."""
EDGE = {2: 2048, 3: 128}
"""Of these blocks, by dimensions."""
MOST_FRAMES = 64
MOST_REMEMBERED = 128


@dataclass(frozen=True)
class SessionFrame:
    """The objects of one image and frame.

    Parameters
    ----------
    place
        Image and frame (after cropping).
    labels
        Their ids, read on demand.
    index
        One row an object.
    raw
        The image they are measured on; None where there is none.
    measured
        Their features; loaded when they are asked for.
    scale
        Where the group of the image lies, where features are z-scores of one.
    selected
        bool (n,), the objects that the classifier is for; None for all.
    """

    place: Place
    labels: LabelImage
    index: Index
    raw: Image | None
    measured: FrameColumns
    scale: GroupScale | None = None
    selected: NDArray[np.bool_] | None = None

    @property
    def ids(self) -> NDArray[np.uint64]:
        """uint64 (n,), ascending."""
        return self.index.ids

    def learned(self, names: Iterable[str], rows: NDArray[np.intp]) -> Mapping[str, NDArray[Any]]:
        """Return features (m,) of some rows (m,) as the classifier sees them."""
        found = self.measured.rows(names, rows)
        return found if self.scale is None else self.scale.normalize_columns(found)

    def table(self, ids: NDArray[np.uint64]) -> ObjectTable:
        """Return all features of some objects as one table, as the classifier sees them."""
        import numpy as np

        rows = self.rows(np.unique(ids))
        rows = rows[rows >= 0]
        return ObjectTable(self.ids[rows], self.learned(self.measured.names, rows))

    def rows(self, ids: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return the rows of objects; −1 where there is no such object."""
        import numpy as np

        if not len(self.ids):
            return np.full(len(ids), -1, np.intp)
        rows = np.searchsorted(self.ids, ids)
        rows[rows == len(self.ids)] = 0
        return np.where(self.ids[rows] == ids, rows, -1)


class BoundedMemory(OrderedDict[Hashable, Any]):
    """What was found out of frames and is dear to find out again; the oldest goes."""

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is remembered; what is not, or no longer, is made."""
        try:
            found: T = self[key]
        except KeyError:
            found = self[key] = make()
        return found

    def __setitem__(self, key: Hashable, value: Any) -> None:
        super().__setitem__(key, value)
        while len(self) > MOST_REMEMBERED:
            self.popitem(last=False)


class SessionFrames:
    """Makes frames through the engine, so that what is stored is used, and holds the last ones."""

    def __init__(self, ground: SessionGround) -> None:
        self.ground = ground
        self.counts: dict[Place, int] = {}
        self.selection = FrameSelection(ground.selected)
        self._all_scaled = False
        self.remembered = BoundedMemory()
        self._held: OrderedDict[Place, SessionFrame] = OrderedDict()
        self._lock = Lock()
        self._engine = RLock()

    def frame(self, place: Place) -> SessionFrame:
        """Return a frame; makes what is not stored yet.

        Raises
        ------
        RunError
            Where its objects or features cannot be made.
        """
        if (found := self.held(place)) is not None:
            return found
        with self._engine:
            if (found := self.held(place)) is None:
                found = self._made(place)
                self._hold(found)
        return found

    def some(self, places: Sequence[Place]) -> tuple[list[SessionFrame], str]:
        """Return the frames that can be made, and in words why others cannot.

        Raises
        ------
        ObjclassError
            Where none can.
        """
        found, errors = [], dict[str, ObjclassError]()
        for place in places:
            try:
                found.append(self.frame(place))
            except ObjclassError as error:
                errors[place[0]] = error
        if errors and not found:
            raise next(iter(errors.values()))
        first = next((str(error) for error in errors.values()), "")
        return found, f"without {list_some(errors, 3)}: {first}" if errors else ""

    def objects(self, place: Place) -> SessionFrame:
        """Return a frame whose features nobody will ask for; they are not measured."""
        if (found := self.held(place)) is not None:
            return found
        store, wires = self.ground.job.store, self.ground.wires[:1]
        with self._engine:
            return self.remembered.recall(
                ("objects", place), lambda: whole(store, lambda: self._load(place, wires))
            )

    def raw(self, place: Place) -> Image | None:
        """Return the image of a frame, which is seen before its objects are made."""
        if (found := self.held(place)) is not None:
            return found.raw
        return self.remembered.recall(("raw", place), lambda: self.ground.found.raw(place))

    def held(self, place: Place) -> SessionFrame | None:
        """Return a frame that is at hand, else None."""
        with self._lock:
            found = self._held.get(place)
            if found is not None:
                self._held.move_to_end(place)
            return found

    def at_hand(self) -> tuple[SessionFrame, ...]:
        """Return the frames that are at hand, the one that was asked for last at the end."""
        with self._lock:
            return tuple(self._held.values())

    def scale_all(self) -> None:
        """Make z-scores of all columns from now on, also of those that the workflow leaves out."""
        with self._engine, self._lock:
            if self.ground.scale_wire is not None and not self._all_scaled:
                self._all_scaled = True
                self._held.clear()

    def _hold(self, frame: SessionFrame) -> None:
        with self._lock:
            self._held[frame.place] = frame
            for of in ("objects", "raw"):  # of a million objects each copy is fifty megabytes
                self.remembered.pop((of, frame.place), None)
            self.counts[frame.place] = len(frame.index)
            while len(self._held) > 1 and (
                len(self._held) > MOST_FRAMES
                or sum(len(each.index) for each in self._held.values()) > MOST_OBJECTS
            ):
                self._held.popitem(last=False)

    def _made(self, place: Place) -> SessionFrame:
        return whole(self.ground.job.store, lambda: self._load(place, self.ground.wires))

    def _load(self, place: Place, wires: Sequence[Wire]) -> SessionFrame:
        ground = self.ground
        outcomes = self._outcomes(place, wires)
        first, *tables = _carried(outcomes, wires, place)
        assert first.known is not None
        labels = loaded(ground.job, first.step, first.known)
        index = labels.index
        labels = replace(labels, load_index=lambda: index)  # else it is read at every question
        scale = _scale(ground.job, outcomes, place[0])
        here = {(o.step.node, o.step.part.name): o for o in outcomes if _is_at(o, place)}
        some = self.selection.find(ground.job, here, outcomes, index.ids) if tables else None
        measured = FrameColumns(lambda: self._columns(place, wires, tables))
        return SessionFrame(place, labels, index, ground.found.raw(place), measured, scale, some)

    def _outcomes(self, place: Place, wires: Sequence[Wire]) -> Sequence[StepOutcome]:
        """Make what wires carry, and what else features need: objects alone have none."""
        ground, selected = self.ground, self.selection.selected
        more = [ground.scale_wire, selected.predictions if selected else None]
        joined = [wire for wire in more if wire is not None] if len(wires) > 1 else []
        graph = ground.job.graph if joined else ground.alone(place[0])
        if self._all_scaled and joined:
            graph = with_all_columns(graph, ground.classifier, ground.table)
        ending = ending_at(graph, (*wires, *joined), *place)
        block = _block(ground.grid(place[0]).shape)
        return replace(ground.job, graph=ending).run(scheduler="serial", block=block)

    def _columns(
        self, place: Place, wires: Sequence[Wire], tables: Sequence[StepOutcome]
    ) -> list[Columns]:
        """Return the columns of every family; what is damaged is measured again."""
        store = self.ground.job.store
        try:
            return _columns_in(store, tables)
        except Damaged as damage:
            store.forget(damage.digest)

        def again() -> list[Columns]:
            with self._engine:
                _, *tables = _carried(self._outcomes(place, wires), wires, place)
            return _columns_in(store, tables)

        return whole(store, again)


def _block(shape: tuple[int, ...]) -> Mapping[str, int] | None:
    """Return the block by which a large frame is made, so that memory does not grow with it."""
    if prod(shape) <= LARGE_FRAME:
        return None
    return dict.fromkeys("zyx"[-len(shape) :], EDGE[len(shape)])


def _columns_in(store: Store, tables: Sequence[StepOutcome]) -> list[Columns]:
    return [store.load_columns(each.known.artifact.digest) for each in tables if each.known]


def _carried(
    outcomes: Sequence[StepOutcome], wires: Sequence[Wire], place: Place
) -> list[StepOutcome]:
    """Return what made that which wires carry; refuse with the reason where nothing did."""
    made = {(o.step.node, o.step.part.name): o for o in outcomes if o.known and _is_at(o, place)}
    missing = [wire for wire in wires if (wire.node, wire.part or "") not in made]
    if missing:
        raise RunError(*(_problems(outcomes) or [Problem(f"{missing[0]} cannot be made")]))
    return [made[wire.node, wire.part or ""] for wire in wires]


def _is_at(outcome: StepOutcome, place: Place) -> bool:
    return (outcome.step.image, outcome.step.t) == place


def _scale(job: Job, outcomes: Sequence[StepOutcome], image: str) -> GroupScale | None:
    """Return where the group of an image lies, where that was asked for."""
    found = (o for o in outcomes if o.step.part.role is PartRole.SCALE and o.step.image == image)
    scales = (
        scale_in(job.store.load(o.known.artifact, o.step.part.header)) for o in found if o.known
    )
    return next(scales, None)


def _problems(outcomes: Sequence[StepOutcome]) -> list[Problem]:
    """Return what kept a frame from being made; rows that match nothing did not."""
    bugs = [outcome.bug for outcome in outcomes if outcome.bug]
    if bugs:
        raise RuntimeError("\n\n".join(bugs))
    return problems_of([o for o in outcomes if o.step.part.role is not PartRole.MATCHES])
