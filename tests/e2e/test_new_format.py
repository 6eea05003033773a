"""A further image format is one new file and one line in the table; it may be a folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from commands import objclass

from objclass.io import formats
from objclass.io.formats import Format
from workflows import SHAPE, Bench, discs, flat

TABLE_LINE = Format("Mosaic", "objclass.io.mosaic", (".mosaic",), folder=True)

MOSAIC = '''
"""A folder of tiles, one file each, and a text that says how they lie."""

from __future__ import annotations

import json

import numpy as np

from objclass.io.header import FileHeader


def facts_of(where):
    return json.loads((where.path / "mosaic.json").read_text())


def vouch(where):
    return where.path / "mosaic.json", where.path / "tiles"


def describe(where, mask=False):
    facts = facts_of(where)
    return FileHeader(tuple(facts["shape"]), facts["dtype"], "yx")


class MosaicReader:
    def __init__(self, where):
        self._tiles, self._facts = where.path / "tiles", facts_of(where)

    def read(self, index):
        facts = self._facts
        whole = np.empty(facts["shape"], facts["dtype"])
        for y in range(0, facts["shape"][0], facts["edge"]):
            for x in range(0, facts["shape"][1], facts["edge"]):
                place = np.s_[y : y + facts["edge"], x : x + facts["edge"]]
                data = (self._tiles / f"{y}_{x}").read_bytes()
                whole[place] = np.frombuffer(data, facts["dtype"]).reshape(whole[place].shape)
        return whole[index]

    def close(self):
        pass


def open(where, mask=False):
    return MosaicReader(where)
'''


@pytest.fixture
def mosaic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a workflow ``cells.yaml`` whose raw image is of a format nobody has seen."""
    module = ModuleType(TABLE_LINE.module)
    exec(MOSAIC, module.__dict__)
    monkeypatch.setitem(sys.modules, TABLE_LINE.module, module)
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, TABLE_LINE))
    flat(tmp_path)
    write_mosaic(tmp_path / "raw.mosaic", discs()[0])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_mosaic(folder: Path, array: np.ndarray, edge: int = 16) -> None:
    (folder / "tiles").mkdir(parents=True)
    facts = {"shape": array.shape, "dtype": str(array.dtype), "edge": edge}
    (folder / "mosaic.json").write_text(json.dumps(facts))
    for y in range(0, array.shape[0], edge):
        for x in range(0, array.shape[1], edge):
            tile = np.ascontiguousarray(array[y : y + edge, x : x + edge])
            (folder / "tiles" / f"{y}_{x}").write_bytes(tile.tobytes())


def use_mosaic(folder: Path) -> Bench:
    bench = Bench(folder, (folder / "cells.yaml").read_text())
    return bench.edit(("path: raw.tif", "path: raw.mosaic"))


def table(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_folder_is_an_image_like_a_file_of_the_same_voxels(mosaic: Path) -> None:
    assert objclass("run", "cells.yaml").code == 0
    of_tiff = table(mosaic / "results/objects.csv")
    use_mosaic(mosaic)
    answer = objclass("run", "cells.yaml")
    assert answer.code == 0, answer.err
    assert table(mosaic / "results/objects.csv") == of_tiff
    states = {line.split()[1] for line in objclass("plan", "cells.yaml").lines if line.strip()}
    assert "cached" in states
    assert "runs" not in states


def test_a_tile_that_is_written_anew_is_measured_anew(mosaic: Path) -> None:
    bench = use_mosaic(mosaic)
    bench.run()
    tile = mosaic / "raw.mosaic/tiles/0_0"
    (tile.parent / "new").write_bytes(bytes(255 - b for b in tile.read_bytes()))
    (tile.parent / "new").replace(tile)
    again = bench.run()
    assert again.reason("raw") == "file changed"
    assert again.state("measured.intensity") == "ran"


def test_folders_fit_a_pattern_of_a_batch(mosaic: Path) -> None:
    assert objclass("run", "cells.yaml").code == 0
    for name in "ab":
        write_mosaic(mosaic / f"new/{name}.mosaic", discs()[0])
    line = ("--raw", "new/{name}.mosaic", "--prediction-map", "prob.h5", "--shared", "prob")
    answer = objclass("batch", "cells.objclass.h5", *line, "--out", "out", "--export", "table")
    assert answer.code == 0, answer.err
    expected = table(mosaic / "results/objects.csv").splitlines()
    assert len(table(mosaic / "out/a_objects.csv").splitlines()) == len(expected)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("raw.mosiac", "raw.mosiac: the format is not known; got the suffix .mosiac"),
        ("row.mosaic", "row.mosaic; did you mean raw.mosaic?"),
        ("raw.mosaic\n    series: 1", "a file of this format has no series; got Mosaic, series 1"),
        ("empty.mosaic", "empty.mosaic cannot be read"),
    ],
)
def test_mistakes_are_answered_as_for_every_other_format(
    path: str, said: str, mosaic: Path
) -> None:
    (mosaic / "empty.mosaic").mkdir()
    use_mosaic(mosaic).edit(("path: raw.mosaic", f"path: {path}"))
    answer = objclass("validate", "cells.yaml")
    assert answer.code == 2
    assert said in answer.err


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were looked at: asked for size and time, or listed."""
    found: list[str] = []

    def watched(real: Callable[..., object]) -> Callable[..., object]:
        def look(path: object = ".", *args: object, **named: object) -> object:
            found.append(str(path))
            return real(path, *args, **named)

        return look

    for name in ("stat", "lstat", "scandir", "listdir"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    return found


def looked_at(looks: list[str], folder: Path) -> list[str]:
    return [os.path.relpath(path, folder) for path in looks if f"{folder}{os.sep}" in path]


def test_a_folder_of_3072_chunks_is_looked_at_as_often_as_one_of_twelve(
    mosaic: Path, looks: list[str]
) -> None:
    counted = {}
    for edge in (16, 1):
        folder = mosaic / f"of_{edge}"
        folder.mkdir()
        bench = flat(folder).edit(("path: raw.tif", "path: raw.mosaic"))
        write_mosaic(folder / "raw.mosaic", discs()[0], edge)
        for name in ("first", "cached"):
            looks.clear()
            bench.run()
            counted[edge, name] = looked_at(looks, folder / "raw.mosaic")
    tiles = list((mosaic / "of_1/raw.mosaic/tiles").iterdir())
    assert len(tiles) == SHAPE[0] * SHAPE[1] == 3072
    for name in ("first", "cached"):
        assert counted[1, name] == counted[16, name]
        assert set(counted[1, name]) == {"mosaic.json", "tiles"}
    assert 0 < len(counted[1, "cached"]) < len(counted[1, "first"]) < 100
