"""Texts that are no YAML: the message shows the corrected line."""

from __future__ import annotations

import pytest

from objclass.errors import InputError
from objclass.schema.source import YamlMapping

NOT_TEXT = "YAML does not read"


def said(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        YamlMapping.parse(text, "w.yaml")
    return [str(problem) for problem in caught.value.problems]


QUOTE = [
    (
        "a:\n  path: {dataset_dir}/x.tif\n",
        "2:9: {} {dataset_dir}/x.tif as text: { starts a mapping; "
        'quote it: path: "{dataset_dir}/x.tif"',
    ),
    (
        "path: {a}/{b}.tif # why\n",
        '1:7: {} {a}/{b}.tif as text: { starts a mapping; quote it: path: "{a}/{b}.tif" # why',
    ),
    (
        "raw: {kind: input, path: {dataset_dir}/x.tif, axes: yx}\n",
        "1:26: {} {dataset_dir}/x.tif as text: { starts a mapping; "
        'quote it: raw: {kind: input, path: "{dataset_dir}/x.tif", axes: yx}',
    ),
    (
        "raw: {kind: input, path: raw/pos_t{t}.tif}\n",
        "1:26: {} raw/pos_t{t}.tif as text: braces and brackets have a meaning inside { } and [ ]; "
        'quote it: raw: {kind: input, path: "raw/pos_t{t}.tif"}',
    ),
    ("use: *_mean\n", '1:6: {} *_mean as text: * starts an alias; quote it: use: "*_mean"'),
    (
        "use: [size, *_mean, a]\n",
        '1:13: {} *_mean as text: * starts an alias; quote it: use: [size, "*_mean", a]',
    ),
    ("use:\n  - *-gfp\n", '2:5: {} *-gfp as text: * starts an alias; quote it: - "*-gfp"'),
    ("use: [*]\n", '1:7: {} * as text: * starts an alias; quote it: use: ["*"]'),
    ("use: *\n", '1:6: {} * as text: * starts an alias; quote it: use: "*"'),
    ("use: [[ab]*, c]\n", '1:7: {} [ab]* as text: [ starts a list; quote it: use: ["[ab]*", c]'),
    ("a: @b\n", '1:4: {} @b as text: no value may start with @; quote it: a: "@b"'),
    ("a: `b`\n", '1:4: {} `b` as text: no value may start with `; quote it: a: "`b`"'),
    ("a: %d.tif\n", '1:4: {} %d.tif as text: no value may start with %; quote it: a: "%d.tif"'),
    ("a: >5 um\n", '1:4: {} >5 um as text: > starts a text of several lines; quote it: a: ">5 um"'),
    (
        "title: Nuclei: round 2\nb: 1\n",
        "1:8: {} Nuclei: round 2 as text: a colon and a space start a value; "
        'quote it: title: "Nuclei: round 2"',
    ),
    (
        '- title: the "big": ones\n',
        '1:10: {} the "big": ones as text: a colon and a space start a value; '
        "quote it: - title: 'the \"big\": ones'",
    ),
    (
        "classes: {a: #ff0000}\n",
        '1:14: {} #ff0000 as text: # starts a comment; quote it: classes: {a: "#ff0000"}',
    ),
]


@pytest.mark.parametrize(("text", "message"), QUOTE)
def test_a_value_that_wants_quotes_is_shown_in_quotes(text: str, message: str) -> None:
    assert said(text) == ["w.yaml:" + message.replace("{} ", f"{NOT_TEXT} ", 1)]


OTHERS = [
    (
        "nuclei:\n  kind:threshold\n  image: prob\n",
        "2:8: a space is missing after 'kind:'; write: kind: threshold",
    ),
    ("nodes:\n\traw: 1\n", "2:1: a tab stands where YAML wants spaces; use spaces"),
    ("nodes:\n  a: 1\n\tb: 1\n", "3:1: a tab stands where YAML wants spaces; use spaces"),
    ("a: 'abc\nb: 1\n", "1:4: the quote that opens here is never closed"),
    ('a: "abc\nb: 1\nc: "d"\n', "1:4: the quote that opens here is not closed on its line"),
    (
        "a: [b, c\nd: 1\n",
        "1:4: the [ that opens here is not closed as YAML wants it; "
        "look for a missing ], comma or quote before line 2, column 2",
    ),
    (
        "a: {b: c\nd: 1\n",
        "1:4: the { that opens here is not closed as YAML wants it; "
        "look for a missing }, comma or quote before line 2, column 2",
    ),
    (
        "a:\n  b: 1\n   c: 2\n",
        "3:4: this line is indented deeper than the one above, which already has a value; "
        "indent both alike",
    ),
    (
        "a:\n   b: 1\n  c: 2\n",
        "3:3: this does not line up with what stands above; "
        "indent it as the lines it belongs to; their block began on line 1",
    ),
    ("nodes\nraw: 1\n", "1:1: 'nodes' has no colon; write key: value"),
    (
        'path: "C:\\data\\x.tif"\n',
        "1:7: a backslash in double quotes is an escape; "
        "use single quotes: path: 'C:\\data\\x.tif'",
    ),
    (
        'a: "b" c\n',
        '1:8: text goes on behind the closing quote of "b"; put all of it into the quotes',
    ),
    ("a: [1,,2]\n", "1:7: nothing stands before this comma; take it away"),
]


@pytest.mark.parametrize(("text", "message"), OTHERS)
def test_a_fault_of_shape_is_named(text: str, message: str) -> None:
    assert said(text) == [f"w.yaml:{message}"]


def test_all_traps_of_a_text_are_told_at_once() -> None:
    text = "a: {dataset_dir}/x\nb:\n  kind:input\n  c: *_mean\nd: @e\n"
    assert [message.partition(": ")[0] for message in said(text)] == [
        "w.yaml:1:4",
        "w.yaml:3:8",
        "w.yaml:4:6",
        "w.yaml:5:4",
    ]


def test_a_long_broken_text_is_not_tried_for_long() -> None:
    text = "a: [" + "b, " * 20_000 + "\n{ c"
    assert len(said(text)) == 1


def test_line_ends_of_windows_do_not_shift_places() -> None:
    assert said("a: 1\r\nb: @x\r\n")[0].startswith("w.yaml:2:4: ")


@pytest.mark.parametrize(("text", "message"), QUOTE)
def test_the_corrected_line_reads(text: str, message: str) -> None:
    corrected = message.partition("quote it: ")[2].removesuffix(" # why")
    data = YamlMapping.parse(f"x:\n  {corrected}\n", "w.yaml").data
    assert isinstance(data["x"], dict | tuple)
