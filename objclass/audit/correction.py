"""Counts corrected by an audit: the share of every class, of all objects and group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from objclass.audit.ratios import CountedClasses, estimate_pooled_ratios, estimate_ratios
from objclass.audit.sample import LEAST
from objclass.audit.shares import (
    ENOUGH,
    AuditedObjects,
    Share,
    add_known,
    estimate_pooled,
    estimate_shares,
)
from objclass.audit.table import STRATIFIED, Audit, AuditedRow, AuditKey, population_digest
from objclass.data.dataclass import dataclass
from objclass.errors import list_some, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN = -1
"""The class of an object that nobody annotated."""
NOT_CORRECTED = "predictions, not corrected"
POOLED = "pooled audit, assuming that calls are wrong as often here as elsewhere"
NO_CLASS = "none of its classes"


@dataclass(frozen=True)
class CountedObjects:
    """All objects that are counted, N of them.

    Parameters
    ----------
    keys
        What tells each.
    group
        Int (N,), the group that each is counted in, from 0.
    probability
        Float64 (N, K) of every class.
    known
        Int (N,), the class that a person gave for training, else :data:`UNKNOWN`.
    """

    keys: tuple[AuditKey, ...]
    group: NDArray[np.integer]
    probability: NDArray[np.float64]
    known: NDArray[np.integer]


@dataclass(frozen=True)
class CorrectedShares:
    """The shares of all classes in one group.

    Parameters
    ----------
    method
        How they were estimated, or that counts are not corrected and why.
    shares
        One a class; empty where they are not corrected.
    of_counted
        One a class, among the objects that are counted; None for classes left out of counts.
        Empty where all are counted, and where nothing is corrected.
    """

    method: str
    shares: tuple[Share, ...] = ()
    of_counted: tuple[Share | None, ...] = ()


@dataclass(frozen=True)
class AuditCorrection:
    """What an audit says of all objects and of every group, and what a person should know."""

    whole: CorrectedShares
    groups: tuple[CorrectedShares, ...]
    notes: tuple[str, ...] = ()


def correct(
    counted: CountedObjects,
    audit: Audit,
    classes: Sequence[str],
    count: int,
    uncounted: Sequence[str] = (),
) -> AuditCorrection:
    """Return the share of every class, of all objects and group by group.

    Objects that were annotated for training enter as known. A group is estimated by its own
    audited objects where it has enough (:attr:`AuditedObjects.enough`), else the mistakes of
    all are taken for its own.

    Parameters
    ----------
    counted
        All objects.
    audit
        What a person called some.
    classes
        K names.
    count
        Number of groups.
    uncounted
        Classes that are left out of counts.
    """
    notes: list[str] = []
    sample = find_sample(counted, audit, classes, notes)
    why = _why_not(counted, audit, sample, classes)
    if why:
        left = CorrectedShares(f"{NOT_CORRECTED}: {why}")
        return AuditCorrection(
            left, (left,) * count, (f"{audit.file}: counts are {left.method}", *notes)
        )
    free = counted.known == UNKNOWN
    strata, nested = assign_strata(counted, audit, sample, free)
    place = np.cumsum(free) - 1
    nothing = np.zeros((int(free.sum()), 1))
    rows = np.array([row for row, _, _ in sample], np.int64)
    audited = AuditedObjects(
        np.hstack([counted.probability[free], nothing]),
        strata[free],
        place[rows],
        np.array([code for _, code, _ in sample], np.int64),
    )
    those = np.array([name not in uncounted for name in classes])
    whole = _corrected(audited, counted.known, those, audit.design, audited)
    groups = []
    for number in range(count):
        mine = counted.group == number
        part = audited.within(mine[free])
        by_itself = part if nested and _is_enough(part) else None
        known = counted.known[mine]
        groups.append(_corrected(part, known, those, audit.design, audited, by_itself))
    return AuditCorrection(whole, tuple(groups), (*_size_notes(audit, sample), *notes))


Sample = list[tuple[int, int, int]]
"""Object, class (K for none of them) and stratum of every audited object."""


def find_sample(
    counted: CountedObjects, audit: Audit, classes: Sequence[str], notes: list[str]
) -> Sample:
    """Return the audited objects, each once; what is left out is noted."""
    number = {key: row for row, key in enumerate(counted.keys)}
    codes = {name: code for code, name in enumerate(classes)}
    rows: dict[int, list[AuditedRow]] = {}
    gone: list[AuditedRow] = []
    for each in audit.rows:
        row = number.get(each.key)
        gone += [each] if row is None else []
        if row is not None:
            rows.setdefault(row, []).append(each)
    taught = [each for row, found in rows.items() for each in found if counted.known[row] >= 0]
    twice = [each for found in rows.values() for each in found[1:]]
    torn = {row for row, found in rows.items() if len({each.class_ for each in found}) > 1}
    strange = [each for each in audit.rows if each.class_ not in codes]
    notes += _row_notes(audit.file, gone, taught, twice, strange, classes)
    return [
        (row, codes.get(found[0].class_, len(classes)), found[0].stratum)
        for row, found in sorted(rows.items())
        if counted.known[row] == UNKNOWN and row not in torn
    ]


def _row_notes(
    file: str,
    gone: Sequence[AuditedRow],
    taught: Sequence[AuditedRow],
    twice: Sequence[AuditedRow],
    strange: Sequence[AuditedRow],
    classes: Sequence[str],
) -> Iterator[str]:
    """Yield what is said of single rows, with the first line of each kind."""
    said = (
        (gone, "about objects that are not there now: left out"),
        (taught, "about objects that the classifier was trained on: left out; they count as known"),
        (twice, "about objects that have a row already: those that contradict it are left out"),
        (strange, f"of classes that the classifier does not know: counted as {NO_CLASS}"),
    )
    for rows, what in said:
        if rows:
            word = "row is" if len(rows) == 1 else "rows are"
            yield f"{file}:{rows[0].line}: {len(rows)} {word} {what}{_named(rows, what, classes)}"


def _named(rows: Sequence[AuditedRow], what: str, classes: Sequence[str]) -> str:
    """Return the strange classes, and what they may be slips of."""
    if NO_CLASS not in what:
        return ""
    names = list(dict.fromkeys(each.class_ for each in rows))
    close = {name: nearest(name, classes) for name in names}
    meant = [f"'{name}' may be '{near}'" for name, near in close.items() if near]
    listed = f" ({list_some(names, 4)})"
    return f"{listed}; {list_some(meant, 3)}: mend the rows" if meant else listed


def _why_not(counted: CountedObjects, audit: Audit, sample: Sample, classes: Sequence[str]) -> str:
    """Return why nothing can be said; empty where it can."""
    if audit.population != population_digest(counted.keys):
        return f"the audit is of other {_what_changed(counted, audit)}; draw one of these"
    if not audit.rows:
        return "no row of the audit has a class yet"
    if len(sample) < LEAST:
        return f"only {len(sample)} of its rows can be used; class more of them"
    if audit.design != STRATIFIED:
        return ""
    free = int((counted.known == UNKNOWN).sum())
    if sum(audit.sizes.values()) != free:
        what = "objects were annotated, or annotations removed, since this stratified audit"
        return f"{what} was drawn; draw another, or a simple one"
    drawn = dict.fromkeys(audit.sizes, 0)
    for _, _, stratum in sample:
        drawn[stratum] += 1
    thin = [s for s, size in audit.sizes.items() if drawn[s] < min(LEAST, size)]
    if thin:
        what = f"{len(thin)} of its {len(drawn)} strata have fewer than {LEAST} classed rows"
        return f"{what}; class more rows (a part of a stratified audit is none of all objects)"
    return ""


def _what_changed(counted: CountedObjects, audit: Audit) -> str:
    """Return what an audit of other objects was drawn from, as far as its rows tell."""
    images = {key.image for key in counted.keys}
    drawn = list(dict.fromkeys(row.key.image for row in audit.rows))
    missing = [name for name in drawn if name not in images]
    if missing:
        return f"images: there is no {list_some(missing, 3)} now"
    keys = set(counted.keys)
    gone = sum(row.key not in keys for row in audit.rows)
    total = len(counted.keys)
    if gone:
        return f"objects: {gone} of its {len(audit.rows)} are not among the {total} of now"
    return f"objects or images: its own are among the {total} of now, but others came or changed"


def assign_strata(
    counted: CountedObjects, audit: Audit, sample: Sample, free: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], bool]:
    """Return the stratum of every object, from 0, and whether strata lie within groups.

    Only the strata of drawn objects are known, and the sizes of all. That is enough: which of
    the others lie in which stratum changes no estimate, since it adds the means of all.
    """
    strata = np.zeros(len(counted.keys), np.int64)
    if audit.design != STRATIFIED:
        return strata, True
    order = {stratum: k for k, stratum in enumerate(sorted(audit.sizes))}
    groups: dict[int, set[int]] = {}
    for row, _, stratum in sample:
        groups.setdefault(stratum, set()).add(int(counted.group[row]))
    left = dict(audit.sizes)
    drawn = np.zeros(len(strata), np.bool_)
    for row, _, stratum in sample:
        strata[row], drawn[row] = order[stratum], True
        left[stratum] -= 1
    others = free & ~drawn
    nested = _fits(counted, free, audit.sizes, groups)
    by_group = sorted(left, key=lambda s: min(groups[s]) if nested else 0)
    fill = np.repeat([order[s] for s in by_group], [left[s] for s in by_group])
    where = np.flatnonzero(others)
    if nested:
        where = where[np.argsort(counted.group[where], kind="stable")]
    strata[where] = fill
    return strata, nested


def _fits(
    counted: CountedObjects,
    free: NDArray[np.bool_],
    sizes: Mapping[int, int],
    groups: Mapping[int, set[int]],
) -> bool:
    """Return True where every stratum lies in one group, and they fill all groups."""
    if any(len(each) > 1 for each in groups.values()):
        return False
    full = np.bincount(counted.group[free])
    mine = np.zeros(len(full), np.int64)
    for stratum, size in sizes.items():
        (group,) = groups.get(stratum, {-1})
        if not 0 <= group < len(full):
            return False
        mine[group] += size
    return bool((mine == full).all())


def _is_enough(part: AuditedObjects) -> bool:
    return len(part.strata) == 0 or (len(part.rows) > 0 and part.enough)


def _corrected(
    part: AuditedObjects,
    known: NDArray[np.integer],
    counted: NDArray[np.bool_],
    design: str,
    all_audited: AuditedObjects,
    by_itself: AuditedObjects | None = None,
) -> CorrectedShares:
    """Return the shares in one group, with what is known of its objects."""
    K = part.probabilities.shape[1] - 1
    taught = np.bincount(known[known >= 0], minlength=K + 1)
    objects = len(part.strata)
    if objects == 0 and not taught.any():
        return CorrectedShares("no objects")
    if objects == 0:
        known_shares = (taught / taught.sum()).tolist()
        said = tuple(Share(each, each, each, 0) for each in known_shares[:K])
        return CorrectedShares("annotated, all of them", said, _known_ratios(taught, counted))
    of = CountedClasses(counted, taught, objects)
    if part is all_audited or by_itself is not None:
        own = _compact(part)
        method, shares = f"{design} audit (PPI++)", estimate_shares(own)
        ratios = () if counted.all() else estimate_ratios(own, of)
    else:
        method, shares = POOLED, estimate_pooled(part.probabilities, all_audited)
        pooled = part.probabilities, all_audited, of
        ratios = () if counted.all() else estimate_pooled_ratios(*pooled)
    return CorrectedShares(method, tuple(add_known(shares, taught, objects)[:K]), tuple(ratios))


def _known_ratios(
    taught: NDArray[np.integer], counted: NDArray[np.bool_]
) -> tuple[Share | None, ...]:
    """Return the shares among counted objects whose class is known of all."""
    mine = np.where(counted, taught[: len(counted)], 0)
    if counted.all() or not mine.any():
        return ()
    found = (mine / mine.sum()).tolist()
    return tuple(Share(r, r, r, 0) if c else None for r, c in zip(found, counted, strict=True))


def _compact(part: AuditedObjects) -> AuditedObjects:
    """Return objects whose strata are counted from 0 without gaps."""
    strata = np.unique(part.strata, return_inverse=True)[1]
    return AuditedObjects(part.probabilities, strata, part.rows, part.truth)


def _size_notes(audit: Audit, sample: Sample) -> Iterator[str]:
    """Yield what is said of an audit that is small or not filled in to its end."""
    if len(sample) < ENOUGH:
        what = f"{audit.file}: only {len(sample)} audited objects, so intervals are wide"
        yield f"{what}; class more rows, 150 are a good number"
    if audit.gaps:
        what = f"{audit.file}:{audit.gaps[0]}: {len(audit.gaps)} rows are empty between filled ones"
        yield f"{what}; what is hard to tell must not be left out: class it, or call it unclear"
    elif audit.empty:
        rows = "row has" if len(audit.empty) == 1 else "rows have"
        yield f"{audit.file}: {len(audit.empty)} {rows} no class yet; the first ones are used"
