"""What is told of a feature table: missing values, and columns that say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Self

from objclass.data.dataclass import dataclass
from objclass.errors import list_some
from objclass.nodes.counted import ObjectSummary, count_objects, sum_up

SHOWN = 3
"""Columns that are named."""


@dataclass(frozen=True)
class FeatureSummary(ObjectSummary):
    """What is told of one part of a feature table.

    Parameters
    ----------
    objects
        Rows of the table.
    missing
        Column to how many values it lacks, where any.
    equal
        Column to the value that all objects have, where several have one.
    values
        Channel to the smallest and largest value, where columns go over a range.
    """

    kind: ClassVar[str] = "features"

    missing: Mapping[str, int] = field(default_factory=dict)
    equal: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def merged(cls, told: Sequence[Self]) -> Self:
        """Return the sums, what is equal everywhere, and the widest spans."""
        spans: dict[str, Sequence[float]] = {}
        for channel in dict.fromkeys(name for each in told for name in each.values):
            mine = [each.values[channel] for each in told if channel in each.values]
            spans[channel] = [min(low for low, _ in mine), max(high for _, high in mine)]
        alike = {
            name: value
            for name, value in told[0].equal.items()
            if all(each.equal.get(name) == value for each in told)
        }
        objects = sum(each.objects for each in told)
        return cls(objects, sum_up(each.missing for each in told), alike, spans)

    @classmethod
    def across(cls, told: Sequence[Self]) -> Self:
        """Return what the families of a table tell: each has all objects."""
        return cls(max(each.objects for each in told), sum_up(each.missing for each in told))

    @property
    def facts(self) -> dict[str, Any]:
        """``missing`` and ``measured``."""
        return {"missing": dict(self.missing), "measured": self.objects}

    def sentences(self, before: Self | None = None) -> Iterator[str]:
        """Yield how many objects were measured, and which values are missing."""
        yield count_objects(self.objects)
        if self.missing:
            names = list_some((f"{name} {n}" for name, n in self.missing.items()), SHOWN)
            yield f"missing values: {names}"
