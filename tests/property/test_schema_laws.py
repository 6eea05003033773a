"""What holds of every workflow: spelling changes nothing, and no text makes a traceback."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_columns import COLUMNS, ENTRIES
from toy_kinds import JOB, KINDS

from objclass.data.wire import Wire
from objclass.errors import InputError
from objclass.schema.fields import Fields
from objclass.schema.names import read_name
from objclass.schema.scalars import read_plain
from objclass.schema.selection import read_entry, select
from objclass.schema.source import YamlMapping
from objclass.schema.wires import wire_paths
from objclass.schema.wiring import circles, written_wires
from objclass.schema.workflow import load

# --- workflows, as plain data ---------------------------------------------------------------

names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
numbers = st.floats(0, 100) | st.integers(0, 100)
wires = st.sampled_from(["raw", "prob", "raw.image", "prob.cores_2"])
lengths = st.builds("{} {}".format, st.integers(1, 90), st.sampled_from(["nm", "um", "µm", "mm"]))
ranges = st.tuples(st.integers(0, 50), st.integers(51, 99)).map(list)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


per_axis = numbers | st.fixed_dictionaries({"y": numbers, "x": numbers}, optional={"z": numbers})
inputs = some(
    axes=st.sampled_from(["yx", "tczyx", "zyxc"]),
    channels=st.lists(names, min_size=1, max_size=3, unique=True),
    pixel_size=lengths,
    crop=some(z=ranges | st.integers(0, 9), y=ranges, t=st.integers(0, 9)),
    role=st.sampled_from(["raw", "prediction_map", "segmentation", "label_image"]),
    value_range=st.just([0, 255]),
)
thresholds = some(
    method=st.sampled_from(["simple", "hysteresis"]),
    channel=names,
    sigma=per_axis,
    threshold=st.floats(0, 0.5) | st.sampled_from(["otsu", "li"]),
    core_threshold=st.floats(0.5, 9),
    min_size=st.integers(0, 99) | st.sampled_from(["50 um^2", "7 nm^3"]),
    merge_objects=st.booleans(),
)
features = some(
    image=wires,
    measure=st.lists(st.sampled_from(ENTRIES), max_size=4),
    regions=st.dictionaries(names, st.just({"parent": "raw", "minus": "prob.a"}), max_size=2),
)
classifiers = some(
    use=st.lists(st.sampled_from(["size", "group:shape", "-a_*"]), max_size=3),
    classes=st.lists(names, min_size=1, max_size=3, unique=True),
    estimator=st.sampled_from(["extra_trees", {"trees": 7}, {"class_weight": {"a": 2}}]),
    seed=st.integers(0, 99),
)
exports = some(
    image=wires,
    write=st.dictionaries(
        st.sampled_from(["table", "counts"]), st.sampled_from(["a.csv", {"path": "b.csv"}])
    ),
)
must = {
    "input": (inputs, {"path": "p.h5"}),
    "threshold": (thresholds, {"image": "prob"}),
    "features": (features, {"objects": "raw"}),
    "classifier": (classifiers, {"features": "raw"}),
    "export": (exports, {"from": ["raw", "prob.x"]}),
}
nodes = st.one_of(
    [
        more.map(lambda fields, kind=kind, base=base: {"kind": kind, **base, **fields})
        for kind, (more, base) in must.items()
    ]
)
workflows = st.dictionaries(st.from_regex(r"n[a-z0-9_-]{0,4}", fullmatch=True), nodes, max_size=4)
sources = {"raw": {"kind": "input", "path": "a.tif"}, "prob": {"kind": "input", "path": "b.tif"}}


# --- ways to write them ---------------------------------------------------------------------


def text_of(data: dict[str, Any]) -> str:
    return json.dumps({"version": 1, "nodes": {**sources, **data}}, ensure_ascii=False)


def shuffled(value: Any, lot: random.Random) -> Any:
    """Other order of keys, at every depth."""
    if isinstance(value, dict):
        keys = list(value)
        lot.shuffle(keys)
        return {key: shuffled(value[key], lot) for key in keys}
    return [shuffled(item, lot) for item in value] if isinstance(value, list) else value


def block_text(value: Any, lot: random.Random, indent: int = 0) -> str:
    """Block style, with comments and empty lines in between."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False) + lot.choice(["", "  # a: b", "  "]) + "\n"
    lines = []
    for key, item in value.items():
        lines.append(lot.choice(["", "\n", " " * lot.randrange(9) + "# {not: yaml]\n"]))
        deeper = isinstance(item, dict) and bool(item)
        text = block_text(item, lot, indent + 2)
        written = json.dumps(key, ensure_ascii=False)
        lines.append(f"{' ' * indent}{written}:{chr(10) if deeper else ' '}{text}")
    return "".join(lines)


def read(text: str) -> dict[str, Fields]:
    return dict(load(text, KINDS).nodes)


def dumped(found: dict[str, Fields]) -> dict[str, Any]:
    """Every field written out, defaults too."""
    return {name: node.model_dump(mode="json", by_alias=True) for name, node in found.items()}


@settings(max_examples=60, deadline=None)
@given(workflows, st.integers(0, 2**32))
def test_comments_style_and_order_of_keys_change_nothing(data: dict[str, Any], seed: int) -> None:
    lot = random.Random(seed)
    other = {"nodes": shuffled({**sources, **data}, lot), "version": 1}
    assert read(block_text(other, lot)) == read(text_of(data))


@settings(max_examples=60, deadline=None)
@given(workflows)
def test_written_out_defaults_change_nothing(data: dict[str, Any]) -> None:
    found = read(text_of(data))
    assert read(text_of(dumped(found))) == found
    assert dumped(read(text_of(dumped(found)))) == dumped(found)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["sigma", "core_threshold"]))
def test_a_whole_number_equals_the_same_with_a_point(number: int, field: str) -> None:
    node = {"kind": "threshold", "image": "raw", "threshold": 0}
    whole = read(text_of({"n": {**node, field: number}}))
    point = read(text_of({"n": {**node, field: float(number)}}))
    assert json.dumps(dumped(whole)) == json.dumps(dumped(point))
    assert whole == point


@settings(max_examples=60, deadline=None)
@given(workflows)
def test_wires_of_data_are_the_wires_of_the_node(data: dict[str, Any]) -> None:
    found = read(text_of(data))
    plain = YamlMapping.parse(text_of(data), "w").data["nodes"]
    for name, node in found.items():
        assert written_wires(type(node), plain[name]) == dict(wire_paths(node))


# --- reading --------------------------------------------------------------------------------


@given(st.from_regex(r"[-+]?[0-9]{1,9}(\.[0-9]{0,5})?([eE][-+]?[0-9]{1,3})?", fullmatch=True))
def test_a_name_is_what_was_typed(text: str) -> None:
    assert read_name(read_plain(text)) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1))
def test_a_plain_word_is_never_lost(text: str) -> None:
    value = read_plain(text)
    assert value is None or isinstance(value, bool) or getattr(value, "text", value) == text


@settings(max_examples=60, deadline=None)
@given(workflows, st.integers(0, 2**32))
def test_a_place_is_where_the_value_starts(data: dict[str, Any], seed: int) -> None:
    text = block_text({"version": 1, "nodes": {**sources, **data}}, random.Random(seed))
    source, lines = YamlMapping.parse(text, "w.yaml"), text.split("\n")
    for name, node in data.items():
        for key in node:
            at = source.key_place(("nodes", name, key))
            assert lines[at.line - 1][at.column - 1 :].startswith(f'"{key}"')
        at = source.place(("nodes", name, "kind"))
        assert lines[at.line - 1][at.column - 1 :].startswith(json.dumps(node["kind"]))


def checked(text: str) -> None:
    """Load a text; any mistake must be an InputError whose places lie in the text."""
    try:
        load(text, KINDS, file=Path("w.yaml"))
    except InputError as error:
        for problem in error.problems:
            assert problem.place is not None
            assert problem.place.line <= text.count("\n") + text.count("\r") + 1
            assert str(problem)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_a_traceback(text: str) -> None:
    checked(text)


_BITS = ["{", "}", "[", "]", '"', "'", ":", " ", "\n", "\t", "#", "*", "&x", "!", "- ", ",", "\\"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(JOB)), st.integers(0, 12), st.sampled_from(_BITS), st.integers(0, 3))
def test_no_slip_of_the_fingers_makes_a_traceback(at: int, cut: int, bit: str, many: int) -> None:
    checked(JOB[:at] + bit * many + JOB[at + cut :])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(must)), st.dictionaries(st.text(max_size=4), values, max_size=2),
       st.lists(values, min_size=5, max_size=5))  # fmt: skip
def test_no_value_of_a_field_makes_a_traceback(
    kind: str, others: dict[str, Any], wrong: list[Any]
) -> None:
    fields = [name for name in KINDS[kind].model_fields if name != "kind"]
    written = {field.removesuffix("_"): value for field, value in zip(fields, wrong, strict=False)}
    checked(text_of({"n": {"kind": kind, **written, **others}}))


# --- selections and wiring ------------------------------------------------------------------


@given(st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=6), st.randoms())
def test_the_order_of_entries_changes_nothing(entries: list[Any], lot: random.Random) -> None:
    first = [read_entry(entry) for entry in entries]
    second = lot.sample(first, len(first))
    chosen = select(COLUMNS, first, COLUMNS[:2])
    assert select(COLUMNS, second, COLUMNS[:2]) == chosen
    assert [column for column in COLUMNS if column in chosen] == chosen


graphs = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3), max_size=6
)


@given(graphs)
def test_circles_are_found_exactly_where_networkx_finds_them(graph: dict[str, list[str]]) -> None:
    wired = {a: {(str(n),): Wire(b) for n, b in enumerate(to)} for a, to in graph.items()}
    plain = networkx.DiGraph([(a, b) for a, to in graph.items() for b in to if a != b])
    found = circles(wired)
    assert bool(found) == (not networkx.is_directed_acyclic_graph(plain))
    for circle in found:
        assert all(map(plain.has_edge, circle, (*circle[1:], circle[0])))
