"""What the columns of a whole run tell of themselves: missing, equal, or on a few levels only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from objclass.data.definition import Definition
from objclass.data.objects import TableHeader
from objclass.data.value_range import levels_used, suggested_range, written_range
from objclass.engine.outcome import StepOutcome
from objclass.errors import list_some
from objclass.nodes.features.summary import FeatureSummary

FEW = 3


def column_notes(outcomes: Sequence[StepOutcome]) -> Iterator[str]:
    """Yield sentences about columns that say nothing of any object, and ranges that hardly do.

    Parameters
    ----------
    outcomes
        Of the steps of one features node, over all images and frames.
    """
    by_part: dict[str, list[StepOutcome]] = {}
    for outcome in outcomes:
        summary = outcome.told(FeatureSummary)
        if summary is not None and summary.objects:
            by_part.setdefault(outcome.step.part.name, []).append(outcome)
    missing: dict[str, None] = {}
    equal: dict[str, None] = {}
    count = 0
    for name, steps in by_part.items():
        found = FeatureSummary.merged([told for o in steps if (told := o.told(FeatureSummary))])
        count = max(count, found.objects)
        missing |= dict.fromkeys(
            n for n, lacking in found.missing.items() if lacking == found.objects
        )
        equal |= dict.fromkeys(found.equal)
        yield from _levels(name, steps[0], found)
    if missing and count > 1:
        yield f"missing for all {count} objects: {list_some(missing, FEW)}"
    if equal:
        yield f"equal for all {count} objects: {list_some(equal, FEW)}"


def _levels(part: str, step: StepOutcome, found: FeatureSummary) -> Iterator[str]:
    """Yield where the objects' values lie on a quarter of the levels of their range or fewer."""
    header = step.step.part.header
    assert isinstance(header, TableHeader)
    definition: Definition = header.definitions[part]
    levels = definition.levels
    for channel, (low, high) in found.values.items():
        over = definition.ranges.get(channel)
        used = levels_used(over, low, high, levels) if over and levels else levels
        if over is None or 4 * used > levels:
            continue
        what = f"{part} of channel {channel}: values from {low:.6g} to {high:.6g} lie on"
        text = f"{what} {used} of {levels} levels over {written_range(over)}"
        close = suggested_range(definition.voxels[channel], low, high)
        narrower = close is not None and close[1] - close[0] < (over[1] - over[0]) / 2
        yield f"{text}; 'value_range: {written_range(close)}' fits" if close and narrower else text
