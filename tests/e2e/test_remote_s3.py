"""Images in buckets: read as from a disk, with the credentials that AWS tools use, or without."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from terminal import typed
from written_zarr import VERSIONS, write_labels, write_plate, write_pyramid

from objclass.io import request
from objclass.io.server import SERVED
from workflows import discs

pytest.importorskip("s3fs", reason="objclass[remote] is not installed")
moto = pytest.importorskip("moto.server", reason="moto, flask and flask-cors are not installed")

RAW, _ = discs()
IDS = np.zeros(RAW.shape, np.uint16)
IDS[2:6, 3:9], IDS[20:22, 30:40] = 5, 9
TEXT = """\
version: 1
nodes:
  raw: {{kind: input, path: "{image}"}}
  seg: {{kind: input, path: "{image}/labels/nuclei", role: label_image}}
  feats: {{kind: features, image: raw, objects: seg, measure: [size, intensity_mean]}}
  save: {{kind: export, from: feats, write: {{table: a.csv}}}}
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server of buckets on this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with scans and plates of both versions; those of a disk lie in ``there``."""
    boto3 = pytest.importorskip("boto3")
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(request, "PAUSE", 0.0)
    request._s3.cache_clear()
    request._signed.clear()
    SERVED.forget()
    there = tmp_path / "there"
    for version in VERSIONS:
        write_pyramid(there / f"scan{version}.zarr", [RAW], "yx", version, chunks=(16, 16))
        write_labels(there / f"scan{version}.zarr", "nuclei", IDS, "yx", version)
        wells = {"B/03": {"0": RAW, "1": RAW}}
        labels = {"B/03": {"0": IDS, "1": IDS}}
        write_plate(there / f"P{version}.zarr", wells, version, labels=labels)
    client = boto3.client("s3")
    client.create_bucket(Bucket="cells")
    for path in (each for each in there.rglob("*") if each.is_file()):
        name, public = str(path.relative_to(there)), {"ACL": "public-read"}
        client.upload_file(str(path), "cells", name, ExtraArgs=public)
    yield "s3://cells"
    client.close()
    request._s3.cache_clear()
    request._signed.clear()


def run(folder: Path, image: str) -> pd.DataFrame:
    """Measure the nuclei of an image, and return the table."""
    (folder / "scan.yaml").write_text(TEXT.format(image=image))
    screen = typed("run scan.yaml", folder)
    assert screen.code == 0, screen.out + screen.err
    return pd.read_csv(folder / "a.csv")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_image_in_a_bucket_is_measured_like_the_same_on_a_disk(
    version: str, bucket: str, tmp_path: Path
) -> None:
    tables = [run(tmp_path, f"{place}/scan{version}.zarr") for place in (bucket, "there")]
    assert tables[0].equals(tables[1])
    assert len(tables[0]) == 2
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"very-secret" in path.read_bytes() for path in files)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plate_in_a_bucket_is_read_by_its_metadata(
    version: str, bucket: str, tmp_path: Path
) -> None:
    assert len(run(tmp_path, f"{bucket}/P{version}.zarr/{{well}}/{{field}}")) == 4


def test_a_run_again_is_cached_and_an_object_written_anew_is_noticed(
    bucket: str, tmp_path: Path
) -> None:
    import boto3

    run(tmp_path, f"{bucket}/scan0.5.zarr")
    assert typed("run scan.yaml", tmp_path).out.count("cached") == 4
    client = boto3.client("s3")
    data = (tmp_path / "there/scan0.5.zarr/zarr.json").read_bytes()
    client.put_object(Bucket="cells", Key="scan0.5.zarr/zarr.json", Body=data + b"\n")
    client.close()
    assert "raw    ran      file changed" in typed("run scan.yaml", tmp_path).out


def test_a_public_bucket_is_read_without_credentials(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert len(run(tmp_path, f"{bucket}/scan0.4.zarr")) == 2
    assert request._signed == [False]


def test_a_bucket_that_is_not_there_is_one_message(bucket: str, tmp_path: Path) -> None:
    text = TEXT.format(image="s3://nobody/a.zarr")
    (tmp_path / "scan.yaml").write_text(text)
    screen = typed("validate scan.yaml", tmp_path)
    shown = screen.out + screen.err
    assert screen.code == 2
    assert "s3://nobody/a.zarr" in shown
    assert "Traceback" not in shown
