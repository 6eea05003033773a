"""What the columns of a whole run tell of themselves: missing, equal, or on a few levels only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from objclass.data.definition import Definition
from objclass.data.objects import TableHeader
from objclass.data.value_range import levels_used, suggested_range, written_range
from objclass.engine.outcome import StepOutcome
from objclass.errors import list_some

LEVELS: Mapping[str, int] = {"intensity": 64, "texture": 16}
"""Steps that a family divides its range into."""
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
        summary = outcome.known.summary if outcome.known else {}
        if summary.get("objects") and "missing" in summary:
            by_part.setdefault(outcome.step.part.name, []).append(outcome)
    missing: dict[str, None] = {}
    equal: dict[str, None] = {}
    count = 0
    for name, steps in by_part.items():
        summaries = [step.known.summary for step in steps if step.known]
        objects = sum(summary["objects"] for summary in summaries)
        count = max(count, objects)
        missing |= dict.fromkeys(_missing(summaries, objects))
        equal |= dict.fromkeys(_equal(summaries))
        yield from _levels(name, steps[0], summaries)
    if missing and count > 1:
        yield f"missing for all {count} objects: {list_some(missing, FEW)}"
    if equal:
        yield f"equal for all {count} objects: {list_some(equal, FEW)}"


def _missing(summaries: Sequence[Mapping[str, Any]], objects: int) -> Iterator[str]:
    for name in summaries[0]["missing"]:
        if sum(summary["missing"].get(name, 0) for summary in summaries) == objects:
            yield name


def _equal(summaries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield columns with one and the same value in every frame."""
    first: Mapping[str, float] = summaries[0].get("equal", {})
    for name, value in first.items():
        if all(summary.get("equal", {}).get(name) == value for summary in summaries):
            yield name


def _levels(part: str, step: StepOutcome, summaries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield where the objects' values lie on a quarter of the levels of their range or fewer."""
    header = step.step.part.header
    assert isinstance(header, TableHeader)
    definition: Definition = header.definitions[part]
    levels = next((n for family, n in LEVELS.items() if part.endswith(family)), 0)
    spans = [summary["values"] for summary in summaries if summary.get("values")]
    for channel in dict.fromkeys(channel for span in spans for channel in span):
        low = min(span[channel][0] for span in spans if channel in span)
        high = max(span[channel][1] for span in spans if channel in span)
        over = definition.ranges.get(channel)
        used = levels_used(over, low, high, levels) if over and levels else levels
        if over is None or 4 * used > levels:
            continue
        what = f"{part} of channel {channel}: values from {low:.6g} to {high:.6g} lie on"
        text = f"{what} {used} of {levels} levels over {written_range(over)}"
        close = suggested_range(definition.voxels[channel], low, high)
        narrower = close is not None and close[1] - close[0] < (over[1] - over[0]) / 2
        yield f"{text}; 'value_range: {written_range(close)}' fits" if close and narrower else text
