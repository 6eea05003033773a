"""What a plain word of YAML means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from objclass.draft import text as draft
from objclass.ilastik import workflow
from objclass.schema.scalars import Integer, Real, as_written, plain_or_quoted, read_plain
from objclass.schema.written import build


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "y", "2024-05-01", "12:30", "-name"])
def test_words_that_older_yaml_reads_otherwise_are_text(text: str) -> None:
    assert read_plain(text) == text


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("null", None), ("~", None), ("", None)]
)
def test_only_the_words_of_yaml_are_booleans_and_nothing(text: str, value: object) -> None:
    assert read_plain(text) is value


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("-12", -12), ("+3", 3), ("0x1F", 31), ("0o17", 15)]
)
def test_a_whole_number_keeps_its_text(text: str, value: int) -> None:
    number = read_plain(text)
    assert isinstance(number, Integer)
    assert (number, number.text) == (value, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("2E05", 200000.0), ("1.10", 1.1)],
)
def test_a_decimal_number_keeps_its_text(text: str, value: float) -> None:
    number = read_plain(text)
    assert isinstance(number, Real)
    assert (number, number.text) == (value, text)


def test_infinity_and_not_a_number_are_read_so_that_fields_can_refuse_them() -> None:
    assert read_plain(".inf") == math.inf
    assert read_plain("-.INF") == -math.inf
    assert math.isnan(read_plain(".NaN"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["010", "-007", "00", "01.5", "1_000", "1,5", "0b1", "1e", "+", "."]
)
def test_what_readers_of_yaml_disagree_on_is_text(text: str) -> None:
    assert read_plain(text) == text
    assert isinstance(read_plain(text), str)


def test_a_number_too_long_for_any_field_is_text() -> None:
    assert read_plain("9" * 5000) == "9" * 5000


@pytest.mark.parametrize(
    ("number", "text"), [(3.0, "3"), (0.5, "0.5"), (1e300, "1e+300"), (7, "7")]
)
def test_a_number_is_shown_as_a_person_writes_it(number: float, text: str) -> None:
    assert as_written(number) == text


def test_infinity_can_be_shown() -> None:
    assert as_written(math.inf) == "inf"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a/b.tif", "a/b.tif"), ("3d/a.tif", "3d/a.tif"), ("é", "é"), ("...a", "...a"),
        ("no", '"no"'), ("Y", '"Y"'), ("null", '"null"'), ("~", '"~"'), ("", '""'),
        ("1e3", '"1e3"'), ("0x10", '"0x10"'), ("001", '"001"'), ("1_000", '"1_000"'),
        ("12:30", '"12:30"'), ("2024-05-01", '"2024-05-01"'), ("...", '"..."'),
        (" a", '" a"'), ("two words", '"two words"'), ("#x", '"#x"'), ("a: b", '"a: b"'),
        ("{t}.tif", '"{t}.tif"'), ("*.tif", '"*.tif"'), ("-a.tif", '"-a.tif"'),
        ("a\nb", '"a\\nb"'), ('a"\\', '"a\\"\\\\"'), ("a\u2028", '"a\\u2028"'),
        ("\x85\U000e0001", '"\\u0085\\U000e0001"'),
    ],
)  # fmt: skip
def test_a_text_is_quoted_where_a_reader_could_find_something_else(text: str, written: str) -> None:
    assert plain_or_quoted(text) == written


HARD = (
    "no", "1e3", "0x10", "~", "12:30", " a", "#x", "a: b", "", "a\nb", "µm é", "<<", "=", "0o7",
    "1:2:3", "-", "?", "a:", "a #b", "true", "1_0", "0b1", ".5", "+1", "\ufeffa", "a\t", "'",
)  # fmt: skip
hard_texts = st.one_of(
    st.sampled_from(HARD), st.text(max_size=8), st.text("-+.:_0189exob", max_size=8)
)


@given(hard_texts)
@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
def test_every_reader_of_yaml_finds_the_text_that_was_written(
    version: tuple[int, int], text: str
) -> None:
    reader = YAML(typ="safe", pure=True)
    reader.version = version  # type: ignore[assignment]
    said = plain_or_quoted(text)
    assert reader.load(f"a: {said}\nb:\n- {said}\n") == {"a": text, "b": [text]}


@given(hard_texts.filter(bool))
def test_both_writers_of_workflows_write_a_text_alike(text: str) -> None:
    assert draft.plain_or_quoted is workflow.plain_or_quoted is plain_or_quoted
    root, problems = build(f"a: {plain_or_quoted(text)}\n", "w.yaml")
    assert (root.plain(), problems) == ({"a": text}, [])
