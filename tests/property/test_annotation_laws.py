"""What must hold of annotations whatever the image: few things may ever invalidate one."""

from __future__ import annotations

import csv
import io
import random

import numpy as np
from drawn_labels import labels_of, stamp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from objclass.annotations import Matches, Reattachment, Row, content, parse, rewritten
from objclass.annotations.match import ids_at, match
from objclass.annotations.matches import restore
from objclass.annotations.outcome import ATTACHED
from objclass.annotations.reattach import _Side, overlaps, reattach
from objclass.data.delimited import quote
from objclass.data.formula import unescape
from objclass.data.labels import LabelImage

images = array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=7).flatmap(
    lambda shape: arrays("uint32", shape, elements=st.integers(0, 4))
)
seeds = st.integers(0, 2**32 - 1)


def annotated(labels: LabelImage, seed: int, number: int = 8) -> list[Row]:
    """Rows at random voxels, most of them with the stamp of what lies there."""
    lot, ids, grid = random.Random(seed), labels.read(), labels.header.grid
    rows = []
    for line in range(2, 2 + number):
        voxel = tuple(lot.randrange(n) for n in ids.shape)
        mark = lot.choice([True, True, False]) and ids[voxel] > 0
        z, y, x = np.array([0, *voxel][-3:]) + grid.origin
        where = {"y": int(y), "x": int(x), "z": int(z) if ids.ndim == 3 else None}
        object_id = int(ids[voxel]) or None
        size = int((ids == ids[voxel]).sum()) if object_id else None
        said = {"object": object_id, "size": size, "stamp": ""}
        if mark:
            said["stamp"] = stamp(labels, int(ids[voxel]))
        rows.append(Row(line, lot.choice("ab"), file="a.csv", **where, **said))
    return rows


def matched(labels: LabelImage, rows: list[Row]) -> Matches:
    return match(rows, lambda t: labels, labels.header)


def said(matches: Matches) -> dict[int, tuple[object, ...]]:
    """Everything but ids."""
    return {m.row.line: (m.status, m.frame, m.voxel, m.object > 0) for m in matches.matches}


@given(images, seeds)
def test_renumbering_the_objects_changes_nothing(ids: np.ndarray, seed: int) -> None:
    labels = labels_of(ids)
    rows = annotated(labels, seed)
    names = np.array([0, *random.Random(seed).sample(range(1, 2**63), 4)], "uint64")
    renumbered = labels_of(names[ids])
    before, after = matched(labels, rows), matched(renumbered, rows)
    assert said(before) == said(after)
    assert before.examples().classes == after.examples().classes
    assert (before.examples().position == after.examples().position).all()
    assert (names[before.examples().ids] == after.examples().ids).all()


@given(images, seeds)
def test_shuffling_the_rows_changes_nothing(ids: np.ndarray, seed: int) -> None:
    labels = labels_of(ids)
    rows = annotated(labels, seed)
    shuffled = random.Random(seed + 1).sample(rows, len(rows))
    assert matched(labels, rows) == matched(labels, shuffled)
    assert content(rows) == content(shuffled)


@given(images, seeds)
def test_dropping_other_objects_changes_nothing(ids: np.ndarray, seed: int) -> None:
    labels = labels_of(ids)
    rows = [row for row in annotated(labels, seed) if row.object != 4]
    fewer = labels_of(np.where(ids == 4, 0, ids).astype("uint32"))
    assert said(matched(labels, rows)) == said(matched(fewer, rows))


@given(images, seeds)
def test_one_voxel_invalidates_exactly_the_rows_of_its_object(ids: np.ndarray, seed: int) -> None:
    labels = labels_of(ids)
    rows = [row for row in annotated(labels, seed) if row.stamp]
    objects = np.argwhere(ids)
    if not len(objects):
        return
    voxel = tuple(objects[random.Random(seed).randrange(len(objects))])
    changed = ids.copy()
    changed[voxel] = 0
    hit = {row.line for row in rows if row.object == ids[voxel]}
    after = matched(labels_of(changed), rows)
    assert {m.row.line for m in after.of("invalid")} == hit


@given(images, seeds)
def test_crop_and_frame_of_the_same_objects_change_nothing(ids: np.ndarray, seed: int) -> None:
    labels = labels_of(ids, origin=(3 if ids.ndim == 3 else 0, 5, 7))
    rows = annotated(labels, seed)
    padded = np.pad(ids, [(2, 1)] * ids.ndim)
    origin = (1 if ids.ndim == 3 else 0, 3, 5)
    assert said(matched(labels, rows)) == said(matched(labels_of(padded, origin=origin), rows))


@given(images, seeds)
def test_ids_read_by_chunk_are_those_of_the_whole_frame(ids: np.ndarray, seed: int) -> None:
    lot = np.random.default_rng(seed)
    wide = np.tile(ids, [40 if ids.ndim == 3 else 200, *[1] * (ids.ndim - 1)])
    voxels = [tuple(int(v) for v in lot.integers(0, wide.shape)) for _ in range(20)]
    labels = labels_of(ids)
    found = ids_at(voxels, lambda region: wide[region.slices], wide.shape)
    assert labels.header.grid.shape == ids.shape
    assert found == [int(wide[voxel]) for voxel in voxels]


@given(images, seeds)
def test_matches_survive_their_plain_form(ids: np.ndarray, seed: int) -> None:
    labels = labels_of(ids)
    found = matched(labels, annotated(labels, seed))
    assert restore([m.row for m in found.matches][::-1], found.plain()) == found


def two_images(ids: np.ndarray, seed: int) -> tuple[LabelImage, LabelImage]:
    """An image, and the same after a few objects were merged, renumbered, cut or eaten."""
    lot = np.random.default_rng(seed)
    new = lot.permutation(np.array([0, 1, 2, 3, lot.integers(0, 5)]))[ids]
    new[lot.random(ids.shape) < 0.2] = 0
    new = np.where(lot.random(ids.shape) < 0.1, 5, new)
    return labels_of(ids), labels_of(new.astype("uint32"))


def outcomes_of(old: LabelImage, new: LabelImage, rows: list[Row]) -> tuple[Reattachment, ...]:
    return reattach(matched(new, rows), lambda t: new, lambda s: old)


@given(images, seeds)
def test_overlaps_are_those_of_a_plain_count(ids: np.ndarray, seed: int) -> None:
    old, new = two_images(ids, seed)
    a, b = _Side.of(old), _Side.of(new)
    for object_id in map(int, old.index.ids):
        under = new.read()[ids == object_id]
        plain = {int(i): int((under == i).sum()) for i in np.unique(under) if i}
        assert overlaps(a, object_id, b) == plain


def plain_kind(old: np.ndarray, new: np.ndarray, row: Row, rows: list[Row]) -> tuple[str, int]:
    """The rules of re-attachment on whole images, with sets of voxels."""

    def voxels(ids: np.ndarray, object_id: int) -> set[tuple[int, ...]]:
        return {tuple(v) for v in np.argwhere(ids == object_id).tolist()}

    def linked(mine: set, ids: np.ndarray) -> dict[int, int]:
        others = {i: voxels(ids, i) for i in map(int, np.unique(ids)) if i}
        common = {i: len(mine & other) for i, other in others.items()}
        return {i: n for i, n in common.items() if n and 2 * n >= min(len(mine), len(others[i]))}

    mine = voxels(old, row.object or 0)
    links = linked(mine, new)
    if not links:
        return "lost", 0
    best = min(i for i in links if links[i] == max(links.values()))
    if len([n for n in links.values() if 10 * n >= links[best]]) > 1:
        return "split", best
    theirs = voxels(new, best)
    said_of = {r.object for r in rows if r.stamp}
    inside = {i: n for i, n in linked(theirs, old).items() if i != row.object}
    if any(i in said_of or 10 * n >= links[best] for i, n in inside.items()):
        return "merged", best
    if 3 * len(mine & theirs) < len(mine | theirs):
        return "doubtful", best
    here = tuple(v for v in (row.z, row.y, row.x) if v is not None)
    return ("kept" if new[here] == best else "moved"), best


@given(images, seeds)
@settings(max_examples=200)
def test_outcomes_are_those_of_the_rules_on_sets_of_voxels(ids: np.ndarray, seed: int) -> None:
    old, new = two_images(ids, seed)
    rows = annotated(old, seed)
    for outcome in outcomes_of(old, new, rows):
        if outcome.row.stamp:
            expected = plain_kind(ids, new.read(), outcome.row, rows)
            assert (outcome.kind, outcome.object) == expected


@given(images, seeds)
def test_attached_rows_are_valid_once_they_are_written(ids: np.ndarray, seed: int) -> None:
    old, new = two_images(ids, seed)
    rows = annotated(old, seed)
    titles = ["z"] * (ids.ndim == 3) + ["note", "y", "x", "class", "size", "object", "stamp"]
    lines = [";".join(titles)]
    for row in rows:
        cells = {"note": '"a;\nb"', "class": row.class_, "stamp": row.stamp}
        numbers = {k: getattr(row, k) for k in ("z", "y", "x", "size", "object")}
        cells |= {k: "" if v is None else str(v) for k, v in numbers.items()}
        lines.append(";".join(cells[title] for title in titles))
    text = "\r\n".join(lines)
    spatial = "zyx"[-ids.ndim :]
    parsed = read(text, spatial)
    result = outcomes_of(old, new, list(parsed))
    written = read(rewritten(text, result), spatial)
    after = {m.row.line: m for m in matched(new, list(written)).matches}
    changed = {outcome.line for outcome in result if outcome.kind in ATTACHED}
    for before, row in zip(parsed, written, strict=True):
        if row.line in changed:
            assert after[row.line].status in ("valid", "conflict")
        else:
            assert row == before


def read(text: str, spatial: str) -> tuple[Row, ...]:
    """The rows of a table with `;`, by the csv module; lines are those where rows start."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    header, rows, line = next(reader), [], reader.line_num + 1
    for cells in reader:
        rows.append((line, cells))
        line = reader.line_num + 1
    found = parse("a.csv", header, rows, spatial)
    assert found.problems == ()
    return found.rows


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.text(max_size=5))), seeds)
def test_order_of_rows_and_columns_says_nothing(
    told: list[tuple[int, int, str]], seed: int
) -> None:
    lot = random.Random(seed)
    titles = lot.sample(["y", "x", "class", "mood"], 4)
    lines = [{"y": str(y), "x": f"{x},0", "class": c, "mood": "-"} for y, x, c in told]
    cells = [[line[title] for title in titles] for line in lot.sample(lines, len(lines))]
    plain = [[str(y), str(x), c] for y, x, c in told]
    one = parse("a.csv", ["y", "x", "class"], list(enumerate(plain, 2)))
    other = parse("a.csv", [title.upper() for title in titles], list(enumerate(cells, 2)))
    assert content(one.rows) == content(other.rows)
    assert one.unclassed == other.unclassed


@given(st.lists(st.text(alphabet='a,;"\n \r', max_size=6), min_size=1))
def test_a_quoted_cell_is_read_as_it_was(cells: list[str]) -> None:
    text = ",".join(quote(cell) for cell in cells)
    (back,) = csv.reader(io.StringIO(text or '""', newline=""))
    assert [unescape(cell) for cell in back] == cells
