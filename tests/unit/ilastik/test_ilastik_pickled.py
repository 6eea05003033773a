"""Pickles read as text: plain data come out, everything else is refused, nothing is run."""

from __future__ import annotations

import json
import os
import pickle
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objclass.errors import InputError
from objclass.ilastik.pickled import DEEPEST, LARGEST, class_name, read_pickled

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(10**17), 10**17) | st.floats(allow_nan=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_what_pickle_wrote_as_plain_data_is_read_alike(value: object) -> None:
    assert read_pickled(pickle.dumps(value, 0), "x") == value


@given(st.binary(max_size=80) | st.text("(dltspgaNVSILF.0123\n'\\", max_size=80).map(str.encode))
def test_any_bytes_give_plain_data_or_one_message(data: bytes) -> None:
    with suppress(InputError):
        json.dumps(read_pickled(data, "x"))


class _Evil:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> object:
        return os.mkdir, (str(self._path),)


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_is_called(tmp_path: Path, protocol: int) -> None:
    data = pickle.dumps(({"a": _Evil(tmp_path / "made")}, None), protocol)
    with pytest.raises(InputError):
        read_pickled(data, "x")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"cos\nsystem\n(S'ls'\ntR.", "imports a Python object ('c'), at byte 1"),
        (b"(ios\nsystem\n.", "makes a Python object"),
        (b"\x80\x02.", "newer protocol"),
        (b"Z.", "unknown instruction ('Z')"),
        (b"", "it has no end"),
        (b"(", "it has no end"),
        (b"I5", "it is cut off"),
        (b"(.", "does not end with one value"),
        (b"I1\nI2\n.", "does not end with one value"),
        (b"t.", "a mark is missing"),
        (b"(I1\nd.", "a value is missing"),
        (b"(I1\nI2\nd.", "a key is no text"),
        (b"I1\nI2\na.", "a list is missing"),
        (b"(lp0\ng0\na.", "points back at no text or number"),
        (b"g7\n.", "points back at no text or number"),
        (b"I1x\n.", "'1x' is no whole number"),
        (b"F1x\n.", "'1x' is no number"),
        (b"V\\ud800\n.", "broken escape"),
        (b"S'\\q'\n.", "broken escape"),
        (b"Sabc\n.", "a text has no quotes"),
        (b"(l" * (DEEPEST + 2) + b"a" * (DEEPEST + 1) + b".", f"nested more than {DEEPEST} deep"),
        (b"N" * (LARGEST + 1), "expected at most"),
    ],
)
def test_everything_else_is_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pickled(data, "x")
    assert said in str(caught.value)


def test_texts_of_python_2_are_read() -> None:
    assert read_pickled(b"(S'a\\'\\xc3\\xa9\\n'\nS\"b\"\nS'\\xff'\nI01\nL5L\nl.", "x") == [
        "a'é\n", "b", "ÿ", True, 5
    ]  # fmt: skip


def test_a_text_may_be_pointed_back_at() -> None:
    assert read_pickled(b"(Va\np0\ng0\nt.", "x") == ("a", "a")


def test_a_class_is_named_and_not_imported() -> None:
    assert class_name(b"cos.path\njoin\np0\n.", "x") == ("os.path", "join")
    assert class_name(b"cos.path\njoin\n.\0\0", "x") == ("os.path", "join")


@pytest.mark.parametrize("data", [b"", b"cos\nsystem\n(S'ls'\ntR.", b"cos\nsystem\n", b"N."])
def test_what_names_no_class_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="does not name a class"):
        class_name(data, "x")
