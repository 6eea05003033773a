"""Reading a YAML text: plain data, places, and what is not accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.errors import InputError, Place
from objclass.schema.scalars import Integer
from objclass.schema.source import LARGEST, YamlMapping
from objclass.schema.written import DEEPEST, MOST

TEXT = """\
version: 1
nodes:
  raw: {path: a.tif, crop: {z: [2, 5]}}   # a comment
  save:
    - table
    - "two words"
    -
  empty:
"""


def parse(text: str) -> YamlMapping:
    return YamlMapping.parse(text, "w.yaml")


def said(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_text_becomes_plain_data() -> None:
    assert parse(TEXT).data == {
        "version": 1,
        "nodes": {
            "raw": {"path": "a.tif", "crop": {"z": (2, 5)}},
            "save": ("table", "two words", None),
            "empty": None,
        },
    }


@pytest.mark.parametrize(
    ("keys", "value", "key"),
    [
        (("version",), (1, 10), (1, 1)),
        (("nodes", "raw"), (3, 8), (3, 3)),
        (("nodes", "raw", "path"), (3, 15), (3, 9)),
        (("nodes", "raw", "crop", "z", 1), (3, 36), (3, 36)),
        (("nodes", "save", 1), (6, 7), (6, 7)),
        (("nodes", "empty"), (8, 3), (8, 3)),
        (("nodes", "raw", "path", "deeper"), (3, 15), (3, 9)),
    ],
)
def test_every_value_and_key_has_its_place(
    keys: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]
) -> None:
    source = parse(TEXT)
    assert source.place(keys) == Place("w.yaml", *value)
    assert source.key_place(keys) == Place("w.yaml", *key)


def test_what_is_not_written_has_the_place_of_what_encloses_it() -> None:
    assert parse(TEXT).place(("nodes", "raw", "axes")) == Place("w.yaml", 3, 8)


def test_keys_are_the_text_that_was_typed() -> None:
    assert list(parse("{010: a, 2E05: b, true: c, null: d, 1.10: e}").data) == [
        "010",
        "2E05",
        "true",
        "null",
        "1.10",
    ]


def test_quotes_make_text() -> None:
    assert parse("a: '1'\nb: \"true\"\nc: !!str 5").data == {"a": "1", "b": "true", "c": "5"}


def test_anchors_aliases_and_merges_are_normal_yaml() -> None:
    text = "base: &base {sigma: 1, channel: a}\ncells: {<<: *base, sigma: 2}\nsame: *base\n"
    data = parse(text).data
    assert data["cells"] == {"sigma": 2, "channel": "a"}
    assert data["same"] == {"sigma": 1, "channel": "a"}


def test_the_first_of_several_merged_mappings_wins() -> None:
    text = "a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc: {<<: [*a, *b]}\n"
    assert parse(text).data["c"] == {"x": 1, "y": 3}


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert parse("a: {'<<': 1}").data == {"a": {"<<": 1}}


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_bytes("\ufeffversion: 1\n".encode())
    source = YamlMapping.read(path)
    assert source.data == {"version": 1}
    assert source.place(("version",)) == Place(str(path), 1, 10)


def test_windows_line_ends_are_accepted() -> None:
    assert parse("a: 1\r\nb:\r\n  c: 2\r\n").place(("b", "c")) == Place("w.yaml", 3, 6)


def test_a_key_given_twice_is_told_with_both_places_and_reading_goes_on() -> None:
    source = parse("a: 1\nb: {c: 1, c: 2}\na: 2\nd: 3\n")
    assert [str(problem) for problem in source.problems] == [
        "w.yaml:2:11: 'c' is given twice; first at line 2, column 5; keep one",
        "w.yaml:3:1: 'a' is given twice; first at line 1, column 1; keep one",
    ]
    assert source.data == {"a": 1, "b": {"c": 1}, "d": 3}


def test_a_tag_makes_no_python_object() -> None:
    source = parse('a: !!python/object/apply:os.system ["x"]\nb: !mine c\n')
    assert source.data == {"a": ("x",), "b": "c"}
    assert [str(problem) for problem in source.problems] == [
        "w.yaml:1:4: !!python/object/apply:os.system is a YAML tag; a workflow has none and never "
        "makes Python objects; quote text that starts with !",
        "w.yaml:2:4: !mine is a YAML tag; a workflow has none and never makes Python objects; "
        "quote text that starts with !",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "w.yaml: is empty; start with version: 1"),
        ("# nothing\n", "w.yaml: is empty; start with version: 1"),
        (
            "hello\n",
            "w.yaml: is not a workflow; got the text 'hello'; expected version: 1, then nodes:",
        ),
        ("- a\n", "w.yaml: is not a workflow; got a list; expected version: 1, then nodes:"),
        ("a: 1\n---\nb: 2\n", "w.yaml:2:1: a second YAML document starts here; keep one"),
        ("a: &x [1, *x]\n", "w.yaml:1:11: *x stands inside the value that &x marks"),
        (
            "a: &x\nb: 1\n",
            "w.yaml:1:4: &x is a YAML anchor and marks nothing; quote text that starts with &",
        ),
        ("a: {<<: 1}", "w.yaml:1:9: << takes a mapping, such as <<: *other"),
        ('a: "\\ud800"', "w.yaml:1:4: half a character is escaped here"),
        (
            "? [a]\n: b\n",
            "w.yaml:1:3: a key is one word; this is a list, mapping or alias; "
            "quote text that starts with { [ or *",
        ),
        (
            "a: b\x00\n",
            "w.yaml:1:5: there is a control character (U+0000) in the text; is this a workflow?",
        ),
    ],
)
def test_what_is_no_workflow_is_refused(text: str, message: str) -> None:
    assert said(text) == [message]


def test_a_deep_nest_is_refused_without_a_traceback() -> None:
    depth = DEEPEST + 2
    assert said("a: " + "[" * 5000) == [
        f"w.yaml:1:{4 + depth - 2}: values are nested deeper than {DEEPEST} levels"
    ]


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert said("\n".join(lines)) == [f"w.yaml:5:5: there are more than {MOST} values"]


def test_too_many_values_are_refused_while_reading() -> None:
    text = "a: [" + "1," * (MOST + 10) + "]"
    assert said(text)[0].endswith(f"there are more than {MOST} values")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(InputError, match=f"{path}: cannot be read: no such file or directory"):
        YamlMapping.read(path)


def test_a_folder_is_no_workflow(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        YamlMapping.read(tmp_path)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_bytes(b"version: 1\ntitle: Zellk\xf6rper\n")
    with pytest.raises(InputError) as caught:
        YamlMapping.read(path)
    message = "is not UTF-8 text: byte 0xf6; is this a workflow? If so, save it as UTF-8"
    assert str(caught.value) == f"{path}:2: {message}"


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "image.tif"
    path.write_bytes(b"\0" * (LARGEST + 1))
    with pytest.raises(InputError, match="is larger than 1 MB; a workflow is a text of a few"):
        YamlMapping.read(path)


def test_another_value_leaves_all_other_places() -> None:
    source = parse(TEXT)
    new = YamlMapping.parse("v: 9", "--set").find(("v",))
    assert new is not None
    changed = source.with_value(("nodes", "raw", "crop", "z", 0), new)
    assert changed.data["nodes"]["raw"]["crop"]["z"] == (9, 5)
    assert changed.place(("nodes", "raw", "crop", "z", 0)).file == "--set"
    assert changed.place(("nodes", "raw", "crop", "z", 1)) == Place("w.yaml", 3, 36)
    assert source.data["nodes"]["raw"]["crop"]["z"] == (2, 5)


def test_a_value_can_be_put_where_nothing_was() -> None:
    source = parse("a: {b: 1}")
    changed = source.with_value(("a", "c", "d"), source.root)
    assert changed.data == {"a": {"b": 1, "c": {"d": {"a": {"b": 1}}}}}


@pytest.mark.parametrize("keys", [("a", "b", "c"), ("l", 2), ("l", "x")])
def test_a_way_through_a_scalar_or_past_a_list_leads_nowhere(keys: tuple[str | int, ...]) -> None:
    source = parse("a: {b: 1}\nl: [1, 2]")
    with pytest.raises(KeyError):
        source.with_value(keys, source.root)


def test_numbers_carry_their_source_text() -> None:
    number = parse("a: 0x1F").data["a"]
    assert isinstance(number, Integer)
    assert number.text == "0x1F"
