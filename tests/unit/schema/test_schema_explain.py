"""The table that turns pydantic's errors into sentences."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from objclass.schema.explain import SENTENCES, explain, spoken
from objclass.schema.fields import Frozen, Name, Size, WireField
from objclass.schema.source import YamlMapping


class Inner(Frozen):
    """Something inside."""

    one: int = 1
    two: tuple[float, ...] = ()


class Everything(Frozen):
    """One field for each kind of error."""

    above: Annotated[float, Field(gt=0, lt=10)] = 1.0
    within: Annotated[int, Field(ge=1, le=3)] = 1
    even: Annotated[int, Field(multiple_of=2)] = 2
    few: Annotated[tuple[int, ...], Field(min_length=1, max_length=2)] = (1,)
    listed: list[int] = []
    short: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    spelt: Annotated[str, Field(pattern="^a+$")] = "a"
    word: Literal["one", "two", 3] = "one"
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    either: int | tuple[Inner, ...] = 1
    size_or_wire: Size | WireField = 1
    keyed: dict[Name, Annotated[int, Field(ge=0)]] = {}
    own: int = 0

    @field_validator("own")
    @classmethod
    def _not_seven(cls, value: int) -> int:
        if value == 7:
            raise ValueError("seven is taken")
        if value == 8:
            raise AssertionError("eight is taken too")
        return value


def said(text: str) -> list[str]:
    source = YamlMapping.parse(text, "w.yaml")
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate(source.data)
    return [str(problem) for problem in explain(caught.value, Everything, source, ())]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("above: 0", "1:8: above must be above 0; got 0"),
        ("above: 10.0", "1:8: above must be below 10; got 10.0"),
        ("within: 0", "1:9: within must be at least 1; got 0"),
        ("within: 4", "1:9: within must be at most 3; got 4"),
        ("even: 3", "1:7: even must be a multiple of 2; got 3"),
        ("few: []", "1:6: few must have at least 1 entry; got []"),
        ("few: [1, 2, 3]", "1:6: few must have at most 2 entries; got [1, 2, 3]"),
        ("few: [1, a]", "1:10: entry 2 of few is not a whole number; got 'a'"),
        ("listed: 1", "1:9: listed is not a list; got 1; write [1]"),
        ("short: a", "1:8: short must have at least 2 characters; got 'a'"),
        ("short: abcd", "1:8: short must have at most 3 characters; got 'abcd'"),
        ("short: 12", "1:8: short is not text; got 12; quote it: \"12\""),
        ("short: true", '1:8: short is not text; got true; quote it: "true"'),
        ("short: [a]", "1:8: short is not text; got [a]"),
        ("spelt: b", "1:8: spelt is not written as it should be; got 'b'"),
        ("word: tow", "1:7: word is none of its words; got 'tow'; expected one, two or 3; "
         "did you mean two?"),
        ("inner: 1", "1:8: inner is not a mapping; got 1; expected {name: value}"),
        ("inner: {one: a}", "1:14: inner.one is not a whole number; got 'a'"),
        ("inner: one:1", "1:8: inner is not a mapping; got 'one:1'; expected {name: value}; "
         "a space is missing after the colon"),
        ("inners: [{two: [1, x]}]", "1:20: entry 2 of two in entry 1 of inners is not a number; "
         "got 'x'"),
        ("inners: [{tow: []}]", "1:11: entry 1 of inners has no field 'tow'; did you mean two?"),
        ("either: x", "1:9: either cannot be read; got 'x'; expected a whole number or a list"),
        ("either: [{one: x}]", "1:16: one in entry 1 of either is not a whole number; got 'x'"),
        ("keyed: {a: -1}", "1:12: keyed.a must be at least 0; got -1"),
        ("keyed: {' a': 1}", "1:9: keyed. a is empty or has spaces around it; got ' a'; "
         "expected a name"),
        ("own: 7", "1:6: own: seven is taken"),
        ("own: 8", "1:6: own: eight is taken too"),
        ("own: 1.0", "1:6: own is not a whole number; got 1.0"),
    ],
)  # fmt: skip
def test_each_error_has_its_sentence(text: str, message: str) -> None:
    assert said(text) == [f"w.yaml:{message}"]


def test_several_readings_with_sentences_of_their_own_are_joined() -> None:
    (message,) = said("size_or_wire: a b c")
    assert message == (
        "w.yaml:1:15: size_or_wire cannot be read; got 'a b c'; "
        "expected such as 3 um or a node's name, or node.part"
    )


def test_all_errors_of_a_model_are_told() -> None:
    assert len(said("above: 0\nwithin: 9\nother: 1\ninner: {one: a, three: 3}\n")) == 5


@pytest.mark.parametrize("kind", SENTENCES)
def test_every_sentence_can_be_made(kind: str) -> None:
    limits: dict[str, Any] = dict.fromkeys(
        ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length"), 1
    )
    said = {"expected": "'a' or 'b'", "wanted": "a list", "words": ["a"]}
    context = {**limits, **said, "tag": "'kind'", "expected_tags": "'a', 'b'"}
    sentence = SENTENCES[kind]("x", context, "message")
    assert sentence.what
    assert sentence.got in ("'x'", "''kind''")


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ((), "the value"),
        (("a",), "a"),
        (("write", "table"), "write.table"),
        (("classes", 1), "entry 2 of classes"),
        (("classes", 1, "color"), "color in entry 2 of classes"),
        ((0,), "the entry"),
    ],
)
def test_a_value_is_called_by_its_way(keys: tuple[str | int, ...], name: str) -> None:
    assert spoken(keys) == name
