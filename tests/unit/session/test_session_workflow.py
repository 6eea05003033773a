"""What a session writes into the workflow: classes and thresholds; comments and layout stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from objclass.data.blocks import Region
from objclass.errors import InputError
from objclass.session import ObjectRef, Plane, Session
from objclass.session.workflow_text import WorkflowText, written
from tests.workflows import Bench, flat

WHOLE = Region((0, 0), (48, 64))
LOW = {"nuclei.threshold": 0.4}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs with stamped annotations, two of them on soft discs; a comment to keep."""
    found = flat(tmp_path).stamp()
    return found.edit(("threshold: 0.5", "threshold: 0.5   # half"))


def test_a_new_class_stands_in_the_workflow_with_the_others_and_their_colors(bench: Bench) -> None:
    before = bench.file.read_text(encoding="utf-8")
    session = Session.open(bench.file)
    session.add_class("mitotic 細胞")
    assert [c.name for c in session.classes()] == ["large", "small", "mitotic 細胞"]
    line = next(line for line in bench.file.read_text(encoding="utf-8").splitlines()
                if "classes: {" in line)  # fmt: skip
    assert line == '    classes: {large: "#56b4e9", small: "#e69f00", mitotic 細胞: "#009e73"}'
    session.undo()
    assert bench.file.read_text(encoding="utf-8") == before
    assert [c.name for c in session.classes()] == ["large", "small"]
    session.redo()
    assert len(session.classes()) == 3
    session.close()


def test_a_class_is_renamed_in_workflow_and_rows_and_both_come_back(bench: Bench) -> None:
    texts = [path.read_bytes() for path in (bench.file, bench.annotations)]
    session = Session.open(bench.file)
    session.rename_class("small", "dirt")
    rows = bench.annotations.read_text(encoding="utf-8")
    assert "small" not in rows
    assert rows.count("dirt,") == 4
    assert [c.name for c in session.classes()] == ["large", "dirt"]
    session.learn_now()
    assert session.untrained == ""
    session.undo()
    assert [path.read_bytes() for path in (bench.file, bench.annotations)] == texts
    session.close()
    assert bench.run().state("classes.model") == "ran"


def test_a_color_changes_in_place_and_what_is_no_color_is_refused(bench: Bench) -> None:
    bench.edit(("annotations: ann", "classes: [large, small]  # two\n    annotations: ann"))
    session = Session.open(bench.file)
    session.recolor_class("small", "#123456")
    session.recolor_class("small", "#abcdef")
    assert [c.color for c in session.classes()] == ["#56b4e9", "#abcdef"]
    text = bench.file.read_text(encoding="utf-8")
    assert '{large: "#56b4e9", small: "#abcdef"}  # two' in text
    with pytest.raises(InputError, match="unknown colour"):
        session.recolor_class("small", "bluish")
    with pytest.raises(InputError, match="ignore"):
        session.add_class("ignore")
    with pytest.raises(InputError, match="there is a class 'small' already"):
        session.add_class("small")
    assert bench.file.read_text(encoding="utf-8") == text
    session.close()


def order_shown(session: Session) -> list[tuple[str, str]]:
    return [(each.name, each.color) for each in session.classes()]


BLUE, ORANGE = "#56b4e9", "#e69f00"
WRITTEN = {
    "": "",
    "a list": "    classes: [large, small]\n",
    "names": "    classes:\n      # dirt is large too\n      large: {count: false}   # one\n"
    "      small:\n        count: true\n",
    "list": "    classes:\n    - large\n    - small\n",
    "colours": f'    classes: {{large: "{BLUE}", small: "{ORANGE}"}}\n',
}


@pytest.mark.parametrize("how", WRITTEN)
def test_classes_in_another_order_keep_colours_and_annotations_and_come_back(
    bench: Bench, how: str
) -> None:
    bench.edit(("    annotations: ann", f"{WRITTEN[how]}    annotations: ann"))
    texts = [path.read_bytes() for path in (bench.file, bench.annotations)]
    session = Session.open(bench.file)
    session.wait()
    ids = np.arange(1, 13, dtype=np.uint64)
    before = session.styles("raw", None, ids).predicted
    session.order_classes(["small", "large"])
    assert order_shown(session) == [("small", ORANGE), ("large", BLUE)]
    assert bench.annotations.read_bytes() == texts[1]
    session.wait()
    after = session.styles("raw", None, ids)
    assert after.model
    np.testing.assert_array_equal(after.predicted, 3 - before)  # 1 is 2 now, and 2 is 1
    session.undo()
    assert order_shown(session) == [("large", BLUE), ("small", ORANGE)]
    assert [path.read_bytes() for path in (bench.file, bench.annotations)] == texts
    session.redo()
    session.close()
    bench.run()
    assert order_shown(Session.open(bench.file))[0] == ("small", ORANGE)


@pytest.mark.parametrize(
    "names", [["large", "small"], ["small"], ["small", "small"], ["small", "large", "dirt"], []]
)
def test_what_is_no_other_order_of_the_classes_is_refused(bench: Bench, names: list[str]) -> None:
    text = bench.file.read_bytes()
    session = Session.open(bench.file)
    with pytest.raises(InputError, match="expected another order of large, small"):
        session.order_classes(names)
    assert bench.file.read_bytes() == text
    session.close()


def test_a_preview_says_what_a_lower_threshold_costs_and_writes_nothing(bench: Bench) -> None:
    text = bench.file.read_bytes()
    session = Session.open(bench.file)
    found = session.threshold_preview(LOW, "raw", None, Plane(), WHOLE)
    lost = found.invalidation
    assert (lost.would_invalidate, lost.reattach, lost.of) == (2, 2, 8)
    assert lost.says == "would invalidate 2 of 8 annotations, 2 re-attach"
    assert (found.objects, found.before) == (12, 12)
    now = session.label_tile("raw", None, Plane(), 0, WHOLE)
    assert (found.ids > 0).sum() > (now > 0).sum()
    assert bench.file.read_bytes() == text
    kept = session.threshold_preview({"nuclei.threshold": 0.6}, "raw", None, Plane(), WHOLE)
    assert kept.invalidation.says == "keeps all 8 annotations valid"
    session.close()


@pytest.mark.parametrize("reattach", [True, False])
def test_applying_a_threshold_writes_one_value_and_undoing_it_brings_all_back(
    bench: Bench, reattach: bool
) -> None:
    texts = [path.read_bytes() for path in (bench.file, bench.annotations)]
    session = Session.open(bench.file)
    session.threshold_apply(LOW, reattach=reattach)
    assert "threshold: 0.4   # half" in bench.file.read_text(encoding="utf-8")
    invalid = [row for row in session.annotations() if row.validity == "invalid"]
    assert len(invalid) == (0 if reattach else 2)
    assert session.score().held_back.startswith("" if reattach else "2 rows invalid")
    if not reattach:
        assert session.annotations()[0].validity == "invalid"
        ref = invalid[0].object
        assert ref is not None
        session.annotate([ref], invalid[0].class_)  # said again of the object of now
        assert sum(row.validity == "invalid" for row in session.annotations()) == 1
        session.undo()
    session.undo()
    assert [path.read_bytes() for path in (bench.file, bench.annotations)] == texts
    session.redo()
    assert "threshold: 0.4   # half" in bench.file.read_text(encoding="utf-8")
    session.close()
    ran = bench.run()
    assert ran.state("classes.model") == ("ran" if reattach else "stopped")


def test_a_value_that_cannot_be_changes_nothing(bench: Bench) -> None:
    texts = [path.read_bytes() for path in (bench.file, bench.annotations)]
    session = Session.open(bench.file)
    for settings in ({"nuclei.threshold": "high"}, {"nuclei.sigma": "wide"}):
        with pytest.raises(InputError):
            session.threshold_apply(settings, reattach=True)
    with pytest.raises(InputError, match="sigma is more than 1000 voxels"):  # else: without end
        session.threshold_preview({"nuclei.sigma": 1e9}, "raw", None, Plane(), WHOLE)
    with pytest.raises(InputError, match=r"^node .*did you mean threshold"):
        session.threshold_preview({"nuclei.treshold": 1}, "raw", None, Plane(), WHOLE)
    assert [path.read_bytes() for path in (bench.file, bench.annotations)] == texts
    assert not session.can_undo
    session.annotate([ObjectRef("raw", None, 1)], "small")
    session.close()


def test_object_settings_are_those_of_the_nodes_that_make_objects(bench: Bench) -> None:
    session = Session.open(bench.file)
    settings = session.object_settings()
    assert settings["nuclei.threshold"] == 0.5
    assert {way.partition(".")[0] for way in settings} == {"nuclei"}
    session.close()


TEXT = """\
nodes:
  a:
    kind: b  # x
    classes:
      - one
      - two # c
  b: {x: 1}
"""


def test_an_edit_of_the_workflow_changes_one_place() -> None:
    text = WorkflowText(TEXT)
    added = text.with_item(("nodes", "a", "classes"), "three")
    assert added == TEXT.replace("two # c\n", "two # c\n      - three\n")
    renamed = text.with_item(("nodes", "a", "classes"), "uno", "one")
    assert renamed == TEXT.replace("- one", "- uno")
    more = text.with_value(("nodes", "b", "y"), 2.5)
    assert more == TEXT.replace("{x: 1}", '{x: 1, "y": 2.5}')
    block = text.with_value(("nodes", "a", "use"), ["size"])
    assert block == TEXT.replace("# c\n", "# c\n    use: [size]\n")
    assert written({"2": [1, None, True, "#ff0000"]}) == '{"2": [1, null, true, "#ff0000"]}'


KEYS = "nodes", "c", "classes"
ORDERED = """nodes:
  c:
    classes:   # three
      # dividing
      mitotic: "#000001"   # rare
      # the others

      large:
        color: "#000002"   # red
        count: false
      small: {color: "#000003"}
    trees: 3
"""


def test_comments_go_with_the_classes_that_they_are_about() -> None:
    text = WorkflowText(ORDERED).with_order(KEYS, ["small", "mitotic", "large"])
    assert (
        text
        == """nodes:
  c:
    classes:   # three
      small: {color: "#000003"}
      # dividing
      mitotic: "#000001"   # rare
      # the others

      large:
        color: "#000002"   # red
        count: false
    trees: 3
"""
    )
    assert WorkflowText(text).with_order(KEYS, ["mitotic", "large", "small"]) == ORDERED


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: {x: 1, y: 2}}", "{a: {y: 2, x: 1}}"),
        ("a:\n  x: 1\n  y: 2", "a:\n  y: 2\n  x: 1"),
        ("a:\r\n  x: 1\r\n  y: 2\r\n", "a:\r\n  y: 2\r\n  x: 1\r\n"),
        ("a:\r\n  x: 1\r\n  y: 2", "a:\r\n  y: 2\r\n  x: 1"),
        ("a:\n  x:\n  y:\nb: 1\n", "a:\n  y:\n  x:\nb: 1\n"),
        ("a: {x, y: 2}", "a: {y: 2, x}"),
    ],
)
def test_entries_are_moved_however_they_are_written(text: str, expected: str, bom: str) -> None:
    assert WorkflowText(bom + text).with_order(["a"], ["y", "x"]) == bom + expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  x:   # why\n  y: 2\n", "a:\n  x: 1   # why\n  y: 2\n"),
        ("a:\n  y: 2\n  x:\nb: 3\n", "a:\n  y: 2\n  x: 1\nb: 3\n"),
        ("a: {x, y: 2}", "a: {x: 1, y: 2}"),
        ("a: {x : , y: 2}", "a: {x : 1 , y: 2}"),
    ],
)
def test_a_value_that_is_not_written_yet_stands_behind_its_own_key(
    text: str, expected: str
) -> None:
    assert WorkflowText(text).with_value(["a", "x"], 1) == expected


def test_a_list_whose_dashes_stand_below_their_key_becomes_something_else() -> None:
    text = WorkflowText("n:\n  a:\n  - x\n  - z\n  b: 3\n").with_value(["n", "a"], {"z": 1, "x": 2})
    assert text == "n:\n  a:\n    {z: 1, x: 2}\n  b: 3\n"
    assert WorkflowText(text).entries(["n", "a"]) == ["z", "x"]


def test_an_entry_follows_the_last_one_that_has_no_value() -> None:
    text = WorkflowText("a:\n  x:   # why\nb: 3\n").with_value(["a", "z"], 2)
    assert text == "a:\n  x:   # why\n  z: 2\nb: 3\n"


def test_entries_that_cannot_be_moved_stay_and_that_is_said() -> None:
    text = WorkflowText("a:\n  x: |\n    long\n  y: 2\n")
    with pytest.raises(InputError, match=r"cannot be moved.*by hand"):
        text.with_order(["a"], ["y", "x"])
    with pytest.raises(InputError, match="does not hold"):
        text.with_order(["b"], ["y", "x"])


def test_entries_of_a_list_that_stay_keep_their_lines_and_comments() -> None:
    use = "    use:  # chosen\n      - size  # how large\n      - mean\n    seed: 1\n"
    text, way = "nodes:\n  a:\n" + use, ("nodes", "a", "use")
    found = WorkflowText(text).with_list(way, ["size", "variance"])
    assert found == text.replace("- mean\n", "- variance\n")
    flow = WorkflowText("nodes:\n  a: {use: [size], seed: 1}\n").with_list(way, ["x"])
    assert flow == "nodes:\n  a: {use: [x], seed: 1}\n"
    none = WorkflowText("nodes:\n  a:\n    seed: 1\n").with_list(way, ["x"])
    assert none == "nodes:\n  a:\n    seed: 1\n    use: [x]\n"


def test_after_a_threshold_changes_objects_a_gallery_shows_whose_annotations_are_not_valid(
    bench: Bench,
) -> None:
    session = Session.open(bench.file)
    session.threshold_apply({"nuclei.threshold": 0.4}, reattach=False)
    invalid = {row.object for row in session.annotations() if row.validity == "invalid"}
    assert len(invalid) == 2
    assert set(session.gallery("invalid", 20).objects) == invalid
    session.annotate(sorted(invalid), "ignore")
    assert session.gallery("invalid", 20).objects == ()
    session.close()
