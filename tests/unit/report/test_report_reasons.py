"""Why a node ran: each change said once, long lists as what is new in them and gone."""

from __future__ import annotations

from objclass.engine.reason import Change, Reason
from objclass.report.reasons import condense, in_words, tell

SEVEN = list("abcdefg")


def test_a_long_list_that_grew_is_told_as_what_is_new() -> None:
    change = condense(Change("columns", SEVEN, [*SEVEN, "h", "i"]))
    assert str(change) == "columns h, i is new"


def test_a_long_list_that_shrank_is_told_as_what_is_gone() -> None:
    assert str(condense(Change("columns", SEVEN, SEVEN[1:]))) == "columns a is gone"


def test_a_long_list_that_did_both_is_told_as_both_and_many_are_counted() -> None:
    change = condense(Change("columns", SEVEN, ["a", *"uvwxyz"]))
    assert str(change) == "columns b, c, d and 3 more -> u, v, w and 3 more"


def test_another_order_of_a_long_list_is_told() -> None:
    change = condense(Change("columns", SEVEN, SEVEN[::-1]))
    assert str(change) == "columns one order -> another"


def test_a_whole_node_that_is_new_or_gone_is_told_by_its_kind() -> None:
    fields = {"kind": "threshold", **dict.fromkeys("abcdef", 1)}
    assert str(condense(Change("nodes.nuclei", None, fields))) == "nodes.nuclei threshold is new"
    assert str(condense(Change("nodes.nuclei", fields, None))) == "nodes.nuclei threshold is gone"


def test_short_lists_and_numbers_are_told_whole() -> None:
    for change in (Change("classes", ["a", "b"], ["b", "a"]), Change("sigma", 1.0, 2.0)):
        assert condense(change) is change


def test_a_change_that_several_parts_share_is_said_once() -> None:
    one = Reason("upstream", upstream=("nuclei", "result"))
    other = Reason("upstream", upstream=("result", "feats"))
    assert in_words([one, other]) == ("nuclei changed, result changed, feats changed",)


def test_that_a_part_of_the_node_itself_changed_is_no_news() -> None:
    first = Reason("changed", (Change("annotations", {"content": "1"}, {"content": "2"}),))
    second = Reason("upstream", upstream=("matches", "feats"))
    said = in_words([first, second], {"matches", "examples"})
    assert said == ("annotations changed, feats changed",)


def test_it_is_told_where_there_is_nothing_else_to_tell() -> None:
    assert in_words([Reason("upstream", upstream=("examples",))], {"examples"}) == (
        "examples changed",
    )


def test_sentences_of_a_node_come_first_and_once() -> None:
    says = Reason("blocked", says="no annotations yet")
    assert in_words([says, says]) == ("no annotations yet",)
    assert in_words([says, Reason("upstream", upstream=("feats",))]) == (
        "no annotations yet",
        "feats changed",
    )


def test_new_parts_beside_cached_ones_are_called_by_name() -> None:
    first = Reason("first run", says="first run")
    assert list(tell([("hull", first)], ["size", "axes"])) == ["first run of hull"]
    assert list(tell([("hull", first)], [])) == ["first run"]


def test_a_part_that_runs_for_a_new_image_is_not_called_new() -> None:
    first = Reason("first run", says="first run")
    assert list(tell([("objects", first)], ["objects"])) == ["first run"]
