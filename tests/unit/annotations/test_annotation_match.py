"""Which object a row is about."""

from __future__ import annotations

import json

import numpy as np
import pytest
from drawn_labels import ids_of, labels_of, stamp

from objclass.annotations import Matches, Row, outside_problems
from objclass.annotations.match import ids_at, match
from objclass.annotations.matches import Match, restore
from objclass.annotations.summary import conflict_notes, notes, summarize
from objclass.data.axes import Grid
from objclass.data.blocks import Region
from objclass.data.labels import LabelImage

DRAWN = ids_of(
    "AA...BB",
    "AA...BB",
    ".......",
    "..CCC..",
)


def point(line: int, y: int, x: int, class_: str = "a", **more: object) -> Row:
    return Row(line, class_, y=y, x=x, file="a.csv", **more)


def matched(labels: LabelImage, *rows: Row, whole: Grid | None = None) -> Matches:
    return match(rows, lambda t: labels, labels.header, whole)


def statuses(matches: Matches) -> dict[int, str]:
    return {m.row.line: m.status for m in matches.matches}


def test_a_row_is_valid_while_the_object_under_it_has_its_stamp() -> None:
    labels = labels_of(DRAWN)
    found = matched(labels, point(2, 0, 1, stamp=stamp(labels, 1)))
    assert statuses(found) == {2: "valid"}
    assert found.matches[0].object == 1


def test_a_changed_object_makes_its_rows_invalid() -> None:
    before = labels_of(DRAWN)
    changed = DRAWN.copy()
    changed[1, 1] = 0
    rows = [point(2, 0, 0, stamp=stamp(before, 1)), point(3, 0, 6, stamp=stamp(before, 2))]
    assert statuses(matched(labels_of(changed), *rows)) == {2: "invalid", 3: "valid"}


def test_an_object_that_is_gone_makes_its_rows_invalid() -> None:
    before = labels_of(DRAWN)
    gone = np.where(DRAWN == 1, 0, DRAWN)
    found = matched(labels_of(gone), point(2, 0, 0, stamp=stamp(before, 1)))
    assert (found.matches[0].status, found.matches[0].object) == ("invalid", 0)


def test_a_stamp_counts_only_with_the_object_under_the_position() -> None:
    labels = labels_of(DRAWN)
    found = matched(labels, point(2, 0, 6, stamp=stamp(labels, 1)))
    assert (found.matches[0].status, found.matches[0].object) == ("invalid", 2)


def test_a_point_takes_the_object_under_it_and_background_is_told() -> None:
    found = matched(labels_of(DRAWN), point(2, 3, 3), point(3, 2, 3))
    assert statuses(found) == {2: "point", 3: "background"}
    assert notes(found) == [
        "1 row on background, not used (line 3)",
        "it is within 1 voxel of an object; to take it: "
        "objclass annotations reattach {workflow}{node} --nearest 1",
    ]


def test_one_object_twice_with_one_class_counts_once() -> None:
    labels = labels_of(DRAWN)
    found = matched(labels, point(3, 0, 1), point(2, 0, 0, stamp=stamp(labels, 1)))
    assert statuses(found) == {2: "valid", 3: "point"}
    assert found.examples().ids.tolist() == [1]
    assert summarize(found).repeated == 1


def test_one_object_with_two_classes_is_not_used_and_both_lines_are_shown() -> None:
    found = matched(labels_of(DRAWN), point(9, 0, 1, "b"), point(2, 0, 0), point(3, 0, 5))
    assert statuses(found) == {2: "conflict", 9: "conflict", 3: "point"}
    assert found.examples().classes == ("a",)
    assert notes(found) == ["one object with several classes, not used: line 2 a, line 9 b"]


def test_an_invalid_row_contradicts_nobody() -> None:
    rows = [point(2, 0, 0), point(3, 0, 1, "b", stamp="o0000000000")]
    assert statuses(matched(labels_of(DRAWN), *rows)) == {2: "point", 3: "invalid"}


def test_ignore_is_a_class_that_is_not_used() -> None:
    rows = [point(2, 0, 0, "ignore"), point(3, 2, 2, "ignore"), point(4, 0, 5)]
    found = matched(labels_of(DRAWN), *rows)
    assert statuses(found) == {2: "ignored", 3: "ignored", 4: "point"}
    assert summarize(found).asked == 1


def test_ignore_contradicts_another_class() -> None:
    found = matched(labels_of(DRAWN), point(2, 0, 0, "ignore"), point(3, 0, 1, "b"))
    assert set(statuses(found).values()) == {"conflict"}


def test_positions_are_those_of_the_uncropped_image() -> None:
    labels = labels_of(DRAWN, origin=(0, 100, 200))
    whole = Grid((1000, 1000))
    rows = [point(2, 100, 201), point(3, 0, 1), point(4, 104, 203), point(5, 1000, 5)]
    found = matched(labels, *rows, whole=whole)
    assert statuses(found) == {2: "point", 3: "cropped", 4: "cropped", 5: "outside"}
    assert notes(found) == ["2 rows outside the crop, not used"]
    assert [str(p) for p in outside_problems(found, whole)] == [
        "a.csv:5: the position lies outside the image; got y 1000, x 5; expected y 0 to 999, "
        "x 0 to 999; positions count voxels from 0 in the uncropped image, not micrometres"
    ]


def test_frames_are_counted_from_the_first_one_kept() -> None:
    frames = {0: labels_of(DRAWN, frames=2, first_frame=5), 1: labels_of(DRAWN[::-1], frames=2)}
    header = frames[0].header
    whole = Grid(DRAWN.shape, 10)
    rows = [point(2, 0, 0, t=5), point(3, 0, 0, t=6), point(4, 0, 0, t=7), point(5, 0, 0, t=10)]
    found = match(rows, lambda t: frames[t or 0], header, whole)
    assert statuses(found) == {2: "point", 3: "background", 4: "cropped", 5: "outside"}
    assert [m.frame for m in found.matches[:2]] == [0, 1]
    assert "t 0 to 9, y 0 to 3" in str(outside_problems(found, whole)[0])


@pytest.mark.parametrize(
    ("t", "y", "names", "says"),
    [
        (3, 0, (), "frames count from 0: if yours count from 1, subtract 1 in every row"),
        (3, 0, ("001", "002", "003"), "and file 003 is frame 2: subtract 1 in every row"),
        (20, 0, ("000", "010", "020"), "and file 020 is frame 2: write frames, not files"),
        (9, 0, ("001", "002", "003"), "frames count from 0"),
        (9, 0, (), "frames count from 0"),
        (3, 99, ("001", "002", "003"), "not micrometres"),
    ],
)
def test_a_frame_that_is_not_there_is_answered_with_what_may_be_meant(
    t: int, y: int, names: tuple[str, ...], says: str
) -> None:
    labels = labels_of(DRAWN, frames=3)
    whole = Grid(DRAWN.shape, 3)
    found = match([point(2, y, 0, t=t)], lambda _: labels, labels.header, whole)
    (problem,) = outside_problems(found, whole, names)
    assert str(problem).endswith(says)


def test_only_frames_with_rows_are_opened() -> None:
    opened = []

    def frame(t: int | None) -> LabelImage:
        opened.append(t)
        return labels_of(DRAWN, frames=300)

    rows = [point(2, 0, 0, t=7), point(3, 0, 0, t=250), point(4, 0, 1, t=7)]
    match(rows, frame, labels_of(DRAWN, frames=300).header)
    assert sorted(opened) == [7, 250]


def test_a_dropped_plane_keeps_its_z() -> None:
    labels = labels_of(DRAWN, origin=(12, 0, 0))
    whole = Grid((40, *DRAWN.shape))
    rows = [point(2, 0, 0, z=12), point(3, 0, 1), point(4, 0, 0, z=0), point(5, 0, 0, z=40)]
    found = matched(labels, *rows, whole=whole)
    assert statuses(found) == {2: "point", 3: "point", 4: "cropped", 5: "outside"}


def test_a_volume() -> None:
    volume = np.stack([DRAWN, np.zeros_like(DRAWN), DRAWN])
    volume[2][volume[2] == 1] = 9
    labels = labels_of(volume, origin=(10, 0, 0))
    rows = [
        point(2, 0, 0, z=10),
        point(3, 0, 0, z=11),
        point(4, 0, 0, z=12, stamp=stamp(labels, 9)),
    ]
    found = matched(labels, *rows, whole=Grid((20, *DRAWN.shape)))
    assert statuses(found) == {2: "point", 3: "background", 4: "valid"}
    assert found.examples().position.tolist() == [[0, 10, 0, 0], [0, 12, 0, 0]]


def by_id(line: int, object_id: int, class_: str = "a", **more: object) -> Row:
    return Row(line, class_, object=object_id, file="a.csv", **more)


def test_ids_of_a_file_name_objects() -> None:
    labels = labels_of(DRAWN, keeps_ids=True)
    rows = [by_id(2, 3), by_id(3, 8), by_id(4, 1, stamp=stamp(labels, 1)), by_id(5, 2, stamp="o1")]
    found = matched(labels, *rows)
    assert statuses(found) == {2: "id", 3: "missing", 4: "valid", 5: "invalid"}
    assert found.of("id")[0].voxel == (0, 3, 3)


def test_ids_beyond_32_bits() -> None:
    ids = DRAWN.astype("uint64")
    ids[ids == 3] = 2**63 + 5
    labels = labels_of(ids, keeps_ids=True)
    found = matched(labels, by_id(2, 2**63 + 5), point(3, 3, 3))
    assert found.examples().ids.tolist() == [2**63 + 5]


def test_a_centroid_in_the_background_yields_to_the_id_of_a_file() -> None:
    ring = ids_of("AAA", "A.A", "AAA")
    labels = labels_of(ring, keeps_ids=True)
    row = point(2, 1, 1, object=1)
    assert statuses(matched(labels, row)) == {2: "id"}
    assert statuses(matched(labels_of(ring), row)) == {2: "background"}


def test_id_and_position_that_contradict_each_other_are_invalid_where_ids_last() -> None:
    row = point(2, 0, 0, object=2)
    assert statuses(matched(labels_of(DRAWN, keeps_ids=True), row)) == {2: "invalid"}
    assert statuses(matched(labels_of(DRAWN), row)) == {2: "point"}


def test_examples_are_sorted_by_time_and_position_whatever_the_ids() -> None:
    ids = np.array([[7, 0, 3], [0, 0, 0], [5, 0, 1]], "uint32")
    rows = [point(2, 2, 2, "d"), point(3, 0, 2, "b"), point(4, 2, 0, "c"), point(5, 0, 0, "a")]
    examples = matched(labels_of(ids), *rows).examples()
    assert examples.classes == ("a", "b", "c", "d")
    assert examples.ids.tolist() == [7, 3, 5, 1]
    assert examples.position.shape == (4, 4)


def test_no_rows_and_no_objects_are_fine() -> None:
    empty = labels_of(np.zeros((4, 4), "uint32"))
    assert matched(empty).examples().position.shape == (0, 4)
    assert statuses(matched(empty, point(2, 1, 1))) == {2: "background"}


def test_voxels_are_read_chunk_by_chunk_and_no_further_than_needed() -> None:
    reads: list[Region] = []
    ids = np.zeros((1500, 1500), "uint32")
    ids[10:20, 10:20] = 1
    ids[1400, 1400] = 2
    labels = labels_of(ids, reads=reads)
    voxels = [(12, 12), (19, 10), (511, 30), (1400, 1400)]
    assert ids_at(voxels, labels.read, ids.shape) == [1, 1, 0, 2]
    assert reads == [Region((12, 10), (512, 31)), Region((1400, 1400), (1401, 1401))]


def test_matches_come_back_from_their_plain_form_with_present_lines() -> None:
    labels = labels_of(DRAWN)
    rows = [point(2, 0, 0), point(3, 0, 5, "b"), point(4, 2, 2)]
    found = matched(labels, *rows)
    said = json.loads(json.dumps(found.plain()))
    moved = [point(9, 2, 2), point(8, 0, 5, "b"), point(7, 0, 0)]
    again = restore(moved, said)
    assert again == matched(labels, *moved)
    assert statuses(again) == {7: "point", 8: "point", 9: "background"}


def test_the_summary_counts_by_eye() -> None:
    labels = labels_of(DRAWN)
    rows = [
        point(2, 0, 0, stamp=stamp(labels, 1)),
        point(3, 0, 5, "b", stamp="o0000000000"),
        point(4, 3, 3, "b"),
        point(5, 2, 0),
        point(6, 0, 1, "ignore"),
    ]
    counted = summarize(matched(labels, *rows[:4]))
    found = counted.as_json()
    assert json.loads(json.dumps(found)) == found
    assert found["counts"] == {"valid": 1, "point": 1, "invalid": 1, "background": 1}
    assert (found["rows"], found["asked"], found["usable"], found["objects"]) == (4, 4, 2, 2)
    assert found["classes"] == {"a": 1, "b": 1}
    assert found["invalid"] == [{"file": "a.csv", "line": 3, "class": "b", "y": 0, "x": 5}]
    assert [row.line for row in counted.invalid] == [3]
    assert counted.headline == "2 of 4 annotations valid; 1 invalid"


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "int64", "uint64"])
def test_every_integer_type_of_label_image(dtype: str) -> None:
    labels = labels_of(DRAWN.astype(dtype))
    assert statuses(matched(labels, point(2, 0, 0, stamp=stamp(labels, 1)))) == {2: "valid"}


def test_many_contradictions_are_told_in_a_few_lines() -> None:
    groups = [
        [Match(point(2 * k + n, k, 0, class_), "conflict", k + 1) for n, class_ in enumerate("ab")]
        for k in range(11)
    ]
    said = conflict_notes(groups)
    assert len(said) == 4
    assert said[0] == "one object with several classes, not used: line 0 a, line 1 b"
    assert said[3].startswith("8 more objects with several classes, not used (lines 6, 7, 8")
