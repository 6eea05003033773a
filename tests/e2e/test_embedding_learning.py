"""Embeddings with what classifiers can do: a labelling session, ``select`` and ``normalize``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from test_embedding_tables import CLASSES, LARGE, one_image, two_images
from test_selecting import SAID, SECOND, write_stages

from objclass.engine.artifact import pack_model
from objclass.session import Session
from workflows import Ran


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
