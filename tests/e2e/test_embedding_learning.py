"""Embeddings with what classifiers can do: a labelling session, ``select`` and ``normalize``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from terminal import typed
from test_embedding_tables import CLASSES, LARGE, kept, of_images, one_image, two_images
from test_selecting import SAID, SECOND, write_stages

from objclass.classification import reprojection
from objclass.classification.projection import PrincipalAxes, learn_projection
from objclass.engine.artifact import pack_model
from objclass.run import Request
from objclass.scoring.workflow import assess_workflow
from objclass.session import Session
from workflows import ANNOTATED, Bench, Ran, rows, series, several


def model(ran: Ran, node: str = "classes") -> str:
    (found,) = ran.of(f"{node}.model")
    assert found.known is not None, found.problems
    return found.known.artifact.digest


def test_a_session_learns_from_components_what_a_run_learns(tmp_path: Path) -> None:
    bench = one_image(tmp_path, keep=2)
    session = Session.open(bench.file)
    session.wait()
    assert session._learned.model is not None
    shown = pack_model(session._learned.model).artifact().digest
    columns = session._learned.model.columns
    session.close()
    assert "emb_component_1" in columns
    assert model(bench.run()) == shown


def test_a_second_classifier_learns_of_selected_objects_from_an_embedding(tmp_path: Path) -> None:
    bench = one_image(tmp_path)
    bench.text += SECOND.replace("use: [intensity_mean]", "use: [emb]")
    write_stages(bench.edit(), *SAID).run()
    found = pd.read_csv(tmp_path / "results/stages.csv")
    said = found.set_index("object")["predicted_class"].dropna()
    assert set(said.index) == set(LARGE)
    assert set(said) <= {"dim", "bright"}


def test_an_embedding_is_compared_with_the_objects_of_its_group(tmp_path: Path) -> None:
    """All numbers of the second image are 64 more; its objects are called as before."""
    called = {}
    for normalize in ("", "    normalize: {by: image}\n"):
        folder = tmp_path / (normalize.strip()[:9] or "plain")
        folder.mkdir()
        bench = two_images(folder)
        table = dict(np.load(folder / "emb.npz"))
        table["embedding"] = table["embedding"] + 64 * (table["image"] == "b")[:, None]
        np.savez(folder / "emb.npz", **table)
        keys = f"    use: [emb_value_1]\n{normalize}    annotations:"
        bench.edit(("    annotations:", keys)).run()
        found = pd.read_csv(folder / "results/objects.csv")
        called[normalize] = found[found["image"] == "b"].sort_values("object")["predicted_class"]
    plain, normalized = called.values()
    assert set(plain) == {"large"}
    assert normalized.tolist() == CLASSES


def both_annotated(folder: Path, keep: int | None = 2, *fields: str) -> Bench:
    bench = two_images(folder, keep)
    said = [row for name in ("a", "b") for row in rows(ANNOTATED, name)]
    more = "".join(f"    {field}\n" for field in fields)
    file = "    annotations: annotations.csv\n"
    return bench.annotate(said, "class,y,x,image").edit((file, file + more))


def learned_from(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many objects the axes of every score are learned from."""
    counts: list[int] = []

    def counted(pieces: Callable[[], Iterable[np.ndarray]], keep: int) -> PrincipalAxes:
        counts.append(sum(map(len, pieces())))
        return learn_projection(pieces, keep)

    monkeypatch.setattr(reprojection, "learn_projection", counted)
    return counts


def test_a_score_learns_its_axes_without_the_image_that_it_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = learned_from(monkeypatch)
    both_annotated(tmp_path).run(workers=1)
    assert counts == [12, 12]


def test_axes_of_a_project_are_not_learned_anew_for_a_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that are all kept follow from no other object either."""
    counts = learned_from(monkeypatch)
    both_annotated(tmp_path, None).run(workers=1)
    assert counts == []


def test_frames_that_were_cropped_away_do_not_shift_what_a_score_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = series(tmp_path)
    ids = np.arange(1, 13)
    times = np.repeat(np.arange(3), 12)
    numbers = np.arange(36.0)[:, None] * [1, 0.5]
    np.savez(tmp_path / "emb.npz", object=np.tile(ids, 3), t=times, embedding=numbers)
    crop = "    crop: {t: [1, 3]}\n    axes: tyx"
    bench.edit(("    axes: tyx", crop), ("  measured:\n    kind: features\n", kept(1)))
    seen: list[reprojection.Reprojection] = []
    original = reprojection.Reprojection.components

    def noted(self: reprojection.Reprojection, held_out: np.ndarray) -> np.ndarray:
        seen.append(self)
        return original(self, held_out)

    monkeypatch.setattr(reprojection.Reprojection, "components", noted)
    found = assess_workflow(bench.file, Request(workers=1))
    assert found.facts, [str(p) for o in found.outcomes for p in o.problems]
    anew = seen[0]
    assert {frame.t: set(frame.load()[1][:, 0] // 12) for frame in anew.frames} == {0: {1}, 1: {2}}
    annotated = pd.read_csv(bench.annotations)
    assert sorted(anew.t) == sorted(annotated["t"][annotated["t"] > 0] - 1)


def test_an_image_that_is_held_out_has_no_part_in_the_axes_of_the_model(tmp_path: Path) -> None:
    """The numbers of image b lie elsewhere: with and without b the model is the same."""
    held = both_annotated(tmp_path / "held", 2, "hold_out: {name: b}")
    alone = several(tmp_path / "alone", ("a",))
    np.savez(tmp_path / "alone/emb.npz", **of_images(("a",)))
    alone.edit(("  measured:\n    kind: features\n", kept(2)))
    axes = [bench.run().of("emb.axes")[0].known for bench in (held, alone)]
    assert axes[0] is not None
    assert axes[1] is not None
    assert axes[0].artifact.digest == axes[1].artifact.digest


def test_evaluate_shows_measured_features_the_embedding_and_both_on_the_same_objects(
    tmp_path: Path,
) -> None:
    both_annotated(tmp_path)
    screen = typed("evaluate cells.yaml", tmp_path)
    assert screen.code == 0, screen.err
    lines = screen.out.splitlines()
    at = lines.index("learned from, on the same held-out objects")
    names = [line.split()[:2] for line in lines[at + 2 : at + 5]]
    assert names == [["hand-made", "15"], ["embedding", "2"], ["both", "17"]]
    document = json.loads(typed("evaluate cells.yaml --json", tmp_path).out)
    found = document["classifiers"]["classes"]["feature_sets"]
    assert list(found["sets"]) == ["hand-made", "embedding", "both"]
    assert [each["objects"] for each in found["pairs"]] == [16, 16, 16]


@pytest.mark.parametrize("use", ["emb", "-emb"])
def test_a_classifier_with_one_sort_of_columns_compares_none(use: str, tmp_path: Path) -> None:
    both_annotated(tmp_path, 2, f"use: [{use}]")
    assert "learned from, on" not in typed("evaluate cells.yaml", tmp_path).out


def test_what_is_written_and_the_page_have_the_comparison_too(tmp_path: Path) -> None:
    bench = both_annotated(tmp_path)
    bench.edit(
        ("      table: results", "      evaluation: results/quality.csv\n      table: results")
    )
    bench.run()
    found = pd.read_csv(tmp_path / "results/quality.csv")
    assert "features embedding less hand-made" in set(found["at"])
    assert typed("report cells.yaml --output page.html", tmp_path).code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Features side by side, on the same held-out objects" in page
    assert "embedding less hand-made" in page
