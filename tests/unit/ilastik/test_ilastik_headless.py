"""ilastik's own command line, word for word."""

from __future__ import annotations

import shlex
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.errors import InputError
from objclass.ilastik.headless import FLAGS, READERS, UNSUPPORTED, HeadlessArguments, parse_headless


def parsed(line: str) -> HeadlessArguments:
    return parse_headless(shlex.split(line))


def refusal(line: str) -> str:
    with pytest.raises(InputError) as caught:
        parsed(f"--project=p.ilp {line}")
    return str(caught.value)


def test_the_line_of_the_documentation_is_read() -> None:
    found = parsed(
        "--headless --project=p.ilp --raw_data=R.h5/data --prediction_maps=P.h5/data "
        "--table_filename=t.csv --export_source='Object Predictions' --output_format=hdf5 "
        "--output_filename_format={dataset_dir}/{nickname}_{result_type}.h5 --readonly "
        "--output_internal_path=result --export_dtype=uint8 --output_axis_order=zyxc "
        "--cutout_subregion='[(0,0,0,0,0), (1,None,20,1,None)]' --input_axes=zyx,zyxc "
        "--stack_along=t"
    )
    assert found == HeadlessArguments(
        project="p.ilp",
        inputs={"raw": ("R.h5/data",), "prediction_map": ("P.h5/data",)},
        readonly=True,
        input_axes=("zyx", "zyxc"),
        stack_along="t",
        table_filename="t.csv",
        export_source="Object Predictions",
        output_format="hdf5",
        output_filename_format="{dataset_dir}/{nickname}_{result_type}.h5",
        output_internal_path="result",
        export_dtype="uint8",
        output_axis_order="zyxc",
        cutout_subregion=((0, 0, 0, 0, 0), (1, None, 20, 1, None)),
    )


def test_an_option_and_its_value_may_be_two_words_and_inputs_many() -> None:
    found = parsed("--project p.ilp --raw-data a.h5 b.h5 --segmentation-image c.h5 d.h5")
    assert found.inputs == {"raw": ("a.h5", "b.h5"), "segmentation": ("c.h5", "d.h5")}


def test_trailing_paths_are_raw_images() -> None:
    assert parsed("--project=p.ilp a.h5 b.h5").inputs == {"raw": ("a.h5", "b.h5")}
    assert parsed("--project=p.ilp --readonly a.h5").inputs == {"raw": ("a.h5",)}


def test_trailing_paths_beside_named_inputs_are_refused() -> None:
    assert "paths without an option beside inputs with one" in refusal("a.h5 --label_image=l.h5")


@pytest.mark.parametrize(
    ("said", "value"), [("", True), (" 1", True), ("=yes", True), ("=0", False), (" off", False)]
)
def test_readonly_takes_a_truth_or_nothing(said: str, value: bool) -> None:
    assert parsed(f"--project=p.ilp --readonly{said}").readonly is value


def test_one_axis_order_holds_for_all_roles() -> None:
    assert [parsed("--project=p.ilp --input_axes=zyx").axes_of(k) for k in (0, 1)] == ["zyx"] * 2
    several = parsed("--project=p.ilp --input_axes=None,yxc")
    assert [several.axes_of(k) for k in range(3)] == [None, "yxc", None]


def test_an_export_source_goes_by_any_case() -> None:
    found = parsed("--project=p.ilp --export_source='object probabilities'")
    assert found.export_source == "Object Probabilities"


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_what_is_not_supported_is_refused_by_name_with_the_way_on(name: str) -> None:
    assert refusal(f"--{name}=1") == f"--{name} is not supported; {UNSUPPORTED[name]}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--rawdata=a.h5", "--rawdata: ilastik's object classification has no such option; did "),
        ("--raw_data", "--raw_data names no file"),
        ("--export_source=", "--export_source has no value"),
        ("--export_source=Foo", "expected Object Predictions, Object Probabilities"),
        ("--export_source='Pixel Probabilities'", "pixel classification is not run here"),
        (
            "--output_format=n5",
            "--output_format: 'n5' is not supported; write --output_format=hdf5",
        ),
        ("--output_format='bmp sequence'", "is not supported"),
        ("--output_format=docx", "expected compressed hdf5"),
        ("--export_dtype=int64", "did you mean 'int"),
        ("--output_axis_order=zyq", "different letters of tczyx"),
        ("--input_axes=zz", "different letters of tczyx"),
        ("--stack_along=x", "expected t, z, c"),
        ("--readonly=maybe", "expected 1 or 0"),
        ("--cutout_subregion=[1,2]", "the start, (t,x,y,z,c) of the stop"),
        ("--cutout_subregion='[(0,0,0),(1,1,1)]'", "the start, (t,x,y,z,c) of the stop"),
        ("--cutout_subregion='[(0,0,0,0,0),(1,1,1,1,-1)]'", "the start, (t,x,y,z,c)"),
        ("--cutout_subregion='[(0,0,0,0,0),(1,1,1,1,1.5)]'", "the start, (t,x,y,z,c)"),
        ("--cutout_subregion='[(0,5,0,0,0),(1,5,1,1,1)]'", "a region has no voxels"),
        ("--cutout_subregion='__import__(1)'", "a list such as"),
        ("--raw_data a b --label_image c", "2 as raw, 1 as label_image"),
    ],
)
def test_a_wrong_option_or_value_is_named(line: str, said: str) -> None:
    assert said in refusal(line)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parsed("--atlas=a --nonsense --export_dtype=x")
    assert len(caught.value.problems) == 4
    assert "--project is missing" in str(caught.value)


@given(
    st.lists(
        st.sampled_from([f"--{n}" for n in (*READERS, *FLAGS, *UNSUPPORTED)])
        | st.text("[](),0 None", max_size=12)
        | st.text(max_size=6),
        max_size=8,
    )
)
def test_any_words_give_arguments_or_problems(words: list[str]) -> None:
    with suppress(InputError):
        assert parse_headless(words).project
