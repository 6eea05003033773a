"""What is told of learning: annotations and their objects, examples, the model, its scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from objclass.annotations.rows import Row
from objclass.data.dataclass import dataclass
from objclass.engine.summary import KIND, Summary

if TYPE_CHECKING:
    from objclass.annotations.matches import Matches
    from objclass.annotations.outcome import Reattachment


@dataclass(frozen=True)
class MatchSummary(Summary):
    """What became of the annotations of one image; without line numbers, which may move.

    Parameters
    ----------
    matches, outcomes
        As :meth:`objclass.annotations.matches.Matches.plain` and
        :func:`objclass.annotations.outcome.plain` return them.
    because
        Which change made rows invalid; empty where none is, or nobody knows.
    back
        Digests of settings with which all rows were valid; None where any will do.
    doubt
        What is odd about the rows, and what would mend it.
    """

    kind: ClassVar[str] = "matches"

    matches: Sequence[Sequence[object]] = field(default_factory=list)
    outcomes: Sequence[dict[str, object]] = field(default_factory=list)
    because: str = ""
    back: Sequence[str] | None = None
    doubt: tuple[str, str] | None = None

    @classmethod
    def of_json(cls, record: Mapping[str, Any]) -> Self:
        """Return what was told."""
        doubt = tuple(record.get("doubt", ())) or None
        names = ("matches", "outcomes", "because", "back")
        return cls(**{n: record[n] for n in names if n in record}, doubt=doubt)

    @property
    def statuses(self) -> list[str]:
        """The status of every row."""
        return [str(match[0]) for match in self.matches]

    def matched(self, rows: Iterable[Row]) -> Matches:
        """Return the matches with the line numbers of now.

        Parameters
        ----------
        rows
            Of the image, as the file of now has them.
        """
        from objclass.annotations.matches import restore

        return restore(rows, self.matches)

    def restored(self, rows: Iterable[Row]) -> tuple[Matches, tuple[Reattachment, ...]]:
        """Return the matches, and what became of invalid ones, with the line numbers of now."""
        from objclass.annotations.outcome import restore

        found = self.matched(rows)
        return found, restore(found, self.outcomes)


@dataclass(frozen=True)
class OutsideSummary(Summary):
    """Which annotated objects of an image are not those that a classifier is for.

    Parameters
    ----------
    rows
        Numbers of their rows, in the order of the matches.
    """

    kind: ClassVar[str] = "outside"

    rows: Sequence[int] = field(default_factory=list)


@dataclass(frozen=True)
class ExampleSummary(Summary):
    """How many examples there are in one image, or in all that were merged."""

    kind: ClassVar[str] = "examples"

    examples: int = 0

    @classmethod
    def merged(cls, told: Sequence[Self]) -> Self:
        """Return the sum."""
        return cls(sum(each.examples for each in told))


@dataclass(frozen=True)
class ModelSummary(Summary):
    """What a classifier learned from.

    Parameters
    ----------
    examples
        Class to examples.
    columns
        How many columns.
    origin
        Image, position and object of every example.
    """

    kind: ClassVar[str] = "model"

    examples: Mapping[str, int]
    columns: int = 0
    origin: Sequence[Mapping[str, object]] = field(default_factory=list, repr=False)

    @property
    def facts(self) -> dict[str, Any]:
        """``examples``."""
        return {"examples": dict(self.examples)}

    def sentences(self, before: Self | None = None) -> Iterator[str]:
        """Yield how many examples there are of each class."""
        counts = ", ".join(f"{n} {name}" for name, n in self.examples.items())
        yield f"{sum(self.examples.values())} examples: {counts}"


@dataclass(frozen=True)
class EvaluationSummary(Summary):
    """How good a classifier is, as :func:`objclass.evaluation.quality.evaluation` says it."""

    kind: ClassVar[str] = "evaluation"

    scores: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return the scores beside the kind."""
        return {KIND: self.kind, **self.scores}

    @classmethod
    def of_json(cls, record: Mapping[str, Any]) -> Self:
        """Return the scores."""
        return cls({name: value for name, value in record.items() if name != KIND})

    @property
    def facts(self) -> dict[str, Any]:
        """``evaluation``."""
        return {"evaluation": dict(self.scores)}
