"""Workflows drafted from files: each must pass the check as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from objclass.data.object_channel import object_channel
from objclass.draft import draft
from objclass.errors import InputError
from objclass.io.axes_option import axes_given
from objclass.io.formats import relocate
from objclass.run import Job, prepare

Array = np.ndarray[Any, Any]
PLANE = (20, 24)


def h5(path: Path, array: Array, axes: str = "") -> None:
    """Write HDF5, with vigra's axis tags where there are axes."""
    with h5py.File(path, "w") as file:
        data = file.create_dataset("exported_data", data=array)
        if axes:
            entries = [{"key": a, "typeFlags": 2, "resolution": 0} for a in axes]
            data.attrs["axistags"] = json.dumps({"axes": entries})


def tif(path: Path, array: Array, axes: str = "") -> None:
    """Write a plain TIFF, or OME-TIFF where there are axes."""
    if axes:
        order = [axes.index(a) for a in "tczyx" if a in axes]
        meta = {"axes": "".join(a for a in "tczyx" if a in axes).upper()}
        tifffile.imwrite(path, array.transpose(order), ome=True, metadata=meta)
    else:
        tifffile.imwrite(path, array)


def npy(path: Path, array: Array, axes: str = "") -> None:
    """Write NPY, which knows no axes."""
    np.save(path, array)


def picture(path: Path, array: Array, axes: str = "") -> None:
    """Write PNG, JPEG or BMP."""
    Image.fromarray(array).save(path)


WRITERS: dict[str, Callable[[Path, Array, str], None]] = {
    ".h5": h5, ".hdf5": h5, ".tif": tif, ".ome.tif": tif, ".tiff": tif, ".npy": npy,
    ".png": picture, ".jpg": picture, ".bmp": picture,
}  # fmt: skip


def put(path: Path, array: Array, axes: str = "") -> str:
    """Write an array in the format of the path's suffix; return the file's name."""
    suffix = "".join(path.suffixes[-2:]) if path.name.endswith(".ome.tif") else path.suffix
    WRITERS[suffix](path, array, axes)
    return path.name


def raw(dtype: str = "uint8", shape: tuple[int, ...] = PLANE) -> Array:
    """Some grey values."""
    return (np.arange(np.prod(shape)) % 200).reshape(shape).astype(dtype)


def ids(dtype: str = "uint16", shape: tuple[int, ...] = PLANE) -> Array:
    """Two objects."""
    labels = np.zeros(shape, dtype)
    labels[..., 2:6, 2:6], labels[..., 10:14, 10:16] = 1, 7
    return labels


def checked(folder: Path, text: str) -> Job:
    """Write a draft and check it as ``objclass validate`` does."""
    file = folder / "cells.yaml"
    file.write_text(text, encoding="utf-8")
    return prepare(file)


@pytest.mark.parametrize("suffix", [".h5", ".hdf5", ".tif", ".ome.tif", ".png", ".bmp", ".npy"])
@pytest.mark.parametrize("role", ["prediction_map", "segmentation", "label_image"])
def test_a_draft_of_every_format_and_role_passes_the_check(
    tmp_path: Path, suffix: str, role: Any
) -> None:
    image = put(tmp_path / f"raw{suffix}", raw())
    given = put(tmp_path / f"given{suffix}", ids("uint8"))
    text = draft(image, given, role, tmp_path / "cells.yaml", base=tmp_path)
    job = checked(tmp_path, text)
    nodes = {"prediction_map": "prob", "segmentation": "seg", "label_image": "cells"}
    expected = ["raw", nodes[role], "nuclei", "feats", "classes", "result", "save"]
    expected = [name for name in expected if name != "nuclei" or role != "label_image"]
    assert list(job.workflow.nodes) == expected


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_a_colour_picture_is_drafted(tmp_path: Path, suffix: str) -> None:
    image = put(tmp_path / f"raw{suffix}", raw(shape=(*PLANE, 3)))
    given = put(tmp_path / "given.png", ids("uint8"))
    text = draft(image, given, "label_image", tmp_path / "cells.yaml", base=tmp_path)
    checked(tmp_path, text)
    assert "# channels: [channel0, channel1, channel2]" in text


@pytest.mark.parametrize(
    ("axes", "shape"), [("yx", PLANE), ("zyx", (5, *PLANE)), ("tyx", (3, *PLANE))]
)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_a_map_with_channels_last_is_drafted_in_2d_and_3d_and_time(
    tmp_path: Path, axes: str, shape: tuple[int, ...], dtype: str
) -> None:
    image = put(tmp_path / "raw.h5", raw("uint16", shape), axes)
    given = put(tmp_path / "prob.h5", np.zeros((*shape, 2), dtype), f"{axes}c")
    text = draft(image, given, "prediction_map", tmp_path / "cells.yaml", base=tmp_path)
    checked(tmp_path, text)
    assert "channels: [background, nucleus]" in text
    assert "channel: nucleus " in text
    assert ("value_range: [0, 65535]" in text) == (dtype == "uint16")
    assert ("time_step" in text) == ("t" in axes)


def test_the_first_line_names_the_schema_for_editors(tmp_path: Path) -> None:
    image, given = put(tmp_path / "raw.png", raw()), put(tmp_path / "ids.png", ids("uint8"))
    text = draft(image, given, "label_image", tmp_path / "cells.yaml", base=tmp_path)
    assert text.startswith("# yaml-language-server: $schema=workflow.schema.json\n")


def test_a_file_that_is_silent_on_its_axes_is_asked_about(tmp_path: Path) -> None:
    image = put(tmp_path / "raw.npy", raw(shape=(4, *PLANE)))
    given = put(tmp_path / "ids.npy", ids(shape=(4, *PLANE)))
    with pytest.raises(InputError) as error:
        draft(image, given, "label_image", tmp_path / "cells.yaml", base=tmp_path)
    said = [str(problem).replace(f"{tmp_path}/", "") for problem in error.value.problems]
    assert said == [
        "--label-image: ids.npy does not name its axes; got shape (4, 20, 24); "
        "expected letters of tczyx in file order; add --axes cells=zyx (planes) or --axes "
        "cells=tyx (time points)",
        "--raw: raw.npy does not name its axes; got shape (4, 20, 24); "
        "expected letters of tczyx in file order; add --axes raw=cyx (channels), --axes raw=zyx "
        "(planes) or --axes raw=tyx (time points)",
    ]


def test_axes_are_written_only_where_the_file_is_silent(tmp_path: Path) -> None:
    image = put(tmp_path / "raw.h5", raw(shape=(4, *PLANE)), "zyx")
    given = put(tmp_path / "prob.npy", np.zeros((4, *PLANE, 2), np.float32))
    for said in (["zyxc"], ["prob=zyxc"]):
        text = draft(image, given, "prediction_map", tmp_path / "cells.yaml", said, base=tmp_path)
        checked(tmp_path, text)
        assert text.count("axes: ") == 1
        assert "axes: zyxc " in text


def test_axes_may_overrule_a_file(tmp_path: Path) -> None:
    image = put(tmp_path / "raw.h5", raw(shape=(4, *PLANE)), "zyx")
    given = put(tmp_path / "ids.h5", ids(shape=(4, *PLANE)), "zyx")
    said = ["raw=tyx", "cells=tyx"]
    text = draft(image, given, "label_image", tmp_path / "cells.yaml", said, base=tmp_path)
    assert checked(tmp_path, text).graph.part("cells", "image", "raw").times == (0, 1, 2, 3)


def test_patterns_pass_through_and_make_images(tmp_path: Path) -> None:
    for well in ("B02", "B03"):
        put(tmp_path / f"{well}_raw.tif", raw())
        put(tmp_path / f"{well}_seg.tif", ids("uint8"))
    text = draft(
        "{well}_raw.tif", "{well}_seg.tif", "segmentation", tmp_path / "cells.yaml", base=tmp_path
    )
    job = checked(tmp_path, text)
    assert [image.name for image in job.graph.images] == ["B02", "B03"]
    assert 'path: "{well}_raw.tif"' in text
    assert 'overlay: "cells_results/{image}_overlay.png"' in text


def test_frames_in_files_of_their_own_are_drafted(tmp_path: Path) -> None:
    for t in range(3):
        put(tmp_path / f"raw_{t}.tif", raw())
        put(tmp_path / f"ids_{t}.tif", ids())
    text = draft("raw_{t}.tif", "ids_{t}.tif", "label_image", tmp_path / "a.yaml", base=tmp_path)
    assert checked(tmp_path, text).graph.part("raw", "image", "raw").times == (0, 1, 2)


def test_paths_are_relative_to_the_folder_of_the_workflow(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "flows").mkdir()
    put(tmp_path / "data/raw.tif", raw())
    put(tmp_path / "data/all.h5", ids(), "yx")
    workflow = tmp_path / "flows/cells.yaml"
    text = draft("data/raw.tif", "data/all.h5/exported_data", "label_image", workflow, [], tmp_path)
    assert "path: ../data/raw.tif" in text
    assert "path: ../data/all.h5/exported_data" in text
    workflow.write_text(text, encoding="utf-8")
    prepare(workflow)


def test_absolute_paths_stay(tmp_path: Path) -> None:
    assert relocate("/data/{t}.tif", tmp_path, tmp_path / "a") == "/data/{t}.tif"
    assert relocate("a/b.h5:/raw", tmp_path, tmp_path / "a") == "b.h5/raw"


RANGES = [
    ("uint16", 0, 3210, "value_range: [0, 4095] # voxels: 0 to 3210;"),
    ("uint16", 5, 60000, "value_range: [0, 65535] # voxels: 5 to 60000;"),
    ("int16", -800, 3000, "value_range: [-4096, 4095] # voxels: -800 to 3000;"),
    ("float32", 0, 0.5, "value_range: [0, 1] # voxels: 0 to 0.5;"),
]


@pytest.mark.parametrize("shape", [PLANE, (4, *PLANE)], ids=["2D", "3D"])
@pytest.mark.parametrize(("dtype", "low", "high", "line"), RANGES)
def test_the_range_of_voxels_that_are_not_of_8_bits_is_looked_up(
    tmp_path: Path, dtype: str, low: float, high: float, line: str, shape: tuple[int, ...]
) -> None:
    image = np.full(shape, low, dtype)
    image[..., 3, 3] = high
    if dtype == "float32":
        image[..., 0, 0], image[..., 0, 1] = np.nan, np.inf
    axes = "zyx"[-len(shape) :]
    h5(tmp_path / "raw.h5", image, axes)
    h5(tmp_path / "ids.h5", ids("uint8", shape), axes)
    given = ("raw.h5", "ids.h5", "label_image", tmp_path / "cells.yaml")
    text = draft(*given, base=tmp_path)  # type: ignore[arg-type]
    assert f" {line} for histograms and texture " in " ".join(text.split())
    texture = text.replace("measure: [size, axes, intensity]", "measure: [texture]")
    checked(tmp_path, texture)


def test_the_range_spans_several_images(tmp_path: Path) -> None:
    for k, high in enumerate((100, 300, 5000)):
        np.save(tmp_path / f"{k}_raw.npy", np.full(PLANE, high, np.uint16))
        np.save(tmp_path / f"{k}_ids.npy", ids("uint8"))
    paths = ("{n}_raw.npy", "{n}_ids.npy", "label_image", tmp_path / "cells.yaml")
    text = draft(*paths, base=tmp_path)  # type: ignore[arg-type]
    assert "value_range: [0, 16383]" in text
    assert "# voxels of 3 of 3 images: 100 to 5000; for histograms and texture" in text


def test_8_bit_voxels_need_no_range(tmp_path: Path) -> None:
    image, given = put(tmp_path / "raw.png", raw()), put(tmp_path / "ids.png", ids("uint8"))
    text = draft(image, given, "label_image", tmp_path / "cells.yaml", base=tmp_path)
    assert "value_range" not in text


def test_the_voxel_size_of_a_file_is_a_remark(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "raw.tif", raw("uint16", (3, *PLANE)), imagej=True,
        metadata={"axes": "ZYX", "spacing": 2.0, "unit": "um"}, resolution=(2.0, 2.0),
    )  # fmt: skip
    given = put(tmp_path / "seg.h5", ids("uint8", (3, *PLANE)), "zyx")
    text = draft("raw.tif", given, "segmentation", tmp_path / "cells.yaml", base=tmp_path)
    checked(tmp_path, text)
    size = "# pixel_size: {z: 2 um, y: 0.5 um, x: 0.5 um}"
    assert f"{size}  # as the file says" in text
    assert f"{size}  # as the file of raw says" in text


def test_channel_names_of_the_file_are_listed_and_one_is_chosen(tmp_path: Path) -> None:
    names = ["cytoplasm", "Nuclei", "background"]
    with h5py.File(tmp_path / "prob.h5", "w") as file:
        data = file.create_dataset("p", data=np.zeros((*PLANE, 3), np.float32))
        entries = [{"key": a, "typeFlags": 2, "resolution": 0} for a in "yxc"]
        data.attrs["axistags"] = json.dumps({"axes": entries})
        data.attrs["channel_names"] = json.dumps(names)
    image = put(tmp_path / "raw.tif", raw())
    text = draft(image, "prob.h5", "prediction_map", tmp_path / "cells.yaml", base=tmp_path)
    checked(tmp_path, text)
    assert "# channels: [cytoplasm, Nuclei, background]" in text
    assert "channel: Nuclei" in text


@pytest.mark.parametrize(("low", "high"), [(1, 2), (128, 255)])
def test_which_of_two_values_is_the_object_is_written_where_none_is_0(
    tmp_path: Path, low: int, high: int
) -> None:
    image = put(tmp_path / "raw.png", raw())
    given = put(tmp_path / "mask.png", np.where(ids("uint8") > 0, high, low).astype(np.uint8))
    text = draft(image, given, "segmentation", tmp_path / "cells.yaml", base=tmp_path)
    checked(tmp_path, text)
    said = f"the mask holds {low} and {high}: if objects are {low}, write {low}"
    assert f"foreground: {high}".ljust(34) + f"  # {said}" in text


def test_a_mask_with_background_needs_no_foreground(tmp_path: Path) -> None:
    image = put(tmp_path / "raw.png", raw())
    given = put(tmp_path / "mask.png", ids("uint8"))
    text = draft(image, given, "segmentation", tmp_path / "cells.yaml", base=tmp_path)
    assert "foreground" not in text


def test_a_mask_whose_colours_are_equal_needs_no_channel(tmp_path: Path) -> None:
    image = put(tmp_path / "raw.png", raw())
    given = put(tmp_path / "mask.png", np.repeat(ids("uint8")[..., None], 3, axis=-1))
    text = draft(image, given, "segmentation", tmp_path / "cells.yaml", base=tmp_path)
    checked(tmp_path, text)
    assert "crop" not in text


def test_a_mask_whose_channels_differ_is_cut_to_its_first_channel(tmp_path: Path) -> None:
    image = put(tmp_path / "raw.png", raw())
    given = put(tmp_path / "mask.png", ids("uint8")[..., None] * np.uint8([1, 2, 3]))
    text = draft(image, given, "segmentation", tmp_path / "cells.yaml", base=tmp_path)
    checked(tmp_path, text)
    assert "crop: {c: 0}" in text


@pytest.mark.parametrize(
    ("raw_name", "given_name", "said"),
    [
        ("rwa.png", "ids.png", "--raw: there is no file rwa.png; did you mean raw.png?"),
        ("raw.png", "no/ids.png", "--label-image: there is no file no/ids.png"),
        ("raw.png", "ids.xyz", "--label-image: ids.xyz: the format is not known"),
        ("raw_{t}.png", "ids.png", "--raw: no file fits 'raw_{t}.png'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_option(
    tmp_path: Path, raw_name: str, given_name: str, said: str
) -> None:
    put(tmp_path / "raw.png", raw())
    put(tmp_path / "ids.png", ids("uint8"))
    (tmp_path / "ids.xyz").write_bytes(b"")
    with pytest.raises(InputError) as error:
        draft(raw_name, given_name, "label_image", tmp_path / "cells.yaml", base=tmp_path)
    assert str(error.value).replace(f"{tmp_path}/", "").startswith(said)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["raw=yxq"], "--axes raw=yxq; got yxq; expected different letters of tczyx"),
        (["raw="], "--axes raw=; expected different letters of tczyx"),
        (["zz"], "--axes zz; got zz"),
        (["image=yx"], "--axes image=yx: there is no such file; write raw=yx or prob=yx"),
    ],
)
def test_axes_that_cannot_be_are_refused(texts: list[str], said: str) -> None:
    with pytest.raises(InputError) as error:
        axes_given(texts, ("raw", "prob"))
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["background", "nucleus"], "nucleus"),
        (["cell", "background"], "cell"),
        (["Background", "mitochondria"], "mitochondria"),
        (["0"], "0"),
    ],
)
def test_the_objects_are_in_the_channel_that_is_called_so(names: list[str], chosen: str) -> None:
    assert object_channel(names) == chosen
