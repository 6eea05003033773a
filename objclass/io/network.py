"""Running a network that a user brings: ONNX, on the processor, in one thread, within a time.

The same input gives the same bytes alone and among others, or is run alone: that is tried
before a network is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any, Final

from objclass.data.dataclass import dataclass
from objclass.errors import InputError, Problem, RunError
from objclass.io.onnx_file import check_onnx, onnx_digest
from objclass.io.reading import reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Batch = NDArray[np.float32]

BATCH: Final = 32
"""Inputs that are run at once, where that changes nothing."""
SECONDS: Final = 600.0
"""Time that one batch may take."""
INSTALL: Final = "pip install 'objclass[onnx]'"
SEED: Final = 20261127
PROBED: Final = 4
"""Inputs that are drawn to compare machines by."""


@dataclass(frozen=True)
class Network:
    """A network that is loaded.

    Parameters
    ----------
    path
        Its file.
    session
        Of the runtime.
    name
        Of its input.
    shape
        Of its input, ``(n, channels, y, x)``; None where it may be any.
    """

    path: Path
    session: Any
    name: str
    shape: tuple[int | None, ...]

    def run(self, batch: Batch) -> Batch:
        """Return what the network gives: float32, the first of its outputs.

        Raises
        ------
        RunError
            Where it fails, or takes too long.
        """
        import numpy as np
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.log_severity_level = 4
        timer = Timer(SECONDS, lambda: setattr(options, "terminate", True))
        timer.daemon = True
        timer.start()
        try:
            found = self.session.run(self._first(), {self.name: batch}, options)[0]
        except Exception as error:
            if getattr(options, "terminate", False):
                what = f"{self.path.name}: a batch takes more than {SECONDS:g} s"
                raise RunError(
                    Problem(what, fix="take a smaller network, or a smaller size")
                ) from None
            words = " ".join(str(error).split())[:140]
            raise RunError(Problem(f"{self.path.name} fails", got=f'"{words}"')) from error
        finally:
            timer.cancel()
        return np.ascontiguousarray(found, np.float32)

    def _first(self) -> list[str]:
        return [self.session.get_outputs()[0].name]

    def embed(self, batch: Batch) -> Batch:
        """Return one vector an input: (n, d); a map (n, d, y, x) is averaged over y and x."""
        found = self.run(batch)
        if found.ndim == 4:
            found = found.reshape(*found.shape[:2], -1).mean(axis=2)
        if found.ndim != 2 or len(found) != len(batch):
            got = f"an output of shape {found.shape} for {len(batch)} inputs"
            what = f"{self.path.name} gives no vector for each input"
            fix = "export the part of the network that ends in its embedding"
            raise RunError(Problem(what, got=got, expected="(n, d), or (n, d, y, x)", fix=fix))
        return found


@lru_cache(maxsize=2)
def open_network(path: Path, digest: str) -> Network:
    """Load a network that was checked.

    Parameters
    ----------
    path
        The file.
    digest
        Of its content: a network that is loaded is kept as long as it stays.

    Raises
    ------
    InputError
        Where the runtime is not installed or refuses the file, where the network takes
        something other than images, and where the file has another content by now.
    """
    try:
        import onnxruntime
    except ImportError:
        what = "networks need onnxruntime, which is not installed"
        raise InputError(Problem(what, fix=INSTALL)) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    if onnx_digest(check_onnx(path)) != digest:
        raise InputError(Problem(f"{path.name} was changed while this ran", fix="run again"))
    with reading(path):
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    return _checked(path, session)


def _checked(path: Path, session: Any) -> Network:
    """Return the network, which takes one image of float32."""
    inputs = session.get_inputs()
    kinds = [f"{each.type} {each.shape}" for each in inputs]
    fits = len(inputs) == 1 and inputs[0].type == "tensor(float)" and len(inputs[0].shape) == 4
    if not fits:
        what = f"{path.name} takes no images"
        expected = "one input of float32, (n, channels, y, x)"
        raise InputError(Problem(what, "; ".join(kinds)[:200], expected))
    shape = tuple(each if isinstance(each, int) and each > 0 else None for each in inputs[0].shape)
    if shape[0] not in (None, 1):
        what = f"{path.name} takes {shape[0]} inputs at once, never fewer"
        raise InputError(Problem(what, fix="export it with a dynamic first axis"))
    return Network(path, session, inputs[0].name, shape)


def try_batches(network: Network, shape: Sequence[int]) -> tuple[int, Batch]:
    """Return how many inputs may be run at once, and what the network says of one.

    Parameters
    ----------
    network
        Which one.
    shape
        Of an input: channels, y, x.

    Raises
    ------
    InputError
        Where it says two things of one input, or no numbers.
    RunError
        Where it fails.
    """
    import numpy as np

    values = np.random.default_rng(SEED).random((BATCH, *shape), dtype=np.float32)
    alone, again = network.embed(values[:1]), network.embed(values[:1])
    if alone.tobytes() != again.tobytes():
        fix = "export it for inference, without dropout and random numbers"
        raise InputError(Problem(f"{network.path.name} says two things of one input", fix=fix))
    if not np.isfinite(alone).all():
        raise InputError(
            Problem(f"{network.path.name} gives NaN or infinity for an input in 0 to 1")
        )
    return (BATCH if _is_independent(network, values) else 1), alone[0]


def probe(network: Network, shape: Sequence[int]) -> Batch:
    """Return what a network says of drawn inputs, one at a time: float32 (4, d).

    Parameters
    ----------
    network
        Which one.
    shape
        Of an input: channels, y, x.

    Raises
    ------
    RunError
        Where it fails.
    """
    import numpy as np

    drawn = probe_windows(shape)
    return np.concatenate([network.embed(drawn[k : k + 1]) for k in range(len(drawn))])


def probe_windows(shape: Sequence[int]) -> Batch:
    """Return discs of four sizes on a slope, with noise: float32 (4, channels, y, x) in 0 to 1.

    They are made by whole numbers and products alone, which are the same on every machine.
    """
    import numpy as np

    _, height, width = shape
    noise = np.random.default_rng(SEED).random((PROBED, *shape), dtype=np.float32)
    y, x = np.mgrid[:height, :width]
    far = (2 * y - height) ** 2 + (2 * x - width) ** 2
    slope = (x / np.float32(4 * width)).astype(np.float32)
    radii = [(min(height, width) * k // (PROBED + 1)) ** 2 for k in range(1, PROBED + 1)]
    discs = np.stack([slope + np.float32(0.5) * (far < radius) for radius in radii])
    found = discs[:, None].astype(np.float32) + np.float32(0.25) * noise
    return np.ascontiguousarray(found)


def _is_independent(network: Network, values: Batch) -> bool:
    """Return True where an input gives the same bytes wherever it stands in a batch."""
    if network.shape[0] is not None:
        return False
    try:
        whole, few = network.embed(values), network.embed(values[-3:])
        alone = [network.embed(values[k : k + 1]) for k in (0, 1, BATCH - 3, BATCH - 1)]
    except RunError:
        return False
    rows = [whole[0], whole[1], whole[BATCH - 3], whole[BATCH - 1]]
    same = all(a[0].tobytes() == r.tobytes() for a, r in zip(alone, rows, strict=True))
    return same and few.tobytes() == whole[-3:].tobytes()


def map_of(network: Network, plane: Batch) -> tuple[Batch, tuple[int, int]]:
    """Return the map of one image (d, y, x), and the voxels of a cell along y and x.

    Raises
    ------
    RunError
        Where it is no map, or its cells are not whole voxels.
    """
    found = network.run(plane)
    if found.ndim != 4 or len(found) != 1:
        what = f"{network.path.name} gives no map"
        got, fix = f"an output of shape {found.shape}", "from: crop, or export its feature map"
        raise RunError(Problem(what, got, "(1, d, y, x)", fix))
    ratios = [n / max(1, m) for n, m in zip(plane.shape[2:], found.shape[2:], strict=True)]
    if not all(ratio >= 1 and ratio == int(ratio) for ratio in ratios):
        got = "{} x {} of {} x {}".format(*found.shape[2:], *plane.shape[2:])
        what = f"{network.path.name}: cells of its map are not whole voxels"
        raise RunError(Problem(what, got, fix="size: 32, to which images are padded, or another"))
    return found[0], (int(ratios[0]), int(ratios[1]))


def try_map(network: Network, channels: int, side: int) -> int:
    """Return how many numbers a map has.

    Raises
    ------
    RunError
        Where the network gives no map.
    """
    import numpy as np

    values = np.random.default_rng(SEED).random((1, channels, 2 * side, 2 * side), np.float32)
    return len(map_of(network, values)[0])
