"""How good a classifier is, in words and as a small table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

GAP = "  "
HOW = {
    "by_image": "on images it has not seen",
    "out_of_bag": "within images (out of bag)",
    "cross_validation": "within images (cross-validation)",
}
BY_GROUP = "where its {} was not learned from"
MOST_COLUMNS = 8
"""Classes up to which the confusion matrix has a column per class."""
NAME = 20
"""Letters of a class name that are shown."""


def score_lines(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield how good a classifier is: what it chose, scores, whether they are chance, the matrix.

    Parameters
    ----------
    evaluation
        As :func:`objclass.evaluation.quality.evaluation` returns it; what is not understood is
        left out, since projects come from anybody.
    """
    if isinstance(chosen := evaluation.get("chosen"), str):
        yield f"chosen: {chosen}"
    if isinstance(columns := evaluation.get("columns_chosen"), str):
        yield f"columns chosen: {columns}"
    found = {how: each for how in HOW if (each := _score(evaluation.get(how)))}
    best = next(iter(found), None)
    if best is None:
        yield from _explain_unscored(evaluation)
        yield from _held_out_lines(evaluation.get("hold_out"))
        return
    near = next((how for how in found if how not in (best, "by_image")), None)
    group = _group(evaluation)
    how = HOW[best] if group == "image" or best != "by_image" else BY_GROUP.format(group)
    line = f"balanced accuracy {_with_interval(found[best], 'balanced')} {how}"
    line += f"; {found[near]['balanced_accuracy']:.2f} {HOW[near]}" if near else ""
    if best != "by_image" and (reason := _skipped_reason(evaluation.get("by_image"))):
        line += f"; not by {group}: {reason}"
    yield line
    chance = found[best].get("chance")
    if found[best].get("at_chance") is True and isinstance(chance, int | float):
        yield f"this may be chance: guessing gets {chance:.2f}"
    yield from matrix_lines(found[best])
    yield from _not_scored(found, best, group)
    yield from _held_out_lines(evaluation.get("hold_out"))


def _group(evaluation: Mapping[str, Any]) -> str:
    """Return by what scores are grouped."""
    return str(evaluation.get("group", "image"))


def _held_out_lines(value: Any) -> Iterator[str]:
    """Yield how good it is on images that were held out, where any were."""
    if not isinstance(value, Mapping):
        return
    where = f"held out ({value.get('where', '?')})"
    score = _score(value)
    if score is None:
        yield f"{where}: not scored, {_skipped_reason(value) or 'nothing is known'}"
        return
    count = value.get("scored")
    yield f"balanced accuracy {_with_interval(score, 'balanced')} on {count} objects {where}"
    yield from matrix_lines(score)


def _not_scored(found: Mapping[str, Mapping[str, Any]], best: str, group: str) -> Iterator[str]:
    """Yield the classes that have no score though others have, and why."""
    for name, reason in _reasons(found[best]):
        elsewhere = [each for how, each in found.items() if how != best]
        only_here = elsewhere and name not in dict(_reasons(elsewhere[0]))
        yield f"{_short(name)}: {reason}, not scored{f' by {group}' if only_here else ''}"


def _reasons(score: Mapping[str, Any]) -> list[tuple[str, str]]:
    reasons = score.get("not_scored")
    pairs = reasons.items() if isinstance(reasons, Mapping) else ()
    return [(str(name), str(reason)) for name, reason in pairs]


def _score(value: Any) -> Mapping[str, Any] | None:
    """Return scores that are numbers; None for a reason, or anything else."""
    sound = isinstance(value, Mapping) and isinstance(value.get("balanced_accuracy"), int | float)
    return value if sound else None


def _skipped_reason(value: Any) -> str:
    return str(value["skipped"]) if isinstance(value, Mapping) and "skipped" in value else ""


def _explain_unscored(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Say why there is no score at all."""
    reasons = dict.fromkeys(_skipped_reason(evaluation.get(how)) for how in HOW)
    said = "; ".join(reason for reason in reasons if reason)
    if said:
        yield f"not scored: {said}"


def _with_interval(score: Mapping[str, Any], what: str) -> str:
    name = "balanced_accuracy" if what == "balanced" else what
    ends = score.get(f"{what}_interval")
    share = f"{score[name]:.2f}"
    sound = isinstance(ends, list) and len(ends) == 2 and all(_is_number(end) for end in ends)
    return f"{share} ({ends[0]:.2f} to {ends[1]:.2f})" if sound and ends else share


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def matrix_lines(score: Mapping[str, Any]) -> Iterator[str]:
    """Yield one line per class: its recall with interval, and what its objects were called."""
    classes, matrix = score.get("classes"), score.get("confusion")
    if not (isinstance(classes, Mapping) and _is_matrix(matrix, len(classes))):
        return
    assert isinstance(matrix, list)
    names = [_short(name) for name in classes]
    rows = [
        (names[k], _recall(each), counts)
        for k, (each, counts) in enumerate(zip(classes.values(), matrix, strict=True))
        if sum(counts)
    ]
    calls = _count(names, [counts for _, _, counts in rows])
    width = max(len(name) for name in (*names, "class"))
    shares = max(len(recall) for _, recall, _ in rows)
    yield f"{'class'.ljust(width)}{GAP}{'recall (95 %)'.ljust(shares)}{GAP}{calls[0]}".rstrip()
    for (name, recall, _), said in zip(rows, calls[1:], strict=True):
        yield f"{name.ljust(width)}{GAP}{recall.ljust(shares)}{GAP}{said}".rstrip()


def _is_matrix(matrix: Any, n: int) -> bool:
    """Return True for n rows of n counts, of which some are not 0."""
    rows = matrix if isinstance(matrix, list) else []
    square = len(rows) == n and all(isinstance(row, list) and len(row) == n for row in rows)
    return square and all(isinstance(c, int) for row in rows for c in row) and any(map(any, rows))


def _recall(score: Any) -> str:
    known = isinstance(score, Mapping) and _is_number(score.get("recall"))
    return _with_interval(score, "recall") if known else "?"


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"


def _count(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> list[str]:
    """Return the title and the rows of what objects were called, as columns or in words."""
    if len(names) > MOST_COLUMNS:
        rows = [sorted(zip(row, names, strict=True), key=lambda pair: -pair[0]) for row in matrix]
        words = [", ".join(f"{n} {name}" for n, name in row if n) for row in rows]
        return ["called", *words]
    titles = [f"called {names[0]}", *names[1:]]
    widths = [max(len(title), 5) for title in titles]
    pairs = [zip(row, widths, strict=True) for row in matrix]
    return [GAP.join(titles), *(GAP.join(str(n).rjust(w) for n, w in row) for row in pairs)]
