"""``objclass cache info | clean | verify`` on the cache of a real run."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from commands import objclass

from objclass.nodes.classifier.summary import MatchSummary
from workflows import Bench, flat


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A workflow that ran with two thresholds; all annotations are valid in the first one's
    label image and six in the second's, so both are roots."""
    found = flat(tmp_path).stamp()
    found.run()
    found.run("nuclei.threshold=0.4")
    monkeypatch.chdir(tmp_path)
    return found


def room(lines: list[str], name: str) -> int:
    """The count of a room."""
    (line,) = [line for line in lines if line.startswith(f"{name} ")]
    return int(line.split()[1])


def test_the_cache_is_found_by_workflow_folder_and_itself(bench: Bench) -> None:
    screens = {
        objclass("cache", "info", *place).out.replace(str(bench.folder), "").replace("/.", ".")
        for place in ([], ["cells.yaml"], ["."], [".objclass"], ["--cache", ".objclass"])
    }
    assert len(screens) == 1
    lines = screens.pop().splitlines()
    assert lines[0] == "cache     .objclass"
    assert room(lines, "roots") == 2
    assert re.fullmatch(r"used      from \d{4}-\d\d-\d\d \d\d:\d\d to .*", lines[-1])
    found = json.loads(objclass("cache", "info", "--json").out)
    counts = {each["name"]: each["count"] for each in found["rooms"]}
    assert counts["content"] == room(lines, "content")


def test_cleaning_drops_old_results_and_the_next_run_makes_what_it_needs(bench: Bench) -> None:
    dry = objclass("cache", "clean", "--dry-run")
    done = objclass("cache", "clean")
    assert dry.out.replace("would drop", "dropped").replace("would keep", "kept") == done.out
    assert re.match(r"dropped \d results, ", done.out)
    assert "2 of them label images in which annotations were valid" in done.out
    assert objclass("cache", "clean").lines[0] == "dropped 0 results, 0 bytes"
    assert bench.run("nuclei.threshold=0.4").ran == set()
    back = bench.run()
    assert back.state("nuclei") == "cached"
    assert back.state("measured") == "ran"
    assert back.state("classes.model") == "cached"


def test_after_dropping_all_annotations_still_find_their_objects(bench: Bench) -> None:
    assert objclass("cache", "clean", "--all").code == 0
    assert room(objclass("cache", "info").lines, "content") == 2
    found = bench.run("nuclei.threshold=0.4", until="nuclei")
    (matches,) = found.of("classes.matches")
    assert matches.known is not None
    assert [each["overlap"] for each in matches.told(MatchSummary).outcomes] == [113 / 149, 29 / 49]


def test_a_damaged_result_is_found_and_made_again(bench: Bench) -> None:
    assert re.fullmatch(r"\d+ results and records checked: all as written\n",
                        objclass("cache", "verify").out)  # fmt: skip
    chunk = next(p for p in Path(".objclass/content").rglob("c/0/0"))
    packed = bytearray(chunk.read_bytes())
    packed[len(packed) // 4] ^= 0x55  # not at the end, which is beyond the edge of a small image
    chunk.write_bytes(packed)
    answer = objclass("cache", "verify")
    assert answer.code == 1
    assert re.match(r"damaged   [0-9a-f]{10}  threshold\.objects: ", answer.lines[0])
    assert answer.lines[-1] == "--repair drops them"
    answer = objclass("cache", "verify", "--repair")
    assert (answer.code, answer.lines[-1]) == (0, "dropped: the next run makes them again")
    assert objclass("cache", "verify").code == 0
    bench.run()
    assert objclass("cache", "verify").code == 0


def test_a_cache_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OBJCLASS_CACHE", raising=False)
    for verb in ("info", "clean", "verify"):
        answer = objclass("cache", verb)
        assert answer.code == 2
        assert answer.err == "there is no cache at .objclass; a run makes it\n"


def tables(bench: Bench) -> dict[str, bytes]:
    """Every table of results."""
    return {path.name: path.read_bytes() for path in sorted(bench.folder.rglob("results/*.csv"))}


def rename_every_trace(room: Path) -> int:
    """Give every record of a step the name of the next one; return their number."""
    (file,) = room.iterdir()
    lines = file.read_bytes().splitlines()
    names = [re.findall(rb'"traces/(\w{32})"', line)[-1] for line in lines]
    renamed = (
        line.replace(own, other)
        for line, own, other in zip(lines, names, names[1:] + names[:1], strict=True)
    )
    file.write_bytes(b"".join(line + b"\n" for line in renamed))
    return len(lines)


def test_records_that_changed_places_are_named_and_made_again(bench: Bench) -> None:
    bench.run()
    expected = tables(bench)
    shutil.rmtree("results")
    count = rename_every_trace(Path(".objclass/traces"))
    answer = objclass("cache", "verify")
    assert answer.code == 1
    assert answer.lines[0].endswith("not as it was written")
    assert answer.lines[-2].startswith(f"{count} of ")
    assert bench.run().statuses == {"ran", "cached"}
    assert tables(bench) == expected
    assert objclass("cache", "verify").code == 1  # of steps that this run did not need
    objclass("cache", "verify", "--repair")
    assert objclass("cache", "verify").code == 0


def test_a_cache_in_which_every_two_files_of_a_kind_changed_places_heals(bench: Bench) -> None:
    bench.run()
    expected = tables(bench)
    by_name: dict[str, list[Path]] = {}
    for path in sorted(Path(".objclass").rglob("*")):
        if path.is_file():
            kind = path.parent.parent.name if path.suffix == ".json" else path.name
            by_name.setdefault(f"{kind}{path.suffix}", []).append(path)
    for paths in by_name.values():
        texts = [path.read_bytes() for path in paths]
        for path, text in zip(paths, texts[1:] + texts[:1], strict=True):
            path.write_bytes(text)
    shutil.rmtree("results")
    ran = bench.run()
    assert ran.statuses <= {"ran", "cached"}, [o.problems for o in ran.outcomes]
    assert tables(bench) == expected
    assert bench.run().statuses == {"cached"}
