"""Plate maps: wells are found however they are written; what does not fit is said with its rows."""

from __future__ import annotations

import pytest

from objclass.errors import InputError
from objclass.wells.plate_map import PlateMap, map_images

IMAGES = [
    {"plate": p, "well": w, "site": s} for p in ("P1", "P2") for w in ("B03", "C04") for s in "12"
]
FEW = [{"well": "B03"}, {"well": "C04"}]


def plate_map(text: str) -> PlateMap:
    """A map of lines as they would stand in a file."""
    header, *lines = (tuple(line.split(",")) for line in text.splitlines())
    return PlateMap("map.csv", header, tuple(enumerate(lines, 2)))


def drugs(text: str, images: list[dict[str, str]] = FEW) -> list[str]:
    """The drug of every image."""
    return [each["drug"] for each in map_images(plate_map(text), images).conditions]


@pytest.mark.parametrize(
    "text",
    [
        "well,drug\nB03,a\nC04,b",
        "Metadata_Well,drug\nb3,a\nC/4,b",
        "row,column,drug\nB,3,a\nC,04,b",
        "drug,Row,Col\na,2,3\nb,3,4",
        "plate,well,drug\nP9,B03,a\nP9,C04,b",
    ],
)
def test_a_well_is_found_however_it_is_written(text: str) -> None:
    assert drugs(text) == ["a", "b"]
    assert drugs(text, [{"well": "B3"}, {"row": "C", "col": "4"}]) == ["a", "b"]


def test_a_map_without_plates_serves_all_and_one_with_plates_each_its_own() -> None:
    assert drugs("well,drug\nB03,a\nC04,b", IMAGES) == list("aabbaabb")
    each = "plate,well,drug\nP1,B03,a\nP1,C04,b\nP2,B03,c\nP2,C04,d"
    assert drugs(each, IMAGES) == list("aabbccdd")


def test_what_images_have_as_a_name_must_fit_as_well() -> None:
    fields = "well,site,drug\nB03,1,a\nB03,2,b\nC04,1,c\nC04,2,d"
    assert drugs(fields, IMAGES) == list("abcdabcd")


def test_wells_without_a_row_and_rows_without_an_image_are_told() -> None:
    mapped = map_images(plate_map("well,drug\nB03,a\nD01,x\nD02,y"), FEW)
    assert mapped.conditions == ({"drug": "a"}, {"drug": ""})
    assert mapped.notes == (
        "map.csv has no row for C04",
        "map.csv: no image is of lines 3, 4 (D01, D02)",
    )


TWICE = "map.csv:3: the plate map says B03 twice, in lines 2 and 3; leave out one"
PLATES = f"{TWICE}, or put {{plate}} into the patterns of the images"
NOTHING = (
    "map.csv: none of its wells is that of an image; got H11, H12; expected B03, C04; "
    "its plates and wells are those of {plate} and {well} in the patterns"
)
COLUMNS = (
    "map.csv:1: a plate map has no column of wells; got drug, dose; "
    "expected well, or row and column"
)
NO_WELL = "a row of the plate map has no well"
SUCH = "expected such as B03, or B and 3"
TAKEN = (
    "map.csv:1: a condition cannot be called 'status': tables have such a column; "
    "rename it in the plate map"
)
CLASSES = (
    "map.csv:1: a condition cannot be called '{}': columns of classes begin so in tables; "
    "rename it in the plate map"
)
BOTH = "map.csv:1: two columns of the plate map are about well; got well, Well_ID; leave out one"
NAMELESS = (
    "map.csv: a plate map needs images with wells, and theirs have none; got name; "
    "put {well}, or {row} and {column}, into the patterns"
)


@pytest.mark.parametrize(
    ("text", "images", "says"),
    [
        ("well,drug\nB03,a\nb3,b", FEW, TWICE),
        ("plate,well,drug\nP1,B03,a\nP2,B03,b", FEW, PLATES),
        ("well,drug\nH11,a\nH12,b", FEW, NOTHING),
        ("drug,dose\na,1", FEW, COLUMNS),
        ("well,drug\nB03,a\n,b", FEW, f"map.csv:3: {NO_WELL}; got nothing; {SUCH}"),
        ("row,column,drug\nB,0,a", FEW, f"map.csv:2: {NO_WELL}; got B 0; {SUCH}"),
        ("well,status\nB03,a", FEW, TAKEN),
        ("well,quality\nB03,a", FEW, TAKEN.replace("status", "quality")),
        ("well,n_cells\nB03,a", FEW, CLASSES.format("n_cells")),
        ("well,pct_serum\nB03,a", FEW, CLASSES.format("pct_serum")),
        ("well,Well_ID,drug\nB03,B03,a", FEW, BOTH),
        ("well,drug\nB03,a", [{"name": "x"}], NAMELESS),
    ],
)
def test_a_map_that_does_not_fit_says_where_and_what_to_do(
    text: str, images: list[dict[str, str]], says: str
) -> None:
    with pytest.raises(InputError) as raised:
        map_images(plate_map(text), images)
    assert [str(problem) for problem in raised.value.problems] == [says]
