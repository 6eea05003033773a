"""What a step tells people of what it made: a small value of a type that its node owns.

It is kept with the trace as JSON, so that a cached run repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, ClassVar, Self, TypeVar

from objclass.data.dataclass import dataclass

Told = TypeVar("Told", bound="Summary")
KIND = "kind"


@dataclass(frozen=True)
class Summary:
    """Base of what is told; a subclass has the fields, and says what several mean together.

    Attributes
    ----------
    kind
        Names the type in a trace. Traces of version 0.1 have no kind, but the same fields.
    """

    kind: ClassVar[str]

    def as_json(self) -> dict[str, Any]:
        """Return kind and fields; what is None is left out."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return {KIND: self.kind, **known}

    @classmethod
    def of_json(cls, record: Mapping[str, Any]) -> Self:
        """Return what :meth:`as_json` gave.

        Raises
        ------
        TypeError
            Where a field lacks.
        """
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in record.items() if name in names})

    @classmethod
    def merged(cls, told: Sequence[Self]) -> Self:
        """Return what one part tells of several images and frames; of one, that."""
        return told[0]

    @classmethod
    def across(cls, told: Sequence[Self]) -> Self:
        """Return what several parts of a node tell, each merged before."""
        return cls.merged(told)

    @property
    def facts(self) -> dict[str, Any]:
        """What a report says as JSON."""
        return {}

    def sentences(self, before: Self | None = None) -> Iterator[str]:
        """Yield what a screen says, perhaps beside what the last run told of the same."""
        yield from ()


def told_as(summary: Summary | None, kind: type[Told]) -> Told | None:
    """Return a summary where it is of this type, else None."""
    return summary if isinstance(summary, kind) else None


def write_summary(summary: Summary | None) -> dict[str, Any]:
    """Return a summary as JSON; of none, nothing."""
    return {} if summary is None else summary.as_json()


def read_summary(kind: type[Summary] | None, record: Mapping[str, Any]) -> Summary | None:
    """Return the summary that a trace holds, None where it holds none.

    Parameters
    ----------
    kind
        What the part tells; None where it tells nothing.
    record
        What :func:`write_summary` returned, perhaps of an earlier version.

    Raises
    ------
    UnreadableSummary
        Where it is of another type, so that the step must run again to tell it.
    """
    if kind is None or not record:
        return None
    try:
        if record.get(KIND, kind.kind) == kind.kind:
            return kind.of_json(record)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableSummary(str(error)) from None
    raise UnreadableSummary(f"{record[KIND]} is not {kind.kind}")


class UnreadableSummary(ValueError):
    """A trace tells something else than its part does."""
