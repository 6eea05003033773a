"""Faults in the threads of a session are said, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from objclass.data.blocks import Region
from objclass.errors import InputError, Problem, RunError
from objclass.session import ObjectRef, Plane, Session, thresholds
from tests.workflows import Bench, flat

LEARNING = "objclass.session.lesson.train"
PREDICTING = "objclass.session.predictions.SessionPredictions.work"
SCORING = "objclass.session.session.try_judging"
ALL = np.arange(1, 13, dtype=np.uint64)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs, eight annotated."""
    return flat(tmp_path)


@pytest.fixture
def session(bench: Bench) -> Iterator[Session]:
    """A session that has learned."""
    opened = Session.open(bench.file)
    opened.wait()
    yield opened
    opened.close()


def failing(error: Exception) -> object:
    """A function that raises."""

    def fail(*args: object, **named: object) -> None:
        raise error

    return fail


def test_what_nobody_foresaw_while_learning_is_said_and_the_next_click_learns_again(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(LEARNING, failing(ZeroDivisionError("by nothing")))
    session.annotate([ObjectRef("raw", None, 1)], "small")
    session.learn_now()
    assert session.fault.endswith("while learning: ZeroDivisionError: by nothing")
    assert session.untrained == session.fault
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.undo()
    session.annotate([ObjectRef("raw", None, 1)], "large")
    session.learn_now()
    assert (session.fault, session.untrained) == ("", "")
    assert session.styles("raw", None, ALL).predicted.all()


def test_objects_that_cannot_be_predicted_are_said_once_and_not_tried_for_ever(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PREDICTING, failing(RunError(Problem("the cache is gone"))))
    session.annotate([ObjectRef("raw", None, 1)], "small")
    session.wait()
    assert session.fault == "the cache is gone"
    assert session.untrained == ""


def test_what_fails_while_scoring_is_said_and_not_tried_for_ever(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def fail(*args: object) -> None:
        tries.append(1)
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(SCORING, fail)
    session.annotate([ObjectRef("raw", None, 1)], "small")
    session.wait()
    assert session.fault.endswith("ZeroDivisionError: by nothing")
    assert len(tries) == 1
    assert session.score().balanced_accuracy is None


def test_a_tile_of_a_billion_voxels_is_refused_and_a_far_one_is_read_in_bands(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = session.raw_tile("raw", None, Plane(), 0, Region((0, 0), (48, 64)), 0)
    monkeypatch.setattr("objclass.session.tiles.BAND", 200)
    far = session.raw_tile("raw", None, Plane(), 2, Region((0, 0), (12, 16)), 0)
    assert (far == whole[::4, ::4]).all()
    one = session.raw_tile("raw", None, Plane(), 31, Region((0, 0), (1, 1)), 0)
    assert one.tolist() == [[whole[0, 0]]]
    monkeypatch.setattr("objclass.session.tiles.MOST", 48 * 64 - 1)
    with pytest.raises(InputError, match="a tile of 48 by 64 voxels is too large"):
        session.raw_tile("raw", None, Plane(), 2, Region((0, 0), (12, 16)), 0)


def test_a_preview_that_takes_long_holds_no_click_up(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Event(), Event()
    real = thresholds.with_settings

    def slowly(*args: Any) -> object:
        begun.set()
        assert go_on.wait(20)
        return real(*args)

    monkeypatch.setattr(thresholds, "with_settings", slowly)
    where = ("raw", None, Plane(), Region((0, 0), (48, 64)))
    with ThreadPoolExecutor() as pool:
        preview = pool.submit(session.threshold_preview, {"nuclei.threshold": 0.4}, *where)
        assert begun.wait(20)
        click = pool.submit(session.annotate, [ObjectRef("raw", None, 1)], "small")
        assert click.result(20).says == "1 object is small"
        go_on.set()
        assert preview.result(20).before == 12


def test_a_number_that_no_object_can_have_is_none(session: Session) -> None:
    with pytest.raises(InputError, match="no object 99999999999999999999999"):
        session.gallery("id:raw:99999999999999999999999")
    with pytest.raises(InputError, match="the object x; got x"):
        session.gallery("id:x")


def test_pixels_are_seen_before_objects_are_made(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.annotations.unlink()
    session = Session.open(bench.file)
    monkeypatch.setattr("objclass.session.frames.SessionFrames._made", failing(AssertionError()))
    assert session.raw_tile("raw", None, Plane(), 0, Region((0, 0), (48, 64)), 0).shape == (48, 64)
    session.close()
