"""``[0.5 %, 99.8 %]``: read, written and read again."""

from __future__ import annotations

import pytest

from objclass.schema.value_span import ValueSpan, read_value_span


@pytest.mark.parametrize(
    "given",
    [
        ["0.5 %", "99.8 %"],
        ["0 %", "100 %"],
        ["0.00001 %", "99.99995 %"],
        [100, 4000],
        [-0.5, 1e-7],
        [100000.5, 4000000.25],
    ],
)
def test_a_span_is_written_as_it_was_read(given: list[str] | list[float]) -> None:
    assert read_value_span(given).written() == given
    assert read_value_span(read_value_span(given).written()) == read_value_span(given)


def test_two_spans_are_never_written_alike() -> None:
    assert str(ValueSpan(0, 99.99995, True)) == "[0 %, 99.99995 %]"
    assert str(ValueSpan(100000.5, 4000000.25)) == "[100000.5, 4000000.25]"


@pytest.mark.parametrize(
    "given", [[1], [2, 1], [1, 1], ["1 %", 5], ["5 %", "101 %"], [True, 2], "1 %", ["x", "y"]]
)
def test_what_does_not_rise_is_refused(given: object) -> None:
    with pytest.raises(Exception, match="is not a range"):
        read_value_span(given)
