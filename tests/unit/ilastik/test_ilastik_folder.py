"""Files that want to do harm, are damaged, or promise more than they hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import h5py
import numpy as np
import pytest
from written_ilp import put, write_ilp

from objclass.errors import InputError
from objclass.ilastik.folder import open_file
from objclass.ilastik.imported import project_file
from objclass.ilastik.project import read_ilp

TREE = "ObjectClassification/ClassifierForests/Forest0000/Tree_0"
LABELS = "ObjectClassification/LabelInputs/0000/0"


@pytest.fixture
def ilp(tmp_path: Path) -> Path:
    return write_ilp(tmp_path / "p.ilp")


def refusal(path: Path) -> str:
    """What is said of a file that is not read: one line that names it."""
    with pytest.raises(InputError) as caught:
        read_ilp(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def test_a_missing_file_and_another_format_are_named(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "gone.ilp")
    text = tmp_path / "text.ilp"
    text.write_text("not HDF5")
    assert "is not a project file of ilastik, or is cut off" in refusal(text)


def test_a_file_cut_off_anywhere_is_refused(ilp: Path) -> None:
    whole = ilp.read_bytes()
    for length in range(0, len(whole) - 1, 997):
        ilp.write_bytes(whole[:length])
        assert "cut off" in refusal(ilp)


def test_changed_bytes_give_a_message_or_another_project_but_never_a_crash(ilp: Path) -> None:
    whole, random = ilp.read_bytes(), Random(0)
    for _ in range(60):
        changed = bytearray(whole)
        for _ in range(random.choice((1, 10, 100))):
            changed[random.randrange(len(changed))] = random.randrange(256)
        ilp.write_bytes(changed)
        with suppress(InputError):
            project_file(read_ilp(ilp))


def _soft(file: h5py.File) -> None:
    file[LABELS] = h5py.SoftLink("/ilastikVersion")


def _external(file: h5py.File) -> None:
    file[LABELS] = h5py.ExternalLink("other.h5", "/data")


@pytest.mark.parametrize("link", [_soft, _external])
def test_links_are_not_followed(ilp: Path, link: Callable[[h5py.File], None]) -> None:
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        link(file)
    assert "leads elsewhere" in refusal(ilp)


def test_data_in_other_files_are_refused(ilp: Path, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(bytes(24))
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        external = [("bytes", 0, 24)]
        file.create_dataset(LABELS, shape=(3,), dtype=np.float64, external=external)
    assert "other files" in refusal(ilp)


def test_virtual_data_are_refused(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        layout = h5py.VirtualLayout((3,), np.float64)
        layout[:] = h5py.VirtualSource(ilp.name, "x", (3,))
        file.create_virtual_dataset(LABELS, layout)
    assert "other files" in refusal(ilp)


def test_an_array_that_declares_more_than_the_file_holds_is_not_read(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        file.create_dataset(LABELS, shape=(10**12,), dtype=np.float64, chunks=(10**6,))
    assert "declares more data" in refusal(ilp)


def test_a_compressed_array_cannot_explode(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        data = file.create_dataset(
            LABELS, shape=(10**9,), dtype="f8", chunks=(10**6,), compression=9
        )
        data[:10] = 0
    assert "declares more data" in refusal(ilp)


def test_ordinary_compression_is_read(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        file.create_dataset(LABELS, data=np.array([0.0, 2.0]), compression="gzip", shuffle=True)
    assert read_ilp(ilp).annotations == {(0, 0): {1: 2}}


def test_an_unknown_filter_is_named(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        file.create_dataset(LABELS, data=np.zeros(3), compression="lzf")
    assert "compressed in an unknown way" in refusal(ilp)


def test_many_texts_on_the_same_bytes_are_no_more_than_the_file(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "ObjectClassification/LabelNames", ["x" * 30_000] * 3)
        names = file["ObjectClassification/LabelNames"]
        assert len(names) == 3
    assert len(read_ilp(ilp).classes) == 3


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("workflowName", 3, "is no text"),
        ("ThresholdTwoLevels/LowThreshold", b"0.5", "has another type"),
        ("ThresholdTwoLevels/LowThreshold", np.nan, "is no number"),
        ("ThresholdTwoLevels/LowThreshold", [1.0, 2.0], "has 2 values"),
        ("ThresholdTwoLevels/MinSize", -1, "no whole number of at least 0"),
        ("ThresholdTwoLevels/MinSize", 1.5, "no whole number of at least 0"),
        ("ThresholdTwoLevels/CurOperator", 9, "unknown threshold method"),
        ("ThresholdTwoLevels/SmootherSigma/x", -1.0, "below 0"),
        ("ObjectClassification/LabelNames", [[b"a"], [b"b"]], "no list of texts"),
        (f"{TREE}/topology", np.zeros((2, 2), np.int32), "has 2 axes"),
        (f"{TREE}/topology", np.zeros(4), "has another type"),
    ],
)
def test_a_wrong_type_is_named(ilp: Path, name: str, value: object, said: str) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, name, value)
    message = refusal(ilp)
    assert said in message
    assert name.rpartition("/")[2] in message or "sigma" in message or "method" in message


def test_a_group_in_the_place_of_an_array_is_named(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        del file[LABELS]
        file.create_group(LABELS)
    assert "is not an array" in refusal(ilp)


def test_control_characters_do_not_reach_the_screen(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        put(file, "workflowName", b"Pixel \x1b[2J\nevil")
    assert "\x1b" not in refusal(ilp)


def test_a_group_that_holds_itself_is_not_walked(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        file["ObjectExtraction/Features/loop"] = file["ObjectExtraction/Features"]
    assert "loop" in read_ilp(ilp).measured


def test_numbers_come_in_order_and_names_by_letter(ilp: Path) -> None:
    with h5py.File(ilp, "r+") as file:
        for name in ("10", "9", "b", "a"):
            file.create_group(f"x/{name}")
    with open_file(ilp) as root:
        folder = root.folder("x")
        assert folder is not None
        assert folder.names() == ["a", "b", "9", "10"]
        assert root.folder("x/9/none") is None
