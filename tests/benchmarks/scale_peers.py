"""Labels a mask of 512³ voxels with other programs: ``PYTHON scale_peers.py NAME FOLDER``.

It runs with an interpreter that has them (``pip install connected-components-3d tilewise-ccl
dask-image h5py zarr``); the test beside it says which by OBJCLASS_PEERS.
"""

from __future__ import annotations

import sys
from pathlib import Path


def cc3d_whole(folder: Path) -> None:
    """Read, label and write the whole volume."""
    import cc3d
    import h5py

    with h5py.File(folder / "volume.h5") as file:
        mask = file["mask"][:]
    labels = cc3d.connected_components(mask, connectivity=6)
    with h5py.File(folder / "cc3d.h5", "w") as file:
        file.create_dataset("labels", data=labels, chunks=(64,) * 3, compression=1, shuffle=True)


def tilewise(folder: Path) -> None:
    """Label tile by tile, one thread; write chunks of 128³, its tile."""
    import dask
    import dask.array as da
    from tilewise_ccl import label_array

    dask.config.set(scheduler="synchronous")
    mask = da.from_zarr(str(folder / "mask.zarr"), chunks=(128,) * 3)
    labels = label_array(mask, connectivity=1, max_threads=1, labeler="cc3d")
    labels.to_zarr(str(folder / "tilewise.zarr"), overwrite=True)


def dask_image(folder: Path) -> None:
    """Label blocks of 128³ lazily, one thread, and write them."""
    import dask
    import dask.array as da
    from dask_image.ndmeasure import label

    dask.config.set(scheduler="synchronous")
    labels, _ = label(da.from_zarr(str(folder / "mask.zarr"), chunks=(128,) * 3))
    labels.to_zarr(str(folder / "dask.zarr"), overwrite=True)


PEERS = {"cc3d": cc3d_whole, "tilewise-ccl": tilewise, "dask-image": dask_image}

if __name__ == "__main__":
    PEERS[sys.argv[1]](Path(sys.argv[2]))
