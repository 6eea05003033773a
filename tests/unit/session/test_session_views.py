"""What a session shows: galleries, cut-outs, the explorer, details, scores and plots."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from objclass.curation.starting import start
from objclass.errors import InputError, RunError
from objclass.session import CutOutStyle, ObjectRef, Plane, Session
from objclass.session.areas import is_inside
from tests.workflows import CLASSES, TEXT, Bench, deep, flat, rows, several, write_image


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Twelve discs, eight annotated, learned from."""
    opened = Session.open(flat(tmp_path).file)
    opened.wait()
    yield opened
    opened.close()


SCALE = 0.5, "um"


def ids(objects: tuple[ObjectRef, ...]) -> list[int]:
    """The ids of objects, sorted."""
    return sorted(ref.object for ref in objects)


def annotated(session: Session) -> list[int]:
    """The ids of the annotated discs."""
    return ids(session.gallery("annotated", 20).objects)


def test_without_annotations_the_gallery_begins_with_the_objects_of_a_new_annotation_file(
    tmp_path: Path,
) -> None:
    bench = several(tmp_path)
    bench.annotations.unlink()
    session = Session.open(bench.file)
    page = session.gallery("diverse", 30)
    assert (len(page.objects), page.total) == (30, 36)
    assert (page.images_seen, page.images) == (3, 3)
    session.close()
    table = start(bench.file, choose="diverse").table.read_text(encoding="utf-8").splitlines()
    at = table[0].split(",").index("object")
    rows_new = {(line.split(",")[0], int(line.split(",")[at])) for line in table[1:]}
    assert {(ref.image, ref.object) for ref in page.objects} == rows_new


def test_pages_of_a_random_gallery_show_each_free_object_once(session: Session) -> None:
    pages = [session.gallery("random", 2, page).objects for page in range(3)]
    assert [len(page) for page in pages] == [2, 2, 0]
    free = sorted(set(range(1, 13)) - set(annotated(session)))
    assert ids(pages[0] + pages[1]) == free


def test_what_is_forgotten_meanwhile_is_found_out_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objclass.session.frames.MOST_REMEMBERED", 0)
    assert len(session.gallery("diverse", 2).objects) == 2
    assert session.cut_out(ObjectRef("raw", None, 1))[1:4] == b"PNG"


def everything_said(bench: Bench) -> list[object]:
    """What a session says of twelve discs that depends on their features."""
    session = Session.open(bench.file)
    session.wait()
    styles = session.styles("raw", None, np.arange(1, 13, dtype=np.uint64))
    said: list[object] = [styles.predicted.tolist(), styles.probability.tobytes()]
    for source in ("diverse", "uncertain", "like:raw:3", "predicted:large", "suspected"):
        said.append(session.gallery(source, 5).objects)
    said.append(session.describe(ObjectRef("raw", None, 3)))
    said.append(session.principal_components().points.tobytes())
    said.append(session.score())
    session.close()
    return said


def test_features_that_stay_on_disk_say_the_same_as_those_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = flat(tmp_path)
    held = everything_said(bench)
    monkeypatch.setattr("objclass.engine.content.LARGE", 0)
    assert everything_said(bench) == held


def test_a_frame_that_is_made_by_block_says_the_same_and_is_what_a_run_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    benches = []
    for name in ("whole", "blocks"):
        (tmp_path / name).mkdir()
        benches.append(flat(tmp_path / name))
    whole = everything_said(benches[0])
    monkeypatch.setattr("objclass.session.frames.LARGE_FRAME", 0)
    monkeypatch.setattr("objclass.session.frames.EDGE", {2: 16, 3: 16})
    assert everything_said(benches[1]) == whole
    ran = benches[1].run()
    assert {ran.state(f"measured.{name}") for name in ("size", "intensity")} == {"cached"}


def test_a_table_that_is_cut_short_while_one_labels_is_said_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objclass.engine.content.LARGE", 0)
    bench = flat(tmp_path)
    session = Session.open(bench.file)
    session.wait()
    for path in bench.file.parent.rglob("record.npz"):
        os.truncate(path, 100)
    with pytest.raises(RunError, match=r"cannot be read.*start objclass label again"):
        session.describe(ObjectRef("raw", None, 3))
    session.close()
    assert everything_said(bench)


def test_what_is_known_of_the_objects_of_a_frame_is_held_once(session: Session) -> None:
    (frame,) = session._frames.at_hand()
    assert session._frames.objects(frame.place) is frame
    assert not [key for key in session._frames.remembered if "objects" in key]


def test_the_curve_has_the_last_score_of_every_number_of_annotations(session: Session) -> None:
    def judged() -> list[int]:
        session.learn_now()
        session.wait()
        return [point.annotations for point in session.score_curve()]

    assert judged() == [8]
    free = session.gallery("random", 1).objects
    session.annotate(free, "small")
    assert judged() == [8, 9]
    assert session.score_curve()[-1].balanced_accuracy == session.score().balanced_accuracy
    session.undo()
    assert judged() == [8, 9]
    assert session.score_curve()[0].how == session.score().how


def test_an_image_is_told_alone_as_among_all(session: Session) -> None:
    assert (session.image("raw"),) == session.images()
    with pytest.raises(InputError, match="there is no image 'war'"):
        session.image("war")


def test_predicted_galleries_share_the_free_objects_as_the_styles_say(session: Session) -> None:
    shown = {c.name: session.gallery(f"predicted:{c.name}", 20) for c in session.classes()}
    assert sum(page.total for page in shown.values()) == 4
    for code, page in enumerate(shown.values(), 1):
        numbers = np.array(ids(page.objects), np.uint64)
        assert set(session.styles("raw", None, numbers).predicted.tolist()) <= {code}


def test_the_gallery_of_likes_begins_with_a_disc_of_the_same_size(session: Session) -> None:
    index = session._frames.frame(("raw", None)).index
    sizes = dict(zip(index.ids.tolist(), index.size.tolist(), strict=True))
    first = session.gallery("like:1", 4).objects[0]
    assert sizes[first.object] == sizes[1]


def test_one_object_is_found_by_its_id_and_a_well_by_its_name(tmp_path: Path) -> None:
    for name in ("P1_B03", "P1_B04"):
        write_image(tmp_path, name)
    text = TEXT.format(raw="raw/{plate}_{well}.tif", prob="prob/{plate}_{well}.h5", axes="yx")
    bench = Bench(tmp_path, text).annotate(rows((0, 1), "P1", "B03"), "class,y,x,plate,well").edit()
    session = Session.open(bench.file)
    page = session.gallery("random", 40, among={"well": "B04"})
    assert {ref.image for ref in page.objects} == {"P1_B04"}
    assert session.gallery("well:B04", 40) == page
    assert session.gallery("id:P1_B04:3").objects == (ObjectRef("P1_B04", None, 3),)
    change = session.annotate([ObjectRef("P1_B04", None, 3)], "large")
    assert bench.annotations.read_text(encoding="utf-8").splitlines()[-1].endswith(",P1,B04")
    assert change.objects == (ObjectRef("P1_B04", None, 3),)
    with pytest.raises(InputError, match="no image has well B99"):
        session.gallery("random", among={"well": "B99"})
    session.close()


def test_of_many_images_only_some_are_opened_for_a_page(tmp_path: Path) -> None:
    names = [f"i{k:02}" for k in range(30)]
    bench = several(tmp_path, names)
    bench.annotations.unlink()
    session = Session.open(bench.file)
    page = session.gallery("random", 24)
    assert (page.images_seen, page.images) == (12, 30)
    assert len(session._frames.at_hand()) == 12
    other = session.gallery("random", 24, page=8)
    assert not {r.image for r in page.objects} & {r.image for r in other.objects}
    session.close()


def test_an_unknown_gallery_is_refused_with_the_one_that_was_meant(session: Session) -> None:
    with pytest.raises(InputError, match="did you mean random"):
        session.gallery("randon")
    with pytest.raises(InputError, match="no class 'blue'"):
        session.gallery("predicted:blue")


def test_a_wrong_annotation_is_suspected_and_the_explorer_says_it_is_not_agreed_with(
    tmp_path: Path,
) -> None:
    only_size = ("measure: [size, intensity]", "measure: [size]")
    bench = flat(tmp_path).edit(("trees: 5", "trees: 100"), only_size)
    wrong = "small" if CLASSES[0] == "large" else "large"
    said = rows(range(12))
    bench.annotate([(wrong, *said[0][1:]), *said[1:]])
    session = Session.open(bench.file)
    session.wait()
    first = session.gallery("suspected").objects[0]
    assert first.object == session.object_at("raw", None, said[0][1:])
    (row,) = [row for row in session.annotations() if row.object == first]
    assert (row.class_, row.predicted, row.agrees) == (wrong, CLASSES[0], False)
    assert sum(row.agrees is True for row in session.annotations()) >= 9
    session.close()


def test_a_cut_out_shows_its_object_in_the_middle_with_outline_and_bar(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    session = Session.open(bench.file)
    ref = ObjectRef("raw", None, 1)
    plain = picture(session, ref, CutOutStyle(96, outline=None, bar=False))
    assert plain.shape == (96, 96, 3)
    lined = picture(session, ref, CutOutStyle(96, outline="#ff0000", bar=False))
    changed = (plain != lined).any(axis=-1)
    assert (lined[changed] == (255, 0, 0)).all()
    ys, xs = np.nonzero(changed)
    assert abs(ys.mean() - 48) < 3
    assert abs(xs.mean() - 48) < 3
    with_bar = picture(session, ref, CutOutStyle(96, outline=None, bar=True))
    assert (with_bar[60:, :60] == 255).any()
    wide = picture(session, ref, CutOutStyle(96, context=2, outline="#ff0000", bar=False))
    assert (wide == (255, 0, 0)).all(axis=-1).sum() < changed.sum()
    assert Image.open(BytesIO(session.cut_out(ref, CutOutStyle(64, channels=(0,))))).size == (
        64,
        64,
    )
    with pytest.raises(InputError, match="no channel 3"):
        session.cut_out(ref, CutOutStyle(channels=(3,)))
    session.close()


def picture(session: Session, ref: ObjectRef, style: CutOutStyle) -> np.ndarray:
    """A cut-out as an array."""
    return np.asarray(
        Image.open(
            BytesIO(
                session._cut_outs.png(session._frame(ref.image, ref.t), ref.object, style, SCALE)
            )
        ).convert("RGB")
    )


def test_details_say_where_an_object_stands_in_each_class(session: Session) -> None:
    number = session.object_at("raw", None, (8, 8))
    found = session.describe(ObjectRef("raw", None, number))
    assert (found.position, found.size, found.annotated, found.row) == ((0, 8, 8), 113, "large", 2)
    assert found.box == ((0, 2, 2), (0, 15, 15)) or found.box[0][1:] == (2, 2)
    size = next(each for each in found.features if each.name == "size_voxels")
    assert (size.value, size.unit, size.quantiles) == (113, "voxel", {"large": 0.0, "small": 1.0})
    assert abs(sum(found.probabilities.values()) - 1) < 1e-12
    assert found.predicted == "large"


def test_a_score_is_said_and_is_chance_with_two_examples(tmp_path: Path) -> None:
    only_size = ("measure: [size, intensity]", "measure: [size]")
    bench = flat(tmp_path).edit(("trees: 5", "trees: 100"), only_size)
    session = Session.open(bench.file)
    session.wait()
    score = session.score()
    assert score.how == "out_of_bag"
    assert score.balanced_accuracy == 1.0
    assert not score.is_chance
    assert score.by_image == {"raw": 1.0}
    session.close()
    bench.annotate(rows((0, 1)))
    session = Session.open(bench.file)
    session.wait()
    assert session.score().balanced_accuracy is None
    assert session.score().says
    session.close()


def test_a_scatter_has_a_point_per_object_and_components_lie_apart(session: Session) -> None:
    found = session.scatter("size_voxels", "intensity_mean-0")
    assert found.x == "size_voxels (voxel)"
    assert sorted(found.points[:, 0].tolist()).count(113) == CLASSES.count("large")
    parts = session.principal_components()
    assert parts.points.shape == (12, 2)
    assert abs(np.corrcoef(parts.points.T)[0, 1]) < 1e-6
    with pytest.raises(InputError, match="did you mean size_voxels"):
        session.scatter("size_voxel", "intensity_mean-0")


def test_a_lasso_takes_the_objects_whose_middle_is_inside(session: Session) -> None:
    left = [(0.0, 0.0), (0.0, 30.0), (48.0, 30.0), (48.0, 0.0)]
    found = session.object_ids_in("raw", None, Plane(), left)
    assert len(found) == 6
    inside = is_inside(
        np.array([[1.0, 1.0], [5.0, 5.0]]), np.array([[0, 0], [0, 4], [4, 4], [4, 0]])
    )
    assert inside.tolist() == [True, False]


def test_a_box_in_a_plane_of_a_volume_takes_what_lies_mostly_inside(tmp_path: Path) -> None:
    session = Session.open(deep(tmp_path).file)
    name = session.images()[0].name
    corner = [(0.0, 0.0), (0.0, 20.0), (20.0, 20.0), (20.0, 0.0)]
    found = session.object_ids_in(name, None, Plane("z", 2), corner)
    assert found.tolist() == [session.object_at(name, None, (2, 8, 8))]
    assert session.object_ids_in(name, None, Plane("z", 0), corner).tolist() == []
    session.close()


def test_learning_from_one_feature_changes_the_model_and_back_again_brings_it_back(
    session: Session,
) -> None:
    before = session._learned.model
    session.use_features(["size_voxels"])
    session.learn_now()
    assert session._learned.model is not None
    assert session._learned.model.columns == ("size_voxels",)
    session.use_features(None)
    session.learn_now()
    assert before is not None
    assert session._learned.model.columns == before.columns
    with pytest.raises(InputError, match="no feature 'nonsense'"):
        session.use_features(["nonsense"])


def test_the_project_of_a_session_is_that_of_a_run(session: Session, tmp_path: Path) -> None:
    path = session.project()
    assert path == tmp_path / "cells.objclass.h5"
    assert path.is_file()
