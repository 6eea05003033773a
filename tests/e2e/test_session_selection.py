"""A session whose classifier is for some objects, or learns from columns of its own choice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_normalized_plates import plates
from test_selecting import LARGE, SAID, SECOND, write_stages

from objclass.data.objects import Prediction
from objclass.engine.artifact import pack_model, pack_prediction
from objclass.session import ObjectRef, Session
from workflows import CENTERS, Bench, flat


def numbers(session: Session, discs: list[int]) -> list[int]:
    """The ids of discs."""
    return sorted(session.object_at("raw", None, CENTERS[k]) for k in discs)


def smalls(session: Session) -> list[int]:
    return numbers(session, [k for k in range(12) if k not in LARGE])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs, of which six are large; four of these are dim or bright."""
    bench = flat(tmp_path)
    bench.text += SECOND
    return write_stages(bench.edit(), *SAID[:4])


def opened(bench: Bench) -> Session:
    """A session on the second classifier, which has learned."""
    session = Session.open(bench.file, node="stages")
    session.wait()
    return session


def test_objects_that_are_not_selected_have_no_class_as_a_run_gives_them_none(
    bench: Bench,
) -> None:
    session = opened(bench)
    codes = session.styles("raw", None, np.arange(1, 13, dtype=np.uint64)).predicted
    assert [k + 1 for k, code in enumerate(codes) if code == 0] == smalls(session)
    assert sum(each.predicted for each in session.classes()) == 6
    assert session._predictions is not None
    assert session._learned.model is not None
    whole = session._predictions.of(session._frames.frame(("raw", None)))
    said = Prediction(whole.frame.ids, whole.code, whole.probability, whole.uncertainty)
    shown = pack_model(session._learned.model).artifact(), pack_prediction(said).artifact()
    session.close()
    ran = bench.run()
    (model,), (predicted,) = ran.of("stages.model"), ran.of("staged.predictions")
    assert model.known is not None
    assert predicted.known is not None
    assert [each.digest for each in shown] == [
        model.known.artifact.digest, predicted.known.artifact.digest
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["random", "diverse", "uncertain", "audit", "like:1"])
def test_no_gallery_offers_objects_that_are_not_selected(bench: Bench, source: str) -> None:
    session = opened(bench)
    page = session.gallery(source, 20)
    assert sorted(ref.object for ref in page.objects) == numbers(session, [8, 10])
    assert page.total == 2
    session.close()


def test_it_is_said_whom_a_classifier_is_for_and_of_whom_it_says_nothing(bench: Bench) -> None:
    session = opened(bench)
    assert session.selects == "only objects that are large of 'predicted'"
    both = numbers(session, [1]) + numbers(session, [0])
    small, large = (session.describe(ObjectRef("raw", None, number)) for number in both)
    assert (small.selected, small.predicted, small.probabilities) == (False, "", {})
    assert (large.selected, large.predicted) == (True, "dim")
    session.close()


def test_before_anything_is_predicted_one_chooses_from_all_objects(bench: Bench) -> None:
    bench.annotate([])
    session = opened(bench)
    assert session.gallery("random", 20).total == 8
    assert session.selects.startswith("all objects: 'predicted' predicts nothing yet (")
    session.close()


def test_columns_that_the_workflow_leaves_out_are_z_scores_too_as_in_a_run_that_uses_them(
    tmp_path: Path,
) -> None:
    bench = plates(tmp_path, scale=3, offset=17)
    session = Session.open(bench.file)
    session.wait()
    session.use_features(["intensity_max-0", "intensity_mean-0"])
    session.learn_now()
    session.gallery("random", 5)
    assert session._learned.model is not None
    shown = pack_model(session._learned.model).artifact().digest
    one = session.describe(ObjectRef("P2_a", None, 2))
    assert {each.name for each in one.features if each.used} == {
        "intensity_mean-0", "intensity_max-0"
    }  # fmt: skip
    session.close()
    ran = bench.edit(("use: [intensity_mean]", "use: [intensity_mean-0, intensity_max-0]")).run()
    (model,) = ran.of("classes.model")
    assert model.known is not None
    assert shown == model.known.artifact.digest


def test_one_column_of_all_that_are_found_gives_the_model_of_a_run_that_names_it(
    tmp_path: Path,
) -> None:
    bench = flat(tmp_path)
    session = Session.open(bench.file)
    session.use_features(["size_voxels"])
    session.learn_now()
    assert session._learned.model is not None
    shown = pack_model(session._learned.model).artifact().digest
    session.close()
    old = "    annotations: annotations.csv\n"
    ran = bench.edit((old, old + "    use: [size_voxels]\n")).run()
    (model,) = ran.of("classes.model")
    assert model.known is not None
    assert shown == model.known.artifact.digest
