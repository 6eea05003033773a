"""Images on servers: read as from a disk, chunk by chunk; what goes wrong is one message."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from served import CUT, SILENT, FolderServer, served
from terminal import typed
from written_zarr import VERSIONS, write_array, write_labels, write_plate, write_pyramid

from objclass.io import request
from objclass.io.server import SERVED
from workflows import discs

pytest.importorskip("aiohttp", reason="objclass[remote] is not installed")

RAW, _ = discs()
IDS = np.zeros(RAW.shape, np.uint16)
IDS[2:6, 3:9], IDS[20:22, 30:40] = 5, 9
TEXT = """\
version: 1
nodes:
  raw: {{kind: input, path: "{place}/{raw}", level: {level}}}
  seg: {{kind: input, path: "{place}/{raw}/labels/nuclei", role: label_image}}
  feats: {{kind: features, image: raw, objects: seg, measure: [size, intensity_mean]}}
  save: {{kind: export, from: feats, write: {{table: {table}}}}}
"""


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for little."""
    monkeypatch.setattr(request, "PAUSE", 0.0)
    monkeypatch.setenv("OBJCLASS_SERVER_TIMEOUT", "0.5")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of two levels and its nuclei, and a plate, in both versions; written once."""
    there = tmp_path_factory.mktemp("there")
    for version in VERSIONS:
        scan = there / f"scan{version}.ome.zarr"
        large = np.kron(RAW, np.ones((2, 2), np.uint8))
        write_pyramid(scan, [large, RAW], "yx", version, size={"y": 0.5, "x": 0.5}, chunks=(16, 16))
        write_labels(scan, "nuclei", IDS, "yx", version)
        write_plate(
            there / f"P{version}.ome.zarr",
            {"B/03": {"0": RAW, "1": RAW}, "C/11": {"0": RAW}},
            version,
            labels={"B/03": {"0": IDS, "1": IDS}, "C/11": {"0": 0 * IDS}},
        )
    return there


@pytest.fixture
def server(written: Path, tmp_path: Path) -> Iterator[FolderServer]:
    """A server of the scans and plates, which a test may change."""
    with served(shutil.copytree(written, tmp_path / "there")) as found:
        yield found


def workflow(folder: Path, place: str, raw: str, level: int = 0, table: str = "a.csv") -> str:
    """Write a workflow that measures the nuclei of a scan; return its name."""
    text = TEXT.format(place=place, raw=raw, level=level, table=table)
    (folder / "scan.yaml").write_text(text)
    return "scan.yaml"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_image_on_a_server_is_measured_like_the_same_on_a_disk(
    version: str, server: FolderServer, tmp_path: Path
) -> None:
    tables = []
    for place in (server.url, "there", f"file://{tmp_path}/there"):
        name = workflow(tmp_path, place, f"scan{version}.ome.zarr", level=1)
        screen = typed(f"run {name}", tmp_path)
        assert screen.code == 0, screen.err
        tables.append((tmp_path / "a.csv").read_text())
    assert tables[0] == tables[1] == tables[2]
    assert pd.read_csv(tmp_path / "a.csv")["object"].to_list() == [5, 9]


def test_a_run_again_asks_for_metadata_only(server: FolderServer, tmp_path: Path) -> None:
    name = workflow(tmp_path, server.url, "scan0.4.ome.zarr", level=1)
    assert typed(f"run {name}", tmp_path).code == 0
    assert server.chunks()
    server.asked.clear()
    screen = typed(f"run {name}", tmp_path)
    assert screen.out.count("cached") == 4
    assert server.asked
    assert not server.chunks()


def test_only_the_chunks_of_a_crop_are_asked_for_each_once(
    server: FolderServer, tmp_path: Path
) -> None:
    text = (
        "version: 1\nnodes:\n  raw: {kind: input, path: "
        f'"{server.url}/scan0.4.ome.zarr", level: 1, crop: {{y: [0, 16], x: [16, 48]}}}}\n'
        "  n: {kind: threshold, image: raw, threshold: 100, sigma: 0}\n"
        "  save: {kind: export, from: n, write: {identities: a.tif}}\n"
    )
    (tmp_path / "crop.yaml").write_text(text)
    assert typed("run crop.yaml", tmp_path).code == 0
    assert sorted(server.chunks()) == ["/scan0.4.ome.zarr/1/0.1", "/scan0.4.ome.zarr/1/0.2"]


@pytest.mark.parametrize("more", ["", " --workers 2"])
@pytest.mark.parametrize("version", VERSIONS)
def test_wells_and_fields_of_a_plate_are_those_of_its_metadata(
    version: str, more: str, server: FolderServer, tmp_path: Path
) -> None:
    name = workflow(tmp_path, server.url, f"P{version}.ome.zarr/{{well}}/{{field}}")
    screen = typed(f"run {name}{more}", tmp_path)
    assert screen.code == 0, screen.err
    found = pd.read_csv(tmp_path / "a.csv", dtype=str)
    assert found[["well", "field", "object"]].values.tolist() == [
        ["B03", "0", "5"], ["B03", "0", "9"], ["B03", "1", "5"], ["B03", "1", "9"],
    ]  # fmt: skip


def test_plates_on_a_server_are_named_by_a_sheet(server: FolderServer, tmp_path: Path) -> None:
    rows = "plate,well,field\nP0.4,B03,0\nP0.5,C/11,0\nP0.5,B03,1\n"
    (tmp_path / "sheet.csv").write_text(rows)
    name = workflow(tmp_path, server.url, "{plate}.ome.zarr/{well}/{field}")
    file = tmp_path / name
    file.write_text(file.read_text().replace("nodes:", "images: sheet.csv\nnodes:", 1))
    screen = typed(f"run {name}", tmp_path)
    assert screen.code == 0, screen.err
    found = pd.read_csv(tmp_path / "a.csv")
    assert found["plate"].to_list() == ["P0.4"] * 2 + ["P0.5"] * 2


def test_shards_of_a_run_read_from_a_server_too(server: FolderServer, tmp_path: Path) -> None:
    name = workflow(tmp_path, server.url, "P0.5.ome.zarr/{well}/{field}")
    for number in (1, 2):
        assert typed(f"run {name} --shard {number}/2", tmp_path).code == 0
    screen = typed(f"run {name}", tmp_path)
    assert screen.code == 0, screen.err
    assert len(pd.read_csv(tmp_path / "a.csv")) == 4


# --- what vouches for it ------------------------------------------------------------------------


def test_an_image_that_was_written_anew_is_read_again_and_nothing_else_runs_for_the_same_voxels(
    server: FolderServer, tmp_path: Path
) -> None:
    name = workflow(tmp_path, server.url, "scan0.5.ome.zarr", level=1)
    typed(f"run {name}", tmp_path)
    os.utime(server.folder / "scan0.5.ome.zarr/1/zarr.json")  # its ETag is another one
    screen = typed(f"run {name}", tmp_path)
    assert "raw    ran      file changed" in screen.out
    assert screen.out.count("cached") == 3


def test_a_chunk_that_is_changed_is_not_noticed_until_the_input_is_forced(
    server: FolderServer, tmp_path: Path
) -> None:
    name = workflow(tmp_path, server.url, "scan0.4.ome.zarr", level=1)
    typed(f"run {name}", tmp_path)
    scan = server.folder / "scan0.4.ome.zarr/1"
    (scan / "0.0").write_bytes((scan / "1.1").read_bytes())
    assert typed(f"run {name}", tmp_path).out.count("cached") == 4
    screen = typed(f"run {name} --force raw", tmp_path)
    assert "raw    ran      forced" in screen.out
    assert "feats  ran" in screen.out


def test_a_chunk_that_changes_between_two_reads_is_a_problem(server: FolderServer) -> None:
    path = server.folder / "scan0.4.ome.zarr/1/0.0"
    url = f"{server.url}/scan0.4.ome.zarr/1/0.0"
    SERVED.forget()
    first = SERVED.chunk(url)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(Exception, match="changed while it was read; run again"):
        SERVED.chunk(url)
    SERVED.forget()
    assert SERVED.chunk(url) == (first or b"") + b"more"


# --- what goes wrong ----------------------------------------------------------------------------


def checked(folder: Path, path: str) -> str:
    """What `validate` says of an input that is refused, in one line."""
    (folder / "one.yaml").write_text(
        f'version: 1\nnodes:\n  raw: {{kind: input, path: "{path}"}}\n'
    )
    screen = typed("validate one.yaml", folder)
    shown = screen.out + screen.err
    assert screen.code == 2, shown
    assert "Traceback" not in shown
    assert len(shown.splitlines()) == 1
    return shown


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (
            "{u}/{{plate}}.ome.zarr/{{well}}/{{field}}",
            "has names for folders on a server",
        ),
        ("{u}/scan0.4.ome.zarr/{{which}}", "no image fits"),
        ("{u}/nothing.ome.zarr", "is no Zarr or N5 image; got no metadata there"),
        ("{u}/scan0.4.ome.zarr/labels/cells", "'labels/cells' does not exist in http://127"),
        ("{u}/a.tif", "is on a server, from which Zarr and N5 images are read only"),
        ("ftp://example.org/a.zarr", "got ftp://; expected http://, https://, s3://; copy it to"),
        ("http://127.0.0.1:1/a.zarr", 'cannot be read; got "Cannot connect to host 127.0.0.1:1'),
    ],
)
def test_what_cannot_be_read_from_a_server_is_one_message(
    path: str, says: str, server: FolderServer, tmp_path: Path
) -> None:
    assert says in checked(tmp_path, path.format(u=server.url))


@pytest.mark.parametrize(
    "path",
    [
        "https://me:secret@example.org/a.zarr",
        "https://secret@example.org/a.zarr/0",
        "https://example.org/a.zarr?X-Amz-Signature=secret",
        "https://example.org/a.zarr/0?token=secret",
        "https://example.org/a.zarr/0#secret",
        "s3://key:secret@bucket/a.zarr",
        "ftp://me:secret@example.org/a.zarr",
    ],
)
def test_an_address_with_a_secret_is_refused_without_repeating_it(
    path: str, tmp_path: Path
) -> None:
    shown = checked(tmp_path, path)
    assert "secret" not in shown
    assert "example.org" in shown or "bucket" in shown
    left = [each for each in tmp_path.rglob("*") if each.is_file() and each.name != "one.yaml"]
    assert not any(b"secret" in each.read_bytes() for each in left)


def test_a_password_comes_from_netrc_and_stands_in_no_file(
    server: FolderServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.password = "me:secret"
    place = f"{server.url}/scan0.4.ome.zarr"
    assert "may be read; expected" in checked(tmp_path, place)
    (tmp_path / "home").mkdir()
    netrc = tmp_path / "home/netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    (tmp_path / "work").mkdir()
    name = workflow(tmp_path / "work", server.url, "scan0.4.ome.zarr", level=1)
    screen = typed(f"run {name}", tmp_path / "work")
    assert screen.code == 0, screen.err
    files = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert not any(b"secret" in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (503, "the server does not give it; got 503, 3 times; run again later"),
        (403, "may not be read; got 403; user and password are those of ~/.netrc"),
        (CUT, "cannot be read; got "),
        (SILENT, 'got "no answer within 0.5 s", 3 times; check the address and the network'),
        ("file:///etc/passwd", "which is no web address"),
    ],
)
def test_a_chunk_that_is_not_given_fails_its_step_by_name(
    fault: int | str, says: str, server: FolderServer, tmp_path: Path
) -> None:
    server.faults = {"scan0.4.ome.zarr/1/0.1$": fault}
    name = workflow(tmp_path, server.url, "scan0.4.ome.zarr", level=1)
    screen = typed(f"run {name}", tmp_path)
    shown = " ".join((screen.out + screen.err).split())
    assert screen.code == 1
    assert "scan0.4.ome.zarr/1/0.1" in shown
    assert says in shown
    assert "Traceback" not in shown
    server.faults.clear()
    assert typed(f"run {name}", tmp_path).code == 0


@pytest.mark.parametrize("fault", [503, CUT])
def test_what_passes_is_asked_for_again(
    fault: int | str, server: FolderServer, tmp_path: Path
) -> None:
    pattern = "scan0.4.ome.zarr/1/0.1$"
    server.faults, server.times = {pattern: fault}, {pattern: 2}
    name = workflow(tmp_path, server.url, "scan0.4.ome.zarr", level=1)
    assert typed(f"run {name}", tmp_path).code == 0
    assert server.asked.count("/scan0.4.ome.zarr/1/0.1") == 3


def test_a_server_that_refuses_what_is_not_there_is_read(
    server: FolderServer, tmp_path: Path
) -> None:
    server.faults = {"zarr.json$": 403}
    name = workflow(tmp_path, server.url, "scan0.4.ome.zarr", level=1)
    assert typed(f"run {name}", tmp_path).code == 0


def test_it_leads_to_another_place_of_the_web(server: FolderServer, tmp_path: Path) -> None:
    server.faults = {"^/moved.zarr/.zattrs": f"{server.url}/scan0.4.ome.zarr/.zattrs"}
    text = f'version: 1\nnodes:\n  raw: {{kind: input, path: "{server.url}/moved.zarr"}}\n'
    (tmp_path / "one.yaml").write_text(text)
    shown = typed("validate one.yaml", tmp_path)
    assert "the array of level 0 is missing" in shown.out + shown.err


def test_a_chunk_that_is_not_there_holds_the_fill_value(
    server: FolderServer, tmp_path: Path
) -> None:
    for chunk in (server.folder / "scan0.4.ome.zarr/labels/nuclei/0").glob("[0-9]*"):
        chunk.unlink()
    name = workflow(tmp_path, server.url, "scan0.4.ome.zarr", level=1)
    assert typed(f"run {name}", tmp_path).code == 0
    assert len(pd.read_csv(tmp_path / "a.csv")) == 0


def test_a_library_that_is_missing_is_named_with_the_extra(
    server: FolderServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request._http.cache_clear()
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    shown = checked(tmp_path, f"{server.url}/scan0.4.ome.zarr")
    assert "images on servers are read with libraries that are not installed" in shown
    assert "pip install 'objclass[remote]'" in shown


@pytest.mark.parametrize(
    "write", ["{u}/scan0.4.ome.zarr/labels/new", "s3://bucket/a.tif", "'{{dataset_dir}}/a.tif'"]
)
def test_results_are_not_written_to_a_server(
    write: str, server: FolderServer, tmp_path: Path
) -> None:
    text = (
        "version: 1\nnodes:\n"
        f'  raw: {{kind: input, path: "{server.url}/scan0.4.ome.zarr"}}\n'
        "  n: {kind: threshold, image: raw, threshold: 100, sigma: 0}\n"
        f"  save:\n    kind: export\n    from: n\n    write:\n"
        f"      identities: {write.format(u=server.url)}\n"
    )
    (tmp_path / "one.yaml").write_text(text)
    shown = typed("validate one.yaml", tmp_path)
    assert shown.code == 2
    assert "is on a server; results are written to disks" in shown.out + shown.err


# --- batch --------------------------------------------------------------------------------------

TRAINED = """\
version: 1
nodes:
  raw: {kind: input, path: there/P0.4.ome.zarr/B03/0}
  seg: {kind: input, path: there/P0.4.ome.zarr/B03/0/labels/nuclei, role: label_image}
  feats: {kind: features, image: raw, objects: seg, measure: [size]}
  mitosis:
    kind: classifier
    features: feats
    annotations: a.csv
    estimator: {kind: random_forest, trees: 5}
  result: {kind: predict, features: feats, classifier: mitosis}
"""


@pytest.mark.parametrize("more", ["", " --workers 2"])
def test_a_batch_goes_on_where_one_field_is_not_given(
    more: str, server: FolderServer, tmp_path: Path
) -> None:
    (tmp_path / "cells.yaml").write_text(TRAINED)
    (tmp_path / "a.csv").write_text("class,y,x\nsmall,4,5\nlarge,21,35\n")
    assert typed("run cells.yaml", tmp_path).code == 0
    server.faults = {"P0.5.ome.zarr/B/03/1/labels/nuclei/0/c/": 500}
    plate = f"{server.url}/P0.5.ome.zarr/{{well}}/{{field}}"
    files = f"--raw '{plate}' --label-image '{plate}/labels/nuclei'"
    line = f"batch cells.objclass.h5 {files} --out new"
    screen = typed(f"{line}{more}", tmp_path)
    shown = screen.out + screen.err
    assert screen.code == 1
    assert "500, 3 times" in shown
    assert "Traceback" not in shown
    summary = pd.read_csv(tmp_path / "new/summary.csv")
    assert summary["status"].to_list().count("failed") == 1
    assert len(pd.read_csv(tmp_path / "new/B03_0_objects.csv")) == 2


def test_shards_of_a_batch_go_on_with_what_the_server_still_has(
    server: FolderServer, tmp_path: Path
) -> None:
    (tmp_path / "cells.yaml").write_text(TRAINED)
    (tmp_path / "a.csv").write_text("class,y,x\nsmall,4,5\nlarge,21,35\n")
    assert typed("run cells.yaml", tmp_path).code == 0
    plate = f"{server.url}/P0.5.ome.zarr/{{well}}/{{field}}"
    files = f"--raw '{plate}' --label-image '{plate}/labels/nuclei'"
    line = f"batch cells.objclass.h5 {files} --out new"
    for number in (1, 2):
        screen = typed(f"{line} --shard {number}/2", tmp_path)
        assert screen.code == 0, screen.out + screen.err
    assert typed("batch --resume new --collect", tmp_path).code == 0
    assert pd.read_csv(tmp_path / "new/summary.csv")["status"].to_list() == ["done"] * 3
    server.asked.clear()
    assert typed("batch --resume new", tmp_path).code == 0
    assert not server.chunks()
    os.utime(server.folder / "P0.5.ome.zarr/C/11/0/labels/nuclei/zarr.json")  # a new ETag
    assert typed("batch --resume new", tmp_path).code == 0
    assert {path.split("/")[2] for path in server.chunks()} == {"C"}


# --- formats ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ranges", [True, False])
def test_of_a_shard_only_the_chunks_that_are_needed_are_asked_for(
    ranges: bool, server: FolderServer, tmp_path: Path
) -> None:
    from objclass.io.formats import locate, open_reader

    array = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    write_array(server.folder / "a.zarr", array, "0.5", (16, 16), (64, 64))
    server.ranges = ranges
    SERVED.forget()
    found = open_reader(locate(f"{server.url}/a.zarr")).read((slice(16, 32), slice(0, 16)))
    assert (found == array[16:32, :16]).all()
    if ranges:
        assert len(server.parts) == 2  # the index of the shard, and one chunk


def test_an_n5_image_is_read(server: FolderServer, tmp_path: Path) -> None:
    import json

    from objclass.io.formats import describe, locate, open_reader

    folder = server.folder / "a.n5"
    (folder / "0").mkdir(parents=True)
    facts = {"dimensions": [3, 2], "blockSize": [3, 2], "dataType": "uint8"}
    (folder / "attributes.json").write_text(json.dumps({**facts, "compression": {"type": "raw"}}))
    head = bytes([0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2])
    (folder / "0/0").write_bytes(head + bytes(range(6)))
    where = locate(f"{server.url}/a.n5")
    assert describe(where).shape == (2, 3)
    found = open_reader(where).read((slice(0, 2), slice(0, 3)))
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
