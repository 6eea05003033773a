"""OME-Zarr, Zarr and N5 folders: the array that is meant, what it says of itself, its voxels."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from written_zarr import (
    VERSIONS,
    said_axes,
    scaled,
    write_array,
    write_group,
    write_labels,
    write_plate,
    write_pyramid,
)

from objclass.errors import InputError, ObjclassError, RunError
from objclass.io.formats import describe, locate, open_reader
from objclass.io.header import FileHeader
from objclass.io.locator import Locator

N5_SAMPLES = Path(__file__).parents[2] / "data" / "n5_samples.tar.xz"
NUMBERS = np.arange(5 * 7 * 11, dtype=np.uint16).reshape(5, 7, 11)


def voxels(where: Locator | Path | str) -> np.ndarray:
    """All voxels behind a path."""
    header = describe(where)
    reader = open_reader(where)
    found = reader.read(tuple(slice(0, n) for n in header.shape))
    reader.close()
    return found


def refusal(where: Locator | Path | str) -> str:
    """What is said of a path that cannot be read: one message."""
    with pytest.raises(InputError) as caught:
        describe(where)
    assert len(caught.value.problems) == 1
    return str(caught.value)


def changed(folder: Path, change: Any) -> Path:
    """Write a small image of two levels whose metadata are changed by a function."""
    write_pyramid(folder, [NUMBERS[0, :4, :6], NUMBERS[0, :2, :3]], "yx")
    attributes = json.loads((folder / ".zattrs").read_text())
    change(attributes["multiscales"][0])
    (folder / ".zattrs").write_text(json.dumps(attributes))
    return folder


# --- what is read --------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_axes_channels_and_voxel_size_are_those_of_the_metadata(
    version: str, tmp_path: Path
) -> None:
    image = tmp_path / "a.ome.zarr"
    array = np.arange(2 * 3 * 4 * 5 * 6, dtype=np.int16).reshape(2, 3, 4, 5, 6)
    size = {"t": 30.0, "z": 2.0, "y": 0.65, "x": 0.65}
    write_pyramid(image, [array], "tczyx", version, size=size, channels=["dna", "actin", "tub"])
    assert describe(image) == FileHeader(
        shape=(2, 3, 4, 5, 6),
        dtype="int16",
        axes="tczyx",
        channels=("dna", "actin", "tub"),
        spacing={"z": 2.0, "y": 0.65, "x": 0.65},
        unit="um",
        inner="0",
        chunks=(2, 3, 4, 5, 6),
        time_step="30 s",
    )
    assert voxels(image).tolist() == array.tolist()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_level_is_its_own_array_with_its_own_voxel_size(version: str, tmp_path: Path) -> None:
    image = tmp_path / "a.ome.zarr"
    fine, coarse = NUMBERS[0, :4, :6], NUMBERS[0, :4:2, :6:2]
    write_pyramid(image, [fine, coarse], "yx", version, size={"y": 0.5, "x": 0.5})
    found = describe(Locator(image, level=1))
    assert (found.shape, found.spacing) == ((2, 3), {"y": 1.0, "x": 1.0})
    assert voxels(Locator(image, level=1)).tolist() == coarse.tolist()
    assert voxels(image).tolist() == voxels(Locator(image, level=0)).tolist() == fine.tolist()


def test_an_array_of_an_image_that_is_named_itself_knows_its_axes_and_size(
    tmp_path: Path,
) -> None:
    image = tmp_path / "a.zarr"
    write_pyramid(image, [NUMBERS, NUMBERS[:, ::2, ::2]], "zyx", size={"z": 3.0, "y": 1, "x": 1})
    found = describe(f"{image}/1")
    assert (found.axes, found.spacing, found.unit) == ("zyx", {"z": 3, "y": 2, "x": 2}, "um")


@pytest.mark.parametrize("version", VERSIONS)
def test_label_images_inside_an_image_are_images(version: str, tmp_path: Path) -> None:
    image = tmp_path / "a.ome.zarr"
    write_pyramid(image, [NUMBERS[0]], "yx", version)
    write_labels(image, "nuclei", NUMBERS[0] % 3, "yx", version)
    found = voxels(f"{image}/labels/nuclei")
    assert found.tolist() == (NUMBERS[0] % 3).tolist()
    assert describe(f"{image}/labels").inner == "labels/nuclei/0"


@pytest.mark.parametrize("axes", ["yx", "xy", "cyx", "zyx", "tyx", "tzyx", "tcyx", "czyx", "yxc"])
def test_every_order_of_axes_is_that_of_the_file(axes: str, tmp_path: Path) -> None:
    shape = tuple(range(2, 2 + len(axes)))
    array = np.arange(np.prod(shape)).reshape(shape).astype(np.int32)
    write_pyramid(tmp_path / "a.zarr", [array], axes, size={"z": 2.0, "y": 0.5, "x": 0.25})
    found = describe(tmp_path / "a.zarr")
    assert (found.axes, found.shape) == (axes, shape)
    assert found.spacing == {a: {"z": 2.0, "y": 0.5, "x": 0.25}[a] for a in axes if a in "zyx"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "dtype",
    [
        *("bool", "uint8", "int8", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8"),
        *(">u2", ">i2", ">u4", ">i4", ">u8", ">i8", ">f2", ">f4", ">f8"),
    ],
)
def test_every_type_of_voxels_is_read(dtype: str, version: str, tmp_path: Path) -> None:
    array = (NUMBERS[:2, :3, :4] % 100).astype(dtype)
    write_array(tmp_path / "a.zarr", array, version)
    found = voxels(tmp_path / "a.zarr")
    assert found.tolist() == array.astype(found.dtype).tolist()
    assert (str(found.dtype), found.dtype.isnative) == (describe(tmp_path / "a.zarr").dtype, True)


@pytest.mark.parametrize("name", ["Blosc", "Zstd", "GZip", "Zlib", "BZ2", "LZMA", "LZ4", None])
def test_every_usual_compression_of_zarr_2_is_read(name: str | None, tmp_path: Path) -> None:
    import numcodecs

    how = getattr(numcodecs, name)() if name else None
    write_array(tmp_path / "a.zarr", NUMBERS, chunks=(2, 3, 4), compressors=how)
    assert voxels(tmp_path / "a.zarr").tolist() == NUMBERS.tolist()


@pytest.mark.parametrize(
    "codec", ["BloscCodec", "ZstdCodec", "GzipCodec", None], ids=lambda name: name or "raw"
)
def test_sharded_arrays_are_read(codec: str | None, tmp_path: Path) -> None:
    import zarr.codecs

    how = getattr(zarr.codecs, codec)() if codec else None
    sizes = {"chunks": (2, 3, 4), "shards": (4, 6, 8)}
    write_array(tmp_path / "a.zarr", NUMBERS, "0.5", **sizes, compressors=how)  # type: ignore[arg-type]
    assert voxels(tmp_path / "a.zarr").tolist() == NUMBERS.tolist()
    assert describe(tmp_path / "a.zarr").chunks == (2, 3, 4)  # of a shard what is decoded at once


@pytest.mark.parametrize("version", VERSIONS)
def test_a_header_says_the_chunks_that_are_decoded_at_once(version: str, tmp_path: Path) -> None:
    write_array(tmp_path / "a.zarr", NUMBERS, version, chunks=(2, 3, 4))
    assert describe(tmp_path / "a.zarr").chunks == (2, 3, 4)


def test_the_blocks_of_n5_are_its_chunks_x_last(samples: Path) -> None:
    said = json.loads((samples / "raw" / "attributes.json").read_text())["blockSize"]
    assert describe(samples / "raw").chunks == tuple(reversed(said))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_chunk_that_is_not_there_holds_the_fill_value(version: str, tmp_path: Path) -> None:
    array = zarr.create_array(
        str(tmp_path / "a.zarr"),
        shape=(4, 4),
        chunks=(2, 2),
        dtype="uint8",
        fill_value=7,
        zarr_format=3 if version == "0.5" else 2,
    )
    array[:2, :2] = 1
    assert voxels(tmp_path / "a.zarr").tolist() == [[1, 1, 7, 7]] * 2 + [[7, 7, 7, 7]] * 2


@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_chunks_of_zarr_2_lie_and_run_as_they_say(
    separator: str, order: str, tmp_path: Path
) -> None:
    array = zarr.create_array(
        str(tmp_path / "a.zarr"),
        shape=NUMBERS.shape,
        chunks=(2, 3, 4),
        dtype="uint16",
        order=order,  # type: ignore[arg-type]
        zarr_format=2,
        chunk_key_encoding={"name": "v2", "separator": separator},  # type: ignore[arg-type]
    )
    array[...] = NUMBERS
    assert voxels(tmp_path / "a.zarr").tolist() == NUMBERS.tolist()


def test_zarr_2_without_a_fill_value_is_read(tmp_path: Path) -> None:
    write_array(tmp_path / "a.zarr", NUMBERS, chunks=(2, 3, 4))
    path = tmp_path / "a.zarr" / ".zarray"
    path.write_text(json.dumps({**json.loads(path.read_text()), "fill_value": None}))
    assert voxels(tmp_path / "a.zarr").tolist() == NUMBERS.tolist()


def test_plain_arrays_name_their_axes_as_zarr_3_and_xarray_do(tmp_path: Path) -> None:
    write_array(tmp_path / "three.zarr", NUMBERS, "0.5", dimension_names=["t", "Y", "X"])
    write_array(tmp_path / "two.zarr", NUMBERS, attributes={"_ARRAY_DIMENSIONS": list("zyx")})
    write_array(tmp_path / "none.zarr", NUMBERS)
    write_array(tmp_path / "flat.zarr", NUMBERS[0])
    names = ("three", "two", "none", "flat")
    assert [describe(tmp_path / f"{n}.zarr").axes for n in names] == ["tyx", "zyx", None, "yx"]


def test_the_only_array_of_a_plain_group_needs_no_name(tmp_path: Path) -> None:
    write_group(tmp_path / "a.zarr", {})
    write_array(tmp_path / "a.zarr" / "deep" / "raw", NUMBERS)
    assert describe(tmp_path / "a.zarr").inner == "deep/raw"
    write_array(tmp_path / "a.zarr" / "map", NUMBERS)
    assert refusal(tmp_path / "a.zarr").endswith(
        "holds 2 images; got deep/raw, map; expected one, or a path inside the folder; "
        f"write for example {tmp_path}/a.zarr/deep/raw"
    )


def test_the_only_image_that_bioformats2raw_converted_needs_no_name(tmp_path: Path) -> None:
    write_group(tmp_path / "a.ome.zarr", {"bioformats2raw.layout": 3})
    write_pyramid(tmp_path / "a.ome.zarr" / "0", [NUMBERS], "zyx")
    assert describe(tmp_path / "a.ome.zarr").inner == "0/0"
    write_pyramid(tmp_path / "a.ome.zarr" / "1", [NUMBERS], "zyx")
    assert "holds 2 images; got 0, 1" in refusal(tmp_path / "a.ome.zarr")


@pytest.mark.parametrize(
    ("unit", "spacing", "plain"),
    [
        ("nanometer", {"y": 500.0, "x": 500.0}, "nm"),
        ("millimeter", {"y": 500.0, "x": 500.0}, "mm"),
        ("angstrom", {"y": 500.0, "x": 500.0}, "angstrom"),
        ("inch", {"y": 500.0, "x": 500.0}, "in"),
        ("", {"y": 500.0, "x": 500.0}, None),
        ("parsec", None, None),
    ],
)
def test_units_are_those_of_other_formats(
    unit: str, spacing: dict[str, float] | None, plain: str | None, tmp_path: Path
) -> None:
    units = {"y": unit, "x": unit} if unit else {}
    write_pyramid(tmp_path / "a.zarr", [NUMBERS[0]], "yx", size={"y": 500, "x": 500}, units=units)
    found = describe(tmp_path / "a.zarr")
    assert (found.spacing, found.unit) == (spacing, plain)
    assert (f"its pixel size is not used: units {unit}, {unit}" in found.notes) == (not spacing)


def test_axes_in_different_units_are_said_in_that_of_x(tmp_path: Path) -> None:
    units = {"z": "micrometer", "y": "nanometer", "x": "nanometer"}
    size = {"z": 2.0, "y": 650.0, "x": 650.0}
    write_pyramid(tmp_path / "a.zarr", [NUMBERS], "zyx", size=size, units=units)
    found = describe(tmp_path / "a.zarr")
    assert (found.spacing, found.unit) == ({"z": 2000.0, "y": 650.0, "x": 650.0}, "nm")


def test_scales_of_image_and_level_are_multiplied_and_translations_change_nothing(
    tmp_path: Path,
) -> None:
    def change(said: dict[str, Any]) -> None:
        moved = {"type": "translation", "translation": [10, 20]}
        said["datasets"][0] = scaled("0", [0.5, 0.5], moved)
        said["coordinateTransformations"] = [{"type": "scale", "scale": [3, 3]}]

    found = describe(changed(tmp_path / "a.zarr", change))
    assert found.spacing == {"y": 1.5, "x": 1.5}


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    with tarfile.open(N5_SAMPLES) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "samples.n5"


@pytest.mark.parametrize("kind", ["raw", "gzip", "gzip_zlib", "bzip2", "xz", "zstd", "blosc"])
def test_n5_of_another_program_is_read(kind: str, samples: Path) -> None:
    where = samples / kind
    found = describe(where)
    assert (found.shape, found.dtype, found.axes) == ((5, 7, 11), "uint16", "zyx")
    assert (found.spacing, found.unit) == ({"z": 2.0, "y": 0.5, "x": 0.5}, "um")
    assert voxels(where).tolist() == NUMBERS.tolist()
    reader = open_reader(where)
    assert reader.read((3, slice(2, 7), slice(5, 6))).tolist() == NUMBERS[3, 2:7, 5:6].tolist()


def test_levels_of_n5_are_s0_s1_and_a_block_that_is_not_there_is_0(samples: Path) -> None:
    shutil.copytree(samples / "raw", samples / "image" / "s0")
    shutil.copytree(samples / "gzip", samples / "image" / "s1")
    (samples / "image" / "attributes.json").write_text("{}")
    shutil.rmtree(samples / "image" / "s1" / "0")
    path = samples / "image" / "s1" / "attributes.json"
    said = {**json.loads(path.read_text()), "downsamplingFactors": [2, 2, 1]}
    path.write_text(json.dumps(said))
    coarse = Locator(samples, "image", level=1)
    assert describe(coarse).spacing == {"z": 2.0, "y": 1.0, "x": 1.0}
    expected = NUMBERS.copy()
    expected[:, :, :4] = 0
    assert voxels(coarse).tolist() == expected.tolist()
    assert voxels(Locator(samples, "image")).tolist() == NUMBERS.tolist()
    assert "has no level 2; expected 0 to 1" in refusal(Locator(samples, "image", level=2))


# --- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rotation", "affine", "mapAxis", "sequence", "displacements"])
def test_a_transform_that_is_no_scale_is_named_and_refused(kind: str, tmp_path: Path) -> None:
    def change(said: dict[str, Any]) -> None:
        said["datasets"][1]["coordinateTransformations"].append({"type": kind, kind: [[1]]})

    image = changed(tmp_path / "a.zarr", change)
    assert refusal(image) == (
        f"{image}, level '1' has a transform that is not applied; got {kind}; expected a scale, "
        "perhaps with a translation; resample the image to a grid along its axes, or name the "
        "array inside it"
    )
    assert describe(f"{image}/0").shape == (4, 6)


def broken(**change: Any) -> Any:
    return lambda said: said.update(change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (broken(datasets=[]), "its OME-Zarr metadata are broken; got multiscales.0.datasets: "),
        (broken(datasets=[{}]), "got multiscales.0.datasets.0.path: field required"),
        (broken(axes=said_axes("zyx")), "its scale does not fit; got [1.0, 1.0]; expected 3 num"),
        (broken(axes=None), "its axes cannot be read; got none; expected names of t, c, z, y, x"),
        (broken(axes=said_axes("yy")), "its axes cannot be read; got y (space), y (space)"),
        (
            broken(axes=[{"name": "q", "type": "odd"}, {"name": "x", "type": "space"}]),
            "got q (odd), x (space); expected names of t, c, z, y, x, each once",
        ),
        (broken(version="0.7"), "this version of OME-Zarr is not known; got 0.7; expected 0.4 or"),
        (broken(datasets=[scaled("0", [0.5])]), "its scale does not fit; got [0.5]; expected 2 "),
        (broken(datasets=[scaled("0", [0, 1])]), "got [0.0, 1.0]; expected 2 numbers, one an axis"),
        (broken(datasets=[scaled("5", [1, 1])]), "the array of level 0 is missing; expected an ar"),
        (
            broken(datasets=[{"path": "0"}], axes=said_axes("zyx")),
            "its axes do not fit its array; got axes zyx, shape (4, 6)",
        ),
        (
            broken(datasets=[{"path": "0", "coordinateTransformations": [{"type": "scale",
             "path": "numbers"}]}]),
            "has a transform that is not applied; got scale, its numbers in an array",
        ),
    ],
)  # fmt: skip
def test_metadata_that_break_the_standard_are_one_message(
    change: Any, words: str, tmp_path: Path
) -> None:
    assert words in refusal(changed(tmp_path / "a.zarr", change))


def test_axes_with_names_of_their_own_are_known_by_their_types(tmp_path: Path) -> None:
    axes = [{"name": "rows", "type": "space"}, {"name": "columns", "type": "space"}]
    assert describe(changed(tmp_path / "a.zarr", broken(axes=axes))).axes == "yx"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no metadata; got an empty file; expected a JSON object; it may be cut off"),
        ('{"multiscales": [', 'holds no metadata; got "Expecting value: line 1 column 18'),
        ("[1, 2]", "holds no metadata; got list; expected a JSON object"),
    ],
)
def test_metadata_that_are_cut_off_are_one_message(text: str, words: str, tmp_path: Path) -> None:
    image = changed(tmp_path / "a.zarr", lambda said: None)
    (image / ".zattrs").write_text(text)
    assert refusal(image).startswith(f"{image}/.zattrs {words}")


def test_a_level_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    image = changed(tmp_path / "a.zarr", lambda said: None)
    assert refusal(Locator(image, level=2)) == f"{image} has no level 2; expected 0 to 1"
    shutil.rmtree(image / "1")
    assert "the array of level 1 is missing" in refusal(Locator(image, level=1))
    says = "is one array and has no levels; got level 1; name the image instead"
    assert says in refusal(Locator(image, "0", level=1))


def test_what_is_no_image_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty.zarr").mkdir()
    (tmp_path / "file.zarr").write_bytes(b"PK\x03\x04")
    write_group(tmp_path / "group.zarr", {})
    assert "is no Zarr or N5 image; got a folder without metadata" in refusal(
        tmp_path / "empty.zarr"
    )
    assert "is not what its name says; got a" in refusal(tmp_path / "file.zarr")
    assert "holds no image; got a group without arrays" in refusal(tmp_path / "group.zarr")
    assert "there is no file" in refusal(tmp_path / "grup.zarr")
    image = changed(tmp_path / "a.zarr", lambda said: None)
    assert f"'10' does not exist in {image}" in refusal(f"{image}/10")
    (image / "labels").mkdir()
    assert "'labels' in" in refusal(f"{image}/labels")


def test_a_plate_and_a_well_say_how_their_images_are_named(tmp_path: Path) -> None:
    plate = tmp_path / "p.ome.zarr"
    write_plate(plate, {"B/03": {"0": NUMBERS[0], "1": NUMBERS[1]}, "C/04": {"0": NUMBERS[2]}})
    assert refusal(plate) == (
        f"{plate} is a plate, not one image; got 2 wells: B03, C04; "
        f"write {plate}/{{well}}/{{field}} for all of its images"
    )
    assert refusal(f"{plate}/B/03") == (
        f"{plate}/B/03 is a well, not one image; got 2 fields: 0, 1; "
        f"write for example {plate}/B/03/0"
    )
    assert voxels(f"{plate}/B/03/1").tolist() == NUMBERS[1].tolist()


def test_types_that_are_no_voxels_are_refused(tmp_path: Path) -> None:
    zarr.create_array(str(tmp_path / "a.zarr"), shape=(2, 2), dtype="complex64", zarr_format=2)
    assert "voxels of this type cannot be classified; got complex64" in refusal(tmp_path / "a.zarr")


def test_a_chunk_that_is_damaged_is_one_message_when_it_is_read(tmp_path: Path) -> None:
    write_array(tmp_path / "a.zarr", NUMBERS, chunks=(5, 7, 11))
    next(path for path in (tmp_path / "a.zarr").rglob("0*") if path.is_file()).write_bytes(b"x")
    reader = open_reader(tmp_path / "a.zarr")
    with pytest.raises(RunError, match=r"a\.zarr cannot be read; got"):
        reader.read((slice(0, 5), slice(0, 7), slice(0, 11)))


def test_a_damaged_block_of_n5_is_one_message(samples: Path) -> None:
    for block in (samples / "gzip" / "0" / "0").iterdir():
        block.write_bytes(block.read_bytes()[:20])
    reader = open_reader(samples / "gzip")
    with pytest.raises(ObjclassError, match="cannot be read"):
        reader.read((slice(0, 5), slice(0, 7), slice(0, 11)))


def test_a_compression_of_n5_that_is_not_read_is_named(samples: Path) -> None:
    path = samples / "raw" / "attributes.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "compression": {"type": "jpeg"}}))
    with pytest.raises(InputError, match="cannot be read here; got jpeg; expected raw, gzip"):
        open_reader(samples / "raw")


@pytest.mark.parametrize("name", ["a.ozx", "a.ome.zarr.zip", "a.zarr.tar.gz"])
def test_an_archive_is_named_and_to_be_unpacked(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"is an archive, and .* not read; unpack it, and name"):
        describe(tmp_path / name)


def test_an_archive_that_is_called_like_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.ome.zarr").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"got a ZIP file; expected .*Zarr"):
        describe(tmp_path / "a.ome.zarr")


def test_a_transform_of_the_image_that_is_no_scale_is_refused_too(tmp_path: Path) -> None:
    write_pyramid(tmp_path / "a.zarr", [np.zeros((4, 4), np.uint8)], "yx")
    text = (tmp_path / "a.zarr/.zattrs").read_text()
    said = json.loads(text)
    said["multiscales"][0]["coordinateTransformations"] = [{"type": "affine", "affine": []}]
    (tmp_path / "a.zarr/.zattrs").write_text(json.dumps(said))
    with pytest.raises(InputError, match="has a transform that is not applied; got affine"):
        describe(tmp_path / "a.zarr")


def test_a_path_into_a_folder_is_a_path_and_what_is_inside() -> None:
    assert locate("p.ome.zarr/B/03/0/labels/nuclei") == Locator(
        Path("p.ome.zarr"), "B/03/0/labels/nuclei"
    )
