"""Which image a row belongs to."""

from __future__ import annotations

from objclass.annotations import Annotations, Row, assign, for_image

PLATES = {
    "P1_A01": {"plate": "P1", "well": "A01"},
    "P1_B02": {"plate": "P1", "well": "B02"},
    "P2_B02": {"plate": "P2", "well": "B02"},
}


def said(*rows: Row) -> Annotations:
    return Annotations("a.csv", tuple(rows))


def row(line: int, image: str = "", **names: str) -> Row:
    return Row(line, "a", image, names, y=0, x=0, file="a.csv")


def lines(annotations: Annotations, images: dict[str, dict[str, str]]) -> dict[str, list[int]]:
    assigned = assign(annotations, images)
    found, problems = assigned.rows, assigned.problems
    assert [str(p) for p in problems] == []
    return {image: [r.line for r in rows] for image, rows in found.items()}


def test_a_table_without_images_serves_the_only_one() -> None:
    assert lines(said(row(2), row(3)), {"nuclei": {}}) == {"nuclei": [2, 3]}


def test_rows_are_sorted_by_the_image_column() -> None:
    found = lines(said(row(2, "P1_B02"), row(3, "P1_A01"), row(4, "P1_B02")), PLATES)
    assert found == {"P1_A01": [3], "P1_B02": [2, 4], "P2_B02": []}


def test_rows_are_sorted_by_name_columns() -> None:
    found = lines(said(row(2, plate="P2", well="B02"), row(3, well="A01")), PLATES)
    assert found == {"P1_A01": [3], "P1_B02": [], "P2_B02": [2]}


def test_image_and_names_must_agree() -> None:
    (problem,) = assign(said(row(2, "P1_A01", plate="P2")), PLATES).problems
    assert str(problem) == (
        "a.csv:2: the workflow has no image 'P1_A01' with plate 'P2' (line 2); "
        "expected one of P1_A01, P1_B02, P2_B02; did you mean 'P1_A01'?"
    )


def test_every_unknown_image_is_named_once_with_its_lines() -> None:
    problems = assign(
        said(row(2, "P9"), row(3, "P1_A1"), row(4, "P9"), row(5, "P1_A01")), PLATES
    ).problems
    first, second = map(str, problems)
    assert "image 'P9' (lines 2, 4)" in first
    assert "image 'P1_A1' (line 3)" in second
    assert second.endswith("did you mean 'P1_A01'?")


def test_a_row_that_fits_several_images_is_refused() -> None:
    problems = assign(said(row(2, plate="P1"), row(3)), PLATES).problems
    assert [str(p) for p in problems] == [
        "a.csv:2: plate 'P1' fits 2 images on line 2; got P1_A01, P1_B02; "
        "add the column image or plate, well",
        "a.csv:3: a row without image fits 3 images on line 3; got P1_A01, P1_B02, P2_B02; "
        "add the column image or plate, well",
    ]


def test_the_rows_of_one_image() -> None:
    annotations = said(row(2, "P1_B02"), row(3, "P1_A01"))
    assert [r.line for r in for_image(annotations, "P1_A01", PLATES)] == [3]


def test_a_decomposed_file_name_is_the_same_image() -> None:
    assert lines(said(row(2, "früh")), {"fru\u0308h": {}}) == {"fru\u0308h": [2]}


def test_where_the_workflow_says_which_image_of_a_file_it_reads_no_other_fits() -> None:
    called = {"cells": ("cells.lif", "cells", "cells.lif - Overview")}
    for name, count in {"cells.lif - Overview": 1, "cells.lif - Detail": 0, "cells.lif": 1}.items():
        found = assign(said(row(2, name)), {"cells": {}}, called)
        assert (len(found.rows["cells"]), len(found.problems)) == (count, 1 - count)


def test_a_name_that_holds_a_dash_is_taken_whole_first() -> None:
    images = {"day": {}, "day - Image0": {}}
    found = assign(said(row(2, "day - Image0"), row(3, "day")), images)
    assert {image: [r.line for r in rows] for image, rows in found.rows.items()} == {
        "day": [3],
        "day - Image0": [2],
    }


def test_a_file_of_several_images_tells_none_of_them() -> None:
    files = {"x_0": ("x.lif",), "x_1": ("x.lif",)}
    (problem,) = assign(
        said(Row(2, "a", files=("x.lif",), file="a.csv")), {"x_0": {}, "x_1": {}}, {}, files
    ).problems
    assert str(problem) == (
        "a.csv:2: file 'x.lif' fits 2 images on line 2; got x_0, x_1; add the column image"
    )
