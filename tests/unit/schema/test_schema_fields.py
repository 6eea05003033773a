"""The types of fields: what they read, what they refuse, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from toy_kinds import Region, Target, Threshold

from objclass.data.wire import Wire
from objclass.errors import InputError
from objclass.schema.fields import (
    AnnotationPath,
    AxesText,
    AxisValues,
    Classes,
    ClassName,
    Color,
    Crop,
    CropField,
    Duration,
    DurationField,
    Fields,
    FilePath,
    Frozen,
    Length,
    Name,
    Names,
    PerAxis,
    PixelSize,
    PixelSizeField,
    Quantity,
    QuantityField,
    SigmaField,
    Size,
    ValueRange,
    WholePerAxis,
    WireField,
    per_axis,
    whole_per_axis,
)
from objclass.schema.scalars import read_plain
from objclass.schema.source import YamlMapping

Read = Callable[[str], Any]


def reader(annotation: Any) -> Read:
    """Return what reads a YAML value as a field of this type."""
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    return lambda text: adapter.validate_python(YamlMapping.parse(f"v: {text}", "w").data["v"])


def refusal(annotation: Any, text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        reader(annotation)(text)
    return str(caught.value.errors()[0]["msg"])


GOOD = [
    (WireField, "nuclei", Wire("nuclei")),
    (WireField, "nuclei.smoothed", Wire("nuclei", "smoothed")),
    (WireField, "a-b_2", Wire("a-b_2")),
    (Name, "2E05", "2E05"),
    (Name, "010", "010"),
    (Name, "1.10", "1.10"),
    (Name, "0x1F", "0x1F"),
    (Name, "yes", "yes"),
    (Name, ".inf", ".inf"),
    (Name, '"true"', "true"),
    (Name, "Zellkörper α", "Zellkörper α"),
    (Names, "[dapi, 1, 2E05]", ("dapi", "1", "2E05")),
    (FilePath, "a/b.h5:/raw", "a/b.h5:/raw"),
    (FilePath, r"C:\a.h5:/raw", r"C:\a.h5:/raw"),
    (FilePath, "2024", "2024"),
    (FilePath, '"{t}.tif"', "{t}.tif"),
    (Color, '"#F00"', "#ff0000"),
    (Color, "Orange", "#ffa500"),
    (Classes, "[a, 010]", (ClassName("a"), ClassName("010"))),
    (Classes, '{a: red, b: "#00ff00"}', (ClassName("a", "#ff0000"), ClassName("b", "#00ff00"))),
    (QuantityField, "3 um", Quantity(3, "um")),
    (QuantityField, "0.65 µm", Quantity(0.65, "um")),
    (QuantityField, "0.65μm", Quantity(0.65, "um")),
    (QuantityField, "50 um^2", Quantity(50, "um", 2)),
    (QuantityField, "200 um³", Quantity(200, "um", 3)),
    (QuantityField, "1e3 nm", Quantity(1000, "nm")),
    (QuantityField, "4 pixels", Quantity(4, "px")),
    (Length, "3", Quantity(3, "px")),
    (Length, "0 um", Quantity(0, "um")),
    (Size, "30", 30),
    (Size, "50 um^2", Quantity(50, "um", 2)),
    (DurationField, "5 min", Duration(5, "min")),
    (PerAxis, "1", 1.0),
    (PerAxis, "{z: 0, y: 1, x: 1.5}", AxisValues(z=0, y=1, x=1.5)),
    (PerAxis, "{x: 1, y: 2}", AxisValues(y=2, x=1)),
    (PerAxis, "{z: 2, y: 2, x: 2}", 2.0),
    (WholePerAxis, "64", 64),
    (WholePerAxis, "{z: 1, y: 30, x: 30}", AxisValues(z=1, y=30, x=30)),
    (PixelSizeField, "0.65 um", PixelSize(0.65, 0.65, 0.65, "um")),
    (PixelSizeField, "{z: 2 um, y: 1 um, x: 1 um}", PixelSize(1, 1, 2, "um")),
    (PixelSizeField, "{y: 1 nm, x: 2 nm}", PixelSize(1, 2, None, "nm")),
    (CropField, "{z: [200, 456], t: 0}", Crop(t=0, z=(200, 456))),
    (CropField, "{}", Crop()),
    (AxesText, "tczyx", "tczyx"),
    (ValueRange, "[0, 255]", (0.0, 255.0)),
]


@pytest.mark.parametrize(("annotation", "text", "value"), GOOD)
def test_a_field_reads_its_value(annotation: Any, text: str, value: object) -> None:
    assert reader(annotation)(text) == value


@pytest.mark.parametrize(("annotation", "text", "value"), GOOD)
def test_what_was_read_survives_json(annotation: Any, text: str, value: object) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    assert adapter.validate_python(adapter.dump_python(value, mode="json")) == value


@pytest.mark.parametrize(("annotation", "text", "value"), GOOD)
def test_a_field_takes_its_own_value(annotation: Any, text: str, value: object) -> None:
    assert TypeAdapter(annotation).validate_python(value) == value


CROP = "{z: [200, 456], t: 0}: a pair keeps the axis, an integer drops it"
PER_AXIS = "one number or {z: 0, y: 1, x: 1}"
PIXEL = "0.65 um or {z: 2 um, y: 0.65 um, x: 0.65 um}"
LETTERS = "letters of tczyx in file order, such as zyx"
BAD = [
    (WireField, "", "has no value; expected a node's name, or node.part"),
    (WireField, "a b", "is not a wire; got 'a b'; expected a node's name, or node.part"),
    (WireField, "a.b.c", "is not a wire; got 'a.b.c'; expected a node's name, or node.part"),
    (WireField, "3", "is not a wire; got 3; expected a node's name, or node.part"),
    (WireField, "[raw]", "takes one wire, not a list; got [raw]; write raw"),
    (
        WireField,
        "x/raw.tif",
        "takes a node, not a file; got 'x/raw.tif'; "
        "read the file with a node of kind input and name that node here",
    ),
    (Name, "true", 'is a word of YAML, not a name; got true; quote it: "true"'),
    (Name, "[a]", "is not a name; got [a]; expected one name"),
    (Name, '" a"', "is empty or has spaces around it; got ' a'; expected a name"),
    (Name, '"a\\nb"', "has a line break or control character; got 'a\nb'; expected a name"),
    (Names, "dna", "takes a list; got 'dna'; write [dna]"),
    (Names, "[]", "is not a list of names; got []; expected [first, second]"),
    (Names, "[a, b, a]", "names 'a' twice; each name may occur once"),
    (FilePath, "{t}", 'is a mapping to YAML, not a path; quote it: "{t}"'),
    (FilePath, "{a: {}}", "is not a path; got {a: {}}; expected one path"),
    (FilePath, "[a.tif]", "is not a path; got [a.tif]; expected one path"),
    (FilePath, '""', "is empty; expected a path"),
    (
        AnnotationPath,
        "[a.csv, my b.csv]",
        "is several files; got [a.csv, my b.csv]; expected one file, or one an image: a path with "
        "{name}; write a.csv, put all into one by objclass annotations merge WORKFLOW.yaml a.csv "
        "'my b.csv' -o all.csv, and write all.csv",
    ),
    (AnnotationPath, "[]", "is not a path; got []; expected one path"),
    (
        FilePath,
        '"C:\\temp"',
        r"has a control character; got 'C:\temp'; "
        r"a backslash in double quotes is an escape: write 'C:\data' in single quotes",
    ),
    (Color, "#ff0000", 'lacks a colour; a # starts a comment: quote it, such as "#ff0000"'),
    (Color, "bleu", "has the unknown colour 'bleu'; did you mean blue?"),
    (Classes, "[a, a]", "names 'a' twice; each name may occur once"),
    (Classes, "{a: {}, b: {cuont: false}}", "gives 'b' an unknown option 'cuont'; "
     "expected color, count; did you mean count?"),
    (Classes, "{a: {}, b: {count: 0}}", "gives 'b' a count that is neither true nor false; got 0; "
     "write count: false to leave it out of counts"),
    (Classes, "{a: {color: bleu}}", "has the unknown colour 'bleu'; did you mean blue?"),
    (Classes, "{a: {count: false}}", "leaves every class out of counts; leave out fewer of them"),
    (
        QuantityField,
        "3",
        "has no unit; got 3; write 3 um, or another unit: nm, um, mm, cm, m or px",
    ),
    (QuantityField, "um", "is not a number with a unit; got 'um'; expected such as 3 um"),
    (QuantityField, "3 in", "has the unknown unit 'in'; expected nm, um, mm, cm, m or px"),
    (QuantityField, "3 mmm", "has the unknown unit 'mmm'; expected nm, um, mm, cm, m or px; "
     "did you mean mm?"),
    (QuantityField, "3 um^4", "has the unknown power ^4; expected um, um^2 or um^3"),
    (QuantityField, "-3 um", "is below 0 or without end; got '-3 um'"),
    (QuantityField, "1e999 um", "is below 0 or without end; got '1e999 um'"),
    (Length, "3 um^2", "is not a length; got '3 um^2'; expected such as 3 um"),
    (Length, "-3", "is below 0 or without end; got '-3 px'"),
    (Size, "-1", "is below 0; got -1"),
    (Size, "1.5", "is not a whole number of voxels; got 1.5; or give a unit: um^2, um^3"),
    (Size, "010", "is not a whole number of voxels; got '010'; write 10 without leading zeros"),
    (Size, "5 px", "counts voxels without a unit; write 5"),
    (
        Size,
        "5 um",
        "is a length, not an area or volume; got '5 um'; "
        "write 5 um^2 for an area, 5 um^3 for a volume",
    ),
    (DurationField, "5", "is not a time; got 5; expected a number and one of ms, s, min, h, d"),
    (
        DurationField,
        "0 s",
        "is not above 0; got '0 s'; expected a number and one of ms, s, min, h, d",
    ),
    (PerAxis, "-1", "is not a number of at least 0; got -1"),
    (PerAxis, ".nan", "is not a number of at least 0; got .nan"),
    (SigmaField, "1e+9", "is more than 1000 voxels; got 1000000000; smooth less"),
    (SigmaField, "{z: 0, y: 1, x: 1001}", "is more than 1000 voxels; got 1001; smooth less"),
    (PerAxis, "true", f"is not a number; got true; expected {PER_AXIS}"),
    (PerAxis, '"1"', f"is not a number; got '1'; expected {PER_AXIS}; write 1 without quotes"),
    (PerAxis, "1,5", f"is not a number; got '1,5'; expected {PER_AXIS}; write 1.5 with a point"),
    (PerAxis, "[0, 1, 1]", f"is a list, which names no axes; got [0, 1, 1]; expected {PER_AXIS}"),
    (PerAxis, "{z: 0}", f"says nothing about y and x; got {{z: 0}}; expected {PER_AXIS}"),
    (PerAxis, "{Y: 0, x: 1}", f"has no axis 'Y'; expected {PER_AXIS}; did you mean y?"),
    (WholePerAxis, "1.5", f"is not a whole number of at least 0; got 1.5; expected {PER_AXIS}"),
    (PixelSizeField, "3 px", f"is not a length above 0; got '3 px'; expected {PIXEL}"),
    (PixelSizeField, "true", f"is not a pixel size; got true; expected {PIXEL}"),
    (
        PixelSizeField,
        "{y: 1 um, x: 1 nm}",
        "mixes units; got {y: 1 um, x: 1 nm}; use nm or um for all axes",
    ),
    (CropField, "[1, 2]", f"is not a mapping of axes; got [1, 2]; expected {CROP}"),
    (CropField, "{q: 1}", f"has no axis 'q'; expected {CROP}"),
    (CropField, "{y: 1}", "drops y; an image needs y and x; write y: [start, stop]"),
    (CropField, "{z: [5, 5]}", "has an empty range for z; got [5, 5]; expected start below stop"),
    (CropField, "{z: [5]}", "has no range for z; got [5]; expected z: [start, stop]"),
    (CropField, "{z: [-1, 5]}", "has no range for z; got [-1, 5]; expected z: [start, stop]"),
    (CropField, "{z: true}", "has no range for z; got true; expected z: [start, stop]"),
    (AxesText, "ZYX", "has capital letters; got 'ZYX'; write zyx"),
    (AxesText, "zyq", f"has the unknown axis 'q'; got 'zyq'; expected {LETTERS}"),
    (AxesText, "zyxz", f"has an axis twice; got 'zyxz'; expected {LETTERS}"),
    (AxesText, "zx", f"needs y and x; got 'zx'; expected {LETTERS}"),
    (AxesText, "[y, x]", f"is not axis letters; got [y, x]; expected {LETTERS}"),
    (ValueRange, "[255, 0]", "is not a range that rises; got [255, 0]; "
     "expected [low, high] with low below high"),
    (ValueRange, "[0, .inf]", "is not a range that rises; got [0, .inf]; "
     "expected [low, high] with low below high"),
    (ValueRange, "255", "is not a range; got 255; expected [low, high] with low below high"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "text", "message"), BAD)
def test_a_field_says_what_is_wrong(annotation: Any, text: str, message: str) -> None:
    assert refusal(annotation, text) == message


def test_a_quantity_is_converted_exactly() -> None:
    assert Quantity(650, "nm").to("um") == 0.65
    assert Quantity(50, "um", 2).to("nm") == 50_000_000
    assert Quantity(1, "mm", 3).to("um") == 1_000_000_000
    assert Quantity(3, "px").to("px") == 3


def test_pixels_have_no_length_of_their_own() -> None:
    with pytest.raises(InputError, match="3 px cannot be said in um"):
        Quantity(3, "px").to("um")


def test_quantities_are_shown_as_they_are_written() -> None:
    assert [str(Quantity(3, "um")), str(Quantity(0.5, "um", 2))] == ["3 um", "0.5 um^2"]
    assert str(Duration(5, "min")) == "5 min"
    assert Duration(5, "min").seconds == 300


def test_one_number_serves_every_axis() -> None:
    assert per_axis(1.5, "zyx") == (1.5, 1.5, 1.5)
    assert whole_per_axis(3, "yx") == (3, 3)


def test_numbers_per_axis_follow_the_axes_of_the_image() -> None:
    values = AxisValues(z=0, y=1, x=2)
    assert per_axis(values, "zyx") == (0, 1, 2)
    assert per_axis(values, "yx") == (1, 2)


def test_a_3d_image_needs_a_number_for_z() -> None:
    with pytest.raises(InputError, match="sigma says nothing about z of a 3D image"):
        per_axis(AxisValues(y=1, x=1), "zyx", "sigma")
    with pytest.raises(InputError, match="pixel_size says nothing about z of a 3D image"):
        PixelSize(1, 1, None, "um").spacing("zyx")


def test_the_spacing_follows_the_axes_of_the_image() -> None:
    assert PixelSize(1, 2, 3, "um").spacing("zyx") == (3, 1, 2)
    assert PixelSize(1, 2, 3, "um").spacing("yx") == (1, 2)


def test_batch_keeps_dropped_axes_and_forgets_cuts() -> None:
    crop = Crop(t=0, z=(2, 5), x=(0, 9))
    assert crop.dropped == {"t": 0}
    assert crop.ranges == {"z": (2, 5), "x": (0, 9)}
    assert crop.without_ranges() == Crop(t=0)


class Numbers(Frozen):
    """Plain numbers, words and lists."""

    real: float = 0.0
    whole: int = 0
    switch: bool = False
    text: str = ""
    many: tuple[int, ...] = ()


@pytest.mark.parametrize("text", ["1", "1.0", "1e0", "0x1"])
def test_one_is_a_fine_float(text: str) -> None:
    value = Numbers.model_validate({"real": read_plain(text)}).real
    assert (value, type(value)) == (1.0, float)


@pytest.mark.parametrize(
    "field",
    [{"real": "1"}, {"real": True}, {"whole": "1"}, {"whole": 1.0}, {"switch": 1},
     {"switch": "yes"}, {"real": float("nan")}, {"real": float("inf")}, {"text": 1},
     {"many": ("1",)}, {"other": 1}],
)  # fmt: skip
def test_types_are_never_guessed(field: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Numbers.model_validate(field)


def test_lists_become_tuples_so_that_nothing_can_change() -> None:
    assert Numbers(many=[1, 2]).many == (1, 2)  # type: ignore[arg-type]


def test_a_model_cannot_change() -> None:
    with pytest.raises(ValidationError):
        Numbers().real = 2.0


def test_nodes_can_be_made_in_python_with_the_same_rules() -> None:
    node = Threshold(image="prob.smoothed", sigma={"z": 0, "y": 1, "x": 1}, min_size="50 um^2")  # type: ignore[arg-type]
    assert node.image == Wire("prob", "smoothed")
    assert node.sigma == AxisValues(z=0, y=1, x=1)
    assert node.min_size == Quantity(50, "um", 2)


def test_nested_models_are_strict_too() -> None:
    with pytest.raises(ValidationError):
        Target(path="a.csv", dataset=True)  # type: ignore[arg-type]
    assert Region(around=3).around == Quantity(3, "px")  # type: ignore[arg-type]


def test_fields_of_a_kind_are_the_base_of_all_kinds() -> None:
    assert issubclass(Threshold, Fields)
