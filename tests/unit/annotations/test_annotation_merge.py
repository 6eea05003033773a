"""Annotation files of several people become one table, and no row is lost."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from objclass.annotations.matches import Match, Matches, settle
from objclass.annotations.merge import (
    MAJORITY,
    OPEN,
    OUT,
    MergedAnnotations,
    merge,
    merged_text,
    rated_objects,
)
from objclass.annotations.rows import Row, parse

Said = tuple[int, str]
"""Object (0 for a row that finds none) and class."""


def match_of(file: str, line: int, said: Said, stamp: str = "", **more: object) -> Match:
    row = Row(line, said[1], y=said[0], x=line, stamp=stamp, file=file, **more)
    status = "point" if said[0] else "background"
    return Match(row, status, said[0], voxel=(0, said[0], line))


def merged(*files: list[Match], settling: str | int = OPEN) -> MergedAnnotations:
    matches = [{"raw": Matches(settle(file))} for file in files]
    rows = [[("raw", match.row) for match in file] for file in files]
    return merge(rows, rated_objects(matches), settling)


def file_of(name: str, *said: Said) -> list[Match]:
    return [match_of(name, line, each) for line, each in enumerate(said, 2)]


def classes(found: MergedAnnotations) -> list[tuple[str, int | None]]:
    return [(each.class_, each.row.y) for each in found.rows]


ANNA = file_of("a.csv", (1, "large"), (2, "small"), (3, "small"))
BERT = file_of("b.csv", (2, "small"), (3, "large"), (4, "large"))


def test_what_all_say_is_one_row_and_what_one_says_is_kept() -> None:
    found = merged(ANNA, BERT)
    assert classes(found) == [("large", 1), ("small", 2), ("", 3), ("large", 4)]
    assert found.fates == {
        ("a.csv", 2): "kept", ("a.csv", 3): "kept", ("a.csv", 4): "open",
        ("b.csv", 2): "the same", ("b.csv", 3): "open", ("b.csv", 4): "kept",
    }  # fmt: skip


def test_a_disagreement_left_open_says_who_said_what() -> None:
    assert merged(ANNA, BERT).rows[2].note == "a.csv:4 small, b.csv:3 large"


def test_disagreements_are_left_out_or_settled() -> None:
    assert ("", 3) not in classes(merged(ANNA, BERT, settling=OUT))
    assert merged(ANNA, BERT, settling=OUT).fates["a.csv", 4] == "left out"
    settled = merged(ANNA, BERT, settling=1)
    assert classes(settled)[2] == ("large", 3)
    assert (settled.fates["a.csv", 4], settled.fates["b.csv", 3]) == ("settled", "kept")
    assert settled.rows[2].note == "a.csv:4 small, b.csv:3 large"


def test_a_majority_settles_and_a_tie_stays_open() -> None:
    carl = file_of("c.csv", (3, "large"))
    assert classes(merged(ANNA, BERT, carl, settling=MAJORITY))[2] == ("large", 3)
    assert classes(merged(ANNA, BERT, settling=MAJORITY))[2] == ("", 3)


def test_a_person_who_says_two_things_settles_nothing() -> None:
    torn = file_of("b.csv", (3, "large"), (3, "small"))
    assert classes(merged(ANNA, torn, settling=1))[2] == ("", 3)
    assert merged(ANNA, torn).rows[2].note == "a.csv:4 small, b.csv:2 large, b.csv:3 small"


def test_ignore_contradicts_a_class() -> None:
    anna, bert = file_of("a.csv", (1, "large")), [match_of("b.csv", 2, (1, "ignore"))]
    bert = [Match(bert[0].row, "ignored", 1, voxel=(0, 1, 2))]
    assert classes(merged(anna, bert)) == [("", 1)]


def test_a_row_with_a_stamp_is_kept_before_a_point() -> None:
    stamped = [match_of("b.csv", 2, (1, "large"), stamp="o0123456789", size=9)]
    for settling in (OPEN, 0):
        kept = merged(file_of("a.csv", (1, "large")), stamped, settling=settling).rows[0]
        assert (kept.class_, kept.row.stamp) == ("large", "o0123456789")
    settled = merged(file_of("a.csv", (1, "small")), stamped, settling=0).rows[0]
    assert (settled.class_, settled.row.stamp) == ("small", "o0123456789")


def test_rows_that_find_no_object_are_kept_once_where_they_are_the_same() -> None:
    anna = [match_of("a.csv", 2, (0, "large")), match_of("a.csv", 3, (0, "small"))]
    bert = [match_of("b.csv", 2, (0, "large"))]
    found = merged(anna, bert)
    assert classes(found) == [("large", 0), ("small", 0)]
    assert found.fates["b.csv", 2] == "the same"


def test_the_other_columns_of_both_come_along() -> None:
    anna = [match_of("a.csv", 2, (1, "large"), extra={"by": "Anna", "mood": ""})]
    bert = [match_of("b.csv", 2, (1, "large"), extra={"by": "Bert", "mood": "good; dry", "n": "1"})]
    (row,) = csv.DictReader(io.StringIO(merged_text(merged(anna, bert).rows)))
    assert (row["by"], row["mood"], row["n"]) == ("Anna; Bert", "good; dry", "1")


def test_a_merged_table_reads_back_as_what_it_says() -> None:
    more = {"names": {"plate": "P,4"}, "t": 1, "object": 7, "size": 12, "stamp": "o0123456789"}
    anna = [match_of("a.csv", 2, (1, 'a "big" one'), **more)]
    text = merged_text(merged(anna, file_of("b.csv", (2, "=x"))).rows)
    lines = list(csv.reader(io.StringIO(text)))
    read = parse("m.csv", lines[0], list(enumerate(lines[1:], 2)), has_time=False, names=["plate"])
    assert not read.problems
    first, second = read.rows
    assert (first.class_, first.names, first.stamp) == (
        'a "big" one', {"plate": "P,4"}, "o0123456789",
    )  # fmt: skip
    assert (first.object, first.size, first.y) == (7, 12, 1)
    assert second.image == "raw"


said = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b", "ignore"])), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(said, min_size=2, max_size=3), st.sampled_from([OPEN, OUT, MAJORITY, 0, 1]))
def test_every_row_is_accounted_for_and_every_object_stands_once(
    said: list[list[Said]], settling: str | int
) -> None:
    files = [file_of(f"{k}.csv", *each) for k, each in enumerate(said)]
    found = merged(*files, settling=settling)
    every = {(match.row.file, match.row.line) for file in files for match in file}
    assert set(found.fates) == every
    objects = [each.row.y for each in found.rows if each.row.y]
    assert len(objects) == len(set(objects))
    annotated = {each[0] for file in said for each in file if each[0]}
    out = {o for file in files for m in file
           if found.fates[m.row.file, m.row.line] == "left out" for o in [m.object]}  # fmt: skip
    assert annotated == set(objects) | out
