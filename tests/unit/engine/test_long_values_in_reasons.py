"""What a reason shows of a value: all of a short one, nothing of a whole table."""

from __future__ import annotations

from typing import Any

import pytest

from objclass.engine.reason import LONG, Change


def test_a_value_as_long_as_a_line_is_shown() -> None:
    assert str(Change("use", None, "x" * LONG)) == f"use {'x' * LONG} is new"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (None, "x", "audit is new"),
        ("x", None, "audit is gone"),
        ("x", "y", "audit changed"),
        (0.5, "y", "audit changed"),
    ],
)
def test_a_value_that_nobody_could_read_is_not_shown(old: Any, new: Any, says: str) -> None:
    whole = {"x": [[line, "interphase"] for line in range(50)], "y": list(range(90))}
    found = Change("audit", *(whole.get(v, v) if isinstance(v, str) else v for v in (old, new)))
    assert str(found) == says
