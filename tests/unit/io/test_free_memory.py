"""Memory between what is still used goes back to the system."""

from __future__ import annotations

import sys

import psutil
import pytest

from objclass.io.free_memory import give_back


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do it by themselves")
def test_what_was_freed_between_used_pieces_goes_back_to_the_system() -> None:
    def held() -> int:
        return int(psutil.Process().memory_info().rss)

    pieces = [bytes(20_000) for _ in range(5_000)]  # 100 MB, of which the last piece stays
    last = pieces[-1]
    del pieces
    before = held()
    give_back()
    assert before - held() > 50 * 10**6
    assert len(last) == 20_000
