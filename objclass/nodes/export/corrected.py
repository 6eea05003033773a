"""What an audit adds to counts: shares of classes with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from objclass.annotations import adopt
from objclass.audit.table import Audit, AuditKey, read_audit
from objclass.data.dataclass import dataclass
from objclass.data.labels import LabelImage
from objclass.data.objects import NOT_SELECTED, Prediction
from objclass.engine.look import Look
from objclass.engine.node import JoinedInput, View
from objclass.errors import InputError, Place, Problem
from objclass.nodes.export.output import ExportRequest, RowsWritten
from objclass.nodes.identity import ImageIdentities
from objclass.nodes.kept import kept_matches
from objclass.nodes.placeholder import placeholders

if TYPE_CHECKING:
    from objclass.audit.correction import AuditCorrection
    from objclass.audit.shares import Share

Columns = dict[str, Any]
Group = tuple[str, ...]
GroupOf = Callable[[JoinedInput, LabelImage], Group]
"""Tells in which row of the table a frame is counted."""

PLAIN = "counts of predictions, not corrected"


@dataclass(frozen=True)
class CountsWritten(RowsWritten):
    """How many rows a table of counts has, and what an audit says of all objects.

    Parameters
    ----------
    predicted
        True where classes are counted.
    shares
        Class to share, low and high; empty without an audit.
    audited
        Audited objects.
    """

    kind: ClassVar[str] = RowsWritten.kind  # what version 0.4 told of counts is read as this

    predicted: bool = False
    shares: Mapping[str, Sequence[float]] = field(default_factory=dict)
    audited: int = 0

    @classmethod
    def merged(cls, told: Sequence[Self]) -> Self:
        """Return what one file tells; of several, only whether classes are counted."""
        if len(told) == 1:
            return told[0]
        predicted = any(each.predicted and not each.shares for each in told)
        return cls(sum(each.rows for each in told), predicted)

    @property
    def facts(self) -> dict[str, Any]:
        """``shares`` and ``audited``, or that counts are not corrected."""
        if self.shares:
            return {"shares": {n: list(s) for n, s in self.shares.items()}, "audited": self.audited}
        return {"counts": PLAIN} if self.predicted else {}

    def sentences(self, before: Self | None = None) -> Iterator[str]:
        """Yield the shares, or that there are none."""
        if self.shares:
            parts = (
                f"{100 * share:.1f} % {name} ({100 * low:.1f} to {100 * high:.1f})"
                for name, (share, low, high) in self.shares.items()
            )
            yield f"{', '.join(parts)} by {self.audited} audited"
        elif self.predicted:
            yield PLAIN


def usable_audit(asked: ExportRequest) -> Audit | None:
    """Return the audit that an export names; None after what is wrong with it is reported.

    Where there is no file yet, a note says so.
    """
    from objclass.io.tables import read_rows

    look, path = asked.look, asked.audit or ""
    if asked.classes is None:
        look.problem("audit", "audit has no effect: nothing is predicted", fix="remove it")
        return None
    if set(placeholders(asked.target.path)) - {"result_type"}:
        what = "an audit speaks for all images, but counts are written for each alone"
        fix = "give write.counts one file for all; counts_by tells images apart in it"
        look.problem("audit", what, got=asked.target.path, fix=fix)
        return None
    full = look.settings.folder / path
    if not full.is_file():
        look.note(f"there is no {path} yet: draw an audit with objclass audit")
        return None
    try:
        table = read_rows(full)
        found = read_audit(path, table.header, table.rows)
    except InputError as error:
        _refuse(look, error.problems)
        return None
    _refuse(look, _of_other_images(look, found))
    return found


def _refuse(look: Look, problems: Iterable[Problem]) -> None:
    """Report what is wrong with an audit: it is about all images, not about the one looked at."""
    place = look.settings.place(look.name, "audit")
    look.findings.problems += [problem.at(place, look.name) for problem in problems]


def _of_other_images(look: Look, audit: Audit) -> Iterator[Problem]:
    """Yield where an image of now is not the one that the audit was drawn from."""

    identities = ImageIdentities(look)
    here = {image.name for image in look.settings.images}
    first = {(row.key.image, row.key.t): row for row in reversed(audit.rows) if row.image_digest}
    for (image, t), row in first.items():
        if image in here and row.image_digest != identities.digest(image, t):
            what = f"the audit was drawn from another image than '{image}' of now"
            fix = "draw a new one with objclass audit -o, and name it"
            yield Problem(what, fix=fix, place=Place(audit.file, row.line))


def corrected_counts(
    view: View,
    audit: Audit,
    classes: Sequence[str],
    groups: Sequence[Group],
    group_of: GroupOf,
    uncounted: Sequence[str] = (),
) -> AuditCorrection:
    """Return what an audit says of the objects of a table of counts.

    Parameters
    ----------
    view
        With objects, predictions, and what a person said for training.
    audit
        The audit.
    classes
        The classes of the classifier.
    groups
        The rows of the table.
    group_of
        Tells the row that a frame is counted in.
    uncounted
        Classes that are left out of counts.
    """
    import numpy as np

    from objclass.audit.correction import UNKNOWN, CountedObjects, correct

    number = {group: k for k, group in enumerate(groups)}
    keys: list[AuditKey] = []
    group, probability, known = [], [np.zeros((0, len(classes)))], []
    for given in view.all("objects"):
        labels: LabelImage = given.load()
        t = (given.t or 0) + labels.header.grid.first_frame
        prediction: Prediction = view.at("prediction", given).load()
        inside = prediction.code != NOT_SELECTED  # an audit speaks of no others
        stamps = labels.index.stamp[inside].tolist()
        keys += [AuditKey(given.image, t, stamp.decode()) for stamp in stamps]
        group += [number[group_of(given, labels)]] * len(stamps)
        probability.append(prediction.probability[inside])
        said = _classes_given(view, given)
        known += [said.get(int(object_)) for object_ in labels.index.ids[inside]]
    codes = {name: code for code, name in enumerate(classes)}
    counted = CountedObjects(
        tuple(keys),
        np.array(group, np.int64),
        np.concatenate(probability),
        np.array([UNKNOWN if k is None else codes.get(k, len(classes)) for k in known], np.int64),
    )
    return correct(counted, audit, classes, len(groups), uncounted)


def _classes_given(view: View, given: JoinedInput) -> dict[int, str]:
    """Return the class that a person gave objects of a frame for training."""
    said: dict[int, str] = {}
    for each in view.of_image("matches", given.image) if "matches" in view.given else ():
        used = adopt(*kept_matches(each.load().facts)).used
        said |= {match.object: match.row.class_ for match in used if match.frame == given.t}
    return said


def share_columns(
    correction: AuditCorrection, classes: Sequence[str], uncounted: Sequence[str] = ()
) -> Columns:
    """Return share, low and high of every class in percent, how, and by how many objects.

    Where classes are left out of counts, these are of all objects, and further columns are of
    the objects that are counted, as percentages of predictions are.
    """
    columns: Columns = {}
    for k, name in enumerate(classes):
        shares = [each.shares[k] if each.shares else None for each in correction.groups]
        columns |= _bounds(shares, name)
    for k, name in enumerate(classes):
        if uncounted and name not in uncounted:
            among = [each.of_counted[k] if each.of_counted else None for each in correction.groups]
            columns |= _bounds(among, f"of_counted_{name}")
    said = correction.groups
    columns["audited"] = [each.shares[0].audited if each.shares else 0 for each in said]
    more = "; of all objects, also those not counted" if uncounted else ""
    columns["method"] = [each.method + more for each in said]
    return columns


def _bounds(shares: Sequence[Share | None], name: str) -> Columns:
    """Return share, low and high in percent; not a number where nothing is known."""
    return {
        f"{bound}_{name}": [
            float("nan") if each is None else round(100 * getattr(each, bound), 2)
            for each in shares
        ]
        for bound in ("share", "low", "high")
    }


def counts_told(
    rows: int, classes: Sequence[str] | None, found: AuditCorrection | None
) -> CountsWritten:
    """Return what is told of a table of counts."""
    whole = found.whole.shares if found else ()
    shares = {
        name: (each.share, each.low, each.high)
        for name, each in zip(classes or (), whole, strict=False)
    }
    audited = whole[0].audited if whole else 0
    return CountsWritten(rows, bool(classes), shares, audited)
