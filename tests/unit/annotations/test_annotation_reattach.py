"""Finding objects again after they changed; every number can be counted in the drawing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from drawn_labels import ids_of, labels_of, stamp

from objclass.annotations import Matches, Reattachment, Row, adopt
from objclass.annotations.match import match
from objclass.annotations.outcome import plain, restore, sentences, summary
from objclass.annotations.reattach import reattach
from objclass.data.labels import LabelImage


def row(labels: LabelImage, object_id: int, line: int, class_: str = "a", **more: object) -> Row:
    """An annotation of an object at its deepest voxel."""
    grid, r = labels.header.grid, labels.index.row_of(object_id)
    z, y, x = np.array([0, *labels.index.inside[r]][-3:]) + grid.origin
    here = {"y": int(y), "x": int(x), **({"z": int(z)} if grid.dimensions == 3 else {})}
    size = int(labels.index.size[r])
    said = {"size": size, "stamp": stamp(labels, object_id), "file": "a.csv", **here, **more}
    return Row(line, class_, **said)


def found(
    old: LabelImage, new: LabelImage, *rows: Row, stored: bool = True
) -> tuple[Matches, tuple[Reattachment, ...]]:
    """Match rows with the new objects and look for the invalid ones."""

    def find_old(stamp: str) -> LabelImage | None:
        return old if stored and stamp.encode() in old.index.stamp.tolist() else None

    matches = match(rows, lambda t: new, new.header)
    return matches, reattach(matches, lambda t: new, find_old)


def outcomes(
    old: np.ndarray, new: np.ndarray, *ids: int, stored: bool = True
) -> list[Reattachment]:
    """Annotate objects of `old` on lines 2, 3, …"""
    before = labels_of(old)
    rows = [row(before, object_id, line) for line, object_id in enumerate(ids, start=2)]
    by_line = found(before, labels_of(new), *rows, stored=stored)[1]
    return sorted(by_line, key=lambda outcome: outcome.line)


SQUARE = ids_of(
    ".......",
    ".AAA...",
    ".AAA...",
    ".AAA...",
)


def test_an_object_that_grew_is_kept_with_its_voxel_new_stamp_and_overlap() -> None:
    grown = ids_of(
        ".......",
        ".BBBB..",
        ".BBBB..",
        ".BBBB..",
    )
    (one,) = outcomes(SQUARE, grown, 1)
    assert one.kind == "kept"
    assert (one.old_size, one.object, one.size) == (9, 2, 12)
    assert one.position == (0, 2, 2)
    assert one.stamp == stamp(labels_of(grown), 2)
    assert one.overlap == 9 / 12


def test_an_object_that_left_its_voxel_is_moved() -> None:
    hollow = ids_of(
        ".......",
        ".AAA...",
        ".A.A...",
        ".AAA...",
    )
    (one,) = outcomes(SQUARE, hollow, 1)
    assert (one.kind, one.overlap) == ("moved", 8 / 9)
    assert one.position != (0, 2, 2)
    assert hollow[one.position[1:]] == 1


def test_an_object_that_is_gone_is_lost() -> None:
    (one,) = outcomes(SQUARE, np.zeros_like(SQUARE), 1)
    assert (one.kind, one.object, one.stamp, one.overlap) == ("lost", 0, "", None)


def test_an_object_that_barely_touches_the_old_one_is_not_it() -> None:
    other = ids_of(
        ".......",
        "...AAAA",
        "...AAAA",
        "....AAA",
    )
    (one,) = outcomes(SQUARE, other, 1)
    assert one.kind == "lost"


TWO = ids_of(
    "AAAA.BBBB",
    "AAAA.BBBB",
    "AAAA.BBBB",
)
BLOB = ids_of(
    "AAAAAAAAA",
    "AAAAAAAAA",
    "AAAAAAAAA",
)


def test_two_annotated_objects_in_one_are_merged_with_each_other() -> None:
    first, second = outcomes(TWO, BLOB, 1, 2)
    assert (first.kind, second.kind) == ("merged", "merged")
    assert [r.line for r in first.partners] == [3]
    assert [r.line for r in second.partners] == [2]
    assert (first.neighbours, second.neighbours) == (0, 0)
    assert first.object == second.object == 1


def test_an_annotated_object_and_a_neighbour_nobody_annotated_are_merged() -> None:
    (one,) = outcomes(TWO, BLOB, 1)
    assert (one.kind, one.partners, one.neighbours) == ("merged", (), 1)


def test_a_crumb_that_was_swallowed_does_not_count() -> None:
    old = ids_of("AAAAA.C", "AAAAA..", "AAAAA..")
    new = ids_of("AAAAAAA", "AAAAA..", "AAAAA..")
    (one,) = outcomes(old, new, 1)
    assert (one.kind, one.overlap) == ("kept", 15 / 17)
    crumb = outcomes(old, new, 3)[0]
    assert (crumb.kind, crumb.neighbours) == ("merged", 1)


def test_an_annotated_crumb_counts() -> None:
    old = ids_of("AAAAA.C", "AAAAA..", "AAAAA..")
    new = ids_of("AAAAAAA", "AAAAA..", "AAAAA..")
    first, crumb = outcomes(old, new, 1, 3)
    assert [r.line for r in first.partners] == [3]
    assert [r.line for r in crumb.partners] == [2]


def test_a_border_that_shifted_between_neighbours_merges_nothing() -> None:
    old = ids_of("AAAABBBB", "AAAABBBB", "AAAABBBB")
    new = ids_of("AAAAABBB", "AAAAABBB", "AAAAABBB")
    first, second = outcomes(old, new, 1, 2)
    assert (first.kind, second.kind) == ("kept", "kept")
    assert (first.overlap, second.overlap) == (12 / 15, 9 / 12)


def test_an_object_in_two_pieces_is_split() -> None:
    (one,) = outcomes(BLOB, TWO, 1)
    assert (one.kind, one.pieces, one.object) == ("split", (1, 2), 1)


def test_a_crumb_that_came_off_does_not_split() -> None:
    old = ids_of("AAAAAAA", "AAAAA..", "AAAAA..")
    new = ids_of("AAAAA.C", "AAAAA..", "AAAAA..")
    (one,) = outcomes(old, new, 1)
    assert (one.kind, one.object, one.overlap) == ("kept", 1, 15 / 17)


def test_half_of_the_smaller_object_is_a_link_and_a_voxel_less_is_none() -> None:
    old = ids_of("AAAA...")
    (half,) = outcomes(old, ids_of("..AAAA."), 1)
    assert (half.kind, half.overlap) == ("moved", 1 / 3)
    assert outcomes(old, ids_of("...AAAA"), 1)[0].kind == "lost"
    # of an odd size half is not whole: 2 of 5 is less, 3 of 5 is more
    assert outcomes(ids_of("AAAAA..."), ids_of("...AAAAA"), 1)[0].kind == "lost"
    assert outcomes(ids_of("AAAAA..."), ids_of("..AAAAA."), 1)[0].kind != "lost"


def test_a_third_of_both_together_is_kept_and_less_is_doubtful() -> None:
    old = ids_of("AAAAAAAAA")
    assert outcomes(old, ids_of("...AAA..."), 1)[0].kind == "kept"
    assert outcomes(old, ids_of("....AA..."), 1)[0].kind == "doubtful"


def test_a_tenth_of_the_best_is_a_piece_and_less_is_a_crumb() -> None:
    (tenth,) = outcomes(ids_of("A" * 11), ids_of("A" * 10 + "B"), 1)
    assert (tenth.kind, tenth.pieces) == ("split", (1, 2))
    (less,) = outcomes(ids_of("A" * 12), ids_of("A" * 11 + "B"), 1)
    assert (less.kind, less.overlap) == ("kept", 11 / 12)


def test_one_to_one_but_much_changed_is_doubtful() -> None:
    new = np.zeros_like(SQUARE)
    new[2, 2:4] = 1
    (one,) = outcomes(SQUARE, new, 1)
    assert (one.kind, one.object, one.overlap) == ("doubtful", 1, 2 / 9)
    assert not one.attached
    new[1, 2] = 1
    assert outcomes(SQUARE, new, 1)[0].kind == "kept"


def test_a_volume() -> None:
    old = np.stack([TWO, TWO, TWO])
    new = np.stack([TWO, BLOB * 7, TWO * 0])
    new[0] = np.where(TWO > 0, 7, 0)
    first, second = outcomes(old, new, 1, 2)
    assert (first.kind, second.kind) == ("merged", "merged")
    (one,) = outcomes(old, np.where(old == 2, 2, 0), 1)
    assert one.kind == "lost"
    thicker = np.concatenate([old, old[:1]])
    (one,) = outcomes(np.concatenate([old, old[:1] * 0]), thicker, 1)
    assert (one.kind, one.overlap) == ("kept", 36 / 48)


def test_another_crop_of_the_old_label_image_is_no_hindrance() -> None:
    old = labels_of(np.pad(SQUARE, 2), origin=(0, 8, 8))
    grown = np.pad(SQUARE, 1)
    grown[2, 5] = 1
    new = labels_of(grown, origin=(0, 9, 9))
    _, (one,) = found(old, new, row(old, 1, 2))
    assert (one.kind, one.overlap, one.position) == ("kept", 9 / 10, (0, 12, 12))


def test_an_object_cut_by_the_present_crop() -> None:
    old = labels_of(SQUARE)
    new = labels_of(SQUARE[:, 2:], origin=(0, 0, 2))
    _, (one,) = found(old, new, row(old, 1, 2))
    assert (one.kind, one.overlap) == ("kept", 6 / 9)


def test_a_movie_looks_in_its_own_frame() -> None:
    old = {t: labels_of(SQUARE, frames=2, t=t) for t in (0, 1)}
    grown = SQUARE.copy()
    grown[0, 1] = 1
    new = {0: labels_of(SQUARE, frames=2, t=0), 1: labels_of(grown, frames=2, t=1)}
    rows = [row(old[t], 1, 2 + t, t=t) for t in (0, 1)]
    matches = match(rows, lambda t: new[t], new[0].header)
    stamps = {stamp(labels, 1): labels for labels in old.values()}
    (one,) = reattach(matches, lambda t: new[t], stamps.get)
    assert (one.line, one.frame, one.kind, one.overlap) == (3, 1, "kept", 0.9)


def test_without_the_old_label_image_position_and_size_decide() -> None:
    grown = SQUARE.copy()
    grown[1:4, 4] = 1
    (one,) = outcomes(SQUARE, grown, 1, stored=False)
    assert (one.kind, one.size, one.overlap) == ("kept", 12, None)
    (gone,) = outcomes(SQUARE, np.zeros_like(SQUARE), 1, stored=False)
    assert gone.kind == "lost"


@pytest.mark.parametrize(
    ("size", "kind"), [(6, "kept"), (5, "doubtful"), (13, "kept"), (14, "doubtful")]
)
def test_a_size_beyond_two_thirds_and_three_halves_is_doubtful(size: int, kind: str) -> None:
    old = np.zeros((1, 20), "uint32")
    old[0, :9] = 1
    new = (np.arange(20) < size).astype("uint32")[None]
    (one,) = outcomes(old, new, 1, stored=False)
    assert one.kind == kind


def test_without_size_a_row_is_doubtful() -> None:
    old = labels_of(SQUARE)
    grown = SQUARE.copy()
    grown[0, 1] = 1
    _, (one,) = found(old, labels_of(grown), row(old, 1, 2, size=None), stored=False)
    assert one.kind == "doubtful"


def test_without_the_old_label_image_two_that_fit_in_one_are_merged() -> None:
    first, second = outcomes(TWO, BLOB, 1, 2, stored=False)
    assert (first.kind, second.kind) == ("merged", "merged")
    assert [r.line for r in first.partners] == [3]


def test_without_the_old_label_image_one_object_annotated_twice_is_not_merged() -> None:
    old, other = labels_of(SQUARE), SQUARE.copy()
    other[1, 4] = 1
    third = SQUARE.copy()
    third[2, 4] = 1
    rows = [row(old, 1, 2), row(labels_of(other), 1, 3)]
    _, both = found(old, labels_of(third), *rows, stored=False)
    assert [one.kind for one in both] == ["kept", "kept"]


def test_adopted_rows_are_examples_beside_the_valid_ones() -> None:
    old = labels_of(TWO)
    changed = np.where(TWO == 2, 5, TWO)
    changed[0, 0] = 0
    matches, result = found(old, labels_of(changed), row(old, 1, 2, "a"), row(old, 2, 3, "b"))
    assert matches.examples().classes == ("b",)
    adopted = adopt(matches, result)
    assert [m.status for m in adopted.matches] == ["reattached", "valid"]
    assert adopted.examples().classes == ("a", "b")
    assert adopted.examples().ids.tolist() == [1, 5]


def test_an_adopted_row_that_meets_another_class_is_a_conflict() -> None:
    old = labels_of(SQUARE)
    grown = SQUARE.copy()
    grown[0, 1] = 1
    point = Row(3, "b", y=1, x=1, file="a.csv")
    matches, result = found(old, labels_of(grown), row(old, 1, 2), point)
    assert [m.status for m in adopt(matches, result).matches] == ["conflict", "conflict"]


def test_outcomes_come_back_from_their_plain_form_with_present_lines() -> None:
    old, new = labels_of(TWO), labels_of(BLOB)
    matches, result = found(old, new, row(old, 1, 2), row(old, 2, 3))
    said = json.loads(json.dumps(plain(matches, result)))
    moved, again = found(old, new, row(old, 2, 30), row(old, 1, 20))
    assert restore(moved, said) == again
    assert "line" not in json.dumps(said)


def case() -> tuple[np.ndarray, np.ndarray]:
    """Old and new: A kept, B and C merged, D merged with E, F split, G lost."""
    old = ids_of(
        "AAA..BB.CC..DD.EE",
        "AAA..BB.CC..DD.EE",
        ".................",
        "FFFFFFF..GG......",
    )
    new = ids_of(
        "AAA..BBBBB..DDDDD",
        "AA...BBBBB..DDDDD",
        ".................",
        "FFF.HHH..........",
    )
    return old, new


def test_the_sentences_of_the_screen() -> None:
    old, new = (labels_of(ids) for ids in case())
    classes = {1: "a", 2: "interphase", 3: "mitotic", 4: "a", 6: "a", 7: "a"}
    rows = [row(old, object_id, 10 + object_id, name) for object_id, name in classes.items()]
    _, result = found(old, new, *rows)
    assert sentences(result) == [
        "1 re-attachable one to one (median overlap 0.83) · 1 split (line 16) · 1 lost (line 17)",
        "3 merged: 2 with each other (line 12 interphase, line 13 mitotic), "
        "1 with a neighbour nobody annotated",
    ]
    counted = summary(result)
    assert json.loads(json.dumps(counted)) == counted
    assert counted["one_to_one"] == 1
    assert counted["median_overlap"] == 5 / 6
    assert [counted[kind] for kind in ("kept", "moved", "doubtful", "merged", "split", "lost")] == [
        1, 0, 0, 3, 1, 1
    ]  # fmt: skip


def test_the_sentence_when_nothing_is_wrong() -> None:
    row_ = Row(2, "a", file="a.csv")
    fine = [Reattachment(row_, "kept", overlap=0.9), Reattachment(row_, "moved", overlap=0.94)]
    assert sentences(fine) == [
        "2 re-attachable one to one (median overlap 0.92) · 0 split · 0 lost"
    ]
    unseen = [Reattachment(row_, "kept"), Reattachment(row_, "doubtful")]
    assert sentences(unseen) == [
        "1 re-attachable one to one (by position and size) · 0 split · 0 lost",
        "1 doubtful: one to one, but much changed (line 2)",
    ]
    assert sentences([])[0] == "0 re-attachable one to one · 0 split · 0 lost"


def test_only_the_boxes_of_objects_are_read() -> None:
    reads: list = []
    ids = np.zeros((900, 900), "uint32")
    ids[100:110, 100:110] = 1
    changed = ids.copy()
    changed[110, 100] = 1
    old, new = labels_of(ids, reads=reads), labels_of(changed, reads=reads)
    found(old, new, row(old, 1, 2))
    assert max(region.size for region in reads) <= 11 * 10
