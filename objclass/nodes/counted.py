"""What is told of objects: how many there are, as every node counts them that makes or has some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from objclass.data.dataclass import dataclass
from objclass.engine.summary import Summary


@dataclass(frozen=True)
class ObjectSummary(Summary):
    """How many objects there are.

    Parameters
    ----------
    objects
        In this frame, or in all that were merged.
    """

    objects: int

    @property
    def counts(self) -> Mapping[str, int]:
        """Class to objects; empty where nothing is predicted."""
        return {}

    @property
    def not_counted(self) -> int | None:
        """Objects of classes that are left out of counts; None where there are no such classes."""
        return None

    @property
    def others(self) -> int | None:
        """Objects that the classifier is not for, beside `objects`; None where it is for all."""
        return None


@dataclass(frozen=True)
class LabelImageSummary(ObjectSummary):
    """What is told of a label image.

    Parameters
    ----------
    objects
        How many there are.
    dropped
        Why to how many were left out; causes without any are left out.
    threshold
        The level that was found automatically, of one frame.
    levels
        The lowest and the highest of them, of several frames.
    touches_border, median_size
        Objects at the border, and the voxels of the one in the middle by size; None of no objects.
    """

    kind: ClassVar[str] = "label image"

    dropped: Mapping[str, int] = field(default_factory=dict)
    threshold: float | None = None
    levels: tuple[float, float] | None = None
    touches_border: int | None = None
    median_size: float | None = None

    @property
    def found_levels(self) -> tuple[float, ...]:
        """The level of one frame, or the ends of those of several."""
        return self.levels or (() if self.threshold is None else (self.threshold,))

    @classmethod
    def merged(cls, told: Sequence[Self]) -> Self:
        """Return the sums, and the span of levels; what is merged already may be merged again."""
        levels = [level for each in told for level in each.found_levels]
        return cls(
            sum(each.objects for each in told),
            sum_up(each.dropped for each in told),
            levels=(min(levels), max(levels)) if levels else None,
            touches_border=sum(each.touches_border or 0 for each in told),
        )

    @property
    def facts(self) -> dict[str, Any]:
        """``dropped``, ``objects``, and ``levels`` where they were found."""
        found = {"dropped": dict(self.dropped), "objects": self.objects}
        return found | ({"levels": list(self.levels)} if self.levels else {})

    def sentences(self, before: Self | None = None) -> Iterator[str]:
        """Yield how many objects there are and were, the levels, and what was left out."""
        yield moved(self, before)
        if self.levels:
            low, high = self.levels
            yield f"level {low:.4g}" if low == high else f"levels {low:.4g} to {high:.4g}"
        dropped = [f"{n} {cause.replace('_', ' ')}" for cause, n in self.dropped.items() if n]
        if dropped:
            yield f"dropped {', '.join(dropped)}"


@dataclass(frozen=True)
class LayerSummary(Summary):
    """How many objects a layer has that is made on the way to the objects of a node."""

    kind: ClassVar[str] = "layer"

    layer: str
    found: int

    @classmethod
    def of_json(cls, record: Mapping[str, Any]) -> Self:
        """Return the layer; version 0.1 wrote its name as the key."""
        if "layer" in record:
            return cls(record["layer"], record["found"])
        ((layer, found),) = record.items()
        return cls(layer, found)


def moved(now: ObjectSummary, before: ObjectSummary | None) -> str:
    """Return ``118 -> 120 objects``, or only the present number where it did not change."""
    was = f"{before.objects} -> " if before and before.objects != now.objects else ""
    return f"{was}{count_objects(now.objects)}"


def count_objects(count: int) -> str:
    """Return ``1 object`` or ``12 objects``."""
    return "1 object" if count == 1 else f"{count} objects"


def sum_up(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the sum of several counts, name by name."""
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
