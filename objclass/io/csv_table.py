"""CSV as objclass writes it, fast where there is much: the same text either way.

Floats are written as Python writes them (the shortest text that reads back the same). Arrow
writes the same text, many times faster, for 0 and magnitudes from 1e-4 up to 1e10; the others
go through Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objclass.data.delimited import quote
from objclass.io.tables import Columns, Values, checked_length

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

MANY = 60_000
"""Cells of all tables of a process; for fewer, importing arrow costs more than it saves."""
FEW_ROWS = 32
"""Below them arrow takes longer for a column than Python for its cells."""
PIECE_ROWS = 50_000
ALIKE = 1000.0
"""Below it numpy writes small floats as Python does, four times as fast as when told how."""
LOW, HIGH = 1e-4, 1e10


class CellsWritten:
    """Counts the cells that this process wrote, for a batch writes many small tables."""

    def __init__(self) -> None:
        self.cells = 0

    def pays_off(self, rows: int, columns: int) -> bool:
        """Count cells to be written, and return whether arrow writes them sooner."""
        self.cells += rows * columns
        return self.cells >= MANY and rows >= FEW_ROWS


SO_FAR = CellsWritten()


@contextmanager
def appending(path: Path) -> Iterator[Callable[[Columns], None]]:
    """Open a CSV file; the function appends rows and writes the titles first."""
    titles: list[str] = []
    with path.open("wb") as file:

        def append(columns: Columns) -> None:
            rows = checked_length(columns)
            if not titles:
                titles.extend(columns)
                file.write(line(titles).encode())
            if list(columns) != titles:
                raise ValueError("appended columns differ from the first ones")
            fast = SO_FAR.pays_off(rows, len(titles))
            for start in range(0, rows, PIECE_ROWS):
                piece = [values[start : start + PIECE_ROWS] for values in columns.values()]
                file.write(fast_lines(piece) if fast else plain_lines(piece))

        yield append


def line(cells: Sequence[str]) -> str:
    """One line of text cells."""
    alone = len(cells) == 1
    return ",".join(quote(cell, alone=alone) for cell in cells) + "\n"


def plain_lines(columns: Sequence[Values | NDArray[np.generic]]) -> bytes:
    """Return rows as CSV text, cell by cell; the plain twin of :func:`fast_lines`."""
    alone = len(columns) == 1
    texts = [plain_cells(column, alone) for column in columns]
    return "".join(",".join(row) + "\n" for row in zip(*texts, strict=True)).encode()


def plain_cells(column: Values | NDArray[np.generic], alone: bool) -> list[str]:
    """Return the cells of a column; numbers need no quotes."""
    texts = [cell(value) for value in listed_values(column)]
    dtype = getattr(column, "dtype", None)
    if dtype is not None and dtype.kind in "biuf":
        return texts
    return [quote(text, alone=alone) for text in texts]


def listed_values(column: Values | NDArray[np.generic]) -> list[Any]:
    """Return the values of a column; float32 stay float32, for their own shortest text."""
    if getattr(column, "dtype", None) is None:
        return list(column)
    dtype = column.dtype  # type: ignore[union-attr]
    return list(column) if dtype.kind == "f" and dtype.itemsize < 8 else column.tolist()  # type: ignore[union-attr]


def cell(value: Any) -> str:
    """Return the text of one value before quoting."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode()
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if kind == "f" and value.itemsize < 8:
        return short_float(value)
    return str(value.item() if kind else value)


def short_float(value: np.floating[Any]) -> str:
    """Return the shortest text of a smaller float in the form Python gives its own floats."""
    import numpy as np

    size = abs(float(value))
    if size == 0 or not np.isfinite(size):
        return str(float(value))
    if LOW <= size < ALIKE:
        return str(value)
    if LOW <= size < 1e16:
        return np.format_float_positional(value, trim="0")
    return np.format_float_scientific(value, trim="-", exp_digits=2)


def fast_lines(columns: Sequence[Values | NDArray[np.generic]]) -> memoryview:
    """Return rows as CSV text, joined by arrow."""
    import pyarrow.compute as pc

    alone = len(columns) == 1
    texts = [arrow_cells(column, alone) for column in columns]
    comma, end, nothing = strings([",", "\n", ""])
    rows = pc.binary_join_element_wise(*texts, comma)
    return text_bytes(pc.binary_join_element_wise(rows, end, nothing))


def text_bytes(lines: pa.Array) -> memoryview:
    """Return the bytes of all texts of an arrow array, one after the other."""
    import numpy as np

    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int64)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]


def arrow_cells(column: Values | NDArray[np.generic], alone: bool) -> pa.Array:
    """Return a column as arrow's large_string."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    array = np.asarray(column) if hasattr(column, "dtype") else None
    if array is not None and array.dtype.kind in "iu":
        return pc.cast(numbers(array), pa.large_string())
    if array is not None and array.dtype.kind == "f" and array.dtype.itemsize >= 4:
        return float_cells(array)
    values = listed_values(column)
    try:
        known = {value: quote(cell(value), alone=alone) for value in set(values)}
        same = len({(type(v), v) for v in values}) == len(known)
    except TypeError:
        same = False
    if same:
        return strings([known[value] for value in values])
    return strings([quote(cell(value), alone=alone) for value in values])


def numbers(array: NDArray[Any]) -> pa.Array:
    """Return numbers as they lie in memory as an arrow array.

    ``pyarrow.array`` would do, but it imports pandas where that is installed, which takes
    longer than to write a table.
    """
    import numpy as np
    import pyarrow as pa

    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    kind = pa.from_numpy_dtype(plain.dtype)
    return pa.Array.from_buffers(kind, len(plain), [None, pa.py_buffer(plain)])


def mask(array: NDArray[np.bool_]) -> pa.Array:
    """Return truths as an arrow array; see :func:`numbers`."""
    import numpy as np
    import pyarrow as pa

    bits = pa.py_buffer(np.packbits(array, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(array), [None, bits])


def strings(texts: Iterable[str]) -> pa.Array:
    """Return texts as arrow's large_string; see :func:`numbers`."""
    import numpy as np
    import pyarrow as pa

    encoded = [text.encode() for text in texts]
    ends = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(each) for each in encoded], out=ends[1:])
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)


def float_cells(array: NDArray[Any]) -> pa.Array:
    """Return floats as Python writes them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    with np.errstate(invalid="ignore"):
        size = np.abs(array, dtype=np.float64)
        usual = ((size >= LOW) & (size < HIGH)) | (size == 0)
    texts = pc.cast(numbers(array), pa.large_string())
    whole = usual.copy()
    whole[usual] = np.trunc(array[usual]) == array[usual]
    if whole.any():
        point, nothing = strings([".0", ""])
        longer = pc.binary_join_element_wise(texts, point, nothing)
        texts = pc.if_else(mask(whole), longer, texts)
    rare = ~usual
    if rare.any():
        words = strings([cell(v) for v in listed_values(array[rare])])
        texts = pc.replace_with_mask(texts, mask(rare), words)
    return texts
