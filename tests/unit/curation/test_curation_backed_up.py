"""A table is rewritten only as it was when it was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from objclass.curation.backed_up import opened_text
from objclass.errors import RunError


def test_what_somebody_writes_while_a_table_is_read_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "a.csv", Path.read_bytes
    path.write_text("y,x,class\n")

    def read_before_somebody_writes(file: Path) -> bytes:
        data = read(file)
        file.write_text("y,x,class\n1,2,large\n")
        return data

    monkeypatch.setattr(Path, "read_bytes", read_before_somebody_writes)
    opened = opened_text(path)
    monkeypatch.undo()
    with pytest.raises(RunError, match="was changed in the meantime"):
        opened.replace("y,x,class\n3,4,small\n")
    assert path.read_text() == "y,x,class\n1,2,large\n"


def test_the_table_as_it_was_stays_beside_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfclass\r\n")
    backup = opened_text(path).replace("\ufeffclass\r\nlarge\r\n")
    assert (backup.name, backup.read_bytes()) == ("a.csv.bak", b"\xef\xbb\xbfclass\r\n")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfclass\r\nlarge")
