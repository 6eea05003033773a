"""``write: {counts: …}``: objects per class, summed by the names of images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from objclass.audit.table import Audit
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import NOT_SELECTED as NO_CLASS
from objclass.data.objects import code_names
from objclass.engine.node import JoinedInput, Made, Read, View
from objclass.engine.summary import Summary
from objclass.errors import list_some, nearest
from objclass.nodes.export.corrected import (
    CountsWritten,
    corrected_counts,
    counts_told,
    share_columns,
    usable_audit,
)
from objclass.nodes.export.layout import ExportLayout
from objclass.nodes.export.origin import find_annotated, learned
from objclass.nodes.export.output import (
    TABLE,
    ExportOutput,
    ExportRequest,
    OptionalField,
)
from objclass.nodes.export.rows import Columns, frames_said, names_of, time_column, write_rows

Key = tuple[str, ...]
"""What tells a row from the others."""
GroupOf = Callable[[JoinedInput, LabelImage], Key | None]
"""Tells in which row a frame is counted; None for none."""


@dataclass(frozen=True)
class CountsLayout(ExportLayout):
    """How a table of counts is laid out: also by which names objects are counted, and which
    classes are left out; None for none. `selected` is True where only some objects have a class.
    """

    counts_by: tuple[str, ...] = ("image",)
    uncounted: tuple[str, ...] | None = None
    selected: bool | None = None
    audit: Audit | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """What enters the recipe: of an audit, what it says."""
        known = super().parameters
        return known if self.audit is None else {**known, "audit": self.audit.content}


NOT_COUNTED = "not_counted"
"""Column of the objects of classes that are left out of counts."""
NOT_SELECTED = "not_selected"
"""Column of the objects that the classifier is not for."""


class CountsOutput(ExportOutput):
    """Objects per class and group."""

    name = "counts"
    sort = TABLE
    tells: ClassVar[type[Summary] | None] = CountsWritten
    takes: ClassVar[frozenset[OptionalField]] = frozenset({"counts_by", "audit"})
    joins_images: ClassVar[bool] = True
    of_batch: ClassVar[bool] = True

    def reads(self, asked: ExportRequest) -> tuple[Read, ...]:
        """Read ids, predictions, and which objects were learned from; for an audit, as what."""
        origin = asked.origin
        said = find_annotated(asked.look, origin) if self._audit(asked) else ()
        return (origin.index, *origin.predicted, *learned(asked.look, origin), *said)

    def layout(self, asked: ExportRequest) -> CountsLayout:
        """Return the classes, what is counted by, the time between frames, and the audit."""
        by = tuple(asked.counts_by or ("image",))
        _check_names(asked)
        found = asked.origin.prediction
        return CountsLayout(
            asked.origin,
            classes=asked.classes,
            counts_by=by,
            uncounted=(found.uncounted or None) if found else None,
            selected=True if found and found.selected else None,
            time_step=asked.time_step,
            audit=self._audit(asked),
        )

    def _audit(self, asked: ExportRequest) -> Audit | None:
        """Return the audit that the export names, where it can correct this table."""
        if asked.audit is None:
            return None
        found: Audit | None = asked.look.once(("audit", self.name), lambda: usable_audit(asked))
        return found

    def write(self, path: Path, view: View) -> Made:
        """Write one row per group."""
        layout, columns = view.part.held(CountsLayout), counts_columns(view)
        found = None
        if layout.audit is not None and layout.classes:
            by = layout.counts_by
            said = [columns[name] for name in by]
            groups = [tuple(map(str, key)) for key in zip(*said, strict=True)]
            left_out = layout.uncounted or ()
            found = corrected_counts(
                view, layout.audit, layout.classes, groups, lambda g, x: _group(view, g, x, by),
                left_out,
            )  # fmt: skip
            columns |= share_columns(found, layout.classes, left_out)
        made = write_rows(path, [columns])
        rows = len(columns["objects"])
        told = counts_told(rows, layout.classes, found)
        return replace(made, summary=told, warnings=found.notes if found else ())


def _check_names(asked: ExportRequest) -> None:
    """Report names to count by that no image has."""
    known = [*asked.look.image.names, "image", "t"]
    for name in asked.counts_by or ():
        if name not in known:
            close = nearest(name, known)
            fix = f"did you mean {close}?" if close else None
            what, expected = f"no image has a name '{name}'", list_some(known)
            asked.look.problem("counts_by", what, expected=expected, fix=fix)


def counts_columns(view: View, group: GroupOf | None = None) -> Columns:
    """Return objects per class, summed by image names: one row per group, also empty ones.

    Parameters
    ----------
    view
        What is read; its layout is one of counts.
    group
        Tells in which row a frame is counted, None for none; by default by its names.
    """
    layout = view.part.held(CountsLayout)
    by, classes = layout.counts_by, layout.classes or ()
    group = group or (lambda given, labels: _group(view, given, labels, by))
    names = code_names(classes) if _is_unclassified(view, classes) else classes
    groups: dict[tuple[str, ...], list[int]] = {}
    for key, counts in _count(view, group, len(names)):
        total = groups.setdefault(key, [0] * len(counts))
        for k, count in enumerate(counts):
            total[k] += count
    keys = list(groups)
    columns: Columns = {name: [key[k] for key in keys] for k, name in enumerate(by)}
    if "t" in by:
        times = [time_column(view, int(t)) for t in columns["t"]]
        columns |= {name: [time[name] for time in times] for name in (times or [{}])[0]}
    left_out = [k + 1 for k, name in enumerate(names) if name in (layout.uncounted or ())]
    not_counted = [sum(groups[key][k] for k in left_out) for key in keys]
    columns["objects"] = [groups[key][0] - n for key, n in zip(keys, not_counted, strict=True)]
    columns |= {NOT_COUNTED: not_counted} if left_out else {}
    columns |= {NOT_SELECTED: [groups[key][-2] for key in keys]} if layout.selected else {}
    if "examples" in view.given:
        columns["annotated"] = [groups[key][-1] for key in keys]
    counted = {name: k for k, name in enumerate(names, 1) if k not in left_out}
    for name, k in counted.items():
        columns[f"n_{name}"] = [groups[key][k] for key in keys]
    for name, k in counted.items():
        pairs = zip(keys, columns["objects"], strict=True)
        columns[f"pct_{name}"] = [percent(groups[key][k], whole) for key, whole in pairs]
    return columns


def percent(part: int, whole: int) -> float:
    """Return a share in percent; not a number of nothing."""
    return round(100 * part / whole, 2) if whole else float("nan")


def _is_unclassified(view: View, classes: Sequence[str]) -> bool:
    return any(
        int((each.load().code > len(classes)).sum()) for each in view.given.get("prediction", ())
    )


def _count(view: View, group: GroupOf, classes: int) -> Iterator[tuple[Key, list[int]]]:
    """Yield group and counts (selected, per class, not selected, learned from) of every frame."""
    for given, said in frames_said(view):
        labels: LabelImage = given.load()
        key = group(given, labels)
        if key is None:
            continue
        counts, others = [len(labels.index)], 0
        if "prediction" in view.given:
            code = view.at("prediction", given).load().code
            others = int((code == NO_CLASS).sum())
            counts = [len(code) - others, *(int((code == k + 1).sum()) for k in range(classes))]
        learned = sum(len(ids) for _, _, ids in said.learned(given, labels.header.grid))
        yield key, [*counts, others, learned]


def _group(view: View, given: JoinedInput, labels: LabelImage, by: Sequence[str]) -> Key:
    """Return the row that a frame is counted in."""
    t = str((given.t or 0) + labels.header.grid.first_frame)
    facts = {**names_of(view, given.image), "t": t}
    return tuple(facts[name] for name in by)


OUTPUT = CountsOutput()
