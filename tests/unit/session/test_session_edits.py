"""Edits of a session: saved at once, undone to the byte, nobody's word overwritten."""

from __future__ import annotations

import errno
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from objclass.data.blocks import Region
from objclass.data.objects import Prediction
from objclass.engine.artifact import pack_model, pack_prediction
from objclass.errors import InputError, RunError
from objclass.session import ObjectRef, Plane, Session, predictions
from tests.workflows import CLASSES, TEXT, Bench, deep, flat, rows, series, several, write_image

HEADER = "class,y,x,object,size,stamp"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Twelve discs, eight annotated."""
    return flat(tmp_path)


@pytest.fixture
def session(bench: Bench) -> Iterator[Session]:
    """A session on them."""
    opened = Session.open(bench.file)
    yield opened
    opened.close()


def disc(number: int, image: str = "raw", t: int | None = None) -> ObjectRef:
    """A disc by its number from 0: ids follow the raster order of the discs' first voxels."""
    return ObjectRef(image, t, number)


def digests(session: Session) -> tuple[str, dict[tuple[str, int | None], str]]:
    """The digests of the model and of the predictions of every frame, as a run keeps them."""
    session.learn_now()
    model, said = session._learned.model, session._predictions
    assert model is not None
    assert said is not None
    found = {}
    for image in session.ground.images:
        for frame in session.ground.frames(image):
            whole = said.of(session._frames.frame((image, frame)))
            each = Prediction(whole.frame.ids, whole.code, whole.probability, whole.uncertainty)
            found[image, frame] = pack_prediction(each).artifact().digest
    return pack_model(model).artifact().digest, found


def plate(folder: Path) -> Bench:
    """Two wells of a plate, of which one is annotated, by plate and well."""
    for name in ("P1_B03", "P1_B04"):
        write_image(folder, name)
    text = TEXT.format(raw="raw/{plate}_{well}.tif", prob="prob/{plate}_{well}.h5", axes="yx")
    said = rows((0, 1, 2, 3), "P1", "B03")
    return Bench(folder, text).annotate(said, "class,y,x,plate,well").edit()


@pytest.mark.parametrize("make", [flat, deep, series, several, plate])
def test_what_a_session_shows_is_what_a_run_writes_to_the_byte(
    tmp_path: Path, make: object
) -> None:
    bench = make(tmp_path)  # type: ignore[operator]
    session = Session.open(bench.file)
    image = session.images()[-1]
    t = image.times[-1]
    for number in (1, 2, 4, 5):
        session.annotate([ObjectRef(image.name, t, number)], ("large", "small")[number % 2])
    model, predicted = digests(session)
    session.close()
    ran = bench.run()
    (learned,) = ran.of("classes.model")
    assert learned.known is not None
    assert model == learned.known.artifact.digest
    written = {(o.step.image, o.step.t): o.known.artifact.digest
               for o in ran.of("predicted") if o.known}  # fmt: skip
    assert predicted == written


def test_an_annotation_is_in_the_file_before_the_call_returns(
    session: Session, bench: Bench
) -> None:
    free = unannotated(session)
    before = bench.annotations.read_text(encoding="utf-8")
    change = session.annotate([free[0]], "small")
    after = bench.annotations.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert after.count("\n") == before.count("\n") + 1
    assert change.says == "1 object is small"
    assert change.objects == (free[0],)


def unannotated(session: Session) -> list[ObjectRef]:
    """The objects of the only frame that have no annotation."""
    (image,) = session.images()
    ids = np.arange(1, 13, dtype=np.uint64)
    styles = session.styles(image.name, None, ids)
    return [ObjectRef(image.name, None, int(n)) for n in ids[styles.annotated == 0]]


def test_there_are_twelve_discs_of_which_eight_are_annotated(session: Session) -> None:
    assert len(unannotated(session)) == 4
    (image,) = session.images()
    assert (image.objects, image.annotated) == (12, 8)
    assert [(c.name, c.annotated) for c in session.classes()] == [("large", 4), ("small", 4)]


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_undoing_all_actions_brings_the_very_bytes_back_and_redoing_makes_them_again(
    bench: Bench, count: int
) -> None:
    original = bench.annotations.read_bytes()
    session = Session.open(bench.file)
    session.live(False)
    image = session.images()[0].name
    chance, twin = random.Random(5), PlainTable(bench)
    for _ in range(count):
        refs = [
            ObjectRef(image, None, n) for n in chance.sample(range(1, 13), chance.randint(1, 3))
        ]
        class_ = chance.choice(["large", "small", "ignore", None])
        session.annotate(refs, class_) if class_ else session.erase(refs)
        for ref in refs:
            twin.say(session, ref, class_)
    assert bench.annotations.read_text(encoding="utf-8") == twin.text
    last = bench.annotations.read_bytes()
    steps = 0
    while session.can_undo:
        session.undo()
        steps += 1
    assert bench.annotations.read_bytes() == original
    for _ in range(steps):
        session.redo()
    assert bench.annotations.read_bytes() == last
    session.close()


class PlainTable:
    """The same edits in a list of lines: the plain twin."""

    def __init__(self, bench: Bench) -> None:
        self.lines = bench.annotations.read_text(encoding="utf-8").splitlines()
        self.found: dict[int, str] = {}

    @property
    def text(self) -> str:
        """The table."""
        return "\n".join(self.lines) + "\n"

    def say(self, session: Session, ref: ObjectRef, class_: str | None) -> None:
        """Change the line of an object, drop it, or add one at the end."""
        labels = session._frames.frame((ref.image, ref.t)).labels
        ids = labels.read()
        at = next((k for k, line in enumerate(self.lines) if k and number(line, ids) == ref.object),
                  None)  # fmt: skip
        if at is not None and class_ is None:
            del self.lines[at]
        elif at is not None:
            self.lines[at] = ",".join([str(class_), *self.lines[at].split(",")[1:]])
        elif class_ is not None:
            y, x = labels.index.inside[labels.index.row_of(ref.object)]
            self.lines.append(f"{class_},{y},{x}")


def number(line: str, ids: np.ndarray) -> int:
    """The object that a line is about."""
    _, y, x = line.split(",")
    return int(ids[int(y), int(x)])


def test_without_a_file_the_first_edit_begins_one_and_undoing_it_removes_it(bench: Bench) -> None:
    bench.annotations.unlink()
    session = Session.open(bench.file)
    assert [c.name for c in session.classes()] == ["class 1", "class 2"]
    session.annotate([ObjectRef("raw", None, 1)], "class 1")
    title, row = bench.annotations.read_text(encoding="utf-8").splitlines()
    assert title == "image,y,x,class,object,size,stamp,image_digest"
    assert row.startswith("raw,8,8,class 1,1,113,o")
    session.undo()
    assert not bench.annotations.exists()
    session.redo()
    assert bench.annotations.read_text(encoding="utf-8").splitlines() == [title, row]
    session.close()


def test_a_class_that_is_not_there_is_refused_with_the_one_that_was_meant(session: Session) -> None:
    with pytest.raises(InputError, match="did you mean small"):
        session.annotate([ObjectRef("raw", None, 1)], "smal")


def test_an_object_that_is_not_there_is_refused_and_nothing_is_written(
    session: Session, bench: Bench
) -> None:
    before = bench.annotations.read_bytes()
    with pytest.raises(InputError, match="no object 99"):
        session.annotate([ObjectRef("raw", None, 1), ObjectRef("raw", None, 99)], "small")
    assert bench.annotations.read_bytes() == before
    assert not session.can_undo


def test_a_row_that_somebody_else_adds_meanwhile_stays(session: Session, bench: Bench) -> None:
    mine, other = unannotated(session)[:2]
    with bench.annotations.open("a", encoding="utf-8") as file:
        file.write(f"large,{middle(session, other)}\n")
    change = session.annotate([mine], "small")
    assert change.told == ("annotations.csv was edited elsewhere and is read again",)
    lines = bench.annotations.read_text(encoding="utf-8").splitlines()
    assert lines[-2:] == [f"large,{middle(session, other)}", f"small,{middle(session, mine)}"]
    session.undo()
    assert bench.annotations.read_text(encoding="utf-8").splitlines() == lines[:-1]


def middle(session: Session, ref: ObjectRef) -> str:
    """The deepest voxel of an object as a table says it."""
    index = session._frames.frame((ref.image, ref.t)).index
    y, x = index.inside[index.row_of(ref.object)]
    return f"{y},{x}"


def test_an_object_that_somebody_else_annotates_otherwise_meanwhile_is_not_overwritten(
    session: Session, bench: Bench
) -> None:
    ref = unannotated(session)[0]
    with bench.annotations.open("a", encoding="utf-8") as file:
        file.write(f"large,{middle(session, ref)}\n")
    after = bench.annotations.read_bytes()
    with pytest.raises(InputError, match="edited elsewhere"):
        session.annotate([ref], "small")
    assert bench.annotations.read_bytes() == after
    session.annotate([ref], "small")  # now the person knows


def test_an_edit_that_was_undone_after_somebody_elses_takes_back_only_its_own(
    session: Session, bench: Bench
) -> None:
    mine, other = unannotated(session)[:2]
    session.annotate([mine], "small")
    with bench.annotations.open("a", encoding="utf-8") as file:
        file.write(f"large,{middle(session, other)}\n")
    session.undo()
    lines = bench.annotations.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 8 + 1
    assert lines[-1] == f"large,{middle(session, other)}"


def test_objects_that_are_seen_first_are_predicted_as_all_are(session: Session) -> None:
    session.learn_now()
    seen = session.styles("raw", None, np.array([7, 2], np.uint64))
    session.wait()
    all_of_them = session.styles("raw", None, np.arange(1, 13, dtype=np.uint64))
    for name in ("predicted", "probability", "uncertainty"):
        assert getattr(seen, name).tolist() == getattr(all_of_them, name)[[6, 1]].tolist()


def test_who_waits_for_a_few_objects_has_a_turn_between_pieces_of_many(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes, real = [], predictions.predict_selected

    def noting(model: object, ids: np.ndarray, *more: object) -> object:
        sizes.append(len(ids))
        return real(model, ids, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(predictions, "predict_selected", noting)
    monkeypatch.setattr(predictions, "PIECE", 5)
    monkeypatch.setattr(predictions.SessionPredictions, "work", lambda *_: False)
    session.learn_now()
    session.styles("raw", None, np.arange(1, 13, dtype=np.uint64))
    assert sizes == [5, 5, 2]


def test_tiles_from_far_away_show_single_voxels(session: Session) -> None:
    near = session.label_tile("raw", None, Plane(), 0, Region((0, 0), (48, 64)))
    far = session.label_tile("raw", None, Plane(), 2, Region((0, 0), (12, 16)))
    assert near.shape == (48, 64)
    assert (far == near[::4, ::4]).all()
    raw = session.raw_tile("raw", None, Plane(), 1, Region((2, 3), (8, 9)), 0)
    whole = session.raw_tile("raw", None, Plane(), 0, Region((0, 0), (48, 64)), 0)
    assert (raw == whole[4:16:2, 6:18:2]).all()
    assert session.object_at("raw", None, (8, 8)) == near[8, 8]
    assert session.object_at("raw", None, (-1, 500)) == 0


def test_a_volume_is_cut_along_each_axis(tmp_path: Path) -> None:
    session = Session.open(deep(tmp_path).file)
    (image,) = session.images()
    assert dict(image.shape) == {"z": 6, "y": 48, "x": 64}
    whole = session._frames.frame((image.name, None)).labels.read()
    region = Region((0, 0), (64, 64))
    for axis, cut in (("z", whole[2]), ("y", whole[:, 8]), ("x", whole[:, :, 8])):
        plane = Plane(axis, 2 if axis == "z" else 8)  # type: ignore[arg-type]
        assert (session.label_tile(image.name, None, plane, 0, region) == cut).all()
    session.close()


def test_with_one_class_it_says_why_nothing_is_predicted(bench: Bench) -> None:
    bench.annotate(rows([k for k, name in enumerate(CLASSES) if name == "large"]))
    session = Session.open(bench.file)
    session.learn_now()
    assert "two classes" in session.untrained
    assert session.styles("raw", None, np.array([1], np.uint64)).predicted.tolist() == [0]
    session.close()


KILLED = """
import sys
from objclass.session import ObjectRef, Session
session = Session.open(sys.argv[1])
for number in range(1, 13):
    session.annotate([ObjectRef("raw", None, number)], "ignore")
    print(number, flush=True)
    if number < 12:
        sys.stdin.readline()
"""


def test_a_session_that_is_killed_between_actions_has_lost_none_that_it_answered(
    bench: Bench,
) -> None:
    command = [sys.executable, "-c", KILLED, str(bench.file)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    for _ in range(4):
        answered = int(child.stdout.readline())
        child.stdin.write("\n")
        child.stdin.flush()
    child.kill()
    child.communicate()
    session = Session.open(bench.file)
    styles = session.styles("raw", None, np.arange(1, 13, dtype=np.uint64))
    left_out = int((styles.annotated == 65535).sum())
    session.close()
    assert answered == 4
    assert left_out in (4, 5)  # the fifth was under way


def test_a_full_disk_refuses_an_edit_and_leaves_file_and_session_as_they_were(
    session: Session, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, free = bench.annotations.read_bytes(), unannotated(session)

    def refuse(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("objclass.io.aside.flush_all", refuse)
    with pytest.raises(RunError, match="annotations"):
        session.annotate([free[0]], "small")
    assert bench.annotations.read_bytes() == before
    assert unannotated(session) == free
    assert not session.can_undo
    monkeypatch.undo()
    session.annotate([free[0]], "small")
    assert len(unannotated(session)) == 3
