"""What several images, frames and families tell together, in numbers and in words."""

from __future__ import annotations

from objclass.nodes.classifier.summary import ExampleSummary, ModelSummary
from objclass.nodes.counted import LabelImageSummary
from objclass.nodes.features.summary import FeatureSummary
from objclass.nodes.predict import PredictionSummary


def test_objects_of_frames_add_up_and_levels_span() -> None:
    frames = [LabelImageSummary(3, {"too_small": 1}, 0.25), LabelImageSummary(4, {}, 0.5)]
    both = LabelImageSummary.merged(frames)
    assert (both.objects, both.dropped, both.levels) == (7, {"too_small": 1}, (0.25, 0.5))
    assert [*both.sentences()] == ["7 objects", "levels 0.25 to 0.5", "dropped 1 too small"]
    assert [*LabelImageSummary.merged(frames[:1]).sentences()][1] == "level 0.25"


def test_a_number_of_objects_stands_beside_the_one_before_where_it_moved() -> None:
    now = PredictionSummary(3, {"large": 1, "small": 2})
    assert [*now.sentences(PredictionSummary(2))] == ["2 -> 3 objects", "1 large, 2 small"]
    assert next(now.sentences(PredictionSummary(3))) == "3 objects"


def test_classes_of_images_add_up() -> None:
    both = PredictionSummary.merged(
        [PredictionSummary(1, {"a": 1}), PredictionSummary(2, {"b": 2})]
    )
    assert (both.objects, both.classes) == (3, {"a": 1, "b": 2})


def test_frames_of_a_family_add_up_but_families_count_the_same_objects() -> None:
    frames = [
        FeatureSummary(2, {"m": 1}, {"e": 1.0, "f": 2.0}, {"dna": [3.0, 5.0]}),
        FeatureSummary(3, {"m": 2}, {"e": 1.0, "f": 9.0}, {"dna": [1.0, 4.0]}),
    ]
    one = FeatureSummary.merged(frames)
    assert one == FeatureSummary(5, {"m": 3}, {"e": 1.0}, {"dna": [1.0, 5.0]})
    table = FeatureSummary.across([one, FeatureSummary(5, {"n": 1})])
    assert (table.objects, table.missing) == (5, {"m": 3, "n": 1})
    assert [*table.sentences()] == ["5 objects", "missing values: m 3, n 1"]


def test_examples_add_up_and_are_told_by_class() -> None:
    assert ExampleSummary.merged([ExampleSummary(2), ExampleSummary(3)]).examples == 5
    assert [*ModelSummary({"a": 2, "b": 3}).sentences()] == ["5 examples: 2 a, 3 b"]
