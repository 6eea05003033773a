"""What became of annotations whose objects changed, as values, counts and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from objclass.annotations.matches import Matches, settle
from objclass.annotations.rows import Row
from objclass.annotations.summary import describe, lines, lines_and_classes
from objclass.data.dataclass import dataclass

Kind = Literal["kept", "moved", "doubtful", "merged", "split", "lost"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ATTACHED: tuple[Kind, ...] = ("kept", "moved")


@dataclass(frozen=True)
class Reattachment:
    """What became of one invalid annotation.

    Parameters
    ----------
    row
        The annotation.
    kind
        See :mod:`objclass.annotations.reattach` for the rules.
    old_size
        Voxels of the object that was annotated, None where nobody knows.
    frame
        Frame after cropping, None without time.
    object
        Id of the present object (of a split: the piece with most of it), 0 for none.
    size
        Its voxels.
    position
        A voxel ``(z, y, x)`` inside it, in the uncropped image: the annotation's own where it
        still lies inside, else the deepest.
    stamp
        Its stamp.
    overlap
        Common voxels divided by the voxels of both together, None without the old label image.
    partners
        Of a merged one: other annotations whose objects are in the same present object.
    neighbours
        Of a merged one: how many old objects that nobody annotated are in it too.
    pieces
        Of a split one: ids of the present objects.
    """

    row: Row
    kind: Kind
    old_size: int | None = None
    frame: int | None = None
    object: int = 0
    size: int = 0
    position: tuple[int, int, int] | None = None
    stamp: str = ""
    overlap: float | None = None
    partners: tuple[Row, ...] = ()
    neighbours: int = 0
    pieces: tuple[int, ...] = ()

    @property
    def attached(self) -> bool:
        """True where the annotation has one present object and may be used with it."""
        return self.kind in ATTACHED

    @property
    def line(self) -> int:
        """Line of the annotation in its file."""
        return self.row.line


def adopt(matches: Matches, outcomes: Iterable[Reattachment]) -> Matches:
    """Return the matches with re-attached annotations as usable ones (``reattached``).

    An annotation that now meets another one of its object counts once or is a conflict, as ever.
    """
    found = {(outcome.row.file, outcome.line): outcome for outcome in outcomes if outcome.attached}
    adopted = []
    for match in matches.matches:
        outcome = found.get((match.row.file, match.row.line))
        if match.status in ("invalid", "background") and outcome:
            place = outcome.position
            match = replace(match, status="reattached", object=outcome.object, voxel=place)
        adopted.append(match)
    return Matches(settle(adopted))


def plain(matches: Matches, outcomes: Iterable[Reattachment]) -> list[dict[str, Any]]:
    """Return outcomes as a JSON value without line numbers; rows are numbered as in `matches`."""
    number = {(m.row.file, m.row.line): i for i, m in enumerate(matches.matches)}
    said = []
    for outcome in outcomes:
        values = {key: value for key, value in vars(outcome).items() if key != "row"}
        values["partners"] = sorted(number[row.file, row.line] for row in outcome.partners)
        values["position"] = outcome.position and [*outcome.position]
        values["pieces"] = [*outcome.pieces]
        said.append({"row": number[outcome.row.file, outcome.line], **values})
    return sorted(said, key=lambda values: values["row"])


def restore(matches: Matches, said: Iterable[dict[str, Any]]) -> tuple[Reattachment, ...]:
    """Return the outcomes that :func:`plain` described, with the present line numbers."""
    rows = [match.row for match in matches.matches]
    outcomes = []
    for values in said:
        values = dict(values)
        row = rows[values.pop("row")]
        values["partners"] = tuple(rows[number] for number in values["partners"])
        values["position"] = tuple(values["position"]) if values["position"] else None
        values["pieces"] = tuple(values["pieces"])
        outcomes.append(Reattachment(row, **values))
    return tuple(outcomes)


def summary(outcomes: Sequence[Reattachment]) -> dict[str, Any]:
    """Return counts, the sentences of the screen, and every outcome, as a JSON value.

    Returns
    -------
    dict
        ``one_to_one``, ``kept``, ``moved``, ``doubtful``, ``merged``, ``split``, ``lost``:
        numbers of annotations; ``median_overlap`` of the one to one, None where unknown;
        ``sentences``; ``rows``: every outcome.
    """
    counts = Counter(outcome.kind for outcome in outcomes)
    return {
        "one_to_one": counts["kept"] + counts["moved"],
        **{kind: counts[kind] for kind in KINDS},
        "median_overlap": _median_overlap(outcomes),
        "sentences": sentences(outcomes),
        "rows": [_describe(outcome) for outcome in outcomes],
    }


def sentences(outcomes: Sequence[Reattachment]) -> list[str]:
    """Return what became of the annotations in sentences, one a line of the screen."""
    split, lost = _of(outcomes, "split"), _of(outcomes, "lost")
    parts = [_one_to_one(outcomes)]
    parts += [f"{len(split)} split{_where(split)}", f"{len(lost)} lost{_where(lost)}"]
    said = [" · ".join(parts)]
    if merged := _of(outcomes, "merged"):
        said.append(_merge(merged))
    if doubtful := _of(outcomes, "doubtful"):
        rows = [outcome.row for outcome in doubtful]
        said.append(f"{len(doubtful)} doubtful: one to one, but much changed ({lines(rows)})")
    return said


def _of(outcomes: Iterable[Reattachment], kind: Kind) -> list[Reattachment]:
    return [outcome for outcome in outcomes if outcome.kind == kind]


def _median_overlap(outcomes: Iterable[Reattachment]) -> float | None:
    """Return the median of the overlaps of what is attached, None where none is known."""
    from statistics import median

    overlaps = [o.overlap for o in outcomes if o.attached and o.overlap is not None]
    return median(overlaps) if overlaps else None


def _one_to_one(outcomes: Sequence[Reattachment]) -> str:
    """``112 re-attachable one to one (median overlap 0.92)``."""
    attached = [outcome for outcome in outcomes if outcome.attached]
    median = _median_overlap(attached)
    how = [] if median is None else [f"median overlap {median:.2f}"]
    without = sum(outcome.overlap is None for outcome in attached)
    how += [f"{without} by position and size" if how else "by position and size"] * (without > 0)
    said = f"{len(attached)} re-attachable one to one"
    return f"{said} ({', '.join(how)})" if how else said


def _where(outcomes: Sequence[Reattachment]) -> str:
    """The lines of some outcomes in brackets, nothing for none."""
    return f" ({lines([outcome.row for outcome in outcomes])})" if outcomes else ""


def _merge(merged: Sequence[Reattachment]) -> str:
    """``8 merged: 2 with each other (…), 6 with a neighbour nobody annotated``."""
    together = [outcome for outcome in merged if outcome.partners]
    alone = len(merged) - len(together)
    parts = [f"{len(together)} with each other ({_groups(together)})"] if together else []
    parts += [f"{alone} with a neighbour nobody annotated"] if alone else []
    return f"{len(merged)} merged: {', '.join(parts)}"


def _groups(together: Sequence[Reattachment], limit: int = 3) -> str:
    """The annotations that are now in one object, object by object."""
    groups: dict[tuple[int, int], dict[tuple[str, int], Row]] = {}
    for outcome in together:
        group = groups.setdefault((outcome.frame or 0, outcome.object), {})
        group.update({(row.file, row.line): row for row in (outcome.row, *outcome.partners)})
    ordered = sorted(groups.values(), key=min)
    said = [lines_and_classes(group.values()) for group in ordered[:limit]]
    more = len(groups) - limit
    return "; ".join(said) + (f"; and {more} more objects" if more > 0 else "")


def _describe(outcome: Reattachment) -> dict[str, Any]:
    """One outcome as a JSON value."""
    values = {key: value for key, value in vars(outcome).items() if key != "row"}
    values["partners"] = [describe(row) for row in outcome.partners]
    values["position"] = outcome.position and [*outcome.position]
    values["pieces"] = [*outcome.pieces]
    return {**describe(outcome.row), **values, "id_before": outcome.row.object}
