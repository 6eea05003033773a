"""The reference cases that travel with the tests are those of the larger set."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CASES, unpacked

NAMES = sorted(path.name.removesuffix(".tar.xz") for path in CASES.glob("*.tar.xz"))


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize("name", NAMES)
def test_a_case_that_travels_is_that_of_the_larger_set(
    name: str, shared: Path, tmp_path: Path
) -> None:
    assert files(unpacked(name, tmp_path)) == files(shared / "reference/ilastik_cases" / name)


def test_the_cases_are_small() -> None:
    assert sum(path.stat().st_size for path in CASES.iterdir()) < 600_000


@pytest.mark.parametrize("name", NAMES)
def test_the_licence_of_a_case_is_noted(name: str) -> None:
    rows = (CASES.parent / "README.md").read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row.startswith(f"| `{name}` |") and "CC" in row]
