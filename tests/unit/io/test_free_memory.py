"""Memory between what is still used goes back to the system."""

from __future__ import annotations

import subprocess
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


IN_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import numpy as np, psutil
from objclass.io.free_memory import keep_little
if sys.argv[1] == "little":
    keep_little()
together = Barrier(6)
def work(k):
    large = np.ones(30 << 17)  # 30 MB, after which glibc would keep what is smaller
    del large
    held = [np.ones(1 << 18) for _ in range(10)]
    together.wait()
    last = np.ones(100)
    del held
    return last
with ThreadPoolExecutor(6) as pool:
    kept = list(pool.map(work, range(6)))
    print(psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do it by themselves")
def test_a_program_that_lasts_holds_little_of_what_its_threads_freed() -> None:
    def held(how: str) -> int:
        words = [sys.executable, "-c", IN_THREADS, how]
        return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)

    assert held("much") - held("little") > 40 * 10**6
