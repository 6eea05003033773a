"""What a column's numbers stand for beyond its name: version, options, and the range they go over.

Two columns of one name and another definition are two columns: a forest that learned from
one must not be shown the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from objclass.data.contract import Difference
from objclass.data.dataclass import dataclass
from objclass.data.value_range import (
    UNKNOWN,
    Range,
    range_setting,
    suggested_range,
    written_range,
)
from objclass.errors import Advice, advise

if TYPE_CHECKING:
    from objclass.data.objects import Column


@dataclass(frozen=True)
class Definition:
    """What one family measures, on the objects or on a region of them.

    Parameters
    ----------
    version
        Of the family; None where an earlier release kept neither it nor the options.
    options
        Options of the entry and fields of the region, as JSON.
    voxels
        Channel to numpy name of the voxel type, for families that read voxels.
    ranges
        Channel to the range that is known of its values.
    over_range
        Columns that go over that range: levels of texture, bins of histograms.
    levels
        Steps that the range is divided into; 0 where it is not.
    """

    version: int | None
    options: Mapping[str, Any] = field(default_factory=dict)
    voxels: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    over_range: frozenset[str] = frozenset()
    levels: int = 0

    def plain(self) -> dict[str, Any]:
        """Return it as JSON, without columns and levels, which follow from the rest."""
        return {
            "version": self.version,
            "options": dict(self.options),
            "voxels": dict(self.voxels),
            "ranges": {channel: list(span) for channel, span in self.ranges.items()},
        }


def definition_from(facts: Mapping[str, Any]) -> Definition:
    """Return a definition from its JSON."""
    ranges = {name: (float(low), float(high)) for name, (low, high) in facts["ranges"].items()}
    return Definition(facts["version"], facts["options"], facts["voxels"], ranges)


@dataclass(frozen=True)
class DefinitionChange:
    """Two definitions of one part: what its columns were made for, and what they are here.

    Parameters
    ----------
    part
        The family, with the region before it.
    meant, now
        What the columns were made for, and what they are.
    other
        The image that the former holds for; None for the training of a project.
    image
        The node that the voxels come from.
    held
        Looks for the voxel type and the smallest and largest value of the image, where it is
        a file.
    """

    part: str
    meant: Definition
    now: Definition
    other: str | None = None
    image: str = "raw"
    held: Callable[[], tuple[str, Range] | None] = lambda: None

    def differences(self, columns: Sequence[Column], *, learned: bool) -> Iterator[Difference]:
        """Yield in what the definitions differ where it matters to these columns.

        Parameters
        ----------
        columns
            Those of the part that are used.
        learned
            True where a classifier learned from them: then intensities must be of one scale.
        """
        yield from self._family()
        channels = dict.fromkeys(c.channel for c in columns if c.name in self.now.over_range)
        others = [channel for channel in channels if channel and self._has_other_range(channel)]
        yield from map(self._range, others[:1])
        if learned and not others and any(column.group == "intensity" for column in columns):
            yield from self._scale()

    @property
    def _where(self) -> str:
        return "in training" if self.other is None else f"in '{self.other}'"

    def _family(self) -> Iterator[Difference]:
        meant, now = self.meant, self.now
        if meant.version not in (None, now.version):
            expected = f"version {meant.version}, as {self._where}"
            fix = "train again with this release: objclass run"
            what = f"{self.part} is defined otherwise"
            yield Difference(what, f"version {now.version}", expected, fix)
        for name in {**meant.options, **now.options} if meant.version is not None else ():
            was, got = meant.options.get(name), now.options.get(name)
            if was != got:
                what = f"{self.part} is measured with another '{name}'"
                expected = f"{_describe(was)}, as {self._where}"
                yield Difference(what, _describe(got), expected, "measure as there, or train again")

    def _has_other_range(self, channel: str) -> bool:
        return self.meant.ranges.get(channel) != self.now.ranges.get(channel)

    def _range(self, channel: str) -> Difference:
        meant, now = self.meant.ranges.get(channel), self.now.ranges.get(channel)
        was = written_range(meant) if meant else "each object's own range"
        what = f"{self.part} of channel {channel} goes over another range"
        got, expected = written_range(now) if now else "none", f"{was}, as {self._where}"
        fix = self._way_on(meant or now) if meant else "train again: objclass run"
        return Difference(what, got, expected, fix)

    def _scale(self) -> Iterator[Difference]:
        """Yield the first channel whose voxel type changed while no range tells its scale."""
        meant, now = self.meant, self.now
        for channel, dtype in now.voxels.items():
            was, known = meant.voxels.get(channel, dtype), meant.ranges.get(channel)
            if was != dtype and (known is None or known != now.ranges.get(channel)):
                what = f"voxels of {self.image} have another type, and intensities are learned from"
                fix = self._way_on(known or now.ranges.get(channel))
                yield Difference(what, dtype, f"{was}, as {self._where}", fix)
                return

    def _way_on(self, span: Range | None) -> str | Advice:
        text = written_range(span) if span else UNKNOWN
        if self.other is not None:
            return advise("where the numbers mean the same, ", range_setting(span, self.image))
        beyond = self._beyond(span)
        if beyond:
            return beyond
        if self.meant.ranges:
            return f"where the numbers mean the same, --set {self.image}.value_range='{text}'"
        return f"train with a 'value_range: {text}' in {self.image} that holds for both"

    def _beyond(self, span: Range | None) -> str | None:
        """Say what to do where the image holds values that a range of training has not."""
        found = self.held() if span else None
        if span is None or found is None:
            return None
        dtype, (low, high) = found
        if span[0] <= low and high <= span[1]:
            return None
        wide = suggested_range(dtype, min(low, span[0]), max(high, span[1])) or span
        what = f"its values go from {low:.6g} to {high:.6g}, beyond {written_range(span)}"
        return f"{what}: train with 'value_range: {written_range(wide)}' in {self.image}"


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)
