"""A cached run parses annotation files and should not pay for more."""

from __future__ import annotations

import subprocess
import sys


def test_parsing_imports_no_numpy_and_no_pictures() -> None:
    code = (
        "import sys; from objclass.annotations import parse, content, assign, rewritten;"
        "from objclass.annotations.match import match;"
        "rows = parse('a.csv', ['y', 'x', 'class'], [(2, ['1', '2', 'a'])]).rows;"
        "content(rows);"
        "print([m for m in ('numpy', 'PIL', 'numba', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
