"""What a person sees, command by command: transcripts kept as plain text in ``screens/``.

``OBJCLASS_UPDATE_SCREENS=1 pytest tests/e2e/test_screens.py`` writes them anew; read the
difference before you keep it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import tifffile
from terminal import typed

import workflows
from workflows import Bench

SCREENS = Path(__file__).parent / "screens"
UPDATE = bool(os.environ.get("OBJCLASS_UPDATE_SCREENS"))


class Transcript:
    """Commands and what they printed, without times and paths of the machine."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.text = ""

    def type(self, *commands: str) -> None:
        """Type commands in the folder of the workflow."""
        for command in commands:
            screen = typed(command, self.bench.folder)
            assert screen.code in (0, 1, 2), screen.err
            told = screen.err.splitlines()
            printed = workflows.masked(screen.out + "\n".join(told), self.bench.folder)
            printed = re.sub(r"edited-\d{8}-\d{6}", "edited-TIME", printed)
            printed = re.sub(r'got "lib[^"]*"', 'got "what the library says"', printed)
            self.text += f"$ objclass {command}\n{printed}[{screen.code}]\n\n"

    def does(self, what: str, doing: Callable[[], object]) -> None:
        """Do something between two commands."""
        doing()
        self.text += f"# {what}\n"


def check(name: str, transcript: Transcript) -> None:
    """Compare a transcript with the one that is kept."""
    path = SCREENS / f"{name}.txt"
    if UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(transcript.text, encoding="utf-8")
    assert path.exists(), "write it: OBJCLASS_UPDATE_SCREENS=1"
    assert transcript.text == path.read_text(encoding="utf-8")


@pytest.fixture
def flat(tmp_path: Path) -> Transcript:
    return Transcript(workflows.flat(tmp_path))


@pytest.fixture
def stamped(tmp_path: Path) -> Transcript:
    """A run is complete, and every annotation has a stamp."""
    bench = workflows.flat(tmp_path).stamp()
    bench.run()
    return Transcript(bench)


def test_a_slow_step_changes_no_transcript(tmp_path: Path) -> None:
    quick, slow = "nuclei  FAILED\n", "nuclei  FAILED   1.2 s\n"
    assert workflows.masked(slow, tmp_path) == workflows.masked(quick, tmp_path)


def test_a_first_run_and_a_cached_one(flat: Transcript) -> None:
    flat.type("plan cells.yaml", "run cells.yaml", "plan cells.yaml", "run cells.yaml")
    check("first_run", flat)


def test_a_threshold_is_changed_and_put_back(stamped: Transcript) -> None:
    change = "--set nuclei.threshold=0.3"
    stamped.type(
        f"plan cells.yaml {change}",
        f"run cells.yaml --until nuclei {change}",
        f"run cells.yaml {change}",
        f"run cells.yaml {change}",
        "run cells.yaml",
    )
    check("threshold_change", stamped)


def test_a_size_filter_is_changed(stamped: Transcript) -> None:
    stamped.type(
        "run cells.yaml --set nuclei.min_size=20",
        "run cells.yaml --set nuclei.min_size=50",
        "run cells.yaml --set nuclei.min_size=10",
    )
    check("size_filter_change", stamped)


def test_the_two_ways_on_after_a_change(stamped: Transcript) -> None:
    change = "--set nuclei.threshold=0.3"
    stamped.type(
        f"run cells.yaml {change} --use-valid",
        f"run cells.yaml {change} --set classes.if_objects_changed=reattach",
        f"run cells.yaml {change}",
        "run cells.yaml",
    )
    check("ways_on", stamped)


def test_there_are_no_annotations_yet(flat: Transcript) -> None:
    flat.bench.annotations.unlink()
    flat.type("run cells.yaml")
    flat.does("annotations.csv gets rows without classes", lambda: empty(flat.bench))
    flat.type("run cells.yaml")
    flat.does("annotations.csv gets classes", lambda: flat.bench.annotate(workflows.rows()))
    flat.type("plan cells.yaml", "run cells.yaml")
    check("no_annotations", flat)


def empty(bench: Bench) -> None:
    bench.annotate([("", *row[1:]) for row in workflows.rows()])


def test_annotations_on_background_and_in_conflict(flat: Transcript) -> None:
    rows = [
        *workflows.rows(),
        ("large", 0, 0),
        ("small", 16, 16),
        ("small", 8, 9),
        ("ignore", 24, 24),
    ]
    flat.bench.annotate(rows)
    flat.type("run cells.yaml", "run cells.yaml")
    check("background_and_conflict", flat)


def test_an_annotation_outside_the_image(flat: Transcript) -> None:
    flat.bench.annotate([*workflows.rows(), ("large", 8, 64)])
    flat.type("run cells.yaml")
    check("outside", flat)


def test_an_annotation_outside_the_crop(flat: Transcript) -> None:
    flat.type("run cells.yaml --set 'raw.crop={y: [0, 32]}' --set 'prob.crop={y: [0, 32]}'")
    check("cropped", flat)


def test_images_are_added_and_fail(tmp_path: Path) -> None:
    transcript = Transcript(workflows.several(tmp_path, ("a", "b")))
    transcript.type("run cells.yaml")
    transcript.does("image c is added", lambda: workflows.write_image(tmp_path, "c"))
    transcript.type("plan cells.yaml", "run cells.yaml")
    transcript.does("the raw file of b is spoilt", lambda: spoil(tmp_path / "raw/b.tif"))
    transcript.type("plan cells.yaml", "run cells.yaml", "run cells.yaml --fail-fast")
    transcript.does("it is whole again", lambda: workflows.write_image(tmp_path, "b"))
    transcript.type("run cells.yaml")
    check("images", transcript)


def spoil(path: Path) -> None:
    """Write an image whose header is fine and whose voxels do not unpack."""
    tifffile.imwrite(path, tifffile.imread(path), compression="zlib")
    with tifffile.TiffFile(path) as file:
        (start,), (length,) = file.pages[0].dataoffsets, file.pages[0].databytecounts
    text = bytearray(path.read_bytes())
    text[start + length // 2 : start + length // 2 + 20] = bytes(20)
    path.write_bytes(text)


def test_a_time_series_grows(tmp_path: Path) -> None:
    transcript = Transcript(workflows.series_of_files(tmp_path, 3).stamp())
    transcript.type("run cells.yaml")
    transcript.does("a fourth frame is added", lambda: workflows.write_frame(tmp_path, 3))
    transcript.type("plan cells.yaml", "run cells.yaml")
    check("series", transcript)


def test_written_files_are_deleted_and_edited(flat: Transcript) -> None:
    flat.type("run cells.yaml")
    table = flat.bench.folder / "results/objects.csv"
    flat.does("objects.csv is deleted", table.unlink)
    flat.type("plan cells.yaml", "run cells.yaml")
    flat.does("objects.csv is edited", lambda: table.write_text("mine"))
    flat.type("plan cells.yaml", "run cells.yaml", "run cells.yaml")
    (kept,) = table.parent.glob("objects.csv.edited-*")
    assert kept.read_text() == "mine"
    check("written_files", flat)


def test_force_and_a_lost_cache(flat: Transcript) -> None:
    flat.type("run cells.yaml", "plan cells.yaml --force nuclei", "run cells.yaml --force nuclei")
    flat.type("plan cells.yaml --force nucle", "run cells.yaml --until nothing")
    check("force", flat)


def test_blocks_of_ilastik_are_compared_with_the_whole_image(flat: Transcript) -> None:
    line = "blockwise compare cells.yaml --block 8,8"
    flat.type(f"{line} --halo 0 --halo 4,4 --halo 13,13 -o differ.png", f"{line} --halo 64", line)
    check("blockwise_compare", flat)


def test_a_label_image_is_only_measured(tmp_path: Path) -> None:
    transcript = Transcript(workflows.labelled(tmp_path))
    transcript.type("plan cells.yaml", "run cells.yaml", "run cells.yaml")
    check("label_image", transcript)


def test_no_object_is_found(flat: Transcript) -> None:
    flat.type("run cells.yaml --set nuclei.threshold=0.95", "run cells.yaml")
    check("no_objects", flat)
