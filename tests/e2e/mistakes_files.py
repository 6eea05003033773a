"""Mistakes with files: missing, damaged, of another kind, or without a partner."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from mistakes import Mistake, a_folder, array, bytes_of, cut_off, gone, text, together

from workflows import SHAPE, series_of_files, several, write_raw

RAW = "path: raw.tif"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
SHEET = (("version: 1\n", "version: 1\nimages: sheet.csv\n"),)


def raw(path: str) -> tuple[tuple[str, str], ...]:
    """Read another raw image."""
    return ((RAW, f"path: {path}"),)


def named(one: str, other: str) -> tuple[tuple[str, str], ...]:
    """Name the raw images and the maps of several images otherwise."""
    return (("raw/{name}.tif", one), ("prob/{name}.h5", other))


def another_array(folder: Path) -> None:
    """Add a second array to the prediction map."""
    with h5py.File(folder / "prob.h5", "a") as file:
        file["other"] = np.zeros((*SHAPE, 2), np.float32)


def nothing_but_a_link(folder: Path) -> None:
    """Write an HDF5 file that leads to another file on the machine."""
    with h5py.File(folder / "prob.h5", "w") as file:
        file["exported_data"] = h5py.ExternalLink("/etc/passwd", "/")


def two_ways(folder: Path) -> None:
    """Rename an image so that its names can be read in two ways."""
    (folder / "raw/a.tif").rename(folder / "raw/a_b_c.tif")
    (folder / "prob/a.h5").rename(folder / "prob/a_b_c.h5")


MISTAKES = (
    # --- missing ----------------------------------------------------------------------------
    Mistake(
        "a file that is not there",
        "cells.yaml:5:11: node 'raw': there is no file rwa.tif; did you mean raw.tif?",
        edit=raw("rwa.tif"),
        common=True,
    ),
    Mistake(
        "a folder that is not there",
        "cells.yaml:5:11: node 'raw': there is no file images/raw.tif; there is no folder "
        "images either",
        edit=raw("images/raw.tif"),
    ),
    Mistake(
        "a folder in place of a file",
        "cells.yaml:5:11: node 'raw': raw.tif is a folder; expected an image file",
        spoil=together(gone("raw.tif"), a_folder("raw.tif")),
    ),
    # --- damaged or of another kind ---------------------------------------------------------
    Mistake(
        "a TIFF that is cut off",
        "cells.yaml:5:11: node 'raw': raw.tif is cut off or damaged; got 1,664 bytes where "
        "its voxels need 3,328; copy it again",
        spoil=cut_off("raw.tif"),
        common=True,
    ),
    Mistake(
        "an HDF5 file that is cut off",
        "cells.yaml:9:11: node 'prob': prob.h5 cannot be read; got \"Unable to "
        "synchronously open file (truncated file: eof = 13312, sblock->base_addr = 0, "
        'stored_eof = 26624)"; it may be damaged or cut off: copy it again, or open it in '
        "the program that wrote it",
        spoil=cut_off("prob.h5"),
    ),
    Mistake(
        "an empty file",
        "cells.yaml:5:11: node 'raw': raw.tif is empty (0 bytes); copy it again",
        spoil=bytes_of("raw.tif", b""),
    ),
    Mistake(
        "a text called .tif",
        "cells.yaml:5:11: node 'raw': raw.tif cannot be read; got \"not a TIFF file: "
        "header=b'this'\"; it may be damaged or cut off: copy it again, or open it in the "
        "program that wrote it",
        spoil=text("raw.tif", "this is not an image\n"),
    ),
    Mistake(
        "a PNG called .tif",
        "cells.yaml:5:11: node 'raw': raw.tif is not what its name says; got a PNG file; "
        "expected TIFF; give it the suffix of its format",
        spoil=bytes_of("raw.tif", PNG),
    ),
    Mistake(
        "a Git LFS pointer",
        "cells.yaml:5:11: node 'raw': raw.tif is a Git LFS pointer, not the image; git lfs pull",
        spoil=text("raw.tif", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    ),
    Mistake(
        "a format that is not known",
        "cells.yaml:5:11: node 'raw': raw.czi: the format is not known; got the suffix "
        ".czi; expected .h5, .hdf5, .tif, .tiff, .png, .jpg, .jpeg, .bmp, .npy, .zarr, .n5; save "
        "it as OME-TIFF, for example in Fiji",
        edit=raw("raw.czi"),
        spoil=bytes_of("raw.czi", b"ZISRAWFILE"),
    ),
    Mistake(
        "an OME-Zarr folder without its metadata",
        "cells.yaml:5:11: node 'raw': raw.ome.zarr is no Zarr or N5 image; got a folder without "
        "metadata; expected metadata in zarr.json, .zgroup, .zarray or attributes.json; it may be "
        "copied or written in part: copy it again",
        edit=raw("raw.ome.zarr"),
        spoil=a_folder("raw.ome.zarr"),
    ),
    Mistake(
        "complex voxels",
        "cells.yaml:5:11: node 'raw': raw.npy: voxels of this type cannot be classified; "
        "got complex128; expected integers of 8 to 64 bits, float16, float32 or float64",
        edit=raw("raw.npy"),
        spoil=array("raw.npy", np.zeros(SHAPE, complex)),
    ),
    Mistake(
        "pickled Python objects",
        "cells.yaml:5:11: node 'raw': raw.npy: voxels of this type cannot be classified; "
        "got object; expected integers of 8 to 64 bits, float16, float32 or float64",
        edit=raw("raw.npy"),
        spoil=array("raw.npy", np.array([{"a": 1}], object)),
    ),
    Mistake(
        "a list of numbers in place of an image",
        "cells.yaml:5:11: node 'raw': raw.npy is no image; got shape (10,); expected 2 to "
        "5 dimensions",
        edit=raw("raw.npy"),
        spoil=array("raw.npy", np.zeros(10)),
    ),
    # --- HDF5 -------------------------------------------------------------------------------
    Mistake(
        "a file of two arrays",
        "cells.yaml:9:11: node 'prob': prob.h5 holds 2 arrays; got exported_data, other; "
        "expected one, or a path inside the file; write for example prob.h5/exported_data",
        spoil=another_array,
        common=True,
    ),
    Mistake(
        "an array that is not in the file",
        "cells.yaml:9:11: node 'prob': 'exported_dat' does not exist in prob.h5; expected "
        "one of: exported_data; did you mean prob.h5/exported_data?",
        edit=(("path: prob.h5", "path: prob.h5/exported_dat"),),
    ),
    Mistake(
        "a file whose voxels lie elsewhere",
        "cells.yaml:9:11: node 'prob': prob.h5 holds no image; give a file with an array of 2D+",
        spoil=nothing_but_a_link,
    ),
    # --- names ------------------------------------------------------------------------------
    Mistake(
        "a pattern that nothing fits",
        "cells.yaml:5:11: node 'raw': no file fits 'raw/{name}.png'; got raw holds a.tif, "
        "b.tif, c.tif",
        edit=(("raw/{name}.tif", "raw/{name}.png"),),
        bench=several,
    ),
    Mistake(
        "a pattern in a folder that is not there",
        "cells.yaml:5:11: node 'raw': no file fits 'rwa/{name}.tif'; there is no folder rwa; "
        "did you mean raw?",
        edit=(("raw/{name}.tif", "rwa/{name}.tif"),),
        bench=several,
    ),
    Mistake(
        "an image without its map",
        "cells.yaml:9:11: node 'prob': nothing here pairs with 1 file of raw; got "
        "raw/b.tif; expected files with the same {name}",
        bench=several,
        spoil=gone("prob/b.h5"),
        common=True,
    ),
    Mistake(
        "a map without its image",
        "cells.yaml:9:11: node 'prob': 1 file without a partner in the other inputs; got "
        "prob/b.h5; expected files with the same {name}",
        bench=several,
        spoil=gone("raw/b.tif"),
    ),
    Mistake(
        "names that two inputs do not share",
        "cells.yaml:9:11: node 'prob': it shares no name with the other inputs; got "
        "{field}; expected one of {name}",
        edit=(("prob/{name}.h5", "prob/{field}.h5"),),
        bench=several,
    ),
    Mistake(
        "a star in place of a name",
        "cells.yaml:9:11: node 'prob': 3 files fit, and nothing pairs them; got "
        "prob/a.h5, prob/b.h5, prob/c.h5; give the part that varies a name, the same "
        "in every input",
        edit=named("raw/*.tif", "prob/*.h5"),
        bench=several,
    ),
    Mistake(
        "a path with two readings",
        "cells.yaml:5:11: node 'raw': ./raw/a_b_c.tif fits 'raw/{a}_{b}.tif' in two ways; "
        "got a=a, b=b_c or a=a_b, b=c; write text that all files share in place of a name, "
        "name every part, or list the images in a sheet (images: sheet.csv)\n"
        "cells.yaml:9:11: node 'prob': ./prob/a_b_c.h5 fits 'prob/{a}_{b}.h5' in two ways; "
        "got a=a, b=b_c or a=a_b, b=c; write text that all files share in place of a name, "
        "name every part, or list the images in a sheet (images: sheet.csv)",
        edit=named("raw/{a}_{b}.tif", "prob/{a}_{b}.h5"),
        bench=several,
        spoil=two_ways,
    ),
    Mistake(
        "a name that means something else",
        "cells.yaml:5:11: node 'raw': 'raw/{nickname}.tif' uses {nickname}, which means "
        "the raw file; use it in export paths, or another name here\n"
        "cells.yaml:9:11: node 'prob': 'prob/{nickname}.h5' uses {nickname}, which means "
        "the raw file; use it in export paths, or another name here",
        edit=named("raw/{nickname}.tif", "prob/{nickname}.h5"),
        bench=several,
    ),
    Mistake(
        "a name that is a column of every table",
        "cells.yaml:5:11: node 'raw': 'raw/{class}.tif' uses {class}, a column of every "
        "table; call it something else, for example {class_name}\n"
        "cells.yaml:9:11: node 'prob': 'prob/{class}.h5' uses {class}, a column of every "
        "table; call it something else, for example {class_name}",
        edit=named("raw/{class}.tif", "prob/{class}.h5"),
        bench=several,
    ),
    Mistake(
        "a brace that is not closed",
        "cells.yaml:5:11: node 'raw': 'raw/{name.tif' has a brace that is not closed or not "
        "opened; write {{ and }} for braces that belong to a name",
        edit=(("raw/{name}.tif", "raw/{name.tif"),),
        bench=several,
    ),
    Mistake(
        "two images of one name",
        "cells.yaml:9:11: node 'prob': 3 files without a partner in the other inputs; got "
        "prob/a.h5, prob/b.h5, prob/c.h5; expected files with the same {a} and {b}\n"
        "cells.yaml:9:11: node 'prob': nothing here pairs with 3 files of raw; got "
        "raw/a.tif, raw/b.tif, raw/c.tif; expected files with the same {a} and {b}",
        edit=named('"{a}/{b}.tif"', '"{a}/{b}.h5"'),
        bench=several,
        spoil=together(
            *(bytes_of(f"p_q/r.{end}", b"x") for end in ("tif", "h5")),
            *(bytes_of(f"p/q_r.{end}", b"x") for end in ("tif", "h5")),
        ),
    ),
    # --- time series ------------------------------------------------------------------------
    Mistake(
        "a frame that is missing",
        "cells.yaml:9:11: node 'prob': 'prob/f{t}.h5': t = 1 missing; got 2 files from 0 "
        "to 2; expected every number between the first and the last",
        bench=series_of_files,
        spoil=gone("prob/f1.h5"),
    ),
    Mistake(
        "the last frame missing of one image",
        "cells.yaml:21:12: node 'measured': shapes differ; got 'raw' is 3 frames of 48 x "
        "64 (yx), 'nuclei' is 2 frames of 48 x 64 (yx); give both the same shape and crop",
        bench=series_of_files,
        spoil=gone("prob/f2.h5"),
    ),
    Mistake(
        "a frame of another shape",
        "cells.yaml:5:11: node 'raw': raw/f1.tif cannot be stacked with raw/f0.tif; "
        "got shape (10, 64), uint8; expected shape (48, 64), uint8",
        bench=series_of_files,
        spoil=lambda folder: write_raw(folder / "raw/f1.tif", np.zeros((10, 64), np.uint8)),
    ),
    # --- a sheet of images ------------------------------------------------------------------
    Mistake(
        "a sheet that is not there",
        "cells.yaml:2:9: there is no file sheet.csv",
        edit=SHEET,
        bench=several,
    ),
    Mistake(
        "a sheet without the column of a name",
        "cells.yaml:6:11: node 'raw': {name} is no column of the sheet; got well\n"
        "cells.yaml:10:11: node 'prob': {name} is no column of the sheet; got well",
        edit=SHEET,
        bench=several,
        spoil=text("sheet.csv", "well\nA01\n"),
    ),
    Mistake(
        "a sheet that names a file that is not there",
        "cells.yaml:6:11: node 'raw', image 'b2': there is no file raw/b2.tif; did you "
        "mean b.tif?\n"
        "cells.yaml:10:11: node 'prob', image 'b2': there is no file prob/b2.h5; did you "
        "mean b.h5?",
        edit=SHEET,
        bench=several,
        spoil=text("sheet.csv", "name\na\nb2\n"),
    ),
)
