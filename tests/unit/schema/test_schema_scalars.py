"""What a plain word of YAML means."""

from __future__ import annotations

import math

import pytest

from objclass.schema.scalars import Integer, Real, as_written, read_plain


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
