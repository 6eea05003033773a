"""Recipes hold everything that decides a result, and reasons say what moved."""

from __future__ import annotations

from typing import Any

import pytest
from toy_nodes import HEADER

from objclass.data.wire import Wire
from objclass.engine.artifact import EMPTY, Artifact
from objclass.engine.node import Part, Read
from objclass.engine.reason import CONTENT, Change, Reason, difference, show
from objclass.engine.recipe import preimage, recipe, subset

IMAGE = Artifact.of({"0": "aa", "1": "bb"})
OTHER = Artifact.of({"0": "aa", "1": "cc"})


def part(parameters: dict[str, Any] | None = None, *reads: Read, **more: Any) -> Part:
    return Part("objects", HEADER, parameters or {}, reads, **more)


def made_of(a_part: Part, *artifacts: Artifact, kind: str = "threshold", t: Any = None) -> str:
    given = {read.name: [("a", artifact) for artifact in artifacts] for read in a_part.reads}
    return recipe(preimage(kind, a_part, given, t))


def test_a_recipe_is_the_same_every_time() -> None:
    assert made_of(part({"sigma": 1.0})) == made_of(part({"sigma": 1.0}))


def test_the_order_of_parameters_does_not_matter() -> None:
    assert made_of(part({"a": 1, "b": 2})) == made_of(part({"b": 2, "a": 1}))


@pytest.mark.parametrize(
    "other",
    [
        part({"sigma": 2.0}),
        part({"sigma": 1.0, "more": None}),
        part({"sigma": 1.0}, version=2),
        part({"sigma": 1.0}, variant="ilastik"),
        part({"sigma": 1.0}, recipe_kind="predict"),
        part({"sigma": 1.0}, place=(0, 0, 0, 0)),
        Part("cores", HEADER, {"sigma": 1.0}),
    ],
)
def test_everything_that_decides_a_result_is_in_the_recipe(other: Part) -> None:
    assert made_of(other) != made_of(part({"sigma": 1.0}))


@pytest.mark.parametrize(
    "other",
    [
        part({"sigma": 1.0}, times=(0, 1)),
        part({"sigma": 1.0}, asked=False),
        part({"sigma": 1.0}, eager=True),
        part({"sigma": 1.0}, payload="anything"),
    ],
)
def test_nothing_else_is(other: Part) -> None:
    assert made_of(other) == made_of(part({"sigma": 1.0}))


def test_the_kind_is_in_the_recipe_unless_two_kinds_share_a_result() -> None:
    shared = part(recipe_kind="predict")
    assert made_of(part(), kind="a") != made_of(part(), kind="b")
    assert made_of(shared, kind="predict") == made_of(shared, kind="blockwise")


def test_only_the_subtrees_read_are_in_the_recipe() -> None:
    first = part({}, Read("image", Wire("raw"), ("0",)))
    second = part({}, Read("image", Wire("raw"), ("1",)))
    everything = part({}, Read("image", Wire("raw")))
    assert made_of(first, IMAGE) == made_of(first, OTHER)
    assert made_of(second, IMAGE) != made_of(second, OTHER)
    assert made_of(everything, IMAGE) != made_of(everything, OTHER)


def test_the_name_of_the_node_that_is_read_is_not_in_the_recipe() -> None:
    assert made_of(part({}, Read("image", Wire("a")))) == made_of(
        part({}, Read("image", Wire("b")))
    )


def test_what_only_the_gate_looks_at_is_not_in_the_recipe() -> None:
    gated = part({}, Read("matches", Wire("classes", "matches"), ()))
    assert made_of(gated, IMAGE) == made_of(gated, OTHER) == made_of(gated, OTHER, IMAGE)


def test_joined_artifacts_count_in_order_unless_they_are_a_set() -> None:
    listed = part({}, Read("x", Wire("n")))
    a_set = part({}, Read("x", Wire("n"), as_set=True))
    assert made_of(listed, IMAGE, OTHER) != made_of(listed, OTHER, IMAGE)
    assert made_of(a_set, IMAGE, OTHER) == made_of(a_set, OTHER, IMAGE)


def test_empty_records_are_left_out_of_a_set_only() -> None:
    empty = Artifact(EMPTY)
    listed = part({}, Read("x", Wire("n")))
    a_set = part({}, Read("x", Wire("n"), as_set=True))
    assert made_of(listed, IMAGE, empty) != made_of(listed, IMAGE)
    assert made_of(a_set, IMAGE, empty) == made_of(a_set, IMAGE)


def test_the_same_artifact_twice_is_not_the_same_as_once() -> None:
    a_set = part({}, Read("x", Wire("n"), as_set=True))
    assert made_of(a_set, IMAGE, IMAGE) != made_of(a_set, IMAGE)


def test_a_result_that_holds_its_place_has_the_absolute_frame_in_its_recipe() -> None:
    placed = part({}, place=(0, 0, 0, 0))
    cropped = part({}, place=(2, 0, 0, 0))
    assert made_of(placed, t=2) == made_of(cropped, t=0)
    assert made_of(placed, t=2) != made_of(placed, t=1)
    assert made_of(part(), t=2) == made_of(part(), t=1)


def test_a_subset_of_an_empty_artifact_is_empty() -> None:
    assert subset(Artifact(EMPTY), ("0",)) == EMPTY
    assert subset(IMAGE, None) == IMAGE.digest


# reasons


def image_of(parameters: dict[str, Any], reads: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {"kind": "k.p", "version": 1, "parameters": parameters, "reads": reads}
    return {**known, "wires": {name: f"node_{name}" for name in reads}, **more}


OLD = image_of({"sigma": 1.0, "min_size": 10, "max_size": None}, {"image": ["a"], "core": ["b"]})


def why(**changes: Any) -> Reason:
    return difference(OLD, {**OLD, **changes})


def test_a_changed_parameter_is_told_with_both_values() -> None:
    reason = why(parameters={"sigma": 2.5, "min_size": 10, "max_size": None})
    assert reason.because == "changed"
    assert reason.changes == (Change("sigma", 1.0, 2.5),)
    assert str(reason) == "sigma 1 -> 2.5"


def test_every_change_is_told() -> None:
    reason = why(parameters={"sigma": 2.0, "min_size": 3, "max_size": 50})
    assert str(reason) == "sigma 1 -> 2, min_size 10 -> 3, max_size 50 is new"


def test_a_value_that_is_gone_is_called_so() -> None:
    assert str(difference(image_of({"a": 5}, {}), image_of({}, {}))) == "a 5 is gone"


def test_changed_inputs_are_told_by_their_nodes() -> None:
    reason = why(reads={"image": ["x"], "core": ["b"]})
    assert reason.because == "upstream"
    assert str(reason) == "node_image changed"


def test_own_changes_come_before_those_of_inputs() -> None:
    reason = why(parameters={"sigma": 2.0, "min_size": 10, "max_size": None}, reads={"image": []})
    assert reason.because == "changed"
    assert str(reason) == "sigma 1 -> 2, node_image changed, node_core changed"


def test_a_new_version_is_told() -> None:
    reason = why(version=2)
    assert (reason.because, str(reason)) == ("version", "k.p version 1 -> 2")


def test_a_moved_crop_is_told() -> None:
    old, new = image_of({}, {}, place=[0, 0, 0, 0]), image_of({}, {}, place=[0, 0, 16, 0])
    assert str(difference(old, new)) == "first y 0 -> 16"


def test_no_difference_means_that_the_content_went() -> None:
    assert why().because == "content missing"


def test_a_parameter_that_stands_for_a_file_is_told_without_its_digest() -> None:
    old = image_of({"annotations": {CONTENT: "a"}}, {})
    new = image_of({"annotations": {CONTENT: "b"}}, {})
    assert str(difference(old, new)) == "annotations changed"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (1.0, "1"),
        (3, "3"),
        (True, "true"),
        (False, "false"),
        ("a b", "a b"),
        ([1.0, 1.0, 1.0], "1"),
        ([1.0, 2.0], "[1, 2]"),
        ([], "[]"),
        ({"y": 1.0, "x": 2}, "{y: 1, x: 2}"),
    ],
)
def test_values_are_shown_as_a_person_writes_them(value: Any, text: str) -> None:
    assert show(value) == text


def test_a_sentence_of_its_own_stands_for_everything_else() -> None:
    assert str(Reason("forced", (Change("a", 1, 2),), says="forced")) == "forced"
    assert str(Reason("upstream", upstream=("a", "b"))) == "a changed, b changed"
    assert str(Reason("first run")) == "first run"


def test_a_part_hands_out_what_it_holds_and_says_what_it_holds_instead() -> None:
    assert part(payload=7).held(int) == 7
    assert part(payload=7).held_if(str) is None
    with pytest.raises(TypeError, match="holds 7, no str"):
        part(payload=7).held(str)
