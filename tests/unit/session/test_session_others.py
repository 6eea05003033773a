"""Somebody else is at work beside a session: in the files, on the disk, or in another session."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from objclass.data.blocks import Region
from objclass.errors import InputError, ObjclassError, RunError
from objclass.session import ObjectRef, Plane, Session
from tests.workflows import CENTERS, Bench, flat, several, write_map, write_raw

WHOLE = Region((0, 0), (48, 64))
ALL = np.arange(1, 13, dtype=np.uint64)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs, eight annotated."""
    return flat(tmp_path)


@pytest.fixture
def session(bench: Bench) -> Iterator[Session]:
    """A session on them that does not learn."""
    opened = Session.open(bench.file)
    opened.live(False)
    yield opened
    opened.close()


def disc(number: int, image: str = "raw") -> ObjectRef:
    """A disc by its id."""
    return ObjectRef(image, None, number)


def covered(session: Session) -> int:
    """How many voxels objects have: 852, with the rings around soft discs 964."""
    return int((session.label_tile("raw", None, Plane(), 0, WHOLE) > 0).sum())


def test_two_sessions_that_annotate_at_the_same_time_lose_nothing_of_each_other(
    bench: Bench,
) -> None:
    bench.annotate([])
    sessions = [Session.open(bench.file) for _ in range(2)]
    for each in sessions:
        each.live(False)
        each.add_class("large") if each is sessions[0] else each.external_change()
    sessions[0].add_class("small")

    def label(session: Session, ids: range, name: str) -> None:
        for number in ids:
            session.annotate([disc(number)], name)

    work = [(sessions[0], range(1, 7), "large"), (sessions[1], range(7, 13), "small")]
    threads = [Thread(target=label, args=each) for each in work]
    sessions[1].external_change()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [line.split(",")[0] for line in bench.annotations.read_text().splitlines()[1:]]
    assert sorted(said) == ["large"] * 6 + ["small"] * 6
    for each in sessions:
        each.close()


def test_a_workflow_that_is_edited_meanwhile_is_read_again_and_said_once(
    session: Session, bench: Bench
) -> None:
    assert covered(session) == 852
    bench.edit(("threshold: 0.5", "threshold: 0.4"))
    assert session.external_change() == ("cells.yaml was edited elsewhere and is read again",)
    assert session.external_change() == ()
    assert covered(session) == 964


def test_a_workflow_that_becomes_unusable_is_said_until_it_is_mended_and_labelling_goes_on(
    session: Session, bench: Bench
) -> None:
    bench.edit(("threshold: 0.5", "treshold: 0.5"))
    (told,) = session.external_change()
    assert "did you mean threshold?" in told
    assert "cells.yaml:18:5" in told
    version = session.version
    assert session.external_change() == (told,)
    assert session.version == version
    session.annotate([disc(12)], "small")
    with pytest.raises(InputError, match="cannot be used"):
        session.add_class("third")
    bench.edit(("treshold: 0.5", "threshold: 0.4"))
    session.add_class("third")
    assert "third" in bench.file.read_text()
    assert covered(session) == 964
    session.undo()
    assert bench.file.read_text() == bench.text


def test_a_table_that_a_spreadsheet_saved_keeps_its_delimiter_order_and_line_ends(
    session: Session, bench: Bench
) -> None:
    title, *rows = bench.annotations.read_text().splitlines()
    saved = "\r\n".join(line.replace(",", ";") for line in (title, *reversed(rows))) + "\r\n"
    bench.annotations.write_bytes(b"\xef\xbb\xbf" + saved.encode())
    (free, *_) = ALL[session.styles("raw", None, ALL).annotated == 0].tolist()
    change = session.annotate([disc(free)], "large")
    assert change.told == ("annotations.csv was edited elsewhere and is read again",)
    after = bench.annotations.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf" + saved.encode())
    assert after.count(b";") == 2 * after.count(b"\r\n") == 2 * after.count(b"\n")
    session.undo()
    assert bench.annotations.read_bytes() == b"\xef\xbb\xbf" + saved.encode()


def test_a_table_that_cannot_be_read_is_refused_again_and_never_edited_by_old_lines(
    session: Session, bench: Bench
) -> None:
    before = bench.annotations.read_bytes()
    for broken in (b"", b"class,y,x\nl\xe4rge,8,8\n"):
        bench.annotations.write_bytes(broken)
        for _ in range(2):
            with pytest.raises(InputError):
                session.annotate([disc(1)], "small")
        assert bench.annotations.read_bytes() == broken
    bench.annotations.write_bytes(before)
    session.annotate([disc(12)], "small")
    assert bench.annotations.read_bytes().startswith(before)


def test_a_disk_that_takes_no_more_refuses_an_edit_and_takes_it_later(
    session: Session, bench: Bench
) -> None:
    before, limits = bench.annotations.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(RunError, match="cannot be written"):
            session.annotate([disc(12)], "small")
        with pytest.raises(RunError, match="cannot be written"):
            session.rename_class("small", "tiny")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert bench.annotations.read_bytes() == before
    assert bench.file.read_text() == bench.text
    assert not session.can_undo
    session.annotate([disc(12)], "small")
    assert session.can_undo


def test_a_deleted_image_is_left_out_of_a_gallery_and_said(tmp_path: Path) -> None:
    bench = several(tmp_path)
    bench.annotations.unlink()
    for path in tmp_path.rglob("b.tif"):
        session = Session.open(bench.file)
        path.unlink()
    page = session.gallery("random", 60)
    assert {ref.image for ref in page.objects} == {"a", "c"}
    assert "without b" in page.says
    with pytest.raises(ObjclassError, match=r"there is no file .*b\.tif"):
        session.raw_tile("b", None, Plane(), 0, WHOLE, 0)
    assert session.annotate([disc(1, "a")], "class 1").objects
    session.close()


@pytest.mark.parametrize("count", [254, 255, 500])
def test_many_classes_are_shown_and_more_than_a_classifier_tells_apart_are_said(
    bench: Bench, count: int
) -> None:
    names = ["large", "small", *(f"c{k}" for k in range(2, count))]
    bench.edit(("annotations: ann", f"classes: [{', '.join(names)}]\n    annotations: ann"))
    session = Session.open(bench.file)
    session.annotate([disc(1)], names[-1])
    session.annotate([disc(2)], "ignore")
    session.learn_now()
    styles = session.styles("raw", None, ALL)
    assert styles.annotated.tolist()[:2] == [count, 65535]
    said = f"too many classes; got {count}; expected at most 254"
    assert session.untrained == (said if count > 254 else "")
    assert styles.predicted.any() == (count <= 254)
    session.close()


def test_an_image_of_one_voxel_with_an_object_of_one_voxel_is_labelled(bench: Bench) -> None:
    bench.annotations.unlink()
    bench.edit(("threshold: 0.5", "threshold: 0.5\n    min_size: 1"))
    write_raw(bench.folder / "raw.tif", np.full((1, 1), 5, np.uint8))
    write_map(bench.folder / "prob.h5", np.full((1, 1), 0.9, np.float32))
    session = Session.open(bench.file)
    (one,) = session.gallery("diverse").objects
    assert session.cut_out(one)[1:4] == b"PNG"
    session.annotate([one], "class 1")
    session.wait()
    assert session.describe(one).size == 1
    assert session.raw_tile("raw", None, Plane(), 0, Region((0, 0), (256, 256)), 0) == [[5]]
    assert session.untrained.startswith("a classifier needs two classes")
    session.close()


def test_without_objects_every_gallery_is_empty_and_nothing_fails(bench: Bench) -> None:
    bench.annotations.unlink()
    bench.edit(("threshold: 0.5", "threshold: 0.99"))
    session = Session.open(bench.file)
    session.wait()
    for source in ("random", "diverse", "audit", "invalid", "annotated", "suspected"):
        assert session.gallery(source).objects == ()
    assert session.object_at("raw", None, CENTERS[0]) == 0
    assert (session.fault, session.annotations()) == ("", ())
    session.close()
