"""What a step tells is a value of the type that its part names; a trace gives it back."""

from __future__ import annotations

import json
import pickle

import pytest
from toy_nodes import Number, NumberTold, execute, graph_of, statuses, told_of

from objclass.engine.memory import MemoryStore
from objclass.engine.summary import (
    Summary,
    UnreadableSummary,
    read_summary,
    told_as,
    write_summary,
)
from objclass.nodes.classifier.summary import (
    EvaluationSummary,
    ExampleSummary,
    MatchSummary,
    ModelSummary,
)
from objclass.nodes.counted import LabelImageSummary, LayerSummary
from objclass.nodes.export.output import RowsWritten, ShapeWritten
from objclass.nodes.features.summary import FeatureSummary
from objclass.nodes.predict import PredictionSummary, Shift
from objclass.project import ProjectSummary

TOLD: tuple[Summary, ...] = (
    LabelImageSummary(3, {"too_small": 2}, 0.25, touches_border=1, median_size=9.0),
    LayerSummary("cores", 4),
    FeatureSummary(3, {"a": 1}, {"b": 2.0}, {"dna": [1.0, 9.0]}),
    PredictionSummary(3, {"large": 1, "small": 2}, Shift(5, ("far", "near"))),
    PredictionSummary(0, {"large": 0}),
    MatchSummary([["valid", 1, None, [2, 3], None]], [], "sigma", ["d1"], ("odd", "cure")),
    MatchSummary(),
    ExampleSummary(3),
    ModelSummary({"large": 1}, 7, [{"image": "a"}]),
    EvaluationSummary({"out_of_bag": {"accuracy": 0.5}}),
    RowsWritten(7),
    ShapeWritten([2, 3]),
    ProjectSummary({"classes": "d1"}),
)


@pytest.mark.parametrize("told", TOLD, ids=lambda told: type(told).__name__)
def test_a_trace_gives_back_what_was_told(told: Summary) -> None:
    record = json.loads(json.dumps(write_summary(told)))
    assert record["kind"] == told.kind
    assert read_summary(type(told), record) == told
    assert pickle.loads(pickle.dumps(told)) == told


def test_every_type_of_summary_has_a_kind_of_its_own() -> None:
    types = {type(told) for told in TOLD}
    assert len({kind.kind for kind in types}) == len(types)


OLD = (
    (LabelImageSummary, {"dropped": {"too_small": 2}, "objects": 3, "touches_border": 1}),
    (LayerSummary, {"cores": 4}),
    (FeatureSummary, {"objects": 3, "missing": {}}),
    (PredictionSummary, {"objects": 1, "classes": {"a": 1}, "shift": {"columns": 1, "named": []}}),
    (MatchSummary, {"matches": [], "outcomes": [], "because": ""}),
    (MatchSummary, {"matches": [], "outcomes": [], "because": "", "back": None, "doubt": []}),
    (EvaluationSummary, {"out_of_bag": {}, "score": ""}),
)


@pytest.mark.parametrize(("kind", "record"), OLD)
def test_a_trace_of_version_0_1_has_no_kind_and_is_read(
    kind: type[Summary], record: dict[str, object]
) -> None:
    assert isinstance(read_summary(kind, record), kind)


@pytest.mark.parametrize("record", [{"kind": "rows", "rows": 1}, {"kind": "predictions"}])
def test_a_trace_that_tells_something_else_is_not_read(record: dict[str, object]) -> None:
    with pytest.raises(UnreadableSummary):
        read_summary(PredictionSummary, record)


def test_a_step_whose_trace_tells_something_else_runs_again() -> None:
    store, graph = MemoryStore(), graph_of({"n": Number(value=1.0)})
    first = execute(graph, store)["n.value|a|"]
    assert first.known is not None
    recipe = first.known.recipe
    store.record(recipe, {**store.traces[recipe], "summary": {"kind": "another", "x": 1}})
    again = execute(graph, store)
    assert statuses(again) == {"n.value|a|": "ran"}
    assert again["n.value|a|"].before is None
    assert told_of(again["n.value|a|"]) == NumberTold(1.0)


def test_a_part_that_tells_nothing_has_no_summary() -> None:
    assert read_summary(None, {"kind": "rows", "rows": 1}) is None
    assert read_summary(RowsWritten, {}) is None
    assert told_as(RowsWritten(1), ShapeWritten) is None
