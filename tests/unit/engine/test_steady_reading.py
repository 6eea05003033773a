"""Threads that read the store at the same time do not call what is stored damaged."""

from __future__ import annotations

import pytest

from objclass.engine.disk_store import guard
from objclass.engine.store import Damaged


def stumbling(times: int, error: Exception) -> list[Exception]:
    """What the first reads raise."""
    return [error] * times


@pytest.mark.parametrize(("times", "error"), [(1, SystemError("AST")), (4, SystemError("AST"))])
def test_what_python_stumbled_over_is_read_again(times: int, error: Exception) -> None:
    left = stumbling(times, error)

    def read() -> str:
        if left:
            raise left.pop()
        return "content"

    assert guard("0123456789", read)() == "content"


@pytest.mark.parametrize(("times", "error"), [(9, SystemError("AST")), (1, ValueError("cut"))])
def test_what_cannot_be_read_is_damaged(times: int, error: Exception) -> None:
    left = stumbling(times, error)

    def read() -> str:
        raise left.pop()

    with pytest.raises(Damaged):
        guard("0123456789", read)()
