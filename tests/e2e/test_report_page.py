"""``objclass report``: one page that tells everything and needs no network."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
import tifffile
from commands import objclass

from objclass.report_page.batch_folder import counts_of
from objclass.report_page.methods import methods_text
from objclass.report_page.workflow import workflow_content
from objclass.run import Request
from workflows import Bench, deep, flat, labelled, series, several


class Sections(HTMLParser):
    """The sections of a page, and the cells of all its tables."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.names: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "section":
            self.names.append(found["id"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data


WORKFLOW_SECTIONS = [
    "pictures", "counts", "scores", "probabilities", "learning", "importance", "features",
    "galleries", "annotations", "methods", "provenance",
]  # fmt: skip


def test_a_page_about_a_workflow_has_all_sections_and_loads_nothing(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    answer = objclass("report", bench.file)
    assert answer.code == 0, answer.err
    page = Sections(tmp_path / "cells.report.html")
    assert page.names == WORKFLOW_SECTIONS
    outside = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "href") and not (value or "").startswith(("data:image/", "#"))
    ]
    assert outside == []
    assert "not corrected" in page.text
    assert "12 objects" in page.text
    assert "The features that matter most" in page.text


def test_a_second_report_computes_nothing_and_is_the_same(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    objclass("report", bench.file)
    page = tmp_path / "cells.report.html"
    first = page.read_bytes()
    seen: list[str] = []
    workflow_content(
        bench.file, Request(tell=lambda e: seen.append(str(getattr(e, "status", "cached"))))
    )
    assert set(seen) <= {"cached", "stopped"}, "only the step that looks is held back"
    assert objclass("report", bench.file).code == 0
    assert page.read_bytes() == first


def test_a_report_writes_no_export_and_no_project(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    objclass("report", bench.file)
    assert not (tmp_path / "results").exists()
    assert not (tmp_path / "cells.objclass.h5").exists()


def test_classes_with_marks_of_html_are_told_as_they_are(tmp_path: Path) -> None:
    names = {"large": "<script>alert(1)</script>", "small": "קטן 🦠 & co"}
    bench = flat(tmp_path)
    table = tmp_path / "annotations.csv"
    text = table.read_text(encoding="utf-8")
    for old, new in names.items():
        text = text.replace(old, f'"{new}"')
    table.write_text(text, encoding="utf-8")
    assert objclass("report", bench.file).code == 0
    page = Sections(tmp_path / "cells.report.html")
    assert all(name in page.text for name in names.values())
    assert [tag for tag, _ in page.tags].count("script") == 1


def test_a_page_tells_the_numbers_of_every_image(tmp_path: Path) -> None:
    bench = several(tmp_path)
    assert objclass("report", bench.file).code == 0
    content = workflow_content(bench.file, Request())
    rows = content.counts[0].rows
    assert [objects for _, objects, _ in rows] == [12] * len(rows)
    assert len(content.pictures) == len(rows) > 1


def test_without_enough_annotations_a_page_says_so_and_shows_the_objects(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    (tmp_path / "annotations.csv").write_text("y,x,class\n8,8,large\n", encoding="utf-8")
    answer = objclass("report", bench.file)
    assert answer.code == 0, answer.err
    page = Sections(tmp_path / "cells.report.html")
    assert "Nothing is predicted yet" in page.text
    assert page.names[:2] == ["pictures", "counts"]


@pytest.mark.parametrize("made", [deep, series, labelled], ids=["volume", "series", "labels"])
def test_volumes_series_and_label_images_have_a_page(
    made: Callable[[Path], Bench], tmp_path: Path
) -> None:
    bench = made(tmp_path)
    assert objclass("report", bench.file).code == 0
    content = workflow_content(bench.file, Request())
    assert len(content.pictures) == 1
    assert {objects for _, objects, _ in content.counts[0].rows} in ({12}, {24}, {36})


def test_a_page_about_a_project_is_made_without_its_images(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    bench.run()
    alone = tmp_path / "alone"
    alone.mkdir()
    project = alone / "cells.objclass.h5"
    project.write_bytes((tmp_path / "cells.objclass.h5").read_bytes())
    answer = objclass("report", project)
    assert answer.code == 0, answer.err
    page = Sections(alone / "cells.report.html")
    assert page.names == ["scores", "features", "annotations", "methods", "provenance"]
    assert "The first features" in page.text, "a project without an assessment knows no importance"


def test_a_page_about_a_batch_tells_its_failures(tmp_path: Path) -> None:
    bench = several(tmp_path)
    bench.run()
    (tmp_path / "raw/c.tif").write_bytes(b"no picture")
    out = tmp_path / "run7"
    objclass("batch", tmp_path / "cells.objclass.h5", "--raw", tmp_path / "raw/{name}.tif",
             "--prediction-map", tmp_path / "prob/{name}.h5", "--out", out)  # fmt: skip
    answer = objclass("report", out)
    assert answer.code == 1
    page = Sections(out / "report.html")
    assert "1 image has no result and is in no count." in page.text
    assert {"counts", "images", "failures", "methods", "provenance"} <= set(page.names)


def batch_of(folder: Path, *more: str) -> Path:
    """A batch of the images of a trained workflow; its folder."""
    out = folder / "run7"
    done = objclass("batch", folder / "cells.objclass.h5", "--raw", folder / "raw/{name}.tif",
                    "--prediction-map", folder / "prob/{name}.h5", "--out", out, *more)  # fmt: skip
    assert done.code == 0, done.err
    return out


def test_a_page_about_a_batch_shows_objects_of_every_class_of_its_images(tmp_path: Path) -> None:
    """Two images of twelve discs, six of each class: of twelve small ones eight are shown."""
    several(tmp_path, "ab").run()
    out = batch_of(tmp_path)
    before = sorted(out.rglob("*"))
    assert objclass("report", out).code == 0
    assert sorted(out.rglob("*")) == sorted([*before, out / "report.html"])
    page = Sections(out / "report.html")
    assert "Cut-outs of objects are of 2 images of the batch." in page.text
    assert "Objects at random show what is counted as a class." in page.text
    html = (out / "report.html").read_text(encoding="utf-8")
    gallery = html[html.index("<h3>At random") :]
    gallery = gallery[: gallery.index("</details>")]
    assert gallery.count("<img") == 8
    assert "a, object " in gallery
    assert "b, object " in gallery


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.write_bytes(b"no picture any more"), Path.unlink],
    ids=["spoiled", "gone"],
)
def test_a_page_about_a_batch_says_why_it_shows_no_objects(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    several(tmp_path, "ab").run()
    out = batch_of(tmp_path)
    for path in tmp_path.glob("raw/*"):
        spoil(path)
    answer = objclass("report", out)
    assert answer.code == 0, answer.err
    page = Sections(out / "report.html")
    why = "no image is done whose files are as they were then"
    assert f"There are no cut-outs of objects: {why}" in page.text
    assert "<h3>At random" not in (out / "report.html").read_text(encoding="utf-8")


def test_images_of_a_batch_that_are_large_are_not_worked_off_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(tmp_path, "ab").run()
    out = batch_of(tmp_path)
    monkeypatch.setattr("objclass.report_page.batch_galleries.MOST_BYTES", 10)
    assert objclass("report", out).code == 0
    assert "the files of each image have more than 10 bytes" in Sections(out / "report.html").text


@pytest.mark.parametrize(
    ("name", "now", "got"),
    [
        ("summary.csv", "picture,objects\na,3\n", "no column image"),
        ("manifest.json", '{"images": [', "no images in it"),
        ("manifest.json", "[]", "no images in it"),
        ("a_overlay.png", "x", "no picture"),
    ],
)
def test_a_file_of_a_batch_that_somebody_changed_is_named_and_can_be_made_again(
    name: str, now: str, got: str, tmp_path: Path
) -> None:
    bench = several(tmp_path, "ab")
    bench.run()
    out = tmp_path / "run7"
    objclass("batch", tmp_path / "cells.objclass.h5", "--raw", tmp_path / "raw/{name}.tif",
             "--prediction-map", tmp_path / "prob/{name}.h5", "--out", out,
             "--export", "table,overlay")  # fmt: skip
    (out / name).write_text(now, encoding="utf-8")
    answer = objclass("report", out)
    assert answer.code == 2
    assert f"{out / name}: is not as the batch wrote it; got {got}" in answer.err
    (out / name).unlink()
    assert f"objclass batch --resume {out}" in answer.err
    assert objclass("batch", "--resume", out).code == 0
    assert objclass("report", out).code == 0


@pytest.mark.parametrize("name", ["page.txt", "notes.html"])
def test_a_page_is_html_and_replaces_no_file_of_others(name: str, tmp_path: Path) -> None:
    bench = flat(tmp_path)
    other = tmp_path / name
    other.write_text("<p>mine</p>", encoding="utf-8")
    answer = objclass("report", bench.file, "-o", other)
    assert answer.code == 2
    assert other.read_text(encoding="utf-8") == "<p>mine</p>"


def test_a_crate_of_somebody_else_is_not_replaced_and_ours_is(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    crate = tmp_path / "ro-crate-metadata.json"
    mine = '{"@graph": [{"@id": "./", "description": "made with objclass, by hand"}]}'
    crate.write_text(mine, encoding="utf-8")
    assert objclass("report", bench.file, "--crate").code == 2
    assert crate.read_text(encoding="utf-8") == mine
    crate.unlink()
    assert [objclass("report", bench.file, "--crate").code for _ in range(2)] == [0, 0]


def damage(path: Path) -> None:
    """Write an image again whose header can be read, and its voxels cannot."""
    tifffile.imwrite(path, tifffile.imread(path), compression="zlib", photometric="minisblack")
    with tifffile.TiffFile(path) as file:
        start = file.pages.first.dataoffsets[0] + 2
    data = bytearray(path.read_bytes())
    data[start : start + 32] = b"\xff" * 32
    path.write_bytes(data)


def test_a_page_shows_the_images_that_can_be_seen_where_the_first_ones_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from objclass.report_page import workflow

    monkeypatch.setattr(workflow, "MOST_IMAGES", 1)
    bench = several(tmp_path, ("b", "a"))  # b is annotated
    damage(tmp_path / "raw/a.tif")
    assert objclass("report", bench.file).code == 1
    content = workflow_content(bench.file, Request())
    assert {image for image, _ in content.failures} == {"a"}
    assert [each.title for each in content.pictures] == ["b"]
    assert content.classifiers[0].galleries


def test_methods_speak_of_classes_only_where_something_is_classified(tmp_path: Path) -> None:
    objects = workflow_content(labelled(tmp_path / "cells").file, Request())
    assert "were found and measured with objclass" in methods_text(objects)[0]
    classes = workflow_content(flat(tmp_path / "classes").file, Request())
    assert "were found, measured and classified with objclass" in methods_text(classes)[0]


def test_a_class_may_be_called_objects(tmp_path: Path) -> None:
    one = {"image": ["a"], "objects": ["5"], "n_objects": ["3"], "n_dirt": ["2"]}
    [counts] = counts_of(one, {})
    assert counts.rows == [("a", 5, {"objects": 3, "dirt": 2})]
    two = {"image": ["a"]} | {f"{k}_{n}": v for k in ("x", "y") for n, v in one.items()}
    assert [each.name for each in counts_of(two, {})] == ["x", "y"]


def test_what_cannot_be_reported_on_is_refused_with_the_way_on(tmp_path: Path) -> None:
    assert "objclass batch --out" in objclass("report", tmp_path).err
    assert "objclass import" in objclass("report", tmp_path / "p.ilp").err


def test_shares_that_an_audit_corrects_have_intervals(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    text = bench.file.read_text(encoding="utf-8")
    write = "    write:\n      counts: counts.csv\n"
    start = text.index("    write:")
    bench.file.write_text(text[:start] + "    audit: cells.audit.csv\n" + write, encoding="utf-8")
    assert objclass("audit", bench.file, "-n", "4").code == 0
    audit = tmp_path / "cells.audit.csv"
    with audit.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["class"] = "large" if int(row["size"]) > 60 else "small"
    with audit.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    content = workflow_content(bench.file, Request())
    assert set(content.counts[0].shares) == {"large", "small"}
    assert "4 objects" in content.counts[0].method
    assert objclass("report", bench.file).code == 0
    page = Sections(tmp_path / "cells.report.html")
    assert "corrected share (95 %)" in page.text
    assert "not corrected" not in page.text
    said = "Shares of classes were corrected by an audit of 4 objects that were classed blind."
    assert page.text.count(said) == 2, "above the counts, and in the methods"


def test_a_crate_names_every_file_with_its_digest(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    assert objclass("report", bench.file, "--crate").code == 0
    crate = json.loads((tmp_path / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    by_id = {each["@id"]: each for each in crate["@graph"]}
    assert len(by_id) == len(crate["@graph"])
    root = by_id["./"]
    parts = [each["@id"] for each in root["hasPart"]]
    assert parts[:2] == ["cells.yaml", "cells.report.html"]
    assert all(by_id[name] for name in parts)
    inputs = [by_id[each["@id"]] for each in by_id["#run"]["object"]]
    assert all(each["identifier"].startswith("blake3:") for each in inputs)
    assert by_id["#run"]["result"] == [{"@id": "cells.report.html"}]


def test_a_crate_elsewhere_names_files_by_their_address(tmp_path: Path) -> None:
    bench = flat(tmp_path)
    page = tmp_path / "for paper/the page.html"
    assert objclass("report", bench.file, "-o", page, "--crate").code == 0
    crate = json.loads((page.parent / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    root = next(each for each in crate["@graph"] if each["@id"] == "./")
    parts = [each["@id"] for each in root["hasPart"]]
    assert parts[:2] == [bench.file.as_uri(), "the%20page.html"]
    assert (tmp_path / "raw.tif").as_uri() in parts
